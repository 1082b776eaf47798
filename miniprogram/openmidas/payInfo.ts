// Parses the arguments of `pay`: Midas's pay_info, ready JSAPI parameters, and appMetadata. Anything that does not
// clearly match one of these formats is rejected. Uses no network.

/** The parameters that wx.requestPayment needs. */
export interface JsapiParameters {
  timeStamp: string
  nonceStr: string
  package: string
  paySign: string
  signType?: SignType
}

const signTypes = ['MD5', 'HMAC-SHA256', 'RSA'] as const
type SignType = (typeof signTypes)[number]

/** The text of `midas` stays exactly as received, because its signature covers the exact text. */
type PayInfo = { kind: 'midas'; text: string } | { kind: 'jsapi'; parameters: JsapiParameters }

/**
 * Parses the first argument of `pay`.
 * @param payInfo Midas's pay_info (`data=…&sign=…`), or the JSON of JSAPI parameters
 * @returns undefined when empty, malformed or in an unknown format
 */
export function parsePayInfo(payInfo: unknown): PayInfo | undefined {
  if (typeof payInfo !== 'string') return undefined
  if (isMidasText(payInfo)) return { kind: 'midas', text: payInfo }
  const parameters = readJsapi(parseJson(payInfo))
  return parameters && { kind: 'jsapi', parameters }
}

// Format of Midas's pay_info: data=<url-encoded JSON>&sign=<url-encoded>
function isMidasText(text: string): boolean {
  const [, data, sign] = /^data=([^&]+)&sign=([^&]+)$/.exec(text) ?? []
  return decode(sign)?.trim() ? isRecord(parseJson(decode(data) ?? '')) : false
}

/**
 * Reads JSAPI parameters from untrusted JSON. Other fields, such as an appId, are dropped.
 * @returns undefined when a parameter is missing or is not a string
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
 * Whether the SDK accepts a value as appMetadata.
 * @param text `key=value`, at most 255 characters; undefined is valid, because the argument is optional
 */
export const isAppMetadata = (text: unknown): boolean =>
  text === undefined || text === '' || (typeof text === 'string' && text.length <= 255 && text.indexOf('=') > 0)

/** @returns the parsed value; undefined when the text is not valid JSON */
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

/** Whether the value is an object and not an array. */
export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isText = (value: unknown): value is string => typeof value === 'string' && value !== ''
