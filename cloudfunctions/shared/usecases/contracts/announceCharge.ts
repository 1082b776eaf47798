import { beginAnnouncement, recordAnnouncement } from '../../domain/contract'
import type { Contract } from '../../domain/contractShape'
import { AppError } from '../../domain/errors'
import { changeContract, writeContract } from '../../store/contracts'
import type { Context } from '../platform/context'
import { type ContractSource, contractRef } from '../platform/contractProvider'
import { messageAnnounced } from '../platform/messages'
import { recordNotice } from '../platform/recordNotice'

/**
 * Asks the provider to send the pre-debit notice of the next charge. Before the call we store the time of this try. We
 * need that time if the provider's reply gets lost: the provider cannot have sent the notice earlier.
 */
export async function announceCharge(ctx: Context, { contracts }: ContractSource, due: Contract): Promise<void> {
  if (!contracts.announce) throw new AppError('Unsupported', 'this provider sends no pre-debit notices')
  const taken = beginAnnouncement(due, await ctx.shop(), ctx.now())
  if (!(await writeContract(ctx.db, due, taken)) || taken.announcement === null) return
  const { amountFen, windowDays, lastTriedAt: triedAt } = taken.announcement
  const { currency } = taken.terms
  const { outcome, cause, reason } = await contracts.announce(contractRef(taken, ctx.now()), {
    amountFen,
    currency,
    windowDays,
  })
  await changeContract(
    ctx.db,
    taken._id,
    (before) => ({
      contract: recordAnnouncement(before, { triedAt, outcome, ...(cause && { cause }) }, ctx.now()),
    }),
    taken,
  )
  if (outcome === 'sent') await messageAnnounced(ctx, taken)
  if (cause === 'merchant')
    await recordNotice(ctx, {
      kind: 'stuck',
      provider: due.provider,
      orderNo: null,
      subject: due._id,
      reason: `the provider refuses our announcements: ${reason ?? ''}`,
    })
}
