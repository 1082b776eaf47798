// The page for openids (H5微信支付请求openid in the Unified platform's document): sends the browser back to another system's
// address with a code instead of the openid. The code can be used once, within a minute.
import { AppError } from '../../domain/errors'
import type { PayDomain } from '../../domain/requests/payDomain'
import { newToken, type Sealer } from '../../store/settings'
import { takeState } from '../../store/signIn/sessions'
import type { Context } from '../platform/context'

const codeMs = 60_000
const start = 'once.'

interface Sealed {
  /** the code of the connected system that gets the openid */
  of: string
  openid: string
  until: number
  id: string
}

const urlSafe = (text: string): string => text.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
const base64 = (text: string): string => text.replaceAll('-', '+').replaceAll('_', '/')

/**
 * After WeChat the browser goes back to the connected system, and we add this value to the address: a code for the
 * openid, or the openid itself if the connected system wants that.
 */
export const openidFor = (
  { secrets, now }: { secrets: Sealer; now(): number },
  { _id, bareOpenid }: Pick<PayDomain, '_id' | 'bareOpenid'>,
  openid: string,
): string =>
  bareOpenid
    ? openid
    : start + urlSafe(secrets.seal({ of: _id, openid, until: now() + codeMs, id: newToken() } satisfies Sealed))

/**
 * The openid that a request contains, either itself or as a code. A code can be used only once.
 * @returns undefined if the code has expired, was used, or belongs to another connected system
 */
export async function takeOpenid(ctx: Context, code: string, given: string): Promise<string | undefined> {
  if (!given.startsWith(start)) return given
  const sealed = ctx.secrets.open(base64(given.slice(start.length))) as Partial<Sealed> | undefined
  const { of, openid, until, id } = sealed ?? {}
  if (of !== code || typeof openid !== 'string' || typeof until !== 'number' || typeof id !== 'string') return undefined
  if (ctx.now() >= until || !(await takeState(ctx.db, id, ctx.now()))) return undefined
  return openid
}

/**
 * Adds `openid` to an address. In `https://a.com/#/page?a=1` it is added at the end of the fragment; the Unified
 * platform's pages have such addresses. Otherwise it is added to the query.
 */
export function withOpenid(address: string, openid: string): string {
  const [before = '', ...rest] = address.split('#')
  const fragment = rest.join('#')
  const added = `openid=${encodeURIComponent(openid)}`
  if (fragment.includes('?')) return `${address}&${added}`
  if (before === '') throw new AppError('BadInput', 'backUrl: is not an address')
  return `${before}${before.includes('?') ? '&' : '?'}${added}${rest.length > 0 ? `#${fragment}` : ''}`
}
