// The form of one provider's settings: what each field shows and which changes it makes. Stored secrets are never sent
// to the phone.
import type { SettingsFieldView, SettingsView } from '../../../../cloudfunctions/shared/api/admin'
import { choiceName, fieldName, t } from '../settings/messages'

export interface Row extends Pick<SettingsFieldView, 'name' | 'kind' | 'isSecret' | 'isSet' | 'least' | 'most'> {
  /** The label of the setting, in words. */
  title: string
  label: string
  /** The field's current text: the stored value or what the owner has typed. */
  text: string
  hint: string
  /** Says in words which default applies while the field is empty. */
  otherwise: string
  choices: { value: string; label: string }[]
  /** true: the value is long, such as a key, so its field has several lines. */
  isLong: boolean
  /** true: the server does not send the stored value. The owner can replace it as a whole, remove it or keep it. */
  isHidden: boolean
  /** true: the row shows only "set" until the owner starts to replace the value. */
  isClosed: boolean
  mayRemove: boolean
  isRemoved: boolean
  isEdited: boolean
  /** For a map field: the names of its stored entries, and whether each will be removed. */
  entries: { name: string; isRemoved: boolean }[]
  /** For a map field: the name of the entry to add. */
  entry: string
  problem: string
}

const longNames = /^(privateKey|publicKey|platformPublicKey|clientCertificate|platformCertificates)$/

// The server shortens long values. The owner can only replace a shortened value as a whole.
const isShortened = (value: unknown): boolean => typeof value === 'string' && value.endsWith('…')

/** @param code code of the provider whose settings these are */
export function rowOf(field: SettingsFieldView, code: string): Row {
  const { name, kind, isSecret, isSet, isRequired, value } = field
  const choices =
    kind === 'flag'
      ? [
          { value: 'true', label: t.yes },
          { value: 'false', label: t.no },
        ]
      : field.choices.map((one) => ({ value: one, label: choiceName(one, name, code) }))
  const title = fieldName(name, code)
  const otherwise = field.default === null ? '' : wordsOf(field.default, name, code)
  const isHidden = isSet && kind !== 'map' && (isSecret || isShortened(value))
  return {
    name,
    kind,
    isSecret,
    isSet,
    least: field.least,
    most: field.most,
    otherwise,
    title,
    label: `${title} · ${isRequired ? t.required : t.optional}`,
    text: isHidden || value === null || kind === 'map' ? '' : String(value),
    hint: isSecret
      ? t.secretHint
      : (kind === 'list' || kind === 'texts') && otherwise === ''
        ? t.listHints[kind]
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

const wordsOf = (value: unknown, field: string, code: string): string =>
  typeof value === 'boolean' ? (value ? t.yes : t.no) : choiceName(String(value), field, code)

/** The error message of a field, which names the field's rule and default. */
export function ruleText(row: Row, rule: string): string {
  const said = rule === 'range' ? rangeText(row) : (t.rules.get(rule) ?? t.rules.get('wrong') ?? '')
  return row.otherwise === '' || rule === 'missing' ? said : said + t.orDefault(row.otherwise)
}

const rangeText = ({ least, most }: Row): string => (least !== null && most !== null ? t.between(least, most) : t.whole)

const address = /^https?:\/\/[^\s/]+(\/[^\s]*[^\s/])?$/
const whole = /^-?\d{1,9}$/

/** The change that the row asks for: undefined for no change, null as value for a removal, or an error message. */
function changeOf(row: Row): { problem: string } | { value: unknown } | undefined {
  if (row.isRemoved) return { value: null }
  const text = row.text.trim()
  if (row.kind === 'map') return mapChange(row, text)
  if (!row.isEdited) return undefined
  // Clearing a visible value removes it; the server reports an error if the setting is required. An empty field of a
  // hidden value keeps the stored value.
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
  if (row.kind === 'texts') return { value: text.split(/[,，\s]+/) }
  if (/url$/i.test(row.name) && !address.test(text)) return { problem: ruleText(row, 'address') }
  return { value: text }
}

// The group in a setting's name: `limits` for `limits.openOrders`, and an empty text for a setting without a group.
const groupOf = (name: string): string => name.split('.').slice(0, -1).join('.')

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
 * All changes that the owner has typed, by field. undefined if a field is invalid; the field's row then has an error
 * message.
 * @param view the stored settings
 */
export function readForm(all: readonly Row[], view: SettingsView): { rows: Row[]; fields?: Record<string, unknown> } {
  const changes = all.map(changeOf)
  const moved = view.fields.filter(({ name, value }, index) => {
    const change = changes[index]
    return /(^|\.)(baseUrl|apiUrl)$/.test(name) && change && 'value' in change && change.value !== value
  })
  const rows = all.map((row, index) => {
    const change = changes[index]
    // The server never sends a stored secret to a new address, so a changed address needs the secret again.
    const moves = moved.some(({ name }) => groupOf(name) === groupOf(row.name))
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

/**
 * Converts the changes to the form that the server takes: `{ 'limits.openOrders': 30 }` becomes `{ limits: {
 * openOrders: 30 } }`.
 */
export function asSent(fields: Record<string, unknown>): Record<string, unknown> {
  const sent: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(fields)) {
    const [first = '', second] = name.split('.')
    sent[first] = second === undefined ? value : { ...(sent[first] as object | undefined), [second]: value }
  }
  return sent
}

/** Labels of the stored texts that a change replaces or removes, for the confirmation. */
export function touchedOf(
  rows: readonly Row[],
  fields: Record<string, unknown>,
): { replaced: string[]; gone: string[] } {
  const changed = rows.filter(({ name }) => name in fields)
  return {
    gone: changed.flatMap((row) => goneOf(row, fields[row.name])),
    replaced: changed
      .filter(({ name, isSecret, isSet }) => isSecret && isSet && fields[name] !== null)
      .map(({ title }) => title),
  }
}

function goneOf(row: Row, value: unknown): string[] {
  if (row.kind !== 'map') return row.isHidden && value === null ? [row.title] : []
  return row.entries.flatMap((one) => (one.isRemoved ? [`${row.title} ${one.name}`] : []))
}
