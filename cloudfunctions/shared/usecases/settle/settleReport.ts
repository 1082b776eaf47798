import { AppError, isAppError } from '../../domain/errors'
import type { Verdict } from '../../domain/orders/order'
import { orderNoOf } from '../../domain/orders/orderNo'
import { type Order, payerOf, paymentOf } from '../../domain/orders/orderShape'
import type { Report } from '../../providers/provider'
import type { NoticeFacts } from '../../store/notices'
import { changeOrder } from '../../store/orders'
import type { Context, EnabledProvider } from '../platform/context'
import { tellNow } from '../platform/deliver'
import { recordNotice } from '../platform/recordNotice'

export interface News<Outcome extends string> {
  source: EnabledProvider
  /** the number that the report is about: our paymentNo or refundNo */
  no: string
  report: Report<Outcome>
  /** the orderNo, if `no` does not contain it */
  orderNo?: string | undefined
}

export interface Settled {
  verdict: Verdict | 'unmatched' | 'mismatched' | 'unconfirmed'
  order?: Order
  /** the order before this report settled it; absent unless the verdict is `settled` */
  before?: Order
}

/** A case for staff that a change of an order calls for. */
export interface Worry {
  kind: 'contradiction' | 'unresolved'
  /** the paymentNo or refundNo that the case is about */
  subject: string
  reason: string
  facts?: NoticeFacts
}

interface Decision {
  order: Order
  verdict: Verdict
  worries?: readonly Worry[]
}

/**
 * The part that settlePayment and settleRefund have in common: finds the order by the number, and lets `decide` compare
 * and apply the report. Makes a case for staff if the report matches no order (unmatched), differs from our record
 * (mismatched) or contradicts it. If a change worries us, its cases are stored before the change: if the function is
 * killed in between, or the case cannot be stored, the report comes again or is asked for again.
 * @param news `orderNo` is set if the report has no number of ours
 * @param decide throws NotFound or Mismatch
 */
export async function settleReport<Outcome extends string>(
  ctx: Context,
  { source, no, report, orderNo: of }: News<Outcome>,
  decide: (before: Order) => Decision,
  known?: Order,
): Promise<Settled> {
  const orderNo = of ?? orderNoOf(no) ?? null
  let current: Order | undefined
  let before: Order | undefined
  const about = { provider: source.definition.code, orderNo, content: report.raw }
  const keep = (kind: 'unmatched' | 'mismatched' | 'contradiction', reason: string) =>
    recordNotice(ctx, { ...about, kind, subject: no, reason, facts: factsOf(no, report, current) })
  const kept = new Set<string>()
  const nameOf = ({ subject, reason }: Worry) => `${subject} ${reason}`
  let untold: readonly Worry[] = []
  let isReplyLost = false
  const look = (newest: Order, mayBeWritten: boolean): { order: Order; verdict: Verdict } => {
    current = newest
    isReplyLost ||= mayBeWritten
    const { order, verdict, worries = [] } = decide(newest)
    untold = worries.filter((worry) => !kept.has(nameOf(worry)))
    if (untold.length > 0) return { order: newest, verdict: 'unchanged' }
    // If the reply to our write got lost, the newest order already contains the report, and `decide` says `unchanged`.
    // But this call has settled the order, so it must also deliver the events. A call whose write another writer
    // prevented has settled nothing.
    if (verdict === 'unchanged' && isReplyLost && before) return { order, verdict: 'settled' }
    if (verdict === 'settled') before = newest
    return { order, verdict }
  }
  try {
    if (orderNo === null) throw new AppError('NotFound', 'not a number of ours')
    let changed = await changeOrder(ctx.db, orderNo, look, known)
    while (untold.length > 0) {
      for (const worry of untold) {
        await recordNotice(ctx, { ...about, ...worry })
        kept.add(nameOf(worry))
      }
      changed = await changeOrder(ctx.db, orderNo, look, changed.order)
    }
    const { order, verdict } = changed
    if (verdict === 'settled') await tellNow(ctx, order, before?.outboxSeq ?? 0)
    if (verdict === 'contradiction') await keep('contradiction', `${report.outcome} after it was settled`)
    return { verdict, order, ...(verdict === 'settled' && before && { before }) }
  } catch (error) {
    return { verdict: await keepUnfit(error, keep) }
  }
}

/**
 * Makes a case for staff if the error says that a report differs from our record or matches no order.
 * @throws any other error
 */
export async function keepUnfit(
  error: unknown,
  keep: (kind: 'mismatched' | 'unmatched', reason: string) => Promise<void>,
): Promise<'mismatched' | 'unmatched'> {
  const kind = isAppError(error, 'Mismatch') ? 'mismatched' : isAppError(error, 'NotFound') ? 'unmatched' : undefined
  if (!kind) throw error
  await keep(kind, (error as AppError).message)
  return kind
}

const numberLimit = 64

/** The numbers and amounts of a case, which staff compare with the provider's console. */
export function factsOf(no: string, { theirNo, amountFen, currency }: Report<string>, order?: Order): NoticeFacts {
  const ours = [...(order?.payments ?? []), ...(order?.refunds ?? [])].find((one) => one.no === no)
  return {
    no: no.slice(0, numberLimit),
    theirNo: (theirNo ?? ours?.theirNo)?.slice(0, numberLimit) ?? null,
    dueFen: ours?.amountFen ?? null,
    toldFen: amountFen ?? null,
    currency: currency ?? order?.currency ?? null,
  }
}

/** Compares a report with our record of a payment or refund. @throws Mismatch naming what differs */
export function compareReport(
  order: Order,
  { paymentNo, amountFen }: { paymentNo: string; amountFen?: number },
  { definition, provider, foreign }: EnabledProvider,
  report: Report<string>,
): void {
  const differs = (what: string) => {
    throw new AppError('Mismatch', `${what} differs`)
  }
  const payment = paymentOf(order, paymentNo)
  if (payment.provider !== definition.code) differs('provider')
  if (foreign?.has(payment.generation ?? 1)) differs('merchant')
  if (report.amountFen !== undefined && amountFen !== undefined && report.amountFen !== amountFen) differs('amount')
  if (report.currency !== undefined && report.currency !== order.currency) differs('currency')
  if (report.shopper !== undefined && report.shopper !== provider.shopperName?.(payerOf(order, payment)))
    differs('shopper')
}
