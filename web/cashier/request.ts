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
// The requests whose payers are on WeChat's page. Safari returns from WeChat in a new tab, which does not have the
// storage of the tab that left.
const leftKey = 'cashierLeft'
const leftLimit = 5

/**
 * Reads the request of this page. A payer who comes back from WeChat's pages may arrive without the request in the
 * address; then the request that this tab or this browser has stored is used.
 * @returns undefined if there is no request. 'forgotten': the payer has come back from paying, but this browser has
 *   stored nothing
 */
export function readRequest(): Request | 'forgotten' | undefined {
  const given = parsed(location.hash)
  const isOwn = given.get('sign') !== null
  const of = isOwn ? null : new URLSearchParams(location.search).get('of')
  const kept = keptOf(of)
  if (of !== null && !kept) return 'forgotten'
  // From now on this tab knows the request, so that a reload shows the same.
  if (of !== null && kept) keepRequest(kept, kept)
  const fragment = isOwn ? location.hash : kept?.fragment
  if (fragment === undefined) return undefined
  const openid = given.get('openid') ?? ''
  const clean = withoutOpenid(fragment)
  // Take the openid out of the page's address, because a reload would send it again and the server accepts this value
  // only once.
  if (clean !== location.hash) history.replaceState(null, '', location.pathname + clean)
  const found = parsed(clean)
  const fields = Object.fromEntries(names.map((name) => [name, found.get(name) ?? ''])) as PayFields
  const isSame = kept?.fragment === clean
  return { fields, openid, fragment: clean, left: isSame && kept.left, asked: isSame && kept.asked }
}

/** Stores a request in this tab. @returns false if the browser forbids storage */
export function keepRequest({ fragment }: Kept, what: Partial<Omit<Kept, 'fragment'>>): boolean {
  try {
    const kept: Kept = { left: false, asked: false, ...what, fragment }
    sessionStorage.setItem(key, JSON.stringify(kept))
    if (kept.left) {
      const others = stored<Kept[]>('localStorage', leftKey)?.filter((one) => one.fragment !== fragment) ?? []
      localStorage.setItem(leftKey, JSON.stringify([kept, ...others].slice(0, leftLimit)))
    }
    return true
  } catch {
    return false
  }
}

const parsed = (fragment: string): URLSearchParams => new URLSearchParams(fragment.replace(/^[^?]*\??/, ''))
const withoutOpenid = (fragment: string): string => fragment.replace(/([?&])openid=[^&]*&?/, '$1').replace(/[?&]$/, '')

/** The name of a request in the address to which WeChat's page returns, as our server writes it. */
function nameOf({ fragment }: Kept): string {
  const fields = parsed(fragment)
  return `${fields.get('domainCode')}.${fields.get('requestKey')}`
}

/** The stored request. @param of name of the wanted request; null: the last one of this tab */
function keptOf(of: string | null): Kept | undefined {
  const own = stored<Kept>('sessionStorage', key)
  if (of === null || (own && nameOf(own) === of)) return own
  return stored<Kept[]>('localStorage', leftKey)?.find((one) => nameOf(one) === of)
}

function stored<T>(name: 'localStorage' | 'sessionStorage', item: string): T | undefined {
  try {
    return (JSON.parse(window[name].getItem(item) ?? 'null') as T | null) ?? undefined
  } catch {
    return undefined
  }
}
