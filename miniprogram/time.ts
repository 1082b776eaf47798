// Formats a span of time for people.
import { inLanguage } from './messages'

const pad = (value: number): string => String(value).padStart(2, '0')

// If more time than this is left, show no countdown, because a shopper who has months to pay does not need a countdown.
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
