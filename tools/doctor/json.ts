// The ways in which a JSON body comes out when somebody reads it and writes it again: other blanks, other escapes, other
// numbers, sorted names. Texts and numbers that are not changed keep the spelling that they had.
import { parsedJson } from './message'

export interface Rewritten {
  text: string
  why: string
}

const token = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g

const blanks: [name: string, join: (tokens: readonly string[]) => string][] = [
  ['without blanks', (tokens) => tokens.join('')],
  ['with a blank behind each colon and comma', (tokens) => spaced(tokens, ': ', ', ')],
  ['with a blank behind each colon', (tokens) => spaced(tokens, ': ', ',')],
]

const unicode = (text: string): string =>
  text.replace(/[\u0080-\uffff]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`)
const plainly = (text: string): string => JSON.stringify(JSON.parse(text))

const letters: [name: string, write: (text: string) => string][] = [
  ['', (text) => text],
  ['letters written as themselves', plainly],
  ['letters beyond ASCII escaped', (text) => unicode(plainly(text))],
  ['slashes escaped', (text) => plainly(text).replaceAll('/', '\\/')],
  ['slashes and letters beyond ASCII escaped', (text) => unicode(plainly(text)).replaceAll('/', '\\/')],
  [
    '<, > and & escaped',
    (text) => plainly(text).replace(/[<>&]/g, (letter) => `\\u00${letter.charCodeAt(0).toString(16)}`),
  ],
]

const numbers: [name: string, write: (text: string) => string][] = [
  ['', (text) => text],
  ['numbers written anew', (text) => (Number.isNaN(Number(text)) ? text : String(Number(text)))],
]

export function rewritings(body: string): Rewritten[] {
  const value = parsedJson(body)
  if (!value) return []
  const found = new Map<string, string>()
  const keep = (text: string, ...words: string[]): void => {
    if (text !== body && !found.has(text)) found.set(text, words.filter((word) => word !== '').join(', '))
  }
  const orders = [
    { name: '', tokens: body.match(token) ?? [] },
    { name: 'names sorted', tokens: JSON.stringify(sorted(value)).match(token) ?? [] },
  ]
  for (const order of orders)
    for (const [numberName, writeNumber] of numbers)
      for (const [letterName, writeText] of letters)
        for (const [blankName, join] of blanks) {
          const tokens = order.tokens.map((one) => (one.startsWith('"') ? writeText(one) : writeNumber(one)))
          keep(join(tokens), blankName, letterName, numberName, order.name)
        }
  for (const indent of [2, 4, '\t']) {
    const how = indent === '\t' ? 'indented by tabs' : `indented by ${indent}`
    keep(JSON.stringify(value, null, indent), how)
    keep(JSON.stringify(sorted(value), null, indent), how, 'names sorted')
  }
  return [...found].map(([text, why]) => ({ text, why }))
}

const spaced = (tokens: readonly string[], colon: string, comma: string): string =>
  tokens.map((one) => (one === ':' ? colon : one === ',' ? comma : one)).join('')

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([name, one]) => [name, sorted(one)]))
}
