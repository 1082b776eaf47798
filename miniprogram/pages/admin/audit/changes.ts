// What an entry of the audit says changed: before and after, field by field, in words.
import { moneyText } from '../../../money'
import { t } from './messages'

export interface Change {
  field: string
  before: string
  after: string
}

type Flat = Map<string, unknown>

// The version counts writes: it tells a person nothing.
const untold = new Set(['version'])

/** Only what differs; of something new or gone all that it holds. */
export function changesOf(before: unknown, after: unknown): Change[] {
  const old = flat(before)
  const now = flat(after)
  const currency = [now.get('currency'), old.get('currency')].find((one) => typeof one === 'string') as
    | string
    | undefined
  return [...new Set([...old.keys(), ...now.keys()])]
    .filter((path) => !untold.has(path) && old.get(path) !== now.get(path))
    .map((path) => ({
      field: fieldText(path),
      before: valueText(path, old.get(path), currency),
      after: valueText(path, now.get(path), currency),
    }))
}

/** Lists of numbered things are told by their number: "refunds.20261121…r01.state". */
function flat(value: unknown, path: readonly string[] = [], found: Flat = new Map()): Flat {
  if (Array.isArray(value)) {
    value.forEach((one: unknown, index) => {
      const no = isRecord(one) && typeof one.no === 'string' ? one.no : String(index + 1)
      flat(one, [...path, no], found)
    })
  } else if (isRecord(value)) {
    for (const [name, inner] of Object.entries(value)) if (name !== 'no') flat(inner, [...path, name], found)
  } else if (path.length > 0) found.set(path.join('.'), value)
  return found
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const fieldText = (path: string): string =>
  path
    .split('.')
    .map((part) => t.fields.get(part) ?? part)
    .join(' ')

function valueText(path: string, value: unknown, currency = 'CNY'): string {
  if (value === undefined || value === null || value === '') return t.nothing
  if (typeof value === 'boolean') return value ? t.yes : t.no
  if (typeof value === 'number') return /Fen$/.test(path) ? moneyText(value, currency) : String(value)
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return t.words.get(text) ?? text
}
