// The numbers of orders, attempts and refunds: what they say, and who may choose them.
import { beijingDigits, fromBeijingDigits } from '../beijing'
import { AppError } from '../errors'
import { dayMs } from '../period'

const orderNoPattern = /^(\d{14})[0-9a-z]{8}$/

// No shop of ours sold anything before 2000 in Beijing.
const earliestOrderAt = Date.UTC(1999, 11, 31, 16)

/** Whether a text is an orderNo whose time is real, not before 2000 and at most 24 h ahead of `now`. */
export function isOrderNo(text: string, now: number): boolean {
  const match = orderNoPattern.exec(text)
  const at = match?.[1] === undefined ? undefined : fromBeijingDigits(match[1])
  return at !== undefined && at >= earliestOrderAt && at <= now + dayMs
}

/** The orderNo inside a paymentNo (a second charge under one has an s and two digits more) or refundNo, or undefined. */
export const orderNoOf = (no: string): string | undefined =>
  /^(\d{14}[0-9a-z]{8})(?:r\d\d|\d\d(?:s\d\d)?)$/.exec(no)?.[1]

/** An orderNo from a time and 8 base-36 characters: for numbers that the server makes. */
export const orderNoFrom = (at: number, tail: string): string => beijingDigits(at) + tail

const firstChargeSecond = 60
const lastChargeSecond = 99

/**
 * The number of a charge's order: as `orderNoFrom`, with 60 to 99 in place of the seconds. No clock shows such a time, so
 * `isOrderNo` refuses it: a shopper cannot take the number of a charge.
 */
export const chargeNoFrom = (at: number, tail: string): string =>
  beijingDigits(at).slice(0, 12) + String(firstChargeSecond) + tail

/** The number after a charge's number that is taken. @throws Internal when the minute has no more numbers */
export function nextChargeNo(orderNo: string): string {
  // Numbers that were planned before charges had seconds of their own begin at the first one.
  const second = Math.max(Number(orderNo.slice(12, 14)) + 1, firstChargeSecond)
  if (second > lastChargeSecond) throw new AppError('Internal', 'no number is left for this charge')
  return orderNo.slice(0, 12) + String(second) + orderNo.slice(14)
}

/** Whether this number was given to a charge because an earlier one was taken, more than once. */
export const isRenumberedAgain = (orderNo: string): boolean => Number(orderNo.slice(12, 14)) > firstChargeSecond + 1

export const twoDigits = (index: number): string => String(index).padStart(2, '0')
