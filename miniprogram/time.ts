// Times as people read them (the phone's own zone), and the Beijing digits that an order number begins with.
const pad = (value: number): string => String(value).padStart(2, '0')

// Asia/Shanghai is UTC+8 without daylight saving.
const beijingOffsetMs = 8 * 3_600_000

/** Epoch ms to "yyyyMMddHHmmss" in Beijing. */
export const beijingDigits = (at: number): string =>
  new Date(at + beijingOffsetMs).toISOString().slice(0, 19).replace(/\D/g, '')

/** Epoch ms to "yyyy-MM-dd" on this phone. */
export function dayText(at: number): string {
  const time = new Date(at)
  return `${time.getFullYear()}-${pad(time.getMonth() + 1)}-${pad(time.getDate())}`
}

/** Epoch ms to "yyyy-MM-dd HH:mm" on this phone. */
export function timeText(at: number): string {
  const time = new Date(at)
  return `${dayText(at)} ${pad(time.getHours())}:${pad(time.getMinutes())}`
}

/** A span in ms to "29:59", or "1:29:59" from an hour on; never negative. */
export function leftText(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000))
  const hours = Math.floor(seconds / 3600)
  // Days are no countdown: a missed period may be paid for months.
  if (hours >= 48) return ''
  const rest = `${pad(Math.floor((seconds % 3600) / 60))}:${pad(seconds % 60)}`
  return hours > 0 ? `${hours}:${rest}` : rest
}
