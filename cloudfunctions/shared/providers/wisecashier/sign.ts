// Makes and checks Wisecashier's signatures: RSA-SHA256 over sorted pairs, a comma and the Timestamp header. The values
// are encoded in requests and plain in notices. The fake server uses this file, too.
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
 * Encodes a value by RFC 3986: everything except letters, digits and - . _ ~ is escaped. The provider's SDKs encode
 * differently; we encode like the PHP SDK (docs/provider-facts.md 4.3).
 */
export const encodeStrictly = (value: string): string =>
  encodeURIComponent(value).replace(/[!'()*]/g, (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`)

const encoded = (fields: Fields): Fields =>
  Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, encodeStrictly(value)]))

/** The parameters as they are sent in a query or form. The signed text consists of them, too, followed by the time. */
export const encodedPairs = (fields: Fields): string => sortedPairs(encoded(fields)).join('&')

/** The exact signed text of a request (docs/provider-facts.md 4.3). */
export const requestText = (fields: Fields, timestamp: string): string => `${encodedPairs(fields)},${timestamp}`

export const signRequest = (fields: Fields, timestamp: string, key: PrivateKey): string =>
  signRsa('sha256', requestText(fields, timestamp), key)

/**
 * The exact signed text of a notice: every field that we received, with its plain value (docs/provider-facts.md 4.5).
 */
export const noticeText = (fields: Fields, timestamp: string): string => `${sortedPairs(fields).join('&')},${timestamp}`

/**
 * Whether the signature of a notice is valid. The signed text joins the fields with `&` and ends with a comma and the
 * time. A value that contains `&`, or a time that contains a comma, is refused, because the same signed text could then
 * be split into other fields.
 */
export const isSignedNotice = (fields: Fields, timestamp: string, signature: unknown, key: PublicKey): boolean =>
  /^\d+(\.\d+)?$/.test(timestamp) &&
  !Object.values(fields).some((value) => value.includes('&')) &&
  verifyRsa('sha256', noticeText(fields, timestamp), signature, key)

/**
 * A seal in a payment's notification address. Only our merchant can make it, and only Wisecashier sees it. We need the
 * seal because Wisecashier signs the notices of all merchants with one key and does not name the merchant.
 */
export const noticeSeal = (paymentNo: string, settings: { merchantNo: string; privateKey: string }): string =>
  digestHex('sha256', `${settings.privateKey}\n${settings.merchantNo}\n${paymentNo}`).slice(0, 32)
