// Cases about refunded money that a later report answers: an amount that was unknown, and an overpayment that could not
// be sent back. We close such a case when that report comes, so that no person sends the money back again.
import { isAppError } from '../../domain/errors'
import { type Order, paymentOf } from '../../domain/orders/orderShape'
import { isBackUnknown } from '../../domain/payment'
import { dismissNotice, readNotice } from '../../store/notices'
import type { Context } from '../platform/context'
import { noticeId } from '../platform/recordNotice'

export const unknownBack = 'refunded outside, amount unknown'
export const surplusKept = 'surplus could not be sent back'

/** Closes the case about an unknown refunded amount if a report has named the amount. */
export async function endKnownBack(
  ctx: Context,
  { provider, paymentNo }: { provider: string; paymentNo: string },
  before: Order,
  order: Order,
): Promise<void> {
  const was = before.payments.find(({ no }) => no === paymentNo)
  if (was && isBackUnknown(was) && !isBackUnknown(paymentOf(order, paymentNo)))
    await endMoneyCase(ctx, { provider, subject: paymentNo, reason: unknownBack })
}

/**
 * Closes a case about refunded money, if it is still open.
 * @param subject the paymentNo for `unknownBack`, the refundNo for `surplusKept`
 */
export async function endMoneyCase(
  ctx: Context,
  { provider, subject, reason }: { provider: string; subject: string; reason: string },
): Promise<void> {
  const notice = await readNotice(ctx.db, noticeId({ kind: 'unresolved', provider, subject, reason }))
  if (!notice || notice.dismissedAt !== null) return
  try {
    await dismissNotice(ctx.db, notice, { by: 'system', note: '', now: ctx.now() })
  } catch (error) {
    // A new report about the same cause has just arrived, so leave the case open.
    if (!isAppError(error, 'Conflict')) throw error
  }
}
