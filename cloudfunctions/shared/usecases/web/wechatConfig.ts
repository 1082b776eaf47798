// Makes the signature with which our page may call WeChat's JS SDK (wx.config). The Hong Kong wallet's sheet opens only
// through that SDK. The signature is the SHA-1 of the ticket, a nonce, the time and the page's address, as WeChat's
// page on the JS SDK says. docs/web.md
import * as z from 'zod/mini'
import { addressOn } from '../../domain/requests/site'
import { jsonOf } from '../../providers/codecs'
import { type HttpAnswer, HttpFailure } from '../../providers/provider'
import { digestHex } from '../../providers/signing'
import { hashOf, newToken } from '../../store/settings'
import type { OfficialAccount } from '../platform/context'
import { json, refusal } from './answers'
import type { BrowserRequest, WebContext } from './context'

const wish = z.strictObject({ url: z.string().check(z.maxLength(2_000)) })

/** Answers `POST wechat/config` with what one of our pages passes to wx.config. */
export async function configureWechat({ ctx, body, origin }: BrowserRequest): Promise<HttpAnswer> {
  const parsed = z.safeParse(wish, body)
  const url = parsed.success ? parsed.data.url : ''
  // We sign only addresses of our own pages. WeChat demands the address without its fragment.
  if (addressOn([origin], url) === undefined || url.includes('#'))
    return refusal(400, 'BadInput', 'url: is not the address of a page of ours')
  const { officialAccount } = await ctx.shop()
  if (!officialAccount) return refusal(404, 'NotFound', 'no official account')
  const ticket = await ticketOf(ctx, officialAccount)
  if (ticket === undefined) return refusal(502, 'ProviderUnavailable', 'WeChat gave no ticket')
  const timestamp = Math.floor(ctx.now() / 1000)
  const nonceStr = newToken().slice(0, 16)
  const signature = signPage({ ticket, nonceStr, timestamp, url })
  return json(200, { ok: true, data: { appId: officialAccount.appId, timestamp, nonceStr, signature } })
}

/**
 * The signature of a page for wx.config. In the signed text the names are in lower case, unlike in wx.config itself.
 */
export const signPage = (signed: { ticket: string; nonceStr: string; timestamp: number; url: string }): string =>
  digestHex(
    'sha1',
    `jsapi_ticket=${signed.ticket}&noncestr=${signed.nonceStr}&timestamp=${signed.timestamp}&url=${signed.url}`,
  )

// A ticket is valid for two hours, and WeChat limits how often we fetch one. So a function instance fetches a ticket
// once, and stops using it some minutes before its end.
const marginMs = 5 * 60_000

/** The ticket for the JS SDK, from memory or from WeChat. @returns undefined if WeChat gives none */
async function ticketOf(ctx: WebContext, account: OfficialAccount): Promise<string | undefined> {
  const { tickets, now } = ctx
  const key = hashOf(`${account.apiUrl} ${account.appId} ${account.appSecret}`)
  const known = tickets.get(key)
  if (known && now() < known.until) return known.text
  const fetched = await fetchTicket(ctx, account)
  if (!fetched) return undefined
  tickets.clear()
  tickets.set(key, { text: fetched.ticket, until: now() + fetched.expires_in * 1000 - marginMs })
  return fetched.ticket
}

const tokenReply = z.object({ access_token: z.string().check(z.minLength(1)) })
const ticketReply = z.object({ ticket: z.string().check(z.minLength(1)), expires_in: z.int() })

// WeChat's stable_token gives the same token to every caller. So our call does not invalidate the token of the
// merchant's other systems.
async function fetchTicket(
  { http, log }: WebContext,
  { apiUrl, appId: appid, appSecret: secret }: OfficialAccount,
): Promise<z.infer<typeof ticketReply> | undefined> {
  try {
    const asked = JSON.stringify({ grant_type: 'client_credential', appid, secret })
    const headers = { 'content-type': 'application/json' }
    const token = await http({ method: 'POST', url: `${apiUrl}/cgi-bin/stable_token`, headers, body: asked })
    const { access_token } = z.parse(tokenReply, jsonOf(token.body))
    const query = new URLSearchParams({ access_token, type: 'jsapi' })
    const reply = await http({ method: 'GET', url: `${apiUrl}/cgi-bin/ticket/getticket?${query}` })
    return z.parse(ticketReply, jsonOf(reply.body))
  } catch (error) {
    // If WeChat refuses, the reply has errcode and no ticket. WeChat's text may repeat the appid, so do not log it.
    log('noTicket', { answered: !(error instanceof HttpFailure) })
    return undefined
  }
}
