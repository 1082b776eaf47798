// Reads the text that a person pastes: an HTTP message with its headers, headers and a body, an address, a form or
// JSON.
import { readFlatJson } from '../../cloudfunctions/shared/providers/codecs'
import { DoctorError, type Message, type Part, part } from './doctor'

const requestLine = /^(GET|POST|PUT|DELETE|PATCH)[ \t]+(\S+)(?:[ \t]+HTTP\/[\d.]+)?$/
const statusLine = /^HTTP\/[\d.]+[ \t]+(\d{3})\b/
const header = /^([A-Za-z][\w-]*):[ \t]*(.*)$/
const address = /^https?:\/\/\S+$/

export function readMessage(text: string): Message {
  const [first = '', after] = cutLine(text.replace(/^(?:[ \t]*\r?\n)+/, ''))
  const request = requestLine.exec(first)
  const status = statusLine.exec(first)
  if (request) return { method: request[1], target: request[2], status: undefined, ...headed(after) }
  if (status) return { method: undefined, target: undefined, status: Number(status[1]), ...headed(after) }
  const nothing = { method: undefined, target: undefined, status: undefined }
  if (address.test(first)) return { ...nothing, target: first, headers: {}, body: after }
  if (header.test(first)) return { ...nothing, ...headed(text) }
  return { ...nothing, headers: {}, body: text }
}

function headed(text: string): { headers: Record<string, string>; body: string } {
  const headers: Record<string, string> = {}
  let rest = text
  for (let line = cutLine(rest); rest !== ''; line = cutLine(rest)) {
    rest = line[1]
    if (line[0] === '') break
    const [, name = '', value = ''] = header.exec(line[0]) ?? []
    if (name === '') throw new DoctorError(`this is no header: ${line[0].slice(0, 40)}`)
    headers[name.toLowerCase()] = value.trim()
  }
  return { headers, body: cutToLength(rest, headers['content-length']) }
}

function cutLine(text: string): [line: string, rest: string] {
  const end = text.indexOf('\n')
  if (end < 0) return [text, '']
  return [text.slice(0, end).replace(/\r$/, ''), text.slice(end + 1)]
}

// Removes the newline that an editor adds at the end of a file, if the header content-length shows that it was not
// sent.
function cutToLength(body: string, length: string | undefined): string {
  const bytes = Buffer.from(body)
  return length !== undefined && Number(length) < bytes.length
    ? bytes.subarray(0, Number(length)).toString('utf8')
    : body
}

/**
 * The fields of the body, or of the query if there is no body, as decoded values. @throws DoctorError if there are none
 */
export function fieldsOf({ body, target = '' }: Pick<Message, 'body' | 'target'>): Part[] {
  const text = body.trim()
  if (text.startsWith('{')) return jsonFields(text)
  const query = target.includes('?') ? target.slice(target.indexOf('?') + 1) : ''
  const pairs = text === '' ? query : text.replace(/^[^?=&]*\?/, '')
  if (!pairs.includes('=')) throw new DoctorError('the message has no fields: neither JSON, nor a form, nor a query')
  return [...new URLSearchParams(pairs)].map(([name, value]) => part(name, value))
}

function jsonFields(text: string): Part[] {
  try {
    return Object.entries(readFlatJson(Buffer.from(text)).fields).map(([name, value]) => part(name, value))
  } catch {
    const value = parsedJson(text)
    if (!value) throw new DoctorError('the body is not valid JSON')
    return Object.entries(value).map(([name, one]) => part(name, typeof one === 'string' ? one : JSON.stringify(one)))
  }
}

/** Parses a JSON object. Returns undefined for any other text. */
export function parsedJson(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined
  } catch {
    return undefined
  }
}

/**
 * Path and query without the provider's base address. @param beginning matches the first folder of the documented paths
 */
export function targetBelow(target: string, beginning: RegExp): string {
  const path = address.test(target) ? target.replace(/^https?:\/\/[^/]+/, '') : target
  const at = path.search(beginning)
  return at < 0 ? path : path.slice(at)
}

/** Texts that people wrongly sign before a path: the whole address, or a proxy's folder. */
export function addressesBefore(target: string, path: string, host: string | undefined, baseUrl: unknown): string[] {
  const before = target.slice(0, target.length - path.length)
  const origin = /^https?:\/\/[^/]+/.exec(target)?.[0] ?? ''
  const named = host === undefined ? [] : [`https://${host}`, `http://${host}`, host]
  const all = [before, origin, ...named, typeof baseUrl === 'string' ? baseUrl : '']
  return [...new Set(all)].filter((one) => one !== '')
}
