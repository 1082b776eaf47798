// CloudBase's timer expressions: second minute hour day month weekday year, in Beijing's time, which has no summer time.

export interface Cron {
  /** The first time later than `after` (epoch ms), or null when there is none. */
  next(after: number): number | null
}

const beijingMs = 8 * 3_600_000
const names = { month: 'JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC', weekday: 'SUNMONTUEWEDTHUFRISAT' }

/** @throws Error when it cannot be read */
export function parseCron(expression: string): Cron {
  const parts = expression.trim().split(/\s+/)
  if (parts.length !== 7) throw new Error(`a timer has seven fields: ${expression}`)
  const [second = '', minute = '', hour = '', day = '', month = '', weekday = '', year = ''] = parts
  const seconds = values(second, 0, 59)
  const minutes = values(minute, 0, 59)
  const hours = values(hour, 0, 23)
  const days = values(day, 1, 31)
  const months = values(named(month, names.month, 1), 1, 12)
  const weekdays = values(named(weekday, names.weekday, 0), 0, 6)
  const years = values(year, 1970, 2099)
  const fitsDay = (date: Date): boolean =>
    years.has(date.getUTCFullYear()) &&
    months.has(date.getUTCMonth() + 1) &&
    days.has(date.getUTCDate()) &&
    weekdays.has(date.getUTCDay())
  return {
    next(after) {
      const date = new Date(Math.floor(after / 1000 + 1) * 1000 + beijingMs)
      while (date.getUTCFullYear() <= 2099) {
        if (!fitsDay(date)) date.setUTCHours(24, 0, 0, 0)
        else if (!hours.has(date.getUTCHours())) date.setUTCHours(date.getUTCHours() + 1, 0, 0, 0)
        else if (!minutes.has(date.getUTCMinutes())) date.setUTCMinutes(date.getUTCMinutes() + 1, 0, 0)
        else if (!seconds.has(date.getUTCSeconds())) date.setUTCSeconds(date.getUTCSeconds() + 1, 0)
        else return date.getTime() - beijingMs
      }
      return null
    },
  }
}

const named = (field: string, words: string, first: number): string =>
  field.toUpperCase().replace(/[A-Z]{3}/g, (word) => {
    const at = words.indexOf(word)
    return at < 0 || at % 3 !== 0 ? word : String(at / 3 + first)
  })

function values(field: string, least: number, most: number): Set<number> {
  const found = new Set<number>()
  for (const part of field.split(',')) {
    const matched = /^(\*|\?|\d+)(?:-(\d+))?(?:\/(\d+))?$/.exec(part)
    if (!matched) throw new Error(`a timer's field cannot be read: ${field}`)
    const [, start = '', end, step] = matched
    const any = start === '*' || start === '?'
    const from = any ? least : Number(start)
    const to = end !== undefined ? Number(end) : any || step !== undefined ? most : from
    if (from < least || to > most || from > to || Number(step ?? 1) < 1)
      throw new Error(`a timer's field is out of range: ${field}`)
    for (let value = from; value <= to; value += Number(step ?? 1)) found.add(value)
  }
  return found
}
