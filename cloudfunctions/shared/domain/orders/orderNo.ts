// The numbers of orders, attempts and refunds: how they are formed, and how we check a number that a phone chose.

import { beijingDigits, dayMs, fromBeijingDigits } from '../../../../miniprogram/rules/beijing'
import { orderNoPattern, paymentNoPattern, refundNoPattern } from '../../../../miniprogram/rules/numbers'
import { AppError } from '../errors'

// The earliest time in an orderNo: the start of the year 2000 in Beijing.
const earliestOrderAt = Date.UTC(1999, 11, 31, 16)

/** Whether a text is an orderNo: its time must be a real one, not before 2000 and at most 24 h ahead of `now`. */
export function isOrderNo(text: string, now: number): boolean {
  const at = orderNoPattern.test(text) ? fromBeijingDigits(text.slice(0, 14)) : undefined
  return at !== undefined && at >= earliestOrderAt && at <= now + dayMs
}

/**
 * The orderNo inside a paymentNo or a refundNo, or undefined. A second charge's paymentNo ends with the letter s and
 * two digits.
 */
export const orderNoOf = (no: string): string | undefined =>
  paymentNoPattern.test(no) || refundNoPattern.test(no) ? no.slice(0, 22) : undefined

/** Makes an orderNo on the server, from a time and 8 base-36 characters. */
export const orderNoFrom = (at: number, tail: string): string => beijingDigits(at) + tail

const firstChargeSecond = 60
const lastChargeSecond = 99

/**
 * The order number for a contract's charge: like `orderNoFrom`, but with 60 to 99 as seconds. No real time has such
 * seconds, so `isOrderNo` refuses the number, and no phone can choose it for an order.
 */
export const chargeNoFrom = (at: number, tail: string): string =>
  beijingDigits(at).slice(0, 12) + String(firstChargeSecond) + tail

/** The next number for a charge whose number is already used. @throws Internal when the minute has no more numbers */
export function nextChargeNo(orderNo: string): string {
  // Older charges have real seconds (00 to 59) in their numbers; their next number starts at second 60.
  const second = Math.max(Number(orderNo.slice(12, 14)) + 1, firstChargeSecond)
  if (second > lastChargeSecond) throw new AppError('Internal', 'no number is left for this charge')
  return orderNo.slice(0, 12) + String(second) + orderNo.slice(14)
}

/** Whether the charge with this number had to change its number more than once. */
export const isRenumberedAgain = (orderNo: string): boolean => Number(orderNo.slice(12, 14)) > firstChargeSecond + 1

export const twoDigits = (index: number): string => String(index).padStart(2, '0')
