// Finds out whether the caller is staff, and what they may do. This is a file of its own because it needs the table of
// all staff actions, whose schemas would delay the start of every other function.
import { mayDo } from '../api/admin'
import { AppError } from '../domain/errors'
import { type Role, refundLimitOf } from '../domain/staff'
import { readStaff, type Staff } from '../store/staff'
import type { PersonContext, StaffContext } from '../usecases/platform/context'
import { type Caller, person } from './serve'

/**
 * Finds the caller's role with one read of the database. Everybody who is not staff gets the same refusal for every
 * action, so that outsiders cannot find out the names of the actions.
 */
export const staff: Caller<StaffContext> = async (context, action) => {
  const ctx = person(context)
  return memberOf(ctx, await readStaff(ctx.db, ctx.openid), action)
}

/**
 * Makes the context of a caller who may do this action. The role is `stranger` if the caller is not staff. @throws
 * Forbidden if this role may not do the action
 */
export function memberOf(ctx: PersonContext, member: Staff | undefined, action: string): StaffContext {
  const role: Role = member?.role ?? 'stranger'
  if (!mayDo(role, action)) throw new AppError('Forbidden', 'only for staff who may do this')
  return { ...ctx, role, name: member?.name ?? '', refundLimitFen: refundLimitOf(role, member?.refundLimitFen) }
}
