// The page for openids (H5微信支付请求openid in the Unified platform's document): it goes back to another system's address
// with a code that stands for the openid, once and for a minute.
import { AppError } from '../../domain/errors'
import type { PayDomain } from '../../domain/requests/payDomain'
import { takeState } from '../../store/sessions'
import { newToken, type Sealer } from '../../store/settings'
import type { Context } from '../platform/context'

const codeMs = 60_000
const start = 'once.'

interface Sealed {
  /** the domain's code */
  of: string
  openid: string
  until: number
  id: string
}

const urlSafe = (text: string): string => text.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
const base64 = (text: string): string => text.replaceAll('-', '+').replaceAll('_', '/')

/** What stands for the openid in the address to which a browser goes back. */
export const openidFor = (
  { secrets, now }: { secrets: Sealer; now(): number },
  { _id, bareOpenid }: Pick<PayDomain, '_id' | 'bareOpenid'>,
  openid: string,
): string =>
  bareOpenid
    ? openid
    : start + urlSafe(secrets.seal({ of: _id, openid, until: now() + codeMs, id: newToken() } satisfies Sealed))

/**
 * The openid that a request names: as it is, or by a code, which is used up.
 * @returns undefined for a code that is over, was used, or belongs to another domain
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
 * An address with `openid` added: at the end of the fragment if the fragment has a query, as the document's pages have,
 * otherwise in the query.
 */
export function withOpenid(address: string, openid: string): string {
  const [before = '', ...rest] = address.split('#')
  const fragment = rest.join('#')
  const added = `openid=${encodeURIComponent(openid)}`
  if (fragment.includes('?')) return `${address}&${added}`
  if (before === '') throw new AppError('BadInput', 'backUrl: is not an address')
  return `${before}${before.includes('?') ? '&' : '?'}${added}${rest.length > 0 ? `#${fragment}` : ''}`
}
