// Answers what browsers ask over HTTP. The headers of every answer forbid other sites to frame the answer, and forbid
// browsers to guess its type or to store it. A POST must come with our own Origin and a JSON body, because a page of
// another site cannot send such a request (docs/web.md).
import type { HttpAnswer, RawRequest } from '../../providers/provider'
import { sheetPath } from '../platform/sheetUrl'
import { json, refusal } from './answers'
import { addressOf, browserOf, placeOf } from './browserInfo'
import type { BrowserRequest, WebContext } from './context'
import { mustRenew, newSession, readSession, withSession } from './session'
import { openSheet, showSheetPage } from './sheetPage'
import { beginSignIn, endSignIn } from './signIn'
import { answerSite, sitePath } from './sites'
import { beginStaffSignIn, pollStaffSignIn, signOut } from './staffSignIn'
import { configureWechat } from './wechatConfig'

type Route = (asked: BrowserRequest) => Promise<HttpAnswer>

const routes = new Map<string, Route>([
  ['GET session', session],
  ['GET login', beginSignIn],
  ['GET return', endSignIn],
  ['POST call/order', call('order')],
  ['POST call/contract', call('contract')],
  ['POST call/admin', call('admin')],
  ['POST staff/begin', beginStaffSignIn],
  ['POST staff/poll', pollStaffSignIn],
  ['POST logout', signOut],
  ['POST wechat/config', configureWechat],
  [`GET ${sheetPath}`, showSheetPage],
  [`POST ${sheetPath}`, openSheet],
])

/** Answers one request of a browser to an address below /web/. */
export async function answerBrowser(ctx: WebContext, request: RawRequest): Promise<HttpAnswer> {
  const { browser: who, origin, isSecure } = await identifyBrowser(ctx, request)
  // CloudBase's HTTP access may cut the beginning of the path off or leave it, so accept both.
  const path = request.path.replace(/^\/(web\/)?/, '')
  if (path === sitePath) return answerSite(ctx, request, origin)
  const route = routes.get(`${request.method} ${path}`)
  if (!route) return refusal(404, 'NotFound', 'no such path')
  const refused = request.method === 'POST' ? foreignPost(request, origin) : foreignGet(request)
  if (refused) return refused
  const body = request.method === 'POST' ? parsed(request.body) : {}
  if (body === undefined) return refusal(400, 'BadInput', 'the body is not a JSON object')
  const as = 'as' in body && typeof body.as === 'string' ? body.as : undefined
  return route({ ctx, request, browser: { ...who, as }, body, origin, isSecure })
}

/** Which browser sends a request, and which origin our own pages have. */
export async function identifyBrowser(
  ctx: WebContext,
  { headers }: RawRequest,
): Promise<Pick<BrowserRequest, 'browser' | 'origin' | 'isSecure'>> {
  const { origin, protocol, hostname } = new URL((await ctx.shop()).publicUrl)
  const isSecure = !(protocol === 'http:' && (hostname === '127.0.0.1' || hostname === 'localhost'))
  const { cookie, 'user-agent': userAgent = '' } = headers
  const browser = {
    session: readSession(ctx.sealer, { cookie, isSecure, now: ctx.now() }),
    place: placeOf(userAgent),
    browser: browserOf(userAgent),
    address: addressOf(headers),
    as: undefined,
  }
  return { browser, origin, isSecure }
}

export const isJson = /^application\/json\s*(;|$)/i

function foreignPost({ headers }: RawRequest, origin: string): HttpAnswer | undefined {
  if (headers.origin !== origin) return refusal(403, 'Forbidden', 'only for pages of this shop')
  if (!isJson.test(headers['content-type'] ?? ''))
    return refusal(415, 'BadInput', 'content-type must be application/json')
  return undefined
}

// A browser sends no Origin with a GET, but newer browsers say in `sec-fetch-site` which site sent the request. We
// answer a person who follows a link from another site. We refuse a GET from a script or picture on another site.
function foreignGet({ headers }: RawRequest): HttpAnswer | undefined {
  const { 'sec-fetch-site': site = 'none', 'sec-fetch-mode': mode = 'navigate' } = headers
  const isOwn = site === 'same-origin' || site === 'none' || mode === 'navigate'
  return isOwn ? undefined : refusal(403, 'Forbidden', 'only for pages of this shop')
}

function parsed(body: Uint8Array): object | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(body).toString('utf8'))
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined
  } catch {
    return undefined
  }
}

async function session(asked: BrowserRequest): Promise<HttpAnswer> {
  const { ctx, browser } = asked
  const now = ctx.now()
  const there = browser.session ?? newSession(now)
  const { officialAccount } = await ctx.shop()
  const answer = json(200, {
    place: browser.place,
    signedIn: there.person !== undefined,
    appId: there.person?.app ?? null,
    staff: await ctx.staffOf(browser),
    snapshot: there.snapshot === true,
    officialAccount: officialAccount !== undefined,
  })
  return browser.session && !mustRenew(there, now) ? answer : withSession(asked, there, answer)
}

function call(name: string): Route {
  return async ({ ctx, browser, body }) =>
    browser.session
      ? json(200, await ctx.call(name, browser, body))
      : refusal(401, 'Forbidden', 'no session: ask /web/session first')
}
