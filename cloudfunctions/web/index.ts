// The function for browsers, over HTTP: /web/… Sessions, sign-in, and the same actions as in the mini-program.

import { adminActions } from '../admin/actions'
import { contractActions } from '../contract/actions'
import { orderActions } from '../order/actions'
import { adminSchemas } from '../shared/api/admin'
import { contractApi } from '../shared/api/contracts'
import { orderApi } from '../shared/api/orders'
import { serve } from '../shared/runtime/serve'
import { serveWeb, webShopper, webStaff } from '../shared/runtime/serveWeb'
import { answerBrowser } from '../shared/usecases/web/door'
import type { Browser } from '../shared/usecases/web/session'

export const main = serveWeb(
  answerBrowser,
  new Map([
    ['order', (browser: Browser) => serve(orderApi, webShopper(browser), orderActions)],
    ['contract', (browser: Browser) => serve(contractApi, webShopper(browser), contractActions)],
    ['admin', (browser: Browser) => serve(adminSchemas, webStaff(browser), adminActions)],
  ]),
)
