// Estimates the server's time, because the phone's clock may be wrong. Also makes new order and contract numbers, which
// begin with the time.
import { beijingDigits } from '../rules/beijing'

// Server time minus phone time, in ms.
let aheadMs: number | undefined

/** The server's time as estimated by this phone, in epoch ms. */
export const serverNow = (): number => Date.now() + (aheadMs ?? 0)

export const knowsTime = (): boolean => aheadMs !== undefined

export const learnTime = (now: number): void => {
  aheadMs = now - Date.now()
}

/** A new number for an order or a contract: 14 digits of Beijing time, then 8 random characters. */
export function newNumber(): string {
  let tail = ''
  while (tail.length < 8) tail += Math.floor(Math.random() * 36).toString(36)
  return beijingDigits(serverNow()) + tail
}
