// Makes and checks Jubao's signatures: MD5 with the merchant's key, with one rule for each dialect. The fake server
// uses this file, too.
import { digestHex, sameText } from '../signing'

/**
 * The dialects of Jubao. `boxpay`: the one that Jubao's document describes. `payment`: the one in the document's
 * examples (BlueOcean Pay, docs/provider-facts.md 2.7).
 */
export type Dialect = 'boxpay' | 'payment'

/**
 * The fields of a message. A value is a UTF-8 text or, for a form, the bytes as they were received, because Jubao signs
 * bytes in any encoding.
 */
export type JubaoFields = Readonly<Record<string, string | Uint8Array>>

// Does what PHP's utf8_encode does: reads each byte as a character of ISO-8859-1, and writes that character in UTF-8.
// So a text that is already in UTF-8 is encoded twice.
const utf8Encode = (bytes: Uint8Array): Uint8Array => Buffer.from(Buffer.from(bytes).toString('latin1'), 'utf8')

const bytesOf = (value: string | Uint8Array | undefined): Uint8Array =>
  typeof value === 'string' ? Buffer.from(value) : (value ?? new Uint8Array())

const isText = (value: string | Uint8Array | undefined, text: string): boolean =>
  Buffer.from(text).equals(bytesOf(value))

/**
 * The exact bytes whose MD5 is the signature. Names are sorted by their bytes, and empty values are included (聚宝 §1.4).
 * @returns undefined for fields that cannot be signed
 */
export function jubaoSignedBytes(fields: JubaoFields, key: string, dialect: Dialect): Uint8Array | undefined {
  if (dialect === 'payment') {
    // The payment dialect joins name=value with & and adds &key=; the fields `sign` and `key` are left out
    // (docs/provider-facts.md 2.7).
    const names = Object.keys(fields).filter((name) => name !== 'sign' && name !== 'key')
    const pairs = names.sort().map((name) => [`${name}=`, fields[name], '&'])
    return Buffer.concat([...pairs, [`key=${key}`]].flat().map(bytesOf))
  }
  // A message with a parameter named `_sign` is not signed at all (聚宝 §1.4).
  if (Object.hasOwn(fields, '_sign')) return undefined
  const names = Object.keys(fields).filter((name) => name !== 'sign')
  // The text of Jubao's document (聚宝 §1.2.2) says that pairs are joined with &, but its example joins them with
  // nothing. The example's digest is right, so we follow the example.
  const joined = Buffer.concat(names.sort().flatMap((name) => [Buffer.from(name), bytesOf(fields[name])]))
  // If the field `version` is not 2, the text goes through utf8_encode, but the merchant's key does not (聚宝 §1.4).
  // Jubao's document does not say whether notices and replies have this field (docs/provider-facts.md 2.6: inferred). A
  // message without the field is verified by the rule for older versions.
  const text = isText(fields.version, '2') ? joined : utf8Encode(joined)
  return Buffer.concat([Buffer.from(key), text, Buffer.from(key)])
}

/**
 * Signs the fields of a request.
 * @throws TypeError for a parameter named `_sign`, because such a request cannot be signed
 */
export function signJubao(fields: JubaoFields, key: string, dialect: Dialect): string {
  const bytes = jubaoSignedBytes(fields, key, dialect)
  if (!bytes) throw new TypeError('a parameter named _sign cannot be signed')
  return digestHex('md5', bytes).toUpperCase()
}

/** Whether `fields.sign` is right. The signature covers all other fields. */
export function isSignedByJubao(fields: JubaoFields, key: string, dialect: Dialect): boolean {
  if (dialect === 'payment' && Object.hasOwn(fields, 'key')) return false
  const bytes = jubaoSignedBytes(fields, key, dialect)
  return (
    bytes !== undefined &&
    sameText(digestHex('md5', bytes).toUpperCase(), Buffer.from(bytesOf(fields.sign)).toString('latin1'))
  )
}
