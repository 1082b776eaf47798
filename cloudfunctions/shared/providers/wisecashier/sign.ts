// Wisecashier signatures: RSA-SHA256 over sorted pairs, a comma and the Timestamp header. Requests sign encoded values,
// notices plain ones. The fake server uses this file too.
import { sortedPairs } from '../codecs'
import {
  digestHex,
  type PrivateKey,
  type PublicKey,
  readPrivateKey,
  readPublicKey,
  signRsa,
  verifyRsa,
} from '../signing'

export interface WisecashierKeys {
  privateKey: PrivateKey
  platformPublicKey: PublicKey
}

/** Parses the keys of a merchant once. */
export const readWisecashierKeys = (settings: { privateKey: string; platformPublicKey: string }): WisecashierKeys => ({
  privateKey: readPrivateKey(settings.privateKey),
  platformPublicKey: readPublicKey(settings.platformPublicKey),
})

export type Fields = Readonly<Record<string, string>>

/**
 * RFC 3986: everything but letters, digits and - . _ ~ is escaped (docs/provider-facts.md 4.3: the SDKs differ, PHP's
 * is this).
 */
export const encodeStrictly = (value: string): string =>
  encodeURIComponent(value).replace(/[!'()*]/g, (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`)

const encoded = (fields: Fields): Fields =>
  Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, encodeStrictly(value)]))

/** Parameters as they travel, in a query or a form: the very text that is signed, without its time. */
export const encodedPairs = (fields: Fields): string => sortedPairs(encoded(fields)).join('&')

/** The exact text of a request that is signed (docs/provider-facts.md 4.3). */
export const requestText = (fields: Fields, timestamp: string): string => `${encodedPairs(fields)},${timestamp}`

export const signRequest = (fields: Fields, timestamp: string, key: PrivateKey): string =>
  signRsa('sha256', requestText(fields, timestamp), key)

/**
 * The exact text of a notice that is signed: every field that came, values as they are (docs/provider-facts.md 4.5).
 */
export const noticeText = (fields: Fields, timestamp: string): string => `${sortedPairs(fields).join('&')},${timestamp}`

/**
 * Whether a notice is signed. A & in a value, or a comma in the time, is refused: the same text could be read as other
 * fields.
 */
export const isSignedNotice = (fields: Fields, timestamp: string, signature: unknown, key: PublicKey): boolean =>
  /^\d+(\.\d+)?$/.test(timestamp) &&
  !Object.values(fields).some((value) => value.includes('&')) &&
  verifyRsa('sha256', noticeText(fields, timestamp), signature, key)

/**
 * Wisecashier signs every merchant's notices with one key and does not say whose they are. So the address that we give
 * for a payment carries a seal that only its merchant can make, and nobody but Wisecashier gets to see.
 */
export const noticeSeal = (paymentNo: string, settings: { merchantNo: string; privateKey: string }): string =>
  digestHex('sha256', `${settings.privateKey}\n${settings.merchantNo}\n${paymentNo}`).slice(0, 32)
