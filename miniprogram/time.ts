// Times as people read them. It is always the shop's time, which is Beijing's: shopper, staff and order number agree, on
// a phone in any zone.
import { inLanguage } from './messages'

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

// Who may pay a missed period for months needs no countdown.
const longestCountdownDays = 60

/** A span in ms to "29:59", "1:29:59" from an hour on, days and hours from a day on; never negative. */
export function leftText(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000))
  const hours = Math.floor(seconds / 3600)
  const days = Math.floor(hours / 24)
  if (days >= longestCountdownDays) return ''
  if (days > 0) return inLanguage(`${days} 天 ${hours % 24} 小时`, `${days} d ${hours % 24} h`)
  const rest = `${pad(Math.floor((seconds % 3600) / 60))}:${pad(seconds % 60)}`
  return hours > 0 ? `${hours}:${rest}` : rest
}
