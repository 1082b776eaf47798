// The fake server of WeChat's official accounts, from WeChat's pages on web authorisation and on the JS SDK
// (docs/web.md names the facts): the authorize page, the exchange of a code (works once, for 5
// minutes), and the ticket for signing pages. wechatBrowser.ts has what a page calls inside WeChat.

import { createHash, randomBytes } from 'node:crypto'
import { hourMs } from '../../../miniprogram/rules/beijing'
import type { TwinAnswer, TwinRequest } from '../twin'

/** The WeChat user who opens the authorize page. The sandbox's cookie `wechat` contains these fields as a query. */
interface User {
  person: string
  unionid?: string
  /** true: the user sees the page as a preview only, and the openid is made up */
  snapshot?: boolean
}

interface Grant extends User {
  appId: string
  scope: string
  at: number
  isUsed: boolean
}

export interface WechatAccountOptions {
  clock: { now(): number }
  /** the shop's official account, and the host name of the shop's own pages */
  account(): { appId: string; appSecret: string; host: string } | undefined
}

// Both scopes give the same openid. snsapi_userinfo would also give name and picture, which the shop never asks for.
const scopes = ['snsapi_base', 'snsapi_userinfo']
const codeMs = 5 * 60_000
const ticketMs = 2 * hourMs

/** The settings of the official account through which the local cloud's shop knows its users in a browser. */
export const seededAccount = (origin: string) => ({
  appId: 'wx0000000000000001',
  appSecret: '0123456789abcdef0123456789abcdef',
  authorizeUrl: `${origin}/sandbox/wechat`,
  apiUrl: `${origin}/sandbox/wechat`,
})

/** A person's openid under the official account; it differs from the openid under the mini-program. */
export const officialOpenid = (person: string): string => `oOfficial_${person}_`.padEnd(28, '0')

export function createWechatAccount({ clock, account }: WechatAccountOptions) {
  const grants = new Map<string, Grant>()
  let issued = { token: '', ticket: '', until: 0 }

  function authorize({ query, headers }: TwinRequest): TwinAnswer {
    const known = account()
    if (!/MicroMessenger/i.test(headers['user-agent'] ?? '')) return page('请在微信客户端打开链接')
    if (!known || query.get('appid') !== known.appId) return page('Scope 参数错误或没有 Scope 权限')
    const scope = query.get('scope') ?? ''
    if (query.get('response_type') !== 'code' || !scopes.includes(scope)) return page('Scope 参数错误')
    const back = query.get('redirect_uri') ?? ''
    if (!URL.canParse(back) || new URL(back).host !== known.host) return page('redirect_uri 参数错误')
    const state = query.get('state') ?? ''
    if (!/^[\w-]{0,128}$/.test(state)) return page('state 参数错误')
    const code = randomBytes(16).toString('hex')
    grants.set(code, { ...userOf(headers.cookie), appId: known.appId, scope, at: clock.now(), isUsed: false })
    const target = new URL(back)
    target.searchParams.set('code', code)
    target.searchParams.set('state', state)
    return { statusCode: 302, headers: { location: target.href }, body: '' }
  }

  function token({ query }: TwinRequest): TwinAnswer {
    const known = account()
    const grant = grants.get(query.get('code') ?? '')
    if (!known || query.get('appid') !== known.appId) return refused(40013, 'invalid appid')
    if (query.get('secret') !== known.appSecret) return refused(40125, 'invalid appsecret')
    if (query.get('grant_type') !== 'authorization_code') return refused(40002, 'invalid grant_type')
    if (!grant || clock.now() - grant.at >= codeMs) return refused(40029, 'invalid code')
    if (grant.isUsed) return refused(40163, 'code been used')
    grant.isUsed = true
    const openid = grant.snapshot ? officialOpenid(randomBytes(4).toString('hex')) : officialOpenid(grant.person)
    return text({
      access_token: randomBytes(32).toString('hex'),
      expires_in: 7_200,
      refresh_token: randomBytes(32).toString('hex'),
      openid,
      scope: grant.scope,
      ...(grant.snapshot && { is_snapshotuser: 1 }),
      ...(grant.unionid !== undefined && !grant.snapshot && { unionid: grant.unionid }),
    })
  }

  /** Plays stable_token: every caller gets the same token until it expires. */
  function stableToken({ body }: TwinRequest): TwinAnswer {
    const known = account()
    const { grant_type, appid, secret } = fieldsOf(body)
    if (grant_type !== 'client_credential') return refused(40002, 'invalid grant_type')
    if (!known || appid !== known.appId) return refused(40013, 'invalid appid')
    if (secret !== known.appSecret) return refused(40125, 'invalid appsecret')
    const now = clock.now()
    if (now >= issued.until)
      issued = {
        token: randomBytes(32).toString('hex'),
        ticket: randomBytes(32).toString('base64url'),
        until: now + ticketMs,
      }
    return text({ access_token: issued.token, expires_in: Math.ceil((issued.until - now) / 1000) })
  }

  function ticket({ query }: TwinRequest): TwinAnswer {
    const now = clock.now()
    if (now >= issued.until || query.get('access_token') !== issued.token)
      return refused(40001, 'invalid credential, access_token is invalid or not latest')
    if (query.get('type') !== 'jsapi') return refused(40097, 'invalid args')
    const expires_in = Math.ceil((issued.until - now) / 1000)
    return text({ errcode: 0, errmsg: 'ok', ticket: issued.ticket, expires_in })
  }

  /** Plays the check that WeChat's app makes when a page calls wx.config. */
  function verify({ body }: TwinRequest): TwinAnswer {
    const known = account()
    const { appId, timestamp, nonceStr, signature, url = '' } = fieldsOf(body)
    if (!known || appId !== known.appId) return text({ errMsg: 'config:invalid appid' })
    if (!URL.canParse(url) || new URL(url).host !== known.host) return text({ errMsg: 'config:invalid url domain' })
    const signed = `jsapi_ticket=${issued.ticket}&noncestr=${nonceStr}&timestamp=${timestamp}&url=${url}`
    const isRight = clock.now() < issued.until && createHash('sha1').update(signed).digest('hex') === signature
    return text({ errMsg: isRight ? 'config:ok' : 'config:invalid signature' })
  }

  return {
    handle(request: TwinRequest): TwinAnswer {
      if (request.method === 'GET' && request.path === '/connect/oauth2/authorize') return authorize(request)
      if (request.method === 'GET' && request.path === '/sns/oauth2/access_token') return token(request)
      if (request.method === 'POST' && request.path === '/cgi-bin/stable_token') return stableToken(request)
      if (request.method === 'GET' && request.path === '/cgi-bin/ticket/getticket') return ticket(request)
      if (request.method === 'POST' && request.path === '/app/verify') return verify(request)
      return { statusCode: 404, headers: { 'content-type': 'text/plain' }, body: 'no such path' }
    },
  }
}

function fieldsOf(body: Buffer): Record<string, string | undefined> {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'))
    return Object.fromEntries(Object.entries(value as object).map(([name, field]) => [name, String(field)]))
  } catch {
    return {}
  }
}

/** Reads the user from the sandbox's cookie. */
export function userOf(cookie = ''): User {
  const value = /(?:^|;\s*)wechat=([^;]*)/.exec(cookie)?.[1] ?? ''
  const query = new URLSearchParams(decodeURIComponent(value))
  const unionid = query.get('unionid')
  return {
    person: query.get('person') ?? 'shopper',
    ...(unionid !== null && { unionid }),
    snapshot: query.get('snapshot') === '1',
  }
}

const page = (message: string): TwinAnswer => ({
  statusCode: 200,
  headers: { 'content-type': 'text/html; charset=utf-8' },
  body: `<!doctype html><meta charset="utf-8"><title>${message}</title><p>${message}</p>`,
})

// WeChat sends JSON with the content type text/plain.
const text = (value: object): TwinAnswer => ({
  statusCode: 200,
  headers: { 'content-type': 'text/plain' },
  body: JSON.stringify(value),
})

const refused = (errcode: number, errmsg: string): TwinAnswer => text({ errcode, errmsg: `${errmsg}, rid: sandbox` })
