import { type AdminAction, type AdminInput, type AdminResults, adminApi } from '../../api/admin'
import { beijingDigits } from '../../domain/beijing'
import { AppError, isAppError } from '../../domain/errors'
import type { Order } from '../../domain/orders/orderShape'
import { type AuditFields, beginAudit, endAudit } from '../../store/audit'
import type { StaffContext } from '../platform/context'
import { wishOf } from './auditWish'

/** What a staff action gives back, and what the audit keeps of it. */
export interface Done<R> {
  result: R
  /** what it was about, before and after: an order, or the fields that matter; never a secret */
  before?: Order | AuditFields
  after?: Order | AuditFields
  /** what came of it beside that, by field */
  outcome?: AuditFields
}

/**
 * Makes an action of staff leave its entry in `audit`: who, when, what was asked for, then before and after, or why it
 * failed. The entry is written first, and without it nothing is done: whatever stops us later, an action that happened has
 * its entry. How it ended is added after it. Reading leaves none: it changes nothing, and would bury the actions.
 * @param admits for strangers, before anything is written: they must not fill the collection. It throws Forbidden
 */
export const audited =
  <I extends object, R>(
    what: AdminAction,
    work: (ctx: StaffContext, input: I) => Promise<Done<R>>,
    admits?: (ctx: StaffContext, input: I) => Promise<void>,
  ) =>
  async (ctx: StaffContext, input: I): Promise<R> => {
    if (ctx.role === 'stranger') await admits?.(ctx, input)
    const at = ctx.now()
    const id = beijingDigits(at) + newTail(ctx)
    const { about } = adminApi[what]
    const orderNo = about === null ? null : String((input as Record<string, unknown>)[about])
    const wish = await wishOf(ctx, what, input)
    const entry = { _id: id, version: 1, at, by: ctx.openid, name: ctx.name, what, orderNo, wish }
    if (!(await beginAudit(ctx.db, entry))) throw new AppError('Internal', 'the audit could not be written')
    const end = async (failed: string | null, { before, after, outcome = {} }: Omit<Done<R>, 'result'> = {}) => {
      const summaries = { before: summary(before), after: summary(after) }
      if (await endAudit(ctx.db, id, { endedAt: ctx.now(), outcome, ...summaries, failed })) return
      ctx.log('auditEndLost', { id, what, orderNo, failed })
    }
    const done = await work(ctx, input).catch(async (error: unknown) => {
      await end(isAppError(error) ? error.code : 'Internal')
      throw error
    })
    await end(null, done)
    return done.result
  }

type Work<A extends AdminAction> = (ctx: StaffContext, input: AdminInput<A>) => Promise<Done<AdminResults[A]>>

/**
 * The admin function's table: each action audited as its row in api/admin.ts says.
 * @param handlers what each action does
 * @param admits what strangers must pass before anything of theirs is written; see audited
 */
export const staffActions = (
  handlers: { [A in AdminAction]: Work<A> },
  admits: { [A in AdminAction]?: (ctx: StaffContext, input: AdminInput<A>) => Promise<void> },
) => {
  const actionOf = <A extends AdminAction>(what: A) => {
    const { isAudited } = adminApi[what] as { isAudited(input: AdminInput<A>): boolean }
    const work: Work<A> = handlers[what]
    const told = audited<AdminInput<A>, AdminResults[A]>(what, work, admits[what])
    return async (ctx: StaffContext, input: AdminInput<A>): Promise<AdminResults[A]> =>
      isAudited(input) ? told(ctx, input) : (await work(ctx, input)).result
  }
  const names = Object.keys(handlers) as AdminAction[]
  return Object.fromEntries(names.map((what) => [what, actionOf(what)])) as unknown as {
    [A in AdminAction]: (ctx: StaffContext, input: AdminInput<A>) => Promise<AdminResults[A]>
  }
}

const newTail = ({ chance }: StaffContext): string => chance().toString(36).slice(2, 10).padEnd(8, '0')

const isOrder = (about: Order | AuditFields): about is Order => 'payments' in about && 'refunds' in about

const summary = (about: Order | AuditFields | undefined): AuditFields | null => {
  if (!about) return null
  if (!isOrder(about)) return about
  return {
    version: about.version,
    state: about.state,
    currency: about.currency,
    refundedFen: about.refundedFen,
    payments: about.payments.map(({ no, state }) => ({ no, state })),
    refunds: about.refunds.map(({ no, state, amountFen }) => ({ no, state, amountFen })),
  }
}
