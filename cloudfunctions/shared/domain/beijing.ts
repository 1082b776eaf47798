// Beijing time (UTC+8, no daylight saving since 1991). Used only for order numbers, providers' wire formats and text
// that people read; all other times are epoch milliseconds.
const offsetMs = 8 * 3_600_000

/** Epoch milliseconds to "yyyyMMddHHmmss" in Beijing. */
export function beijingDigits(at: number): string {
  const iso = new Date(at + offsetMs).toISOString()
  return (
    iso.slice(0, 4) + iso.slice(5, 7) + iso.slice(8, 10) + iso.slice(11, 13) + iso.slice(14, 16) + iso.slice(17, 19)
  )
}

/** "yyyyMMddHHmmss" in Beijing to epoch milliseconds; undefined when the digits are not a real calendar time. */
export function fromBeijingDigits(digits: string): number | undefined {
  const match = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(digits)
  if (!match) return undefined
  const [, year, month, day, hour, minute, second] = match
  const at = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`) - offsetMs
  return Number.isNaN(at) || beijingDigits(at) !== digits ? undefined : at
}

/** Epoch milliseconds to "yyyy-MM-dd" in Beijing. */
export const beijingDay = (at: number): string => new Date(at + offsetMs).toISOString().slice(0, 10)

/** "yyyy-MM-dd HH:mm:ss" in Beijing (many providers send it) to epoch milliseconds; undefined when malformed. */
export const fromBeijingText = (text: string): number | undefined =>
  /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/.test(text) ? fromBeijingDigits(text.replace(/\D/g, '')) : undefined

/** Epoch milliseconds to "yyyy-MM-dd HH:mm:ss" in Beijing. */
export const beijingText = (at: number): string => new Date(at + offsetMs).toISOString().slice(0, 19).replace('T', ' ')
