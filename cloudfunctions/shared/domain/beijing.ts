// Beijing time (UTC+8, no daylight saving since 1991). We use Beijing time only for order numbers, providers' wire
// formats and text that people read. All other times in the code are epoch milliseconds.
const offsetMs = 8 * 3_600_000

/** Formats a time (epoch milliseconds) as "yyyyMMddHHmmss" in Beijing time. */
export function beijingDigits(at: number): string {
  const iso = new Date(at + offsetMs).toISOString()
  return (
    iso.slice(0, 4) + iso.slice(5, 7) + iso.slice(8, 10) + iso.slice(11, 13) + iso.slice(14, 16) + iso.slice(17, 19)
  )
}

/**
 * Parses "yyyyMMddHHmmss" in Beijing time to epoch milliseconds; undefined if the digits are not a real calendar time.
 */
export function fromBeijingDigits(digits: string): number | undefined {
  const match = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(digits)
  if (!match) return undefined
  const [, year, month, day, hour, minute, second] = match
  const at = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`) - offsetMs
  return Number.isNaN(at) || beijingDigits(at) !== digits ? undefined : at
}

/** Formats a time (epoch milliseconds) as the date "yyyy-MM-dd" in Beijing time. */
export const beijingDay = (at: number): string => new Date(at + offsetMs).toISOString().slice(0, 10)

/**
 * Parses "yyyy-MM-dd HH:mm:ss" in Beijing time, a format that many providers send, to epoch milliseconds; undefined if
 * the text is malformed.
 */
export const fromBeijingText = (text: string): number | undefined =>
  /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/.test(text) ? fromBeijingDigits(text.replace(/\D/g, '')) : undefined

/** Formats a time (epoch milliseconds) as "yyyy-MM-dd HH:mm:ss" in Beijing time. */
export const beijingText = (at: number): string => new Date(at + offsetMs).toISOString().slice(0, 19).replace('T', ' ')
