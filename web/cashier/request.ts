// Reads the payment request from the page's address: `#/?domainCode=…&sign=…`. This page checks no signature; the
// server does.

/** The parameters of a request, by the document (PC申请支付接口). `sign2` is our own addition. */
const names = [
  'domainCode',
  'payTypeCode',
  'requestChannel',
  'money',
  'info',
  'infoEn',
  'requestKey',
  'currencyType',
  'pageUrl',
  'bgUrl',
  'dialogOkUrl',
  'dialogFailUrl',
  'rate',
  'payTypeCodeIn',
  'sign',
  'sign2',
] as const

export type PayFields = Readonly<Record<(typeof names)[number], string>>

interface Kept {
  fragment: string
  /** true: the page has sent the payer to another page to pay */
  left: boolean
  /** true: the page has sent the payer to the page that finds the openid */
  asked: boolean
}

export interface Request extends Kept {
  fields: PayFields
  /** the openid that WeChat's page added to the address; empty if there is none */
  openid: string
}

const key = 'cashierRequest'

/**
 * Reads the request of this page. A payer who comes back from WeChat's pages may arrive without the request in the
 * address; then the request that this tab has stored is used.
 * @returns undefined if there is no request
 */
export function readRequest(): Request | undefined {
  const given = parsed(location.hash)
  const kept = readKept()
  const isOwn = given.get('sign') !== null
  const fragment = isOwn ? location.hash : kept?.fragment
  if (fragment === undefined) return undefined
  const openid = given.get('openid') ?? ''
  const clean = withoutOpenid(fragment)
  // The server accepts this value of the openid once, so take it out of the page's address: a reload would send it again.
  if (clean !== location.hash) history.replaceState(null, '', clean)
  const found = parsed(clean)
  const fields = Object.fromEntries(names.map((name) => [name, found.get(name) ?? ''])) as PayFields
  const isSame = kept?.fragment === clean
  return { fields, openid, fragment: clean, left: isSame && kept.left, asked: isSame && kept.asked }
}

/** Stores a request in this tab. @returns false if the browser forbids storage */
export function keepRequest({ fragment }: Request, what: Partial<Omit<Kept, 'fragment'>>): boolean {
  try {
    const kept: Kept = { left: false, asked: false, ...what, fragment }
    sessionStorage.setItem(key, JSON.stringify(kept))
    return true
  } catch {
    return false
  }
}

const parsed = (fragment: string): URLSearchParams => new URLSearchParams(fragment.replace(/^[^?]*\??/, ''))
const withoutOpenid = (fragment: string): string => fragment.replace(/([?&])openid=[^&]*&?/, '$1').replace(/[?&]$/, '')

function readKept(): Kept | undefined {
  try {
    return (JSON.parse(sessionStorage.getItem(key) ?? 'null') as Kept | null) ?? undefined
  } catch {
    return undefined
  }
}
