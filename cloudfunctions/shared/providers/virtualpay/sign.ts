// The two signatures of WeChat's virtual payment (签名详解): under the AppKey, over a path and a body; and under a person's
// session key, over the text that the phone gets.
import { hmacHex } from '../signing'

/** The name that stands in place of a path when the phone opens the payment sheet. */
export const sheetPath = 'requestVirtualPayment'

/** The exact text that `paySig` and `pay_sig` sign. @param body as it is sent, byte for byte */
export const paySignedText = (path: string, body: string): string => `${path}&${body}`

export const signPay = (path: string, body: string, appKey: string): string =>
  hmacHex(appKey, paySignedText(path, body))

/** `signature`: proves that the person is logged in. @param sessionKey used as a text, not decoded */
export const signAsPerson = (signData: string, sessionKey: string): string => hmacHex(sessionKey, signData)
