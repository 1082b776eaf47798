// The function for browsers and connected systems, over HTTP. /web/… has sessions, sign-in, and the same actions as in
// the mini-program. /pay/… is the API for connected systems. They send their customers to /pay.html and /mpay.html,
// which lead to the cashier's pages.

import { adminActions } from '../admin/actions'
import { contractActions } from '../contract/actions'
import { orderActions } from '../order/actions'
import { adminSchemas } from '../shared/api/admin'
import { contractApi } from '../shared/api/contracts'
import { orderApi } from '../shared/api/orders'
import { serve } from '../shared/runtime/serve'
import { serveWeb, webShopper, webStaff } from '../shared/runtime/serveWeb'
import { answerBrowser } from '../shared/usecases/web/browserRoutes'
import { goToCashier } from '../shared/usecases/web/requests/cashierPages'
import { answerPay, isPayPath, refuseSize } from '../shared/usecases/web/requests/payRoutes'
import type { Browser } from '../shared/usecases/web/session'

export const main = serveWeb(
  async (ctx, request) =>
    goToCashier(request) ?? (isPayPath(request.path) ? answerPay(ctx, request) : answerBrowser(ctx, request)),
  new Map([
    ['order', (browser: Browser) => serve(orderApi, webShopper(browser), orderActions)],
    ['contract', (browser: Browser) => serve(contractApi, webShopper(browser), contractActions)],
    ['admin', (browser: Browser) => serve(adminSchemas, webStaff(browser), adminActions)],
  ]),
  (path) => (isPayPath(path) ? refuseSize() : undefined),
)
