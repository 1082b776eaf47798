// Reads and writes the formats of providers' messages: UTF-8, JSON, forms, flat XML and sorted pairs. Uses no keys. A
// message whose signature we verify is refused if two parsers could read it differently.
import { AppError } from '../domain/errors'

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Decodes UTF-8 bytes; undefined for invalid bytes, so that two different bodies never give the same text. */
export function textOf(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes)
  } catch {
    return undefined
  }
}

/** Parses JSON in UTF-8; undefined if the JSON is not valid. */
export function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(utf8.decode(bytes))
  } catch {
    return undefined
  }
}

const stringOrNumber = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*/g

/**
 * Parses JSON in UTF-8, but keeps each number as its original text, so that amounts in yuan never become floating point
 * numbers. Undefined if the JSON is not valid.
 */
export function exactJsonOf(bytes: Uint8Array): unknown {
  try {
    const text = utf8.decode(bytes)
    JSON.parse(text)
    // The text is valid JSON. So outside of strings, a digit or a minus can only be the beginning of a number.
    return JSON.parse(text.replace(stringOrNumber, (token) => (token.startsWith('"') ? token : `"${token}"`)))
  } catch {
    return undefined
  }
}

export interface FlatJson {
  /**
   * the signed text of each field by its name: strings are decoded, numbers and arrays stay exactly as they were
   * written
   */
  fields: Record<string, string>
  /** the names of the fields that contained an array */
  arrays: string[]
}

const pairStart = /\s*("[^"\\]*(?:\\.[^"\\]*)*")\s*:\s*/y
const stringToken = /"[^"\\]*(?:\\.[^"\\]*)*"/y
const numberToken = /-?\d[\d.eE+-]*/y
const pairEnd = /\s*([,}])/y
const bracket = /[[\]]|"[^"\\]*(?:\\.[^"\\]*)*"/g
// Matches an allowed field name. If a name contained = or &, the same signed text could be read as two different
// messages.
const fieldName = /^[A-Za-z][\w .-]{0,63}$/
// The most fields that we read. A provider's message has some dozens of fields at most, and reading thousands of them
// would take too much time.
const fieldLimit = 512

/**
 * Reads a JSON object of strings, numbers and arrays whose signature is to be verified. Numbers keep their original
 * digits, which JSON.parse would lose.
 * @throws BadInput for anything else: nested objects, literals, a repeated name, `__proto__`, lone surrogates
 */
export function readFlatJson(bytes: Uint8Array): FlatJson {
  const text = textOf(bytes)
  const malformed = (why: string) => new AppError('BadInput', `the body is not a flat JSON object: ${why}`)
  if (text === undefined || !isPlainObject(jsonOf(bytes))) throw malformed('not an object')
  // We know that the text is one valid JSON object. So a simple scan reads the object correctly.
  const fields: [string, string][] = []
  const arrays: string[] = []
  const seen = new Set<string>()
  let at = text.indexOf('{') + 1
  const take = (token: RegExp): RegExpExecArray | null => {
    token.lastIndex = at
    const match = token.exec(text)
    if (match) at = token.lastIndex
    return match
  }
  for (let start = take(pairStart); start; start = take(pairStart)) {
    const name = JSON.parse(start[1] ?? '') as string
    if (!fieldName.test(name)) throw malformed('a field has an odd name')
    if (seen.has(name)) throw malformed('a field comes twice')
    if (seen.size >= fieldLimit) throw malformed('too many fields')
    seen.add(name)
    const begin = at
    const string = take(stringToken)
    if (string) fields.push([name, JSON.parse(string[0]) as string])
    else if (text[at] === '[') {
      at = arrayEnd(text, at)
      fields.push([name, text.slice(begin, at)])
      arrays.push(name)
    } else if (take(numberToken)) fields.push([name, text.slice(begin, at)])
    else throw malformed('a field is neither text, number nor array')
    if (take(pairEnd)?.[1] !== ',') break
  }
  if (fields.some(([, value]) => /\p{Surrogate}/u.test(value))) throw malformed('a lone surrogate')
  return { fields: Object.fromEntries(fields), arrays }
}

const isPlainObject = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value)

function arrayEnd(text: string, start: number): number {
  let depth = 0
  bracket.lastIndex = start
  for (let match = bracket.exec(text); match; match = bracket.exec(text)) {
    depth += match[0] === '[' ? 1 : match[0] === ']' ? -1 : 0
    if (depth === 0) return bracket.lastIndex
  }
  return text.length
}

/**
 * Makes a provider's message fit for our errors and records: short, printable and without secrets. Secrets are removed
 * because some providers quote the signed text when a signature is wrong.
 */
export function safeWords(words: unknown, secrets: readonly string[], maxLength = 120): string {
  if (typeof words !== 'string' && typeof words !== 'number') return ''
  const pieces = secrets.flatMap((one) => [one, ...one.split(/\s+/)]).filter((piece) => piece.length >= 4)
  const hidden = pieces.reduce((text, piece) => text.replaceAll(piece, '***'), String(words))
  return hidden
    .replace(/[\p{C}\s]+/gu, ' ')
    .trim()
    .slice(0, maxLength)
}

const formPair = /^([^=]+)=(.*)$/s

/**
 * Reads an application/x-www-form-urlencoded body whose signature is to be verified. Names become text, values become
 * decoded bytes.
 * @throws BadInput for a repeated name, a name with strange characters, a pair without =, or a broken escape
 */
export function readForm(bytes: Uint8Array): Record<string, Uint8Array> {
  const malformed = (why: string) => new AppError('BadInput', `the body is not a form: ${why}`)
  const fields = new Map<string, Uint8Array>()
  const pairs = Buffer.from(bytes)
    .toString('latin1')
    .split('&', fieldLimit + 1)
  if (pairs.length > fieldLimit) throw malformed('too many fields')
  for (const pair of pairs) {
    const [, rawName, rawValue] = formPair.exec(pair) ?? []
    if (rawName === undefined || rawValue === undefined) throw malformed('a pair without a name')
    const [name, value] = [unescapedForm(rawName), unescapedForm(rawValue)]
    if (!name || !value) throw malformed('a broken escape')
    const word = name.toString('latin1')
    if (!fieldName.test(word)) throw malformed('a field has an odd name')
    if (fields.has(word)) throw malformed('a field comes twice')
    fields.set(word, value)
  }
  return Object.fromEntries(fields)
}

function unescapedForm(text: string): Buffer | undefined {
  if (/%(?![0-9A-Fa-f]{2})/.test(text)) return undefined
  const plain = text
    .replaceAll('+', ' ')
    // Decode a whole run of escapes at once. One call for each escape would take six times as long for a hostile text
    // of 64 KB.
    .replace(/(?:%[0-9A-Fa-f]{2})+/g, (run) => Buffer.from(run.replaceAll('%', ''), 'hex').toString('latin1'))
  return Buffer.from(plain, 'latin1')
}

type XmlNode = Record<string, unknown>

// Loads the XML parser with the first XML. Most function instances never read XML, and loading the parser slows the
// cold start.
const xml = () => require('fast-xml-parser') as typeof import('fast-xml-parser')
let xmlParser: { parse(text: string): unknown } | undefined

const xmlOptions = {
  preserveOrder: true,
  processEntities: false,
  parseTagValue: false,
  trimValues: false,
  ignoreAttributes: false,
  cdataPropName: '#cdata',
  maxNestedTags: 4,
}

/**
 * Reads XML of one level (`<xml>` with names and texts) whose signature is to be verified.
 * @throws BadInput for a document type, an entity, a comment, an attribute, deeper XML, a repeated name, or a name with
 * strange characters
 */
export const readFlatXml = (bytes: Uint8Array): Record<string, string> =>
  Object.fromEntries(childrenOf(rootOf(bytes)).map(([name, nodes]) => [name, leafText(nodes)]))

/** The fields of XML or JSON. A field is a text or a group of fields. */
export interface Tree {
  readonly [name: string]: string | Tree
}

/**
 * Reads XML whose fields may contain fields.
 * @throws BadInput for the same faults as `readFlatXml`, and for more than four levels
 */
export const readXmlTree = (bytes: Uint8Array): Tree => treeOf(rootOf(bytes))

const treeOf = (nodes: readonly XmlNode[]): Tree =>
  Object.fromEntries(
    childrenOf(nodes).map(([name, inside]) => [name, inside.some(isElement) ? treeOf(inside) : leafText(inside)]),
  )

const isElement = (node: XmlNode): boolean => !('#text' in node) && !('#cdata' in node)

const malformedXml = (why: string) => new AppError('BadInput', `the body is not flat XML: ${why}`)

/** The XML nodes inside the element `<xml>`. The text is first checked as a whole. */
function rootOf(bytes: Uint8Array): XmlNode[] {
  const text = textOf(bytes)
  if (text === undefined) throw malformedXml('not UTF-8')
  // Remove the XML declaration if it is short. The XML parser is slow on a long declaration, so a long one stays in the
  // text and is refused like every other processing instruction.
  const markup = withoutCdata(text)?.replace(/^\s*<\?xml[^<>]{0,80}\?>/, '')
  if (markup === undefined || /<!|<\?|&/.test(markup)) throw malformedXml('a document type, an entity or a comment')
  if (!hasFewShortTags(markup)) throw malformedXml('too many fields, or a field with an odd name')
  const { XMLParser, XMLValidator } = xml()
  let nodes: XmlNode[]
  try {
    if (XMLValidator.validate(text) !== true) throw new Error('not well-formed')
    xmlParser ??= new XMLParser(xmlOptions)
    nodes = (xmlParser.parse(text) as XmlNode[]).filter((node) => !('?xml' in node) && !isBlank(node))
  } catch {
    throw malformedXml('not well-formed')
  }
  const [root] = nodes
  if (nodes.length !== 1 || !root || !Array.isArray(root.xml) || ':@' in root) throw malformedXml('not one <xml>')
  return root.xml as XmlNode[]
}

/** Lists the elements among some XML nodes, each with its name and content. */
function childrenOf(nodes: readonly XmlNode[]): [name: string, inside: XmlNode[]][] {
  const fields = new Map<string, XmlNode[]>()
  for (const node of nodes.filter((one) => !isBlank(one))) {
    const [name = '', ...more] = Object.keys(node)
    if (more.length > 0 || !fieldName.test(name)) throw malformedXml('an attribute, or a field with an odd name')
    if (fields.has(name)) throw malformedXml('a field comes twice')
    fields.set(name, node[name] as XmlNode[])
  }
  return [...fields]
}

const cdataStart = '<![CDATA['
const cdataEnd = ']]>'

// Find the CDATA sections in one pass over the text. A regular expression would take quadratic time on a text in which
// many sections have no end.
/** The text without its CDATA sections; undefined if a section has no end. */
function withoutCdata(text: string): string | undefined {
  const parts: string[] = []
  let at = 0
  for (let start = text.indexOf(cdataStart); start >= 0; start = text.indexOf(cdataStart, at)) {
    parts.push(text.slice(at, start))
    const end = text.indexOf(cdataEnd, start + cdataStart.length)
    if (end < 0) return undefined
    at = end + cdataEnd.length
  }
  return parts.join('') + text.slice(at)
}

const tagLimit = 2 * fieldLimit
const tagLengthLimit = 80

// Whether the XML has only few and short tags. Many fields or attributes would make the parser slow, and no provider
// sends them, so we refuse such XML.
function hasFewShortTags(markup: string): boolean {
  let count = 0
  for (let start = markup.indexOf('<'); start >= 0; start = markup.indexOf('<', start + 1)) {
    const end = markup.indexOf('>', start)
    count += 1
    if (count > tagLimit || end < 0 || end - start > tagLengthLimit) return false
  }
  return true
}

const isBlank = (node: XmlNode): boolean => typeof node['#text'] === 'string' && node['#text'].trim() === ''

function leafText(nodes: readonly XmlNode[]): string {
  return nodes
    .map((part) => {
      const inner = '#cdata' in part ? (part['#cdata'] as XmlNode[])[0] : part
      const text = inner === undefined ? '' : inner['#text']
      if (typeof text !== 'string') throw malformedXml('a field that holds fields')
      return text
    })
    .join('')
}

/**
 * Writes flat XML: `<xml>` with names and texts. Each text is in a CDATA section. A text that contains `]]>` is divided
 * between two sections, so it cannot end its section early.
 */
export const flatXml = (fields: Readonly<Record<string, string>>): string =>
  `<xml>${Object.entries(fields)
    .map(([name, value]) => `<${name}><![CDATA[${value.replaceAll(']]>', ']]]]><![CDATA[>')}]]></${name}>`)
    .join('')}</xml>`

/** Writes `name=value` pairs, sorted by name (code units). Most signed texts consist of such pairs. */
export const sortedPairs = (fields: Readonly<Record<string, string>>): string[] =>
  Object.keys(fields)
    .sort()
    .map((name) => `${name}=${fields[name]}`)
