import type { AdminInput, AdminResults } from '../../api/admin'
import { AppError } from '../../domain/errors'
import { refundLimitOf } from '../../domain/staff'
import { admitByCode, claimId, isGoodCode, readStaff, type Staff, useClaim, useInvite } from '../../store/staff'
import type { StaffContext } from '../platform/context'
import type { Done } from './audited'

type Claimed = AdminResults['claim']

/**
 * Returns the caller's role and, for staff, the providers' names. A caller who is not on the staff gets nothing else.
 */
export async function whoAmI(ctx: StaffContext): Promise<Done<Claimed>> {
  const member = await readStaff(ctx.db, ctx.openid)
  return { result: member ? claimed(ctx, member) : { role: 'stranger', name: '', refundLimitFen: 0, providers: [] } }
}

const claimed = ({ providerNames }: StaffContext, { role, name, refundLimitFen }: Staff): Claimed => ({
  role,
  name,
  refundLimitFen: refundLimitOf(role, refundLimitFen),
  providers: [...providerNames].map(([code, { zh, en, fields }]) => ({ code, name: zh, nameEn: en, fields })),
})

/**
 * Makes the caller a staff member by a one-time code. The code of `npm run settings -- claim` makes an owner; the code
 * of an owner's invitation gives the role of the invitation.
 * @throws Forbidden for a wrong, used or expired code; Conflict for an owner who would get a lower role
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
  // An owner who enters an invitation's code would lose rights by mistake, so refuse it.
  if (ctx.role === 'owner') throw new AppError('Forbidden', 'the code is wrong, used or expired')
  const invite = await useInvite(ctx.db, code, ctx.openid, now)
  if (!invite) throw new AppError('Forbidden', 'the code is wrong, used or expired')
  const { role, name, refundLimitFen } = invite
  const place = { role, name, ...(refundLimitFen !== undefined && { refundLimitFen }) }
  return joined(ctx, await admitByCode(ctx.db, ctx.openid, place, { codeId: invite._id, now }))
}

const joined = (ctx: StaffContext, person: Staff): Done<Claimed> => ({
  result: claimed(ctx, person),
  before: { role: ctx.role },
  after: { role: person.role, name: person.name },
})

/** Checks that a caller who is not on the staff has a valid code, before anything is written. @throws Forbidden */
export async function checkCode(ctx: StaffContext, { code = '' }: AdminInput<'claim'>): Promise<void> {
  if (!(await isGoodCode(ctx.db, code, ctx.openid, ctx.now())))
    throw new AppError('Forbidden', 'the code is wrong, used or expired')
}
