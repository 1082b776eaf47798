// The date operators, as MongoDB's manual describes them. Tencent's pages agree.
import { invalid } from '../../failures'

const dayMs = 86_400_000

const twoDigits = (value: number): string => String(value).padStart(2, '0')

/** The offset of a time zone from UTC at a time, in minutes. @throws CloudFailure for an unknown zone */
function offsetOf(date: Date, timezone: string): number {
  const [, sign, hours = '0', minutes = '0'] = /^([+-])(\d\d)(?::?(\d\d))?$/.exec(timezone) ?? []
  if (sign !== undefined) return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes))
  if (/^(UTC|GMT|Z)$/.test(timezone)) return 0
  try {
    const format = new Intl.DateTimeFormat('en-US', { timeZone: timezone, timeZoneName: 'longOffset' })
    const name = format.formatToParts(date).find(({ type }) => type === 'timeZoneName')?.value ?? ''
    return name === 'GMT' ? 0 : offsetOf(date, name.replace('GMT', ''))
  } catch {
    throw invalid(`unknown time zone: ${timezone}`)
  }
}

/** Shifts a date so that its UTC fields show the local time of a time zone. */
const localOf = (date: Date, timezone: string): Date => new Date(date.getTime() + offsetOf(date, timezone) * 60_000)

const startOfYear = (year: number): number => new Date(0).setUTCFullYear(year, 0, 1)

const dayOfYear = (date: Date): number => Math.floor((date.getTime() - startOfYear(date.getUTCFullYear())) / dayMs) + 1

/** The number of a date's week. Weeks begin on Sunday; the days before the first Sunday are in week 0. */
const week = (date: Date): number => Math.floor((dayOfYear(date) + 6 - date.getUTCDay()) / 7)

const isoDayOfWeek = (date: Date): number => date.getUTCDay() || 7

// An ISO week belongs to the year of its Thursday.
const thursdayOf = (date: Date): Date => new Date(date.getTime() + (4 - isoDayOfWeek(date)) * dayMs)
const isoWeekYear = (date: Date): number => thursdayOf(date).getUTCFullYear()
const isoWeek = (date: Date): number => Math.floor((dayOfYear(thursdayOf(date)) - 1) / 7) + 1

const parts: Record<string, (local: Date) => number> = {
  $year: (local) => local.getUTCFullYear(),
  $month: (local) => local.getUTCMonth() + 1,
  $dayOfMonth: (local) => local.getUTCDate(),
  $dayOfYear: dayOfYear,
  $dayOfWeek: (local) => local.getUTCDay() + 1,
  $isoDayOfWeek: isoDayOfWeek,
  $week: week,
  $isoWeek: isoWeek,
  $isoWeekYear: isoWeekYear,
  $hour: (local) => local.getUTCHours(),
  $minute: (local) => local.getUTCMinutes(),
  $second: (local) => local.getUTCSeconds(),
  $millisecond: (local) => local.getUTCMilliseconds(),
}

export const datePartNames = Object.keys(parts)

/**
 * One part of a date, such as its year.
 * @param name the operator, such as `$year`
 * @returns null for a missing date
 * @throws CloudFailure for a value that is no date
 */
export function datePart(name: string, date: unknown, timezone = 'UTC'): number | null {
  if (date === null || date === undefined) return null
  if (!(date instanceof Date)) throw invalid(`${name} needs a date`)
  return parts[name]?.(localOf(date, timezone)) ?? null
}

const codes: Record<string, (local: Date, offset: number) => string> = {
  '%': () => '%',
  Y: (local) => String(local.getUTCFullYear()).padStart(4, '0'),
  m: (local) => twoDigits(local.getUTCMonth() + 1),
  d: (local) => twoDigits(local.getUTCDate()),
  H: (local) => twoDigits(local.getUTCHours()),
  M: (local) => twoDigits(local.getUTCMinutes()),
  S: (local) => twoDigits(local.getUTCSeconds()),
  L: (local) => String(local.getUTCMilliseconds()).padStart(3, '0'),
  j: (local) => String(dayOfYear(local)).padStart(3, '0'),
  w: (local) => String(local.getUTCDay() + 1),
  u: (local) => String(isoDayOfWeek(local)),
  U: (local) => twoDigits(week(local)),
  V: (local) => twoDigits(isoWeek(local)),
  G: (local) => String(isoWeekYear(local)).padStart(4, '0'),
  z: (_, offset) =>
    `${offset < 0 ? '-' : '+'}${twoDigits(Math.floor(Math.abs(offset) / 60))}${twoDigits(Math.abs(offset) % 60)}`,
  Z: (_, offset) => String(offset),
}

/** Formats a date as text. @throws CloudFailure for an unknown format code */
export function dateText(date: Date, format = '%Y-%m-%dT%H:%M:%S.%LZ', timezone = 'UTC'): string {
  const local = localOf(date, timezone)
  return format.replace(/%(.?)/gs, (_, code: string) => {
    const write = Object.hasOwn(codes, code) ? codes[code] : undefined
    if (!write) throw invalid(`unknown format code: %${code}`)
    return write(local, offsetOf(date, timezone))
  })
}

/** The evaluated arguments of `$dateFromParts`. */
export type DateParts = Partial<Record<string, number>>

/** Builds a date from its parts in a time zone: year, month and day, or ISO year, week and day. */
export function dateFromParts(given: DateParts, timezone = 'UTC'): Date {
  const { year, month = 1, day = 1, isoWeekYear: isoYear, isoWeek: isoNumber = 1, isoDayOfWeek: isoDay = 1 } = given
  const { hour = 0, minute = 0, second = 0, millisecond = 0 } = given
  const start = new Date(0)
  if (isoYear === undefined) start.setUTCFullYear(year ?? Number.NaN, month - 1, day)
  else {
    // 4 January is always in ISO week 1.
    const january = new Date(startOfYear(isoYear) + 3 * dayMs)
    start.setTime(january.getTime() + ((isoNumber - 1) * 7 + isoDay - isoDayOfWeek(january)) * dayMs)
  }
  start.setUTCHours(hour, minute, second, millisecond)
  return new Date(start.getTime() - offsetOf(start, timezone) * 60_000)
}
