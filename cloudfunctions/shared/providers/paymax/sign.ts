// Paymax signatures: SHA1withRSA over lines of text. Requests are signed with our key. Replies and webhooks are signed
// with Paymax's platform key, which is the same for all merchants. The fake server uses this file too.
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
  /** the secret key, as in the Authorization header */
  authorization: string
  body: string
}

/**
 * The exact signed text of a request: seven lines, some of which may be empty, without a newline at the end
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

/** The exact signed text of a reply: three of its headers, and the body as received (docs/provider-facts.md 3.4). */
export const paymaxReplyText = ({ nonce, timestamp, authorization, body }: PaymaxReplyParts): string =>
  [nonce, timestamp, authorization, body].join('\n')

export const isSignedReply = (parts: PaymaxReplyParts, signature: unknown, key: PublicKey): boolean =>
  verifyRsa('sha1', paymaxReplyText(parts), signature, key)

/**
 * Whether a webhook is signed. The signature covers only its raw body: no nonce and no time (docs/provider-facts.md
 * 3.7).
 */
export const isSignedWebhook = (body: Uint8Array, signature: unknown, key: PublicKey): boolean =>
  verifyRsa('sha1', body, signature, key)

/**
 * A seal that only the owner of our secret key can make. Our refunds have it in their metadata, because a refund names
 * no merchant and the webhooks of all merchants have the same platform signature.
 */
export const refundSeal = (refundNo: string, secretKey: string): string =>
  digestHex('sha256', `${secretKey}\n${refundNo}`).slice(0, 32)
