import type * as z from 'zod/mini'
import type { AdminResults, adminApi } from '../api'
import { AppError } from '../domain/errors'
import { makeOwner, useClaim } from '../store/staff'
import type { Done } from './audited'
import type { StaffContext } from './context'

/** Makes the caller an owner of the shop, by a code that `npm run settings -- claim` printed. @throws Forbidden */
export async function claimShop(
  ctx: StaffContext,
  { code }: z.infer<typeof adminApi.claim>,
): Promise<Done<AdminResults['claim']>> {
  if (!(await useClaim(ctx.db, code, ctx.openid, ctx.now())))
    throw new AppError('Forbidden', 'the code is wrong, used or expired')
  await makeOwner(ctx.db, ctx.openid, ctx.now())
  return { result: { role: 'owner' }, detail: `was ${ctx.role}` }
}
