import type { AdminInput, AdminResults } from '../../api/admin'
import { AppError } from '../../domain/errors'
import { refundLimitOf } from '../../domain/staff'
import { admitByCode, claimId, isGoodCode, readStaff, type Staff, useClaim, useInvite } from '../../store/staff'
import type { StaffContext } from '../platform/context'
import type { Done } from './audited'

type Claimed = AdminResults['claim']

/** Without a code: who the caller is. A stranger learns no more than that. */
export async function whoAmI(ctx: StaffContext): Promise<Done<Claimed>> {
  const member = await readStaff(ctx.db, ctx.openid)
  return { result: member ? claimed(member) : { role: 'stranger', name: '', refundLimitFen: 0 } }
}

const claimed = ({ role, name, refundLimitFen }: Staff): Claimed => ({
  role,
  name,
  refundLimitFen: refundLimitOf(role, refundLimitFen),
})

/**
 * Gives the caller the place of a code: an owner's by the one that `npm run settings -- claim` printed, or the one for
 * which an owner made an invite.
 * @throws Forbidden for a wrong, used or expired code; Conflict for an owner who would lower themselves
 */
export async function claimShop(
  ctx: StaffContext,
  { code = '', name: called = '' }: AdminInput<'claim'>,
): Promise<Done<Claimed>> {
  const now = ctx.now()
  if (await useClaim(ctx.db, code, ctx.openid, now)) {
    const place = { role: 'owner' as const, name: called.trim() }
    return joined(ctx, await admitByCode(ctx.db, ctx.openid, place, { codeId: claimId, now }))
  }
  // The shop must not lose its owner to a slip.
  if (ctx.role === 'owner') throw new AppError('Forbidden', 'the code is wrong, used or expired')
  const invite = await useInvite(ctx.db, code, ctx.openid, now)
  if (!invite) throw new AppError('Forbidden', 'the code is wrong, used or expired')
  const { role, name, refundLimitFen } = invite
  const place = { role, name, ...(refundLimitFen !== undefined && { refundLimitFen }) }
  return joined(ctx, await admitByCode(ctx.db, ctx.openid, place, { codeId: invite._id, now }))
}

const joined = (ctx: StaffContext, person: Staff): Done<Claimed> => ({
  result: claimed(person),
  before: { role: ctx.role },
  after: { role: person.role, name: person.name },
})

/** Lets a stranger on only with a code that may be used. @throws Forbidden */
export async function checkCode(ctx: StaffContext, { code = '' }: AdminInput<'claim'>): Promise<void> {
  if (!(await isGoodCode(ctx.db, code, ctx.openid, ctx.now())))
    throw new AppError('Forbidden', 'the code is wrong, used or expired')
}
