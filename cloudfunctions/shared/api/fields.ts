// Schemas of input fields that several functions use.

import * as z from 'zod/mini'
import { orderNoPattern, paymentNoPattern, refundNoPattern, skuPattern } from '../../../miniprogram/rules/numbers'

export const orderNo = z.string().check(z.regex(orderNoPattern))
export const sku = z.string().check(z.regex(skuPattern))
export const paymentNo = z.string().check(z.regex(paymentNoPattern))
export const refundNo = z.string().check(z.regex(refundNoPattern))
export const word = z.string().check(z.regex(/^[\p{L}\p{N}_.-]{1,32}$/u))
export const pageLimit = z.int().check(z.gte(1), z.lte(50))
/** a web address; the use case checks which site it belongs to */
export const address = z.string().check(z.regex(/^https?:\/\/[!-~]+$/), z.maxLength(255))
/** one line of free text, without control characters */
export const line = (longest: number) => z.string().check(z.regex(/^[^\p{Cc}\p{Cs}]*$/u), z.maxLength(longest))
/** free text of several lines, which must not be empty; spaces at both ends are removed */
export const paragraph = (longest: number) =>
  z.string().check(z.trim(), z.regex(/^(?:\n|[^\p{Cc}\p{Cs}])+$/u), z.maxLength(longest))
/** a Beijing day as yyyy-MM-dd; the use case checks that the day exists */
export const day = z.string().check(z.regex(/^\d{4}-\d\d-\d\d$/))
/** an amount in whole minor units, at most the highest amount of an order */
export const fen = z.int().check(z.gte(1), z.lte(100_000_000_00))
