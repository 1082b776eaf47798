// Texts of an audit entry: the action's input and result, and what changed, field by field.
import { moneyText } from '../../../money'
import { fieldTexts, settingsName } from '../settings/health'
import { t } from './messages'

export interface Change {
  field: string
  before: string
  after: string
}

type Flat = Map<string, unknown>

// Fields that are not shown. The version only counts writes and means nothing to staff.
const untold = new Set(['version'])

/** The fields whose values differ. For a created or deleted document, all of its fields. */
export function changesOf(before: unknown, after: unknown): Change[] {
  const old = flat(before)
  const now = flat(after)
  const currency = currencyOf(after, before)
  return [...new Set([...old.keys(), ...now.keys()])]
    .filter((path) => !untold.has(path) && old.get(path) !== now.get(path))
    .map((path) => ({
      field: fieldText(path),
      before: valueText(path, old.get(path), currency),
      after: valueText(path, now.get(path), currency),
    }))
}

export interface Fact {
  field: string
  value: string
}

/** The fields of an action's input or result as labelled texts. Leaves out fields that tell staff nothing. */
export function factsOf(fields: Record<string, unknown>, currency: string | undefined): Fact[] {
  return (
    Object.entries(fields)
      // Saved settings are normally enabled, so `enabled: true` is not shown.
      .filter(([field, value]) => value !== null && value !== '' && !(field === 'enabled' && value === true))
      .map(([field, value]) => ({ field: fieldText(field), value: valueText(field, value, currency) }))
  )
}

/** The first of the given objects' currencies. */
export function currencyOf(...places: unknown[]): string | undefined {
  const found = places.map((place) => (isRecord(place) ? place.currency : undefined))
  return found.find((one) => typeof one === 'string') as string | undefined
}

/** Flattens nested fields to paths. A list item is named by its number: "refunds.20261121…r01.state". */
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

const untranslated = /(^|\.)(name|title|titleEn|note|noteEn|reason|who|sku|plan)$/

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
  // A text that staff or a shopper wrote is shown unchanged, even when the text equals one of our codes.
  if (untranslated.test(path)) return text
  if (path === 'fields' || path === 'changed') return fieldTexts(text.split(', '), '')
  if (path === 'code' || path === 'provider') return settingsName({ code: text })
  return t.words.get(text) ?? text
}
