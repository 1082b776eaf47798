// The book of a provider's server: what it knows of a payment's money and of refunds, and when it learns of them. Every
// fake server keeps its own documents and words; these rules are the same for all.
import { beijingDigits } from '../../miniprogram/rules/beijing'
import type { Desk } from './twin'

/** The money of a payment. */
export interface Money {
  amountFen: number
  /** when the shopper paid */
  at: number
  /** when the provider's own server learns of it; until then the server says that nothing was paid */
  knownAt: number
  /** the shopper was charged twice under the same number */
  isTwice?: true
}

export interface BookedRefund {
  amountFen: number
  /** when the refund succeeds or fails */
  doneAt: number
  fails: boolean
}

// If a merchant closes a payment while its money is on the way, the money arrives at most this long after the close.
const lateMoneyMs = 10_000

/** The money that the provider's server knows of; null if there is none yet. */
export const knownMoney = <T extends Money>({ paid }: { paid: T | null }, now: number): T | null =>
  paid && paid.knownAt <= now ? paid : null

export const isPaid = (order: { paid: Money | null }, now: number): boolean => knownMoney(order, now) !== null

/**
 * The money of a payment that the merchant closes now. Money on its way arrives soon, so its notification is sent early.
 */
export function moneyAtClose<T extends Money>({ paid }: { paid: T | null }, no: string, desk: Desk): T | null {
  if (!paid) return null
  const lateAt = desk.now + lateMoneyMs
  desk.hasten(no, lateAt)
  return { ...paid, knownAt: Math.min(paid.knownAt, lateAt) }
}

/** A new number of a payment in the form of WeChat Pay's, which reaches merchants through other providers too. */
export const newTransactionNo = (desk: Desk): string =>
  `4200${beijingDigits(desk.now)}${String(desk.ledger.serial()).padStart(10, '0')}`

/** How far a refund is; each fake server has its own word for it. */
export const refundStage = ({ doneAt, fails }: BookedRefund, now: number): 'underWay' | 'failed' | 'done' =>
  now < doneAt ? 'underWay' : fails ? 'failed' : 'done'

/** The sum of the refunds that are at one of these stages, in fen. */
export const refundsFen = (
  refunds: readonly BookedRefund[],
  stages: readonly ReturnType<typeof refundStage>[],
  now: number,
): number =>
  refunds.filter((one) => stages.includes(refundStage(one, now))).reduce((sum, { amountFen }) => sum + amountFen, 0)

/** The payments of a bill. A payment that was charged twice is listed twice. @param again makes the second entry */
export const asBilled = <T extends { paid: { isTwice?: true } | null }>(
  payments: readonly T[],
  again: (one: T) => T,
): T[] => payments.flatMap((one) => (one.paid?.isTwice ? [one, again(one)] : [one]))
