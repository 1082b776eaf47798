// Jubao signatures: MD5 with the merchant's key, by one rule for each dialect. The fake server uses this file too.
import { digestHex, sameText } from '../signing'

/**
 * `boxpay`: the dialect that the document describes. `payment`: the dialect of its examples (BlueOcean Pay,
 * docs/provider-facts.md 2.7).
 */
export type Dialect = 'boxpay' | 'payment'

/** Values are UTF-8 texts, or the bytes of a form as received, because Jubao signs bytes in any encoding. */
export type JubaoFields = Readonly<Record<string, string | Uint8Array>>

// PHP's utf8_encode: each byte is read as a character of ISO-8859-1 and written in UTF-8, so UTF-8 is encoded twice.
const utf8Encode = (bytes: Uint8Array): Uint8Array => Buffer.from(Buffer.from(bytes).toString('latin1'), 'utf8')

const bytesOf = (value: string | Uint8Array | undefined): Uint8Array =>
  typeof value === 'string' ? Buffer.from(value) : (value ?? new Uint8Array())

const isText = (value: string | Uint8Array | undefined, text: string): boolean =>
  Buffer.from(text).equals(bytesOf(value))

/**
 * The exact bytes whose MD5 is the signature. Names sort by their bytes; empty values stay (聚宝 §1.4).
 * @returns undefined for fields that cannot be signed
 */
export function jubaoSignedBytes(fields: JubaoFields, key: string, dialect: Dialect): Uint8Array | undefined {
  if (dialect === 'payment') {
    // docs/provider-facts.md 2.7: name=value joined by &, then &key=; `sign` and `key` are left out.
    const names = Object.keys(fields).filter((name) => name !== 'sign' && name !== 'key')
    const pairs = names.sort().map((name) => [`${name}=`, fields[name], '&'])
    return Buffer.concat([...pairs, [`key=${key}`]].flat().map(bytesOf))
  }
  // 聚宝 §1.4: a message with a parameter named `_sign` is not signed at all.
  if (Object.hasOwn(fields, '_sign')) return undefined
  const names = Object.keys(fields).filter((name) => name !== 'sign')
  // 聚宝 §1.2.2: the text joins pairs with &, the example joins them with nothing. The example's digest is right.
  const joined = Buffer.concat(names.sort().flatMap((name) => [Buffer.from(name), bytesOf(fields[name])]))
  // 聚宝 §1.4: without `version` 2 the text, but not the key, goes through utf8_encode. Whether notices and replies have
  // a version is not documented (docs/provider-facts.md 2.6: inferred): a message without a version is verified by the
  // rule without version 2.
  const text = isText(fields.version, '2') ? joined : utf8Encode(joined)
  return Buffer.concat([Buffer.from(key), text, Buffer.from(key)])
}

/** @throws TypeError for a parameter named `_sign`, which nobody can sign */
export function signJubao(fields: JubaoFields, key: string, dialect: Dialect): string {
  const bytes = jubaoSignedBytes(fields, key, dialect)
  if (!bytes) throw new TypeError('a parameter named _sign cannot be signed')
  return digestHex('md5', bytes).toUpperCase()
}

/** Whether `fields.sign` is right. It covers every other field. */
export function isSignedByJubao(fields: JubaoFields, key: string, dialect: Dialect): boolean {
  if (dialect === 'payment' && Object.hasOwn(fields, 'key')) return false
  const bytes = jubaoSignedBytes(fields, key, dialect)
  return (
    bytes !== undefined &&
    sameText(digestHex('md5', bytes).toUpperCase(), Buffer.from(bytesOf(fields.sign)).toString('latin1'))
  )
}
