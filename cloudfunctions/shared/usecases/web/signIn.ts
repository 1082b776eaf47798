// Signs a shopper in with WeChat's OAuth, scope snsapi_base: WeChat gives the official account's openid without asking
// the person. Our server exchanges the code with the app secret, and never stores the access token of the reply.
// docs/web.md
import * as z from 'zod/mini'
import { AppError } from '../../domain/errors'
import { type HttpAnswer, HttpFailure } from '../../providers/provider'
import { readDomain } from '../../store/domains'
import { newToken } from '../../store/settings'
import { takeState } from '../../store/signIn/sessions'
import type { OfficialAccount } from '../platform/context'
import { page, redirect, refusal } from './answers'
import type { BrowserRequest, WebContext } from './context'
import { messagesFor } from './messages'
import { openidFor, withOpenid } from './openidCode'
import { newSession, type Session, withSession } from './session'

// How long a sign-in may take. WeChat's code is valid for 5 minutes, and the person may also spend time on WeChat's
// page.
const loginMs = 10 * 60_000

const home = '/web/'
// Matches a path such as `/web/order?a=1`. It must not begin with two slashes, and it has no backslash, control
// character or space, because a browser could read such a path as the address of another host.
const ownPath = /^\/web\/(?!\/)[!-[\]-~]{0,1000}$/

/** Whether an address is a path of our own pages, so that a browser which follows it stays on our site. */
export const isOwnPath = (path: string): boolean => ownPath.test(path) && !path.includes('//')

/** Begins a sign-in: sends the browser to WeChat. Afterwards WeChat sends the browser back. */
export async function beginSignIn(asked: BrowserRequest): Promise<HttpAnswer> {
  const { ctx, request } = asked
  const { back = home } = request.query
  if (!isOwnPath(back)) return refusal(400, 'BadInput', 'back: is not a path below /web/')
  const { officialAccount } = await ctx.shop()
  if (!officialAccount) return page(404, { ...messagesFor(request.headers['accept-language']).off, href: back })
  return toWeChat(asked, officialAccount, { back })
}

/**
 * Sends the browser to WeChat's page for sign-in.
 * @param goal where the browser goes after the sign-in: a path of ours, or an address of a connected system
 */
export function toWeChat(
  asked: BrowserRequest,
  officialAccount: OfficialAccount,
  goal: { back: string; domain?: string },
): HttpAnswer {
  const { ctx, browser, origin } = asked
  const now = ctx.now()
  const state = newToken()
  const login = { state, ...goal, until: now + loginMs }
  const session: Session = { ...(browser.session ?? newSession(now)), login }
  // The parameters stand in the order of WeChat's own example, because some of WeChat's pages have refused another
  // order.
  const address =
    `${officialAccount.authorizeUrl}/connect/oauth2/authorize?appid=${encodeURIComponent(officialAccount.appId)}` +
    `&redirect_uri=${encodeURIComponent(`${origin}/web/return`)}&response_type=code&scope=snsapi_base` +
    `&state=${encodeURIComponent(state)}#wechat_redirect`
  return withSession(asked, session, redirect(address))
}

const code = /^[\w-]{1,256}$/

/**
 * Ends a sign-in after WeChat has sent the browser back with a code. If the `state` belongs to another browser or was
 * used before, nothing changes.
 */
export async function endSignIn(asked: BrowserRequest): Promise<HttpAnswer> {
  const { ctx, request, browser } = asked
  const { session } = browser
  const { officialAccount } = await ctx.shop()
  const texts = messagesFor(request.headers['accept-language'])
  const login = session?.login
  const now = ctx.now()
  const isOurs = login !== undefined && request.query.state === login.state && now < login.until
  if (!session) return page(400, { ...texts.noCookie, href: home })
  if (!isOurs || !officialAccount) return page(400, { ...texts.over, href: home })
  const again = { href: againAt(login) }
  if (!code.test(request.query.code ?? '')) return page(400, { ...texts.refused, ...again })
  // Mark the state as used before we ask WeChat. If the same address is opened twice, even at once, we ask WeChat only
  // once.
  if (!(await takeState(ctx.db, login.state, now))) return page(400, { ...texts.over, href: home })
  const person = await exchange(ctx, officialAccount, request.query.code ?? '')
  if (person === 'unreachable') return page(502, { ...texts.unreachable, ...again })
  if (person === 'refused') return page(400, { ...texts.refused, ...again })
  const { login: _, person: __, snapshot: ___, ...kept } = session
  const signedIn: Session =
    person === 'snapshot'
      ? { ...kept, snapshot: true }
      : { ...kept, id: newSession(now).id, person: { ...person, app: officialAccount.appId, at: now } }
  if (login.domain === undefined) return withSession(asked, signedIn, redirect(login.back))
  const domain = await readDomain(ctx.db, login.domain)
  if (person === 'snapshot' || domain?.state !== 'open') return page(400, { ...texts.refused, ...again })
  const address = withOpenid(login.back, openidFor(ctx, domain, person.openid))
  return withSession(asked, signedIn, redirect(address))
}

const againAt = ({ back, domain }: NonNullable<Session['login']>): string =>
  domain === undefined
    ? `/web/login?back=${encodeURIComponent(back)}`
    : `/pay/api/openid?${new URLSearchParams({ domainCode: domain, backUrl: back })}`

// The reply of WeChat. `is_snapshotuser` is the number 1 if WeChat shows our page only as a preview. If WeChat refuses,
// the reply has `errcode` instead.
const tokenReply = z.object({
  openid: z.string().check(z.regex(/^[\w-]{1,128}$/)),
  unionid: z.optional(z.string().check(z.regex(/^[\w-]{1,128}$/))),
  is_snapshotuser: z.optional(z.union([z.number(), z.string()])),
})

async function exchange(
  { http, log }: WebContext,
  { apiUrl, appId, appSecret }: OfficialAccount,
  given: string,
): Promise<{ openid: string; unionid?: string } | 'snapshot' | 'refused' | 'unreachable'> {
  const query = new URLSearchParams({ appid: appId, secret: appSecret, code: given, grant_type: 'authorization_code' })
  try {
    const { status, body } = await http({ method: 'GET', url: `${apiUrl}/sns/oauth2/access_token?${query}` })
    const reply: unknown = JSON.parse(Buffer.from(body).toString('utf8'))
    const parsed = z.safeParse(tokenReply, reply)
    if (!parsed.success) {
      const { errcode } = z.parse(z.object({ errcode: z._default(z.number(), 0) }), reply)
      log('signInRefused', { status, errcode })
      return 'refused'
    }
    const { openid, unionid, is_snapshotuser } = parsed.data
    if (Number(is_snapshotuser) === 1) return 'snapshot'
    return { openid, ...(unionid !== undefined && { unionid }) }
  } catch (error) {
    if (error instanceof AppError) throw error
    log('signInFailed', { answered: !(error instanceof HttpFailure) })
    return error instanceof HttpFailure ? 'unreachable' : 'refused'
  }
}
