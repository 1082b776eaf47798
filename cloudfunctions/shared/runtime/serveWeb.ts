// The entry point of the browser's function: runs the actions of the other functions for the person of a session.
import type { Reply } from '../api/reply'
import { AppError, LimitReached } from '../domain/errors'
import type { HttpAnswer, RawRequest } from '../providers/provider'
import type { Sealer } from '../store/settings'
import { readStaff } from '../store/staff'
import type { Context, ShopperContext, StaffContext } from '../usecases/platform/context'
import type { WebContext } from '../usecases/web/context'
import { type Browser, shopperOf } from '../usecases/web/session'
import { signedInStaff } from '../usecases/web/staffSession'
import { webSealer } from './context'
import { createHttp } from './http'
import { drawCode } from './qrCode'
import { type Caller, memberOf, providerTimeoutMs, serveHttp } from './serve'

// A snapshot page's openid is made up: an order under it would be nobody's.
const notForSnapshots = new Set(['create', 'pay', 'open'])

/** A shopper in a browser, by the session. */
export const webShopper =
  ({ session, place }: Browser): Caller<ShopperContext> =>
  (context, action) => {
    if (!session) throw new AppError('Forbidden', 'no session')
    if (session.snapshot && notForSnapshots.has(action)) throw new LimitReached('snapshot')
    return { ...context(), ...shopperOf(session), place, drawCode }
  }

/** A staff member in a browser, by the staff session and the document in `staff`, both read anew for each call. */
export const webStaff =
  (browser: Browser): Caller<StaffContext> =>
  async (context, action) => {
    const ctx = context()
    const openid = await signedInStaff(ctx, browser)
    if (openid === undefined) throw new AppError('Forbidden', 'only for staff who are signed in')
    return memberOf({ ...ctx, openid, place: browser.place }, action)
  }

async function staffOf(ctx: Context, browser: Browser): ReturnType<WebContext['staffOf']> {
  const openid = await signedInStaff(ctx, browser)
  const member = openid === undefined ? undefined : await readStaff(ctx.db, openid)
  return member ? { role: member.role, name: member.name } : null
}

let sealer: Sealer | undefined

/**
 * An entry point for browsers.
 * @param answer answers one request
 * @param functions the functions that a browser can call, for the person of its session
 */
export const serveWeb = (
  answer: (ctx: WebContext, request: RawRequest) => Promise<HttpAnswer>,
  functions: ReadonlyMap<string, (browser: Browser) => (event: unknown) => Promise<Reply<unknown>>>,
) =>
  serveHttp((ctx, request) => {
    sealer ??= webSealer()
    const web: WebContext = {
      ...ctx,
      sealer,
      http: createHttp(providerTimeoutMs),
      call: (name, browser, event) => functions.get(name)?.(browser)(event),
      staffOf: (browser) => staffOf(ctx, browser),
    }
    return answer(web, request)
  }, providerTimeoutMs)
