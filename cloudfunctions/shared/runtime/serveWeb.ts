// Makes the entry point of the function `web`. It runs the actions of the other functions for the person of a browser's
// session.

import { hourMs } from '../../../miniprogram/rules/beijing'
import type { Reply } from '../api/reply'
import { AppError, LimitReached } from '../domain/errors'
import { browserApp } from '../domain/person'
import type { HttpAnswer, RawRequest } from '../providers/provider'
import { type Sealer, staffIdOf } from '../store/settings'
import type { Context, ShopperContext, StaffContext } from '../usecases/platform/context'
import { clientIpOf, networkOf } from '../usecases/web/browserInfo'
import type { WebContext } from '../usecases/web/context'
import { Polls } from '../usecases/web/polls'
import { type Browser, shopperOf } from '../usecases/web/session'
import { signedInStaff } from '../usecases/web/staffSession'
import { webSealer } from './context'
import { createHttp } from './http'
import { drawCode } from './qrCode'
import { type Caller, providerTimeoutMs, serveHttp } from './serve'
import { memberOf } from './serveStaff'

let sealer: Sealer | undefined
function sealing(): Sealer {
  sealer ??= webSealer()
  return sealer
}

// The actions that WeChat's preview of a page may not call. In the preview the openid is made up, so an order would
// belong to nobody.
const notForSnapshots = new Set(['create', 'pay', 'open'])

/** The caller is a shopper in a browser, known by the session. */
export const webShopper =
  ({ session, place, address }: Browser): Caller<ShopperContext> =>
  (context, action) => {
    if (!session) throw new AppError('Forbidden', 'no session')
    if (session.snapshot && notForSnapshots.has(action)) throw new LimitReached('snapshot')
    const ctx = context()
    const person = shopperOf(session)
    return {
      ...ctx,
      ...person,
      place,
      drawCode,
      ...clientIpOf(address),
      // Limit how many orders the browsers of one network may make. All browsers with an unknown address share one
      // limit, because without a limit they could make any number of orders.
      ...(person.app === browserApp && {
        addressMark: sealing().mark(`${Math.floor(ctx.now() / hourMs)} ${networkOf(address)}`),
      }),
    }
  }

// The refusal of a call from a browser. `signedOut`: no staff member is signed in. `otherPerson`: the signed-in person
// is not the person whom the page shows. After this refusal the page asks for its session again.
const refused = (rule: 'signedOut' | 'otherPerson'): AppError =>
  new AppError('Forbidden', 'only for staff who are signed in', { details: [{ field: 'session', rule }] })

/**
 * The caller is a staff member in a browser. For each call we read the staff session and the document in `staff` again.
 * We refuse the call if the person whom the tab shows is not the person who is signed in.
 */
export const webStaff =
  (browser: Browser): Caller<StaffContext> =>
  async (context, action) => {
    const ctx = context()
    const signedIn = await signedInStaff(ctx, browser)
    if (!signedIn) throw refused('signedOut')
    const { member, sessionId } = signedIn
    if (browser.as !== staffIdOf(member._id)) throw refused('otherPerson')
    return { ...memberOf({ ...ctx, openid: member._id, place: browser.place }, member, action), sessionId }
  }

async function staffOf(ctx: Context, browser: Browser): ReturnType<WebContext['staffOf']> {
  const signedIn = await signedInStaff(ctx, browser)
  if (!signedIn) return null
  const { _id, role, name } = signedIn.member
  return { staffId: staffIdOf(_id), role, name }
}

const buckets: WebContext['buckets'] = new Map()
const polls = new Polls()
const tickets: WebContext['tickets'] = new Map()

/**
 * Makes an entry point for browsers.
 * @param answer answers one request
 * @param functions the functions that a browser can call for the person of its session
 * @param refuse answers a request that is too large; undefined: the usual refusal
 */
export const serveWeb = (
  answer: (ctx: WebContext, request: RawRequest) => Promise<HttpAnswer>,
  functions: ReadonlyMap<string, (browser: Browser) => (event: unknown) => Promise<Reply<unknown>>>,
  refuse: (path: string) => HttpAnswer | undefined,
) =>
  serveHttp(
    (ctx, request) => {
      const web: WebContext = {
        ...ctx,
        sealer: sealing(),
        http: createHttp(providerTimeoutMs),
        drawCode,
        buckets,
        polls,
        tickets,
        call: (name, browser, event) => functions.get(name)?.(browser)(event),
        staffOf: (browser) => staffOf(ctx, browser),
      }
      return answer(web, request)
    },
    { timeoutMs: providerTimeoutMs, refuse },
  )
