// Beijing time (UTC+8, no daylight saving since 1991): the shop's time zone, for order numbers, providers' wire formats
// and text that people read. All other times are epoch milliseconds.
export const hourMs = 3_600_000
export const dayMs = 24 * hourMs
export const beijingOffsetMs = 8 * hourMs

/** Epoch milliseconds to "yyyy-MM-dd HH:mm:ss" in Beijing. */
export const beijingText = (at: number): string =>
  new Date(at + beijingOffsetMs).toISOString().slice(0, 19).replace('T', ' ')

/** Epoch milliseconds to "yyyy-MM-dd HH:mm" in Beijing. */
export const beijingMinute = (at: number): string => beijingText(at).slice(0, 16)

/** Epoch milliseconds to "yyyy-MM-dd" in Beijing. */
export const beijingDay = (at: number): string => beijingText(at).slice(0, 10)

/** Epoch milliseconds to "yyyyMMddHHmmss" in Beijing. */
export const beijingDigits = (at: number): string => beijingText(at).replace(/\D/g, '')

/** Epoch milliseconds to RFC 3339 in Beijing: "yyyy-MM-ddTHH:mm:ss+08:00". */
export const beijingInstant = (at: number): string => `${beijingText(at).replace(' ', 'T')}+08:00`

/** "yyyyMMddHHmmss" in Beijing to epoch milliseconds; undefined when the digits are not a real calendar time. */
export function fromBeijingDigits(digits: string): number | undefined {
  const match = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(digits)
  if (!match) return undefined
  const [, year, month, day, hour, minute, second] = match
  const at = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`) - beijingOffsetMs
  return Number.isNaN(at) || beijingDigits(at) !== digits ? undefined : at
}

/** "yyyy-MM-dd HH:mm:ss" in Beijing (many providers send it) to epoch milliseconds; undefined when malformed. */
export const fromBeijingText = (text: string): number | undefined =>
  /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/.test(text) ? fromBeijingDigits(text.replace(/\D/g, '')) : undefined

/** The Beijing calendar day of a time, as a number. The numbers of consecutive days differ by one. */
export const dayOf = (at: number): number => Math.floor((at + beijingOffsetMs) / dayMs)

/** When a day starts (midnight in Beijing), epoch ms. */
export const startOfDay = (day: number): number => day * dayMs - beijingOffsetMs
