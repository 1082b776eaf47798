// Reads what `pay` is given: Midas's pay_info, ready JSAPI parameters, and appMetadata. Strict: what is not surely one
// of them is none. Knows no network.

/** What wx.requestPayment wants. */
export interface JsapiParameters {
  timeStamp: string
  nonceStr: string
  package: string
  paySign: string
  signType?: SignType
}

const signTypes = ['MD5', 'HMAC-SHA256', 'RSA'] as const
type SignType = (typeof signTypes)[number]

/** `midas` is passed on unchanged, because its signature covers the text as it came. */
type PayInfo = { kind: 'midas'; text: string } | { kind: 'jsapi'; parameters: JsapiParameters }

/**
 * Reads what `pay` is given.
 * @param payInfo Midas's pay_info (`data=…&sign=…`), or the JSON of JSAPI parameters
 * @returns undefined: empty, malformed, or of a kind that we do not know
 */
export function parsePayInfo(payInfo: unknown): PayInfo | undefined {
  if (typeof payInfo !== 'string') return undefined
  if (isMidasText(payInfo)) return { kind: 'midas', text: payInfo }
  const parameters = readJsapi(parseJson(payInfo))
  return parameters && { kind: 'jsapi', parameters }
}

// pay_info of unified_order: data=<url-encoded JSON>&sign=<url-encoded>
function isMidasText(text: string): boolean {
  const [, data, sign] = /^data=([^&]+)&sign=([^&]+)$/.exec(text) ?? []
  return decode(sign)?.trim() ? isRecord(parseJson(decode(data) ?? '')) : false
}

/**
 * JSAPI parameters from untrusted JSON; other fields (appId of other providers) are left behind.
 * @returns undefined when one is missing or is no text
 */
export function readJsapi(value: unknown): JsapiParameters | undefined {
  if (!isRecord(value)) return undefined
  const { timeStamp, nonceStr, package: prepay, paySign, signType } = value
  if (!isText(timeStamp) || !/^\d+$/.test(timeStamp) || !isText(nonceStr) || !isText(prepay) || !isText(paySign))
    return undefined
  const required = { timeStamp, nonceStr, package: prepay, paySign }
  if (signType === undefined) return required
  const known = signTypes.find((one) => one === signType)
  return known && { ...required, signType: known }
}

/**
 * Whether `pay` can take this as appMetadata.
 * @param text `key=value`, at most 255 characters; none at all is fine, because it is optional
 */
export const isAppMetadata = (text: unknown): boolean =>
  text === undefined || text === '' || (typeof text === 'string' && text.length <= 255 && text.indexOf('=') > 0)

/** @returns the value of a JSON text; undefined when it is none */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

// Form encoding writes a space as "+".
function decode(text: string | undefined): string | undefined {
  try {
    return text === undefined ? undefined : decodeURIComponent(text.replace(/\+/g, '%20'))
  } catch {
    return undefined
  }
}

/** Whether this is an object, and no array. */
export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isText = (value: unknown): value is string => typeof value === 'string' && value !== ''
