// Example Pay signs requests and notices by one rule: HMAC-SHA256 over the time and the body.
import { hmacHex, sameText } from '../../../cloudfunctions/shared/providers/signing'

/** The exact text that is signed: the time in milliseconds, a newline, and the body as it is sent. */
export const exampleSignedText = (time: string, body: string): string => `${time}\n${body}`

export const signExample = (time: string, body: string, secret: string): string =>
  hmacHex(secret, exampleSignedText(time, body))

/** Compares in constant time. An empty signature is never right. */
export const isSignedByExample = (time: string, body: string, signature: unknown, secret: string): boolean =>
  sameText(signExample(time, body, secret), signature)
