// Makes the two signatures of WeChat's virtual payment (签名详解): one with the AppKey over a path and a body, and one with
// a person's session key over the text that the phone gets.
import { hmacHex } from '../signing'

/**
 * The signed text of a call begins with the call's path. When the phone opens the payment sheet, there is no path, so
 * the signed text begins with this name.
 */
export const sheetPath = 'requestVirtualPayment'

/** The exact text that `paySig` and `pay_sig` sign. @param body the body as it is sent, byte for byte */
export const paySignedText = (path: string, body: string): string => `${path}&${body}`

export const signPay = (path: string, body: string, appKey: string): string =>
  hmacHex(appKey, paySignedText(path, body))

/**
 * Makes the field `signature`, which proves that the person is logged in.
 * @param sessionKey the key as a text, not decoded
 */
export const signAsPerson = (signData: string, sessionKey: string): string => hmacHex(sessionKey, signData)
