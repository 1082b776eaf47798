import { beijingDigits } from '../domain/beijing'
import { isAppError } from '../domain/errors'
import type { Order } from '../domain/order'
import type { StaffAction } from '../domain/staff'
import { addAudit } from '../store/audit'
import type { StaffContext } from './context'

type Fields = Record<string, unknown>

/** What a staff action gives back, and what the audit keeps of it. */
export interface Done<R> {
  result: R
  /** what it was about, before and after: an order, or the fields that matter; never a secret */
  before?: Order | Fields
  after?: Order | Fields
  detail?: string
}

/**
 * Makes a deed of staff leave its entry in `audit`: who, when, what, before and after, or why it failed. Reading leaves
 * none: it changes nothing, and would bury the deeds.
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

/** For what only reads: an entry for each look would cost a write and drown the deeds. */
export const unaudited =
  <I extends object, R>(work: (ctx: StaffContext, input: I) => Promise<Done<R>>) =>
  async (ctx: StaffContext, input: I): Promise<R> =>
    (await work(ctx, input)).result

interface Deed {
  what: StaffAction
  about: string | null
  before?: Order | Fields | undefined
  after?: Order | Fields | undefined
  detail: string | undefined
  failed: string | null
}

async function keep(ctx: StaffContext, { what, about, before, after, detail, failed }: Deed): Promise<void> {
  const at = ctx.now()
  const summaries = { before: summary(before), after: summary(after) }
  const tail = ctx.chance().toString(36).slice(2, 10).padEnd(8, '0')
  const entry = { _id: beijingDigits(at) + tail, version: 1, at, by: ctx.openid, what, orderNo: about, failed }
  if (await addAudit(ctx.db, { ...entry, detail: detail ?? '', ...summaries })) return
  ctx.log('auditLost', { what, orderNo: about, by: ctx.openid.slice(-6), detail: detail ?? '', failed })
}

const isOrder = (about: Order | Fields): about is Order => 'payments' in about && 'refunds' in about

const summary = (about: Order | Fields | undefined): Fields | null => {
  if (!about) return null
  if (!isOrder(about)) return about
  return {
    version: about.version,
    state: about.state,
    refundedFen: about.refundedFen,
    payments: about.payments.map(({ no, state }) => ({ no, state })),
    refunds: about.refunds.map(({ no, state, amountFen }) => ({ no, state, amountFen })),
  }
}
