// The case of an unknown amount that was refunded outside this system. It is closed once the amount is known.
import { isAppError } from '../../domain/errors'
import { dismissNotice, readNotice } from '../../store/notices'
import type { Context } from '../platform/context'
import { noticeId } from '../platform/recordNotice'

export const unknownBack = 'refunded outside, amount unknown'

/** Closes the case if it is still open. */
export async function endUnknownBack(ctx: Context, provider: string, paymentNo: string): Promise<void> {
  const notice = await readNotice(
    ctx.db,
    noticeId({ kind: 'unresolved', provider, subject: paymentNo, reason: unknownBack }),
  )
  if (!notice || notice.dismissedAt !== null) return
  try {
    await dismissNotice(ctx.db, notice, { by: 'system', note: '', now: ctx.now() })
  } catch (error) {
    // Another report arrived at this moment: the case stays open.
    if (!isAppError(error, 'Conflict')) throw error
  }
}
