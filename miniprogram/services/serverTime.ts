// The server's clock as far as this phone knows it (phones are often wrong), and the numbers that begin with its digits.
import { beijingDigits } from '../time'

// Server's clock minus this phone's.
let aheadMs: number | undefined

/** The server's time as far as this phone knows it. */
export const serverNow = (): number => Date.now() + (aheadMs ?? 0)

export const knowsTime = (): boolean => aheadMs !== undefined

export const learnTime = (now: number): void => {
  aheadMs = now - Date.now()
}

/** A number for an order or a contract: 14 digits of Beijing time, then 8 characters of chance. */
export function newNumber(): string {
  let tail = ''
  while (tail.length < 8) tail += Math.floor(Math.random() * 36).toString(36)
  return beijingDigits(serverNow()) + tail
}
