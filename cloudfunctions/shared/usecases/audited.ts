import { beijingDigits } from '../domain/beijing'
import { isAppError } from '../domain/errors'
import type { Order } from '../domain/order'
import type { StaffAction } from '../domain/staff'
import { addAudit } from '../store/audit'
import type { StaffContext } from './context'

/** What a staff action gives back, and what the audit keeps of it. */
export interface Done<R> {
  result: R
  /** the order that it was about, before and after */
  before?: Order
  after?: Order
  detail?: string
}

/**
 * Makes a staff action leave its entry in `audit`: who, when, what, the order before and after, or why it failed.
 * The work is done by then; an entry that cannot be kept is logged whole, and the order's own history names the person too.
 */
export const audited =
  <I extends object, R>(what: StaffAction, work: (ctx: StaffContext, input: I) => Promise<Done<R>>) =>
  async (ctx: StaffContext, input: I): Promise<R> => {
    const number = 'orderNo' in input ? input.orderNo : 'contractNo' in input ? input.contractNo : undefined
    const about = typeof number === 'string' ? number : null
    const { result, before, after, detail } = await work(ctx, input).catch(async (error: unknown) => {
      const failed = isAppError(error) ? error.code : 'Internal'
      // A stranger who tries codes must not fill the collection.
      if (ctx.role !== 'stranger') await keep(ctx, { what, about, detail: undefined, failed })
      throw error
    })
    await keep(ctx, { what, about, before, after, detail, failed: null })
    return result
  }

interface Deed {
  what: StaffAction
  about: string | null
  before?: Order | undefined
  after?: Order | undefined
  detail: string | undefined
  failed: string | null
}

async function keep(ctx: StaffContext, { what, about, before, after, detail, failed }: Deed): Promise<void> {
  const at = ctx.now()
  const summaries = { before: summary(before), after: summary(after) }
  const tail = Math.random().toString(36).slice(2, 10).padEnd(8, '0')
  const entry = { _id: beijingDigits(at) + tail, version: 1, at, by: ctx.openid, what, orderNo: about, failed }
  if (await addAudit(ctx.db, { ...entry, detail: detail ?? '', ...summaries })) return
  ctx.log('auditLost', { what, orderNo: about, by: ctx.openid.slice(-6), detail: detail ?? '', failed })
}

const summary = (order: Order | undefined): Record<string, unknown> | null =>
  order
    ? {
        version: order.version,
        state: order.state,
        refundedFen: order.refundedFen,
        payments: order.payments.map(({ no, state }) => ({ no, state })),
        refunds: order.refunds.map(({ no, state, amountFen }) => ({ no, state, amountFen })),
      }
    : null
