// The form of one set of settings: what each field shows, and what it changes. A secret goes in and never comes out.
import type { SettingsFieldView, SettingsView } from '../../../../cloudfunctions/shared/api/admin'
import { fieldName, t } from '../settings/messages'

export interface Row extends Pick<SettingsFieldView, 'name' | 'kind' | 'isSecret' | 'isSet' | 'least' | 'most'> {
  label: string
  /** what stands in the field now: as stored, or as typed */
  text: string
  hint: string
  /** what holds when it is left empty, as words */
  otherwise: string
  choices: { value: string; label: string }[]
  /** a key: many lines */
  isLong: boolean
  /** what is stored does not show: it is replaced whole, taken away, or kept */
  isHidden: boolean
  /** only "set" shows until somebody replaces it */
  isClosed: boolean
  mayRemove: boolean
  isRemoved: boolean
  isEdited: boolean
  /** of a map: what is there under which name, and what goes */
  entries: { name: string; isRemoved: boolean }[]
  /** of a map: the name of what is added */
  entry: string
  problem: string
}

const longNames = /^(privateKey|publicKey|platformPublicKey|clientCertificate|platformCertificates)$/

// The server shortens what nobody reads to its end; such a text is replaced whole or not at all.
const isShortened = (value: unknown): boolean => typeof value === 'string' && value.endsWith('…')

export function rowOf(field: SettingsFieldView): Row {
  const { name, kind, isSecret, isSet, isRequired, value } = field
  const choices =
    kind === 'flag'
      ? [
          { value: 'true', label: t.yes },
          { value: 'false', label: t.no },
        ]
      : field.choices.map((one) => ({ value: one, label: t.choices.get(one) ?? one }))
  const otherwise = field.default === null ? '' : wordsOf(field.default)
  const isHidden = isSet && kind !== 'map' && (isSecret || isShortened(value))
  return {
    name,
    kind,
    isSecret,
    isSet,
    least: field.least,
    most: field.most,
    otherwise,
    label: `${fieldName(name)} · ${isRequired ? t.required : t.optional}`,
    text: isHidden || value === null || kind === 'map' ? '' : String(value),
    hint: isSecret
      ? t.secretHint
      : kind === 'list' && otherwise === ''
        ? t.listHint
        : otherwise === ''
          ? ''
          : t.defaultIs(otherwise),
    choices,
    isLong: longNames.test(name),
    isHidden,
    isClosed: isHidden,
    mayRemove: isSet && !isRequired && kind !== 'map',
    isRemoved: false,
    isEdited: false,
    entries:
      kind === 'map' && Array.isArray(value) ? value.map((one) => ({ name: String(one), isRemoved: false })) : [],
    entry: '',
    problem: '',
  }
}

const wordsOf = (value: unknown): string =>
  typeof value === 'boolean' ? (value ? t.yes : t.no) : (t.choices.get(String(value)) ?? String(value))

/** What is wrong with a field, with its rule and its default. */
export function ruleText(row: Row, rule: string): string {
  const said = rule === 'range' ? rangeText(row) : (t.rules.get(rule) ?? t.rules.get('wrong') ?? '')
  return row.otherwise === '' || rule === 'missing' ? said : said + t.orDefault(row.otherwise)
}

const rangeText = ({ least, most }: Row): string => (least !== null && most !== null ? t.between(least, most) : t.whole)

const address = /^https?:\/\/[^\s/]+(\/[^\s]*[^\s/])?$/
const whole = /^-?\d{1,9}$/

/** What a row changes: undefined for nothing, null to take it away; or what is wrong with it. */
function changeOf(row: Row): { problem: string } | { value: unknown } | undefined {
  if (row.isRemoved) return { value: null }
  const text = row.text.trim()
  if (row.kind === 'map') return mapChange(row, text)
  if (!row.isEdited) return undefined
  // Cleared is taken away where it showed; where it must be there, the server says so. What does not show stays.
  if (text === '') return row.isSet && !row.isHidden ? { value: null } : undefined
  if (row.kind === 'flag') return { value: text === 'true' }
  if (row.kind === 'number') {
    const { least, most } = row
    const value = Number(text)
    const isFine = whole.test(text) && value >= (least ?? value) && value <= (most ?? value)
    return isFine ? { value } : { problem: ruleText(row, 'range') }
  }
  if (row.kind === 'list') {
    const parts = text.split(/[,，、\s]+/)
    return parts.every((part) => whole.test(part)) ? { value: parts.map(Number) } : { problem: ruleText(row, 'rising') }
  }
  if (/url$/i.test(row.name) && !address.test(text)) return { problem: ruleText(row, 'address') }
  return { value: text }
}

function mapChange(row: Row, text: string): { problem: string } | { value: unknown } | undefined {
  const name = row.entry.trim()
  if ((name === '') !== (text === '')) return { problem: t.mapBoth }
  const gone = row.entries.filter(({ isRemoved }) => isRemoved)
  if (name === '' && gone.length === 0) return undefined
  const isEmpty = name === '' && gone.length === row.entries.length
  if (isEmpty) return { value: null }
  return { value: Object.fromEntries([...gone.map((one) => [one.name, null]), ...(name === '' ? [] : [[name, text]])]) }
}

/**
 * What the form changes, by field; undefined when a row is wrong, which then says so.
 * @param view what is stored
 */
export function readForm(all: readonly Row[], view: SettingsView): { rows: Row[]; fields?: Record<string, unknown> } {
  const changes = all.map(changeOf)
  const moves = view.fields.some(({ name, isSet, value }, index) => {
    const change = changes[index]
    return name === 'baseUrl' && isSet && change && 'value' in change && change.value !== value
  })
  const rows = all.map((row, index) => {
    const change = changes[index]
    // The server hands no stored secret to another address.
    if (moves && row.isSecret && row.isSet && !change) return { ...row, problem: ruleText(row, 'again') }
    return { ...row, problem: change && 'problem' in change ? change.problem : '' }
  })
  if (rows.some(({ problem }) => problem !== '')) return { rows }
  const values = rows.flatMap(({ name }, index) => {
    const change = changes[index]
    return change && 'value' in change ? [[name, change.value] as const] : []
  })
  return { rows, fields: Object.fromEntries(values) }
}

/** The stored texts that a change replaces, and those that it takes away, as the question before it names them. */
export function touchedOf(
  rows: readonly Row[],
  fields: Record<string, unknown>,
): { replaced: string[]; gone: string[] } {
  const changed = rows.filter(({ name }) => name in fields)
  return {
    gone: changed.flatMap((row) => goneOf(row, fields[row.name])),
    replaced: changed
      .filter(({ name, isSecret, isSet }) => isSecret && isSet && fields[name] !== null)
      .map(({ name }) => fieldName(name)),
  }
}

function goneOf(row: Row, value: unknown): string[] {
  const name = fieldName(row.name)
  if (row.kind !== 'map') return row.isHidden && value === null ? [name] : []
  return row.entries.flatMap((one) => (one.isRemoved ? [`${name} ${one.name}`] : []))
}
