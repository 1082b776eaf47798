// Converts amounts of money between whole minor units of a currency ("fen") and the providers' text, without floating
// point.
import { fenFromParts, knownDecimals, majorText } from '../../../miniprogram/rules/money'
import { AppError } from './errors'

/** The number of decimals of an ISO 4217 currency. @throws BadInput for a currency that is not in our table */
export function decimalsOf(currency: string): number {
  const decimals = knownDecimals(currency)
  if (decimals === undefined) throw new AppError('BadInput', `currency: unknown ${JSON.stringify(currency)}`)
  return decimals
}

/**
 * Whether a value is an amount: a whole number, not negative, and represented exactly. −0 is no amount, because it
 * could print as "-0".
 */
export const isFen = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && !Object.is(value, -0)

const plainDecimal = /^(0|[1-9]\d{0,12})(?:\.(\d{1,12}))?$/

/**
 * Converts text in major units ("0.07") to whole minor units (7).
 * @param decimals of the currency: 2 for yuan, 0 for yen
 * @throws BadInput for a sign, an exponent, a fraction of a fen, or more than a safe integer
 */
export function fenFromYuan(text: string, decimals = 2): number {
  const match = plainDecimal.exec(text)
  const fraction = match?.[2] ?? ''
  if (!match || /[1-9]/.test(fraction.slice(decimals)))
    throw new AppError('BadInput', 'amount: not a whole number of fen')
  const fen = fenFromParts(match[1] ?? '', fraction.slice(0, decimals), decimals)
  if (!isFen(fen)) throw new AppError('BadInput', 'amount: too large')
  return fen
}

/** Converts whole minor units (7) to text in major units with all decimals ("0.07"). @throws BadInput unless `isFen` */
export function yuanFromFen(fen: number, decimals = 2): string {
  if (!isFen(fen)) throw new AppError('BadInput', 'amount: not a whole number of fen')
  return majorText(fen, decimals)
}

const wholeNumber = /^(0|[1-9]\d{0,15})$/

/**
 * Converts an amount in minor units from a provider's message, as text or number ("10", 10), to fen.
 * @throws BadInput for anything else, also for "1e3" and "010"
 */
export function fenFromWire(value: unknown): number {
  const fen = typeof value === 'string' && wholeNumber.test(value) ? Number(value) : value
  if (!isFen(fen)) throw new AppError('BadInput', 'amount: not a whole number of fen')
  return fen
}
