import { beijingDigits } from '../../../../miniprogram/rules/beijing'
import { type AdminAction, type AdminInput, type AdminResults, adminApi } from '../../api/admin'
import { AppError, isAppError } from '../../domain/errors'
import type { Order } from '../../domain/orders/orderShape'
import { type AuditFields, beginAudit, endAudit } from '../../store/audit'
import type { StaffContext } from '../platform/context'
import { auditedInput } from './auditInput'

/** The result of a staff action, with the fields for the audit. */
export interface Done<R> {
  result: R
  /**
   * the state before the action; `after`: the state after it. Either an order, or the changed fields without secrets
   */
  before?: Order | AuditFields
  after?: Order | AuditFields
  /** more fields for the audit about the action's result */
  outcome?: AuditFields
}

/**
 * Wraps a staff action so that it gets an entry in `audit`: who did what and when, the request, and the state before
 * and after, or the error. The entry is written before the action. If the entry cannot be written, the action is
 * refused. So every action has an entry, even if the function is killed; the result is added afterwards.
 * @param admits checks a caller who is not on the staff before anything is written, so that outsiders cannot fill the
 * collection; throws Forbidden
 * @returns the action with its audit
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
    const wish = await auditedInput(ctx, what, input)
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
 * The actions of the function `admin`, each with an audit entry if its row in api/admin.ts demands one.
 * @param handlers one function for each action
 * @param admits some actions can be called by people who are not on the staff; for each of these, the function that
 * checks the caller (see `audited`)
 * @returns the table of actions
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
