// The request in the page's address: `#/?domainCode=…&sign=…`. The page verifies nothing; the server does.

/** The names that a request can have, by the document (PC申请支付接口); `sign2` is ours. */
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
  /** the payer was sent on to pay elsewhere */
  left: boolean
  /** the payer was sent to the openid page */
  asked: boolean
}

export interface Request extends Kept {
  fields: PayFields
  /** what the openid page gave; '' if nothing */
  openid: string
}

const key = 'cashierRequest'

/**
 * Reads the request of this page. The pages of others lead back without it: then it is the one that this tab has kept.
 * @returns undefined if there is none
 */
export function readRequest(): Request | undefined {
  const given = parsed(location.hash)
  const kept = readKept()
  const isOwn = given.get('sign') !== null
  const fragment = isOwn ? location.hash : kept?.fragment
  if (fragment === undefined) return undefined
  const openid = given.get('openid') ?? ''
  const clean = withoutOpenid(fragment)
  // The openid is used once, so a reloaded page must not send it again.
  if (clean !== location.hash) history.replaceState(null, '', clean)
  const found = parsed(clean)
  const fields = Object.fromEntries(names.map((name) => [name, found.get(name) ?? ''])) as PayFields
  const isSame = kept?.fragment === clean
  return { fields, openid, fragment: clean, left: isSame && kept.left, asked: isSame && kept.asked }
}

/** Keeps a request in this tab. @returns false if the browser forbids it */
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
