// Times as people read them. It is always the shop's time, which is Beijing's: shopper, staff and order number agree, on
// a phone in any zone.
const pad = (value: number): string => String(value).padStart(2, '0')

// Asia/Shanghai is UTC+8 without daylight saving.
const beijingOffsetMs = 8 * 3_600_000

const beijingIso = (at: number): string => new Date(at + beijingOffsetMs).toISOString()

/** Epoch ms to "yyyyMMddHHmmss" in Beijing. */
export const beijingDigits = (at: number): string => beijingIso(at).slice(0, 19).replace(/\D/g, '')

/** Epoch ms to "yyyy-MM-dd" in Beijing. */
export const dayText = (at: number): string => beijingIso(at).slice(0, 10)

/** Epoch ms to "yyyy-MM-dd HH:mm" in Beijing. */
export const timeText = (at: number): string => beijingIso(at).slice(0, 16).replace('T', ' ')

/** A span in ms to "29:59", or "1:29:59" from an hour on; never negative. */
export function leftText(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000))
  const hours = Math.floor(seconds / 3600)
  // Days are no countdown: a missed period may be paid for months.
  if (hours >= 48) return ''
  const rest = `${pad(Math.floor((seconds % 3600) / 60))}:${pad(seconds % 60)}`
  return hours > 0 ? `${hours}:${rest}` : rest
}
