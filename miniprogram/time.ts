// Formats times. All times are shown in Beijing time, the shop's time zone, so that shoppers, staff and order numbers
// agree on phones in any time zone.
import { inLanguage } from './messages'

const pad = (value: number): string => String(value).padStart(2, '0')

// Asia/Shanghai is UTC+8 without daylight saving time.
const beijingOffsetMs = 8 * 3_600_000

const beijingIso = (at: number): string => new Date(at + beijingOffsetMs).toISOString()

/** Epoch ms to "yyyyMMddHHmmss" in Beijing time. */
export const beijingDigits = (at: number): string => beijingIso(at).slice(0, 19).replace(/\D/g, '')

/** Epoch ms to "yyyy-MM-dd" in Beijing time. */
export const dayText = (at: number): string => beijingIso(at).slice(0, 10)

/** Epoch ms to "yyyy-MM-dd HH:mm" in Beijing time. */
export const timeText = (at: number): string => beijingIso(at).slice(0, 16).replace('T', ' ')

// A longer span gets no countdown: a shopper who has months to pay needs none.
const longestCountdownDays = 60

/** Formats a span in ms: "29:59" below an hour, "1:29:59" below a day, then days and hours. Never negative. */
export function leftText(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000))
  const hours = Math.floor(seconds / 3600)
  const days = Math.floor(hours / 24)
  if (days >= longestCountdownDays) return ''
  if (days > 0) return inLanguage(`${days} 天 ${hours % 24} 小时`, `${days} d ${hours % 24} h`)
  const rest = `${pad(Math.floor((seconds % 3600) / 60))}:${pad(seconds % 60)}`
  return hours > 0 ? `${hours}:${rest}` : rest
}
