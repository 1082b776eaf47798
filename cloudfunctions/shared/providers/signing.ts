// Keys, digests and signatures for every provider: the only place of node:crypto among them.
// Keys are parsed once, at `create`; comparisons take constant time.
import * as crypto from 'node:crypto'
import * as z from 'zod/mini'

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

const parses = (read: (text: string) => unknown) => (text: string) => {
  try {
    read(text)
    return true
  } catch {
    return false
  }
}

// A key is a PEM text or bare base64 of PKCS#8 / SPKI (the Midas and Paymax consoles print it so).
const derOf = (text: string): Buffer => Buffer.from(text.replace(/\s/g, ''), 'base64')

/** PEM or bare base64 PKCS#8. @throws when it is neither */
export const readPrivateKey = (text: string): PrivateKey =>
  text.includes('-----')
    ? crypto.createPrivateKey(text)
    : crypto.createPrivateKey({ key: derOf(text), format: 'der', type: 'pkcs8' })

/** PEM (a certificate too) or bare base64 SPKI. @throws when it is neither */
export const readPublicKey = (text: string): PublicKey =>
  text.includes('-----')
    ? crypto.createPublicKey(text)
    : crypto.createPublicKey({ key: derOf(text), format: 'der', type: 'spki' })

/** The public half of a private key. */
export const publicKeyOf = (key: PrivateKey): PublicKey => crypto.createPublicKey(key)

/** Fields for settings schemas. */
export const text = () => z.string().check(z.minLength(1), z.maxLength(512))
export const secret = () => markSecret(z.string().check(z.minLength(1), z.maxLength(4096)))
export const privateKeyText = () => markSecret(z.string().check(z.refine(parses(readPrivateKey), 'not a private key')))
export const publicKeyText = () => z.string().check(z.refine(parses(readPublicKey), 'not a public key'))
/** An http(s) address without a slash at its end, so that paths can be appended. */
export const baseUrl = () =>
  z
    .string()
    .check(z.regex(/^https?:\/\/[^\s/?#]+(\/[^\s?#]*[^\s?#/])?$/, 'not an http(s) address without a slash at its end'))

type Digest = 'md5' | 'sha1' | 'sha256'

/** Hex digest, lower case, over UTF-8 text or bytes. */
export const digestHex = (algorithm: Digest, data: string | Uint8Array): string =>
  crypto.createHash(algorithm).update(data).digest('hex')

/** RSA PKCS#1 v1.5 signature in base64. */
export const signRsa = (algorithm: 'sha1' | 'sha256', data: string | Uint8Array, key: PrivateKey): string =>
  crypto.sign(`RSA-${algorithm.toUpperCase()}`, bytesOf(data), key).toString('base64')

/** Verifies a base64 RSA PKCS#1 v1.5 signature; false for anything malformed, empty included. */
export function verifyRsa(
  algorithm: 'sha1' | 'sha256',
  data: string | Uint8Array,
  signature: unknown,
  key: PublicKey,
): boolean {
  if (typeof signature !== 'string' || !/^[A-Za-z0-9+/]+={0,2}$/.test(signature)) return false
  const bytes = Buffer.from(signature, 'base64')
  // Node decodes leniently: only the one spelling of these bytes is the signature that was made.
  if (bytes.toString('base64') !== signature) return false
  return crypto.verify(`RSA-${algorithm.toUpperCase()}`, bytesOf(data), key, bytes)
}

/** Whether two texts are the same, in time that does not depend on where they differ; never true for the empty text. */
export function sameText(expected: string, received: unknown): boolean {
  if (typeof received !== 'string' || received === '') return false
  const a = Buffer.from(expected)
  const b = Buffer.from(received)
  return a.length === b.length && crypto.timingSafeEqual(a, b)
}

/** Random hex text for nonces. */
export const randomHex = (bytes = 16): string => crypto.randomBytes(bytes).toString('hex')

/** `name=value` pairs sorted by name (code units), joined; the base of most signing texts. */
export const sortedPairs = (fields: Readonly<Record<string, string>>): string[] =>
  Object.keys(fields)
    .sort()
    .map((name) => `${name}=${fields[name]}`)

const bytesOf = (data: string | Uint8Array): Uint8Array => (typeof data === 'string' ? Buffer.from(data) : data)
