// Reads and writes Extended JSON. wx-server-sdk sends its canonical form. We store and answer the relaxed form, which
// the SDK reads too, so that a stored document need not be converted for an answer.
import { invalid } from '../failures'

export type DocumentId = string | number
export type Fields = Record<string, unknown>
export type Document = Fields & { _id: DocumentId }

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype

/**
 * Reads an EJSON text from the SDK.
 * @param now epoch ms; replaces each db.serverDate() in the text
 */
export function readEjson(text: string, now: number): unknown {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    throw invalid('a parameter is not JSON')
  }
  return revive(json, now)
}

function revive(value: unknown, now: number): unknown {
  if (Array.isArray(value)) return value.map((one) => revive(one, now))
  if (typeof value !== 'object' || value === null) return value
  const fields = value as Fields
  const keys = Object.keys(fields)
  const only = keys.length === 1 ? keys[0] : undefined
  if (only?.startsWith('$')) {
    const special = readSpecial(only, fields[only], now)
    if (special) return special.value
  }
  const read: Fields = {}
  for (const key of keys) {
    if (key === '__proto__') throw invalid('a field may not be called __proto__')
    read[key] = revive(fields[key], now)
  }
  return read
}

function readSpecial(name: string, inner: unknown, now: number): { value: unknown } | undefined {
  switch (name) {
    case '$numberInt':
    case '$numberLong':
    case '$numberDouble':
      return { value: Number(inner) }
    case '$date': {
      const at = typeof inner === 'string' ? Date.parse(inner) : Number(revive(inner, now))
      return { value: new Date(at) }
    }
    case '$tcb_server_date':
      return { value: new Date(now + Number(revive((inner as { offset?: unknown }).offset ?? 0, now))) }
    case '$regularExpression': {
      const { pattern, options } = inner as { pattern: string; options: string }
      try {
        return { value: new RegExp(pattern, options.replace(/[^ims]/g, '')) }
      } catch {
        throw invalid('a regular expression is malformed')
      }
    }
    case '$oid':
    case '$binary':
    case '$numberDecimal':
    case '$timestamp':
    case '$minKey':
    case '$maxKey':
    case '$symbol':
    case '$code':
      throw invalid(`the emulator does not keep ${name}`)
    default:
      return undefined
  }
}

/** Converts a document to the text in which it is stored and sent. */
export const storedText = (value: unknown): string => JSON.stringify(isJson(value) ? value : encode(value))

/** Reads a document from its stored text. */
export function fromStored(text: string): Document {
  const json: unknown = JSON.parse(text)
  return (text.includes('{"$') ? revive(json, 0) : json) as Document
}

function isJson(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value)
  if (typeof value !== 'object' || value === null) return true
  if (Array.isArray(value)) return value.every(isJson)
  return isFields(value) && Object.values(value).every(isJson)
}

function encode(value: unknown): unknown {
  if (typeof value === 'number') return Number.isFinite(value) ? value : { $numberDouble: String(value) }
  if (value instanceof Date) return { $date: { $numberLong: String(value.getTime()) } }
  if (value instanceof RegExp) return { $regularExpression: { pattern: value.source, options: value.flags } }
  if (Array.isArray(value)) return value.map(encode)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, encode(one)]))
}
