// The keys, digests and signatures of all providers. This is the only file of the providers that imports node:crypto;
// the formats of messages are in codecs.ts. Keys are parsed once, in `create`. Secrets are compared in constant time.
import * as crypto from 'node:crypto'
import * as z from 'zod/mini'
import { AppError } from '../domain/errors'
import { textOf } from './codecs'
import type { Chance } from './provider'

export type PrivateKey = crypto.KeyObject
export type PublicKey = crypto.KeyObject

const secretFields = new WeakSet<object>()

const markSecret = <T extends z.ZodMiniType>(schema: T): T => {
  secretFields.add(schema)
  return schema
}

/** Whether a field of a settings schema is secret, so that it must never be shown. */
export function isSecretField(field: z.ZodMiniType): boolean {
  const inner = (field as { def?: { innerType?: z.ZodMiniType } }).def?.innerType
  return secretFields.has(field) || (inner !== undefined && isSecretField(inner))
}

/**
 * The error for a text that is not the expected key. The error's message describes what the text looks like, but never
 * quotes it.
 */
class KeyShapeError extends Error {}

type Wanted = 'private' | 'public'

const otherShapes: readonly (readonly [RegExp, string])[] = [
  [/BEGIN OPENSSH|^ssh-|^ecdsa-|BEGIN SSH2/, 'an SSH key'],
  [/ENCRYPTED/, 'an encrypted private key'],
  [/BEGIN CERTIFICATE REQUEST|BEGIN NEW CERTIFICATE REQUEST/, 'a certificate request'],
]

// Removes what consoles, chats, JSON and .env files add to a key: a byte order mark, quotes, and line ends written as
// \n, or as \\n if JSON is inside JSON.
const tidied = (text: string): string =>
  text
    .replace(/\\{1,4}[rn]|\r/g, '\n')
    .replace(/["'“”\uFEFF\u200B]/g, '')
    .trim()

// Some CI systems store a file as base64 in one line. So if the text is a whole PEM file in base64, this function
// decodes it.
function unwrapped(text: string): string {
  const clean = tidied(text)
  const begins = Buffer.from('-----BEGIN').toString('base64').slice(0, 12)
  return clean.startsWith(begins) ? tidied(Buffer.from(clean, 'base64').toString('utf8')) : clean
}

const pemBlock = /-----BEGIN ([A-Z0-9 ]{1,40})-----([^-]*)-----END \1-----/g

/**
 * The bytes of each key or certificate in a text. The text is PEM blocks, or base64 as a whole.
 * @throws KeyShapeError
 */
function derBlocks(text: string): Buffer[] {
  const clean = unwrapped(text)
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

// Whether a private key works. A key with a changed character may still be parsed, but its signatures cannot be
// verified. So we test a signature.
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

/**
 * Reads an RSA private key: PEM, or base64 of PKCS#8 or PKCS#1.
 * @throws an error that describes what the text looks like
 */
export function readPrivateKey(text: string): PrivateKey {
  const blocks = derBlocks(text)
  const key = blocks.map(privateOf).find((one) => one !== undefined)
  if (!key) throw new KeyShapeError(shapeOfDer(blocks[0] ?? Buffer.alloc(0), 'private'))
  rsaOnly(key)
  if (!fitsTogether(key)) throw new KeyShapeError('a private key that is damaged')
  return key
}

/**
 * Reads an RSA public key: PEM, or base64 of SPKI, PKCS#1 or a certificate.
 * @throws an error that describes what the text looks like
 */
export function readPublicKey(text: string): PublicKey {
  const blocks = derBlocks(text)
  // Node can make a public key from a private key. Without this check, a private key in this field would be stored and
  // shown as a public one.
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

export const publicKeyOf = (key: PrivateKey): PublicKey => crypto.createPublicKey(key)

/** Schema of a short text, for settings. */
export const text = () => z.string().check(z.minLength(1), z.maxLength(512))
/** Schema of the appid of a mini-program or an official account. */
export const weChatAppId = () => z.string().check(z.regex(/^\w{1,32}$/, 'not an appid'))
/**
 * Schema of a secret field. Pass the pattern here. Do not add it later with `.check`: that makes a new schema, and the
 * new schema is not marked as secret.
 */
export const secret = (pattern = /./, what = 'empty') =>
  markSecret(z.string().check(z.minLength(1), z.maxLength(4096), z.regex(pattern, what)))
export const privateKeyText = () => markSecret(keyText(readPrivateKey, 'privateKey'))
export const publicKeyText = () => keyText(readPublicKey, 'publicKey')
export const notAnAddress = 'not an http(s) address without a slash at its end'
/** Schema of an http(s) address without a slash at the end, so that paths can be appended. */
export const baseUrl = () => z.string().check(z.regex(/^https?:\/\/[^\s/?#]+(\/[^\s?#]*[^\s?#/])?$/, notAnAddress))

type Digest = 'md5' | 'sha1' | 'sha256'

/** The digest of a UTF-8 text or of bytes, as hex in lower case. */
export const digestHex = (algorithm: Digest, data: string | Uint8Array): string =>
  crypto.createHash(algorithm).update(data).digest('hex')

/** The HMAC-SHA256 of a UTF-8 text, as hex in lower case. */
export const hmacHex = (key: string, data: string): string =>
  crypto.createHmac('sha256', key).update(data).digest('hex')

/** The HMAC-SHA256 of a UTF-8 text, in base64. */
export const hmacBase64 = (key: Uint8Array, data: string): string =>
  crypto.createHmac('sha256', key).update(data).digest('base64')

/** Signs a text or bytes with RSA PKCS#1 v1.5. The signature is in base64. */
export const signRsa = (algorithm: 'sha1' | 'sha256', data: string | Uint8Array, key: PrivateKey): string =>
  crypto.sign(algorithm, bytesOf(data), key).toString('base64')

/** Verifies a signature (RSA PKCS#1 v1.5, in base64). Returns false for anything malformed, also for an empty text. */
export function verifyRsa(
  algorithm: 'sha1' | 'sha256',
  data: string | Uint8Array,
  signature: unknown,
  key: PublicKey,
): boolean {
  if (typeof signature !== 'string' || signature === '') return false
  const bytes = Buffer.from(signature, 'base64')
  // Node accepts many spellings of the same bytes as base64. We accept only the exact one, so that each signature has
  // only one form.
  if (bytes.toString('base64') !== signature) return false
  return crypto.verify(algorithm, bytesOf(data), key, bytes)
}

/** Whether two texts are equal, compared in constant time. Returns false for empty texts. */
export function sameText(expected: string, received: unknown): boolean {
  if (typeof received !== 'string' || received === '') return false
  const a = Buffer.from(expected)
  const b = Buffer.from(received)
  return a.length === b.length && crypto.timingSafeEqual(a, b)
}

/**
 * Decrypts AES-256-GCM. The tag is at the end of the base64 text, as WeChat Pay sends it.
 * @throws BadSignature if the key, the nonce, the associated data or any bit of the text is wrong
 */
export function openGcm(key: Uint8Array, nonce: string, associatedData: string, sealed: string): string {
  const bytes = Buffer.from(sealed, 'base64')
  try {
    if (bytes.length < gcmTagBytes || bytes.toString('base64') !== sealed) throw new Error('not sealed text')
    const decipher = crypto.createDecipheriv('aes-256-gcm', key, Buffer.from(nonce), { authTagLength: gcmTagBytes })
    decipher.setAAD(Buffer.from(associatedData))
    decipher.setAuthTag(bytes.subarray(-gcmTagBytes))
    const opened = textOf(Buffer.concat([decipher.update(bytes.subarray(0, -gcmTagBytes)), decipher.final()]))
    if (opened === undefined) throw new Error('not UTF-8')
    return opened
  } catch {
    // Leave the cause out, because OpenSSL's message would only help an attacker.
    throw new AppError('BadSignature', 'the sealed text does not open with our key')
  }
}

/**
 * Decrypts RSA with OAEP (SHA-1). WeChat Pay encrypts personal data in this way for the merchant's certificate.
 * @throws BadSignature if the text was encrypted for another key or is damaged
 */
export function openRsa(sealed: string, key: PrivateKey): string {
  try {
    const padding = crypto.constants.RSA_PKCS1_OAEP_PADDING
    const opened = textOf(crypto.privateDecrypt({ key, padding, oaepHash: 'sha1' }, Buffer.from(sealed, 'base64')))
    if (opened === undefined) throw new Error('not UTF-8')
    return opened
  } catch {
    throw new AppError('BadSignature', 'the sealed text does not open with our key')
  }
}

/** Encrypts a text so that `openGcm` can decrypt it. The fake servers encrypt with this function. */
export function sealGcm(key: Uint8Array, nonce: string, associatedData: string, plain: string): string {
  const cipher = crypto.createCipheriv('aes-256-gcm', key, Buffer.from(nonce), { authTagLength: gcmTagBytes })
  cipher.setAAD(Buffer.from(associatedData))
  return Buffer.concat([cipher.update(plain, 'utf8'), cipher.final(), cipher.getAuthTag()]).toString('base64')
}

const gcmTagBytes = 16

const cbc = (key: Uint8Array): [string, Uint8Array, Uint8Array] => ['aes-256-cbc', key, key.subarray(0, 16)]

/**
 * Decrypts AES-256-CBC as WeChat's message push uses it: the key's first 16 bytes are the IV. The padding is not
 * removed, because WeChat pads to 32 bytes. CBC proves nothing about the sender, so verify the message's signature
 * first.
 * @throws BadSignature for a length that no encrypted message can have
 */
export function openCbc(key: Uint8Array, sealed: Uint8Array): Buffer {
  if (sealed.length === 0 || sealed.length % 16 !== 0)
    throw new AppError('BadSignature', 'the sealed text does not open with our key')
  const decipher = crypto.createDecipheriv(...cbc(key)).setAutoPadding(false)
  return Buffer.concat([decipher.update(sealed), decipher.final()])
}

/** Encrypts padded bytes so that `openCbc` can decrypt them. */
export function sealCbc(key: Uint8Array, padded: Uint8Array): Buffer {
  const cipher = crypto.createCipheriv(...cbc(key)).setAutoPadding(false)
  return Buffer.concat([cipher.update(padded), cipher.final()])
}

const certificateIn = (text: string): crypto.X509Certificate | undefined =>
  tried(() => derBlocks(text))
    ?.map(certificateOf)
    .find((one) => one !== undefined)

/** The serial number of a certificate in upper-case hex; undefined if the text is no certificate. */
export const certificateSerial = (text: string): string | undefined => certificateIn(text)?.serialNumber

const chanceBytes = 6

/** A random number from 0 up to, but not including, 1. Nobody can predict it. */
export const secureChance = (): number =>
  crypto.randomBytes(chanceBytes).readUIntBE(0, chanceBytes) / 2 ** (8 * chanceBytes)

/** Makes a random text in hex, for nonces. */
export const randomHex = (chance: Chance, bytes = 16): string =>
  Buffer.from(Array.from({ length: bytes }, () => chance() * 256)).toString('hex')

const bytesOf = (data: string | Uint8Array): Uint8Array => (typeof data === 'string' ? Buffer.from(data) : data)

export interface KeyHealth {
  /** what the key is, such as "RSA 2048 private" */
  mode: string
  /** when a certificate expires, epoch ms; null for a key */
  expiresAt: number | null
  /**
   * for a text with a certificate and a private key: whether they belong together; null if the text has no such pair
   */
  pairs: boolean | null
}

/** Describes a text that may be a key or a certificate, without quoting the text; undefined if it is neither. */
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

/** The size of an RSA key, or of the key in a certificate, in bits; undefined for any other text. */
export const keyBits = (text: string): number | undefined =>
  (tried(() => readPrivateKey(text)) ?? tried(() => readPublicKey(text)))?.asymmetricKeyDetails?.modulusLength

const sizeOf = (key: crypto.KeyObject): string => `RSA ${key.asymmetricKeyDetails?.modulusLength ?? ''}`.trim()
