// CloudBase's timer expressions: second minute hour day month weekday year, in Beijing time, which has no daylight
// saving.
import { Cron as Croner } from 'croner'

export interface Cron {
  /** The first matching time after `after` (epoch ms); null if there is none. */
  next(after: number): number | null
}

const beijingMinutes = 8 * 60
// The syntax that CloudBase accepts. The croner library also accepts L, W, # and +, which CloudBase does not know.
const known = /^(?:(?:\*|\?|\d+|[A-Z]{3})(?:-(?:\d+|[A-Z]{3}))?(?:\/\d+)?(?:,|$))+$/i

/**
 * Parses a timer expression.
 * @throws Error when the expression is not valid
 */
export function parseCron(expression: string): Cron {
  const fields = expression.trim().split(/\s+/)
  if (fields.length !== 7) throw new Error(`a timer has seven fields: ${expression}`)
  const odd = fields.find((field) => !known.test(field))
  if (odd !== undefined) throw new Error(`a timer's field cannot be read: ${odd}`)
  const options = { mode: '7-part', utcOffset: beijingMinutes, domAndDow: true, sloppyRanges: true } as const
  let cron: Croner
  try {
    cron = new Croner(fields.join(' ').replaceAll('?', '*'), options)
  } catch (cause) {
    throw new Error(`a timer cannot be read: ${expression}`, { cause })
  }
  return { next: (after) => cron.nextRun(new Date(after))?.getTime() ?? null }
}
