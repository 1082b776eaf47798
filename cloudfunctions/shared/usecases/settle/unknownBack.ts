// The case about an unknown amount that was refunded outside this system. We close the case as soon as we know the
// amount.
import { isAppError } from '../../domain/errors'
import { dismissNotice, readNotice } from '../../store/notices'
import type { Context } from '../platform/context'
import { noticeId } from '../platform/recordNotice'

export const unknownBack = 'refunded outside, amount unknown'

/** Closes the case about an unknown refunded amount, if it is still open. */
export async function endUnknownBack(ctx: Context, provider: string, paymentNo: string): Promise<void> {
  const notice = await readNotice(
    ctx.db,
    noticeId({ kind: 'unresolved', provider, subject: paymentNo, reason: unknownBack }),
  )
  if (!notice || notice.dismissedAt !== null) return
  try {
    await dismissNotice(ctx.db, notice, { by: 'system', note: '', now: ctx.now() })
  } catch (error) {
    // A new report about the same cause has just arrived, so leave the case open.
    if (!isAppError(error, 'Conflict')) throw error
  }
}
