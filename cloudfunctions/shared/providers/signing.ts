// Keys, digests and signatures for every provider: the only place of node:crypto among them.
// Keys are parsed once, at `create`; comparisons take constant time.
import * as crypto from 'node:crypto'
import * as z from 'zod/mini'
import { AppError } from '../domain/errors'
import type { Chance } from './provider'

export type PrivateKey = crypto.KeyObject
export type PublicKey = crypto.KeyObject

const secretFields = new WeakSet<object>()

const markSecret = <T extends z.ZodMiniType>(schema: T): T => {
  secretFields.add(schema)
  return schema
}

/** Whether a field of a settings schema must never be shown. */
export function isSecretField(field: z.ZodMiniType): boolean {
  const inner = (field as { def?: { innerType?: z.ZodMiniType } }).def?.innerType
  return secretFields.has(field) || (inner !== undefined && isSecretField(inner))
}

/** Why a text is not the key that is wanted: what it looks like, never what it says. */
class KeyShapeError extends Error {}

type Wanted = 'private' | 'public'

const otherShapes: readonly (readonly [RegExp, string])[] = [
  [/BEGIN OPENSSH|^ssh-|^ecdsa-|BEGIN SSH2/, 'an SSH key'],
  [/ENCRYPTED/, 'an encrypted private key'],
  [/BEGIN CERTIFICATE REQUEST|BEGIN NEW CERTIFICATE REQUEST/, 'a certificate request'],
]

// What consoles, chats, JSON and .env files make of a key: a byte order mark, quotes around, line ends as letters.
const tidied = (text: string): string =>
  text
    .replace(/\\r|\\n|\r/g, '\n')
    .replace(/["'“”\uFEFF\u200B]/g, '')
    .trim()

const pemBlock = /-----BEGIN ([A-Z0-9 ]{1,40})-----([^-]*)-----END \1-----/g

/** The bytes of each key or certificate in a text: PEM blocks, or all of it as bare base64. @throws KeyShapeError */
function derBlocks(text: string): Buffer[] {
  const clean = tidied(text)
  for (const [sign, shape] of otherShapes) if (sign.test(clean)) throw new KeyShapeError(shape)
  const bodies = [...clean.matchAll(pemBlock)].map(([, , body = '']) => body)
  if (bodies.length === 0 && clean.includes('---')) throw new KeyShapeError('a PEM text that is cut off')
  return (bodies.length > 0 ? bodies : [clean]).map((body) => {
    const base64 = body.replace(/\s/g, '')
    if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) throw new KeyShapeError(base64 === '' ? 'empty' : 'not base64')
    return Buffer.from(base64, 'base64')
  })
}

const tried = <T>(read: () => T): T | undefined => {
  try {
    return read()
  } catch {
    return undefined
  }
}

const privateOf = (der: Buffer): crypto.KeyObject | undefined =>
  tried(() => crypto.createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })) ??
  tried(() => crypto.createPrivateKey({ key: der, format: 'der', type: 'pkcs1' }))

const certificateOf = (der: Buffer): crypto.X509Certificate | undefined => tried(() => new crypto.X509Certificate(der))

const publicOf = (der: Buffer): crypto.KeyObject | undefined =>
  tried(() => crypto.createPublicKey({ key: der, format: 'der', type: 'spki' })) ??
  tried(() => crypto.createPublicKey({ key: der, format: 'der', type: 'pkcs1' })) ??
  certificateOf(der)?.publicKey

// A letter that was changed inside leaves a text that reads as a key and signs what nobody can verify.
const fitsTogether = (key: crypto.KeyObject): boolean =>
  tried(() => {
    const probe = Buffer.from('probe')
    return crypto.verify('sha256', probe, crypto.createPublicKey(key), crypto.sign('sha256', probe, key))
  }) === true

const rsaOnly = (key: crypto.KeyObject): crypto.KeyObject => {
  if (key.asymmetricKeyType !== 'rsa') throw new KeyShapeError('a key that is not RSA')
  return key
}

const shapeOfDer = (der: Buffer, wanted: Wanted): string => {
  if (wanted === 'public') return 'base64 that holds no key'
  if (certificateOf(der)) return 'a certificate where the private key is wanted'
  return publicOf(der) ? 'a public key where the private one is wanted' : 'base64 that holds no key'
}

/** RSA, as PEM or bare base64 of PKCS#8 or PKCS#1, however it was pasted. @throws when it is none, with its shape */
export function readPrivateKey(text: string): PrivateKey {
  const blocks = derBlocks(text)
  const key = blocks.map(privateOf).find((one) => one !== undefined)
  if (!key) throw new KeyShapeError(shapeOfDer(blocks[0] ?? Buffer.alloc(0), 'private'))
  rsaOnly(key)
  if (!fitsTogether(key)) throw new KeyShapeError('a private key that is damaged')
  return key
}

/**
 * RSA, as PEM or bare base64 of SPKI, PKCS#1 or a certificate, however it was pasted.
 * @throws when it is none, with its shape
 */
export function readPublicKey(text: string): PublicKey {
  const blocks = derBlocks(text)
  // Node derives the public half from a private key: such a text would be kept and shown as if it were public.
  if (text.includes('PRIVATE KEY') || blocks.some((der) => privateOf(der) !== undefined))
    throw new KeyShapeError('a private key where the public one is wanted')
  const key = blocks.map(publicOf).find((one) => one !== undefined)
  if (!key) throw new KeyShapeError(shapeOfDer(blocks[0] ?? Buffer.alloc(0), 'public'))
  return rsaOnly(key)
}

const parses = (read: (text: string) => unknown) => (text: string) => tried(() => read(text)) !== undefined

const keyText = (read: (text: string) => unknown, rule: 'privateKey' | 'publicKey') =>
  z.string().check(
    z.check<string>(({ value, issues }) => {
      try {
        read(value)
      } catch (error) {
        const seen = error instanceof KeyShapeError ? error.message : 'base64 that holds no key'
        issues.push({ code: 'custom', input: value, message: seen, params: { rule, seen } })
      }
    }),
  )

/** The public half of a private key. */
export const publicKeyOf = (key: PrivateKey): PublicKey => crypto.createPublicKey(key)

/** Fields for settings schemas. */
export const text = () => z.string().check(z.minLength(1), z.maxLength(512))
/** A further check would make another schema without the mark, so a pattern is given here. */
export const secret = (pattern = /./, what = 'empty') =>
  markSecret(z.string().check(z.minLength(1), z.maxLength(4096), z.regex(pattern, what)))
export const privateKeyText = () => markSecret(keyText(readPrivateKey, 'privateKey'))
export const publicKeyText = () => keyText(readPublicKey, 'publicKey')
export const notAnAddress = 'not an http(s) address without a slash at its end'
/** An http(s) address without a slash at its end, so that paths can be appended. */
export const baseUrl = () => z.string().check(z.regex(/^https?:\/\/[^\s/?#]+(\/[^\s?#]*[^\s?#/])?$/, notAnAddress))

type Digest = 'md5' | 'sha1' | 'sha256'

/** Hex digest, lower case, over UTF-8 text or bytes. */
export const digestHex = (algorithm: Digest, data: string | Uint8Array): string =>
  crypto.createHash(algorithm).update(data).digest('hex')

/** Hex HMAC-SHA256, lower case, over UTF-8 text. */
export const hmacHex = (key: string, data: string): string =>
  crypto.createHmac('sha256', key).update(data).digest('hex')

/** RSA PKCS#1 v1.5 signature in base64. */
export const signRsa = (algorithm: 'sha1' | 'sha256', data: string | Uint8Array, key: PrivateKey): string =>
  crypto.sign(algorithm, bytesOf(data), key).toString('base64')

/** Verifies a base64 RSA PKCS#1 v1.5 signature; false for anything malformed, empty included. */
export function verifyRsa(
  algorithm: 'sha1' | 'sha256',
  data: string | Uint8Array,
  signature: unknown,
  key: PublicKey,
): boolean {
  if (typeof signature !== 'string' || signature === '') return false
  const bytes = Buffer.from(signature, 'base64')
  // Node decodes leniently: only the one spelling of these bytes is the signature that was made.
  if (bytes.toString('base64') !== signature) return false
  return crypto.verify(algorithm, bytesOf(data), key, bytes)
}

/** Whether two texts are the same, in time that does not depend on where they differ; never true for the empty text. */
export function sameText(expected: string, received: unknown): boolean {
  if (typeof received !== 'string' || received === '') return false
  const a = Buffer.from(expected)
  const b = Buffer.from(received)
  return a.length === b.length && crypto.timingSafeEqual(a, b)
}

/**
 * AES-256-GCM, the tag at the end of the base64 text, as WeChat Pay sends it.
 * @throws BadSignature when key, nonce, associated data or one bit of the text is not the sealed one
 */
export function openGcm(key: Uint8Array, nonce: string, associatedData: string, sealed: string): string {
  const bytes = Buffer.from(sealed, 'base64')
  try {
    if (bytes.length < gcmTagBytes || bytes.toString('base64') !== sealed) throw new Error('not sealed text')
    const decipher = crypto.createDecipheriv('aes-256-gcm', key, Buffer.from(nonce), { authTagLength: gcmTagBytes })
    decipher.setAAD(Buffer.from(associatedData))
    decipher.setAuthTag(bytes.subarray(-gcmTagBytes))
    const opened = Buffer.concat([decipher.update(bytes.subarray(0, -gcmTagBytes)), decipher.final()])
    return utf8.decode(opened)
  } catch {
    // The cause is left out: OpenSSL's words help nobody but who tries keys.
    throw new AppError('BadSignature', 'the sealed text does not open with our key')
  }
}

/** The counterpart of `openGcm`, for those who play the provider. */
export function sealGcm(key: Uint8Array, nonce: string, associatedData: string, plain: string): string {
  const cipher = crypto.createCipheriv('aes-256-gcm', key, Buffer.from(nonce), { authTagLength: gcmTagBytes })
  cipher.setAAD(Buffer.from(associatedData))
  return Buffer.concat([cipher.update(plain, 'utf8'), cipher.final(), cipher.getAuthTag()]).toString('base64')
}

const gcmTagBytes = 16

const certificateIn = (text: string): crypto.X509Certificate | undefined =>
  tried(() => derBlocks(text))
    ?.map(certificateOf)
    .find((one) => one !== undefined)

/** Serial number of a certificate, upper-case hex; undefined when the text is none. */
export const certificateSerial = (text: string): string | undefined => certificateIn(text)?.serialNumber

const chanceBytes = 6

/** A random number from 0 up to, but not including, 1, that nobody can predict. */
export const secureChance = (): number =>
  crypto.randomBytes(chanceBytes).readUIntBE(0, chanceBytes) / 2 ** (8 * chanceBytes)

/** Random hex text for nonces. */
export const randomHex = (chance: Chance, bytes = 16): string =>
  Buffer.from(Array.from({ length: bytes }, () => chance() * 256)).toString('hex')

/** `name=value` pairs sorted by name (code units), joined; the base of most signing texts. */
export const sortedPairs = (fields: Readonly<Record<string, string>>): string[] =>
  Object.keys(fields)
    .sort()
    .map((name) => `${name}=${fields[name]}`)

const bytesOf = (data: string | Uint8Array): Uint8Array => (typeof data === 'string' ? Buffer.from(data) : data)

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The text of UTF-8 bytes; undefined when they are none, so that two bodies never read as one text. */
export function textOf(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes)
  } catch {
    return undefined
  }
}

/** The value of JSON in UTF-8; undefined when it is none. */
export function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(utf8.decode(bytes))
  } catch {
    return undefined
  }
}

const stringOrNumber = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*/g

/**
 * JSON in UTF-8 with each number as the text it was written as: an amount in yuan never becomes floating point.
 * undefined when it is no JSON.
 */
export function exactJsonOf(bytes: Uint8Array): unknown {
  try {
    const text = utf8.decode(bytes)
    JSON.parse(text)
    // Valid JSON from here on: outside of its texts a digit or a minus can only begin a number.
    return JSON.parse(text.replace(stringOrNumber, (token) => (token.startsWith('"') ? token : `"${token}"`)))
  } catch {
    return undefined
  }
}

export interface FlatJson {
  /** names and the text that is signed: strings decoded, numbers and arrays exactly as they were written */
  fields: Record<string, string>
  /** names of the fields that held an array */
  arrays: string[]
}

const pairStart = /\s*("[^"\\]*(?:\\.[^"\\]*)*")\s*:\s*/y
const stringToken = /"[^"\\]*(?:\\.[^"\\]*)*"/y
const numberToken = /-?\d[\d.eE+-]*/y
const pairEnd = /\s*([,}])/y
const bracket = /[[\]]|"[^"\\]*(?:\\.[^"\\]*)*"/g
// A name that holds = or & would let one signed text be read as two different messages.
const fieldName = /^[A-Za-z][\w .-]{0,63}$/
// No document has more than some dozens; thousands would only cost time.
const fieldLimit = 512

/**
 * Reads a JSON object of texts, numbers and arrays for verification. Numbers keep the digits they came with, which
 * JSON.parse alone would lose.
 * @throws BadInput for anything else: nested objects, literals, a name twice, `__proto__`, lone surrogates
 */
export function readFlatJson(bytes: Uint8Array): FlatJson {
  const text = textOf(bytes)
  const malformed = (why: string) => new AppError('BadInput', `the body is not a flat JSON object: ${why}`)
  if (text === undefined || !isPlainObject(jsonOf(bytes))) throw malformed('not an object')
  // From here on the text is known to be one valid JSON object, so a scan cannot be led astray.
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
 * Somebody else's words, fit for our errors and records: short, printable, and with none of the secrets in them,
 * because some providers repeat the text that was signed when a signature is wrong.
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
 * Reads an application/x-www-form-urlencoded body for verification: names, and values as the bytes that were meant.
 * @throws BadInput for a name twice or an odd one, a pair without =, a broken escape
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
    .replace(/%(..)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return Buffer.from(plain, 'latin1')
}

type XmlNode = Record<string, unknown>

// Loaded when the first XML comes: most instances never see any, and it would cost each of them its start.
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
 * Reads XML of one level, `<xml>` around names and texts, for verification. Nothing is expanded: a document type, an
 * entity, a comment or an attribute is refused.
 * @throws BadInput for these, for deeper XML, a name twice or an odd one
 */
export function readFlatXml(bytes: Uint8Array): Record<string, string> {
  const text = textOf(bytes)
  const malformed = (why: string) => new AppError('BadInput', `the body is not flat XML: ${why}`)
  if (text === undefined) throw malformed('not UTF-8')
  const markup = withoutCdata(text)?.replace(/^\s*<\?xml[^<>]*\?>/, '')
  if (markup === undefined || /<!|<\?|&/.test(markup)) throw malformed('a document type, an entity or a comment')
  if (!hasFewShortTags(markup)) throw malformed('too many fields, or a field with an odd name')
  const { XMLParser, XMLValidator } = xml()
  let nodes: XmlNode[]
  try {
    if (XMLValidator.validate(text) !== true) throw new Error('not well-formed')
    xmlParser ??= new XMLParser(xmlOptions)
    nodes = (xmlParser.parse(text) as XmlNode[]).filter((node) => !('?xml' in node) && !isBlank(node))
  } catch {
    throw malformed('not well-formed')
  }
  const [root] = nodes
  if (nodes.length !== 1 || !root || !Array.isArray(root.xml) || ':@' in root) throw malformed('not one <xml>')
  const fields = new Map<string, string>()
  for (const node of (root.xml as XmlNode[]).filter((one) => !isBlank(one))) {
    const [name = '', ...more] = Object.keys(node)
    if (more.length > 0 || !fieldName.test(name)) throw malformed('an attribute, or a field with an odd name')
    if (fields.has(name)) throw malformed('a field comes twice')
    fields.set(name, (node[name] as XmlNode[]).map((part) => leafText(part, malformed)).join(''))
  }
  return Object.fromEntries(fields)
}

const cdataStart = '<![CDATA['
const cdataEnd = ']]>'

// One pass. A regular expression looks for an end that is not there once more from every start.
/** The text without its CDATA sections; undefined when one does not end. */
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

// The parser reads attributes and thousands of fields well, but not fast; no provider sends either.
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

function leafText(part: XmlNode, malformed: (why: string) => AppError): string {
  const inner = '#cdata' in part ? (part['#cdata'] as XmlNode[])[0] : part
  const text = inner === undefined ? '' : inner['#text']
  if (typeof text !== 'string') throw malformed('a field that holds fields')
  return text
}

/** Flat XML: `<xml>` around names and texts, each in CDATA, which no text can leave. */
export const flatXml = (fields: Readonly<Record<string, string>>): string =>
  `<xml>${Object.entries(fields)
    .map(([name, value]) => `<${name}><![CDATA[${value.replaceAll(']]>', ']]]]><![CDATA[>')}]]></${name}>`)
    .join('')}</xml>`

export interface KeyHealth {
  /** e.g. "RSA 2048 private" */
  mode: string
  /** of a certificate, epoch ms */
  expiresAt: number | null
  /** a certificate and a private key in one text: whether they belong together */
  pairs: boolean | null
}

/** What can be said about a text that may be a key or a certificate, without showing it; undefined when it is neither. */
export function keyHealthOf(text: string): KeyHealth | undefined {
  const isCertificate = text.includes('BEGIN CERTIFICATE')
  const isPrivate = !isCertificate && isReadable(readPrivateKey, text)
  if (!isCertificate && !isPrivate && !isReadable(readPublicKey, text)) return undefined
  if (!isCertificate) {
    const key = isPrivate ? readPrivateKey(text) : readPublicKey(text)
    return { mode: `${sizeOf(key)} ${isPrivate ? 'private' : 'public'}`, expiresAt: null, pairs: null }
  }
  try {
    const certificate = certificateIn(text) ?? new crypto.X509Certificate(text)
    const pairs = text.includes('PRIVATE KEY') ? certificate.checkPrivateKey(crypto.createPrivateKey(text)) : null
    const expiresAt = Date.parse(certificate.validTo)
    return { mode: `${sizeOf(certificate.publicKey)} certificate`, expiresAt, pairs }
  } catch {
    return { mode: '', expiresAt: null, pairs: false }
  }
}

const isReadable = (read: (text: string) => unknown, text: string): boolean =>
  (text.includes('-----') || text.length > 200) && parses(read)(text)

/** The size of an RSA key or certificate in bits; undefined when a text is none. */
export const keyBits = (text: string): number | undefined =>
  (tried(() => readPrivateKey(text)) ?? tried(() => readPublicKey(text)))?.asymmetricKeyDetails?.modulusLength

const sizeOf = (key: crypto.KeyObject): string => `RSA ${key.asymmetricKeyDetails?.modulusLength ?? ''}`.trim()
