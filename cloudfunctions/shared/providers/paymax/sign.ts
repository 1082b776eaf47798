// Makes and checks Paymax's signatures: SHA1withRSA over lines of text. We sign requests with our key. Paymax signs
// replies and webhooks with its platform key, which is the same for all merchants. The fake server uses this file, too.
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
  /** the path without the base address, such as `/v1/charges` (docs/provider-facts.md 3.3) */
  uri: string
  query: string
  nonce: string
  timestamp: string
  /** the secret key, as in the header Authorization */
  authorization: string
  body: string
}

/**
 * The exact signed text of a request: seven lines, of which some may be empty, without a line break at the end
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
 * The exact signed text of a reply: three of its headers, and the body as we received it (docs/provider-facts.md 3.4).
 */
export const paymaxReplyText = ({ nonce, timestamp, authorization, body }: PaymaxReplyParts): string =>
  [nonce, timestamp, authorization, body].join('\n')

export const isSignedReply = (parts: PaymaxReplyParts, signature: unknown, key: PublicKey): boolean =>
  verifyRsa('sha1', paymaxReplyText(parts), signature, key)

/**
 * Whether the signature of a webhook is right. The signature covers only the raw body, not a nonce or a time
 * (docs/provider-facts.md 3.7).
 */
export const isSignedWebhook = (body: Uint8Array, signature: unknown, key: PublicKey): boolean =>
  verifyRsa('sha1', body, signature, key)

/**
 * A seal that only the owner of our secret key can make. We put it into the metadata of our refunds, because a refund
 * does not name its merchant, and webhooks of all merchants have the same platform signature. The seal shows that a
 * refund is ours.
 */
export const refundSeal = (refundNo: string, secretKey: string): string =>
  digestHex('sha256', `${secretKey}\n${refundNo}`).slice(0, 32)
