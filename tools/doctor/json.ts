// The texts that a JSON body becomes when a program parses and writes it again: other white space, escapes and numbers,
// or sorted names. Texts and numbers that stay the same keep their spelling.
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

const mostOrderings = 700_000

/**
 * Yields the same JSON without white space, with the names of its objects in every order. Yields nothing if there are
 * too many orders.
 */
export function* orderings(body: string): Generator<string> {
  if (!parsedJson(body)) return
  const tokens = body.match(token) ?? []
  let at = 0
  const read = (): Node => {
    const first = tokens[at++] ?? ''
    if (first !== '{' && first !== '[') return first
    const members: Node[][] = []
    while (tokens[at] !== '}' && tokens[at] !== ']') {
      if (tokens[at] === ',') at += 1
      members.push(first === '{' ? [tokens[at++] ?? '', tokens[at++] ?? '', read()] : [read()])
    }
    return { open: first, members, close: tokens[at++] ?? '' }
  }
  const root = read()
  if (countOf(root) <= mostOrderings) yield* writings(root)
}

/**
 * A part of a JSON text: a single token, or an object or list with its members. A member of an object is a name, a
 * colon and a value; a member of a list is a value.
 */
type Node = string | { open: string; members: Node[][]; close: string }

function countOf(node: Node): number {
  if (typeof node === 'string') return 1
  const inner = node.members.flat().reduce<number>((product, one) => product * countOf(one), 1)
  return node.open === '[' ? inner : node.members.reduce((product, _, index) => product * (index + 1), inner)
}

function* writings(node: Node): Generator<string> {
  if (typeof node === 'string') {
    yield node
    return
  }
  const { open, close, members } = node
  const orders = open === '[' ? [members] : permutations(members)
  for (const order of orders) for (const text of joined(order, 0)) yield `${open}${text}${close}`
}

function* joined(members: readonly Node[][], from: number): Generator<string> {
  const [first, ...rest] = members
  if (!first) {
    yield ''
    return
  }
  const value = first[first.length - 1] ?? ''
  const name = first.slice(0, -1).join('')
  for (const text of writings(value))
    for (const more of joined(rest, from + 1)) yield `${from > 0 ? ',' : ''}${name}${text}${more}`
}

function* permutations<T>(list: readonly T[]): Generator<T[]> {
  if (list.length < 2) {
    yield [...list]
    return
  }
  for (const [index, first] of list.entries())
    for (const rest of permutations(list.filter((_, other) => other !== index))) yield [first, ...rest]
}
