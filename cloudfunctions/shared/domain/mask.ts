// Masks data from outside before we store or log it. A reader of the log can recognise a value but cannot use it.
const openNames =
  /^(amount|total_fee|money|currency|currency_type|fee_type|status|trade_state|trade_type|pay_channel|ret|code|event_type|type)$/i
const depthLimit = 4
const fieldLimit = 40

/** "wx1234567890abcdef" → "wx…ef"; a text below 8 characters becomes "…". */
export const maskText = (text: string): string => (text.length < 8 ? '…' : `${text.slice(0, 2)}…${text.slice(-2)}`)

/** Shortens an openid to its last characters, so that other people can distinguish shoppers but not use the openid. */
export const maskOpenid = (openid: string): string => `…${openid.slice(-6)}`

/** Masks every text in a value except amounts, currencies and status words; cuts off deep nesting and long lists. */
export function mask(value: unknown, name = '', depth = 0): unknown {
  if (typeof value === 'string') return openNames.test(name) ? value.slice(0, 32) : maskText(value)
  if (typeof value !== 'object' || value === null) return value
  if (depth >= depthLimit) return '…'
  if (Array.isArray(value)) return value.slice(0, fieldLimit).map((item) => mask(item, name, depth + 1))
  const entries = Object.entries(value).slice(0, fieldLimit)
  return Object.fromEntries(
    entries.map(([key, item]) => [key.slice(0, 32).replace(/^\$|[.\0]/g, '_'), mask(item, key, depth + 1)]),
  )
}
