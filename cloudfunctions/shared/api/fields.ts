// Fields that inputs of several functions share.
import * as z from 'zod/mini'

export const orderNo = z.string().check(z.regex(/^\d{14}[0-9a-z]{8}$/))
export const sku = z.string().check(z.regex(/^[0-9A-Za-z_.-]{1,64}$/))
export const paymentNo = z.string().check(z.regex(/^\d{14}[0-9a-z]{8}\d\d(s\d\d)?$/))
export const refundNo = z.string().check(z.regex(/^\d{14}[0-9a-z]{8}r\d\d$/))
export const word = z.string().check(z.regex(/^[\p{L}\p{N}_.-]{1,32}$/u))
export const pageLimit = z.int().check(z.gte(1), z.lte(50))
/** one line of a person's own words: no control characters */
export const line = (longest: number) => z.string().check(z.regex(/^[^\p{Cc}\p{Cs}]*$/u), z.maxLength(longest))
/** yyyy-MM-dd, Beijing; that it is a real day is checked where it is read */
export const day = z.string().check(z.regex(/^\d{4}-\d\d-\d\d$/))
/** whole minor units, as high as an order may be */
export const fen = z.int().check(z.gte(1), z.lte(100_000_000_00))
