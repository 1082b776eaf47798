// Paymax signatures: SHA1withRSA over lines of text. Requests are signed with our key; replies and webhooks with
// Paymax's one platform key, which says nothing about which merchant they are for. The fake server uses this file too.
import {
  digestHex,
  type PrivateKey,
  type PublicKey,
  readPrivateKey,
  readPublicKey,
  signRsa,
  verifyRsa,
} from '../signing'

export interface PaymaxKeys {
  secretKey: string
  privateKey: PrivateKey
  platformPublicKey: PublicKey
}

/** Parses the keys of a merchant once. */
export const readPaymaxKeys = (settings: {
  secretKey: string
  privateKey: string
  platformPublicKey: string
}): PaymaxKeys => ({
  secretKey: settings.secretKey,
  privateKey: readPrivateKey(settings.privateKey),
  platformPublicKey: readPublicKey(settings.platformPublicKey),
})

export interface PaymaxRequestParts {
  method: string
  /** without the base address: `/v1/charges` (docs/provider-facts.md 3.3) */
  uri: string
  query: string
  nonce: string
  timestamp: string
  /** the secret key, as it stands in the Authorization header */
  authorization: string
  body: string
}

/**
 * The exact text of a request that is signed: seven lines, empty ones stay, no newline at the end
 * (docs/provider-facts.md 3.3).
 */
export const paymaxRequestText = (parts: PaymaxRequestParts): string =>
  [
    parts.method.toLowerCase(),
    parts.uri,
    parts.query,
    parts.nonce,
    parts.timestamp,
    parts.authorization,
    parts.body,
  ].join('\n')

export const signPaymaxRequest = (parts: PaymaxRequestParts, key: PrivateKey): string =>
  signRsa('sha1', paymaxRequestText(parts), key)

export interface PaymaxReplyParts {
  nonce: string
  timestamp: string
  authorization: string
  body: string
}

/**
 * The exact text of a reply that is signed: three of its headers and the body as it came (docs/provider-facts.md 3.4).
 */
export const paymaxReplyText = ({ nonce, timestamp, authorization, body }: PaymaxReplyParts): string =>
  [nonce, timestamp, authorization, body].join('\n')

export const isSignedReply = (parts: PaymaxReplyParts, signature: unknown, key: PublicKey): boolean =>
  verifyRsa('sha1', paymaxReplyText(parts), signature, key)

/** A webhook is signed over its raw body alone: no nonce, no time (docs/provider-facts.md 3.7). */
export const isSignedWebhook = (body: Uint8Array, signature: unknown, key: PublicKey): boolean =>
  verifyRsa('sha1', body, signature, key)

/**
 * A refund names no merchant, and every merchant's webhooks carry the same platform signature. So our refunds take a
 * seal along in their metadata that nobody without our secret key can make.
 */
export const refundSeal = (refundNo: string, secretKey: string): string =>
  digestHex('sha256', `${secretKey}\n${refundNo}`).slice(0, 32)
