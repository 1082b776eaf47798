// Tests the staff list with calls that interrupt each other at the worst moment.
import type { Database } from '../../../cloudfunctions/shared/store/database'
import { newCode, staffIdOf } from '../../../cloudfunctions/shared/store/settings'
import { putClaim, readStaff, type Staff } from '../../../cloudfunctions/shared/store/staff'
import type { StaffContext } from '../../../cloudfunctions/shared/usecases/platform/context'
import { claimShop } from '../../../cloudfunctions/shared/usecases/staff/claimShop'
import { manageStaff } from '../../../cloudfunctions/shared/usecases/staff/manageStaff'
import { openShop } from '../../support/shop'

const eve = 'openid-of-eve-0123456789'

/** A shop with an owner and with Eve, who is staff. Also returns the invite code that gave Eve her role. */
async function open() {
  const shop = openShop()
  const owner: StaffContext = { ...shop.staff('openid-of-the-owner-0123'), role: 'owner' }
  await shop.db.insert<Staff>('staff', { _id: owner.openid, version: 1, role: 'owner', name: '', addedAt: 1 })
  const { result } = await manageStaff(owner, { invite: { role: 'operator', name: 'Eve', refundLimitFen: 100 } })
  const code = result.code ?? ''
  const asEve = (db: Database = shop.db): StaffContext => ({ ...shop.staff(eve), db, role: 'viewer' })
  await claimShop(asEve(), { code })
  return { shop, owner, code, asEve }
}

/** The same database, but `happens` runs just before the answer of the n-th call arrives. */
function interrupted(db: Database, nth: number, happens: () => Promise<unknown>): Database {
  let calls = 0
  const after = <A extends unknown[], R>(work: (...args: A) => Promise<R>) => {
    return async (...args: A): Promise<R> => {
      calls += 1
      const isIt = calls === nth
      const answer = await work(...args)
      if (isIt) await happens()
      return answer
    }
  }
  return {
    ...db,
    get: after(db.get) as Database['get'],
    find: after(db.find) as Database['find'],
    insert: after(db.insert) as Database['insert'],
    change: after(db.change) as Database['change'],
  }
}

it.each(Array.from({ length: 8 }, (_, index) => index + 1))(
  'a removed person does not return by a used code that was on its way, at call %i',
  async (nth) => {
    const { shop, owner, code, asEve } = await open()
    const remove = () => manageStaff(owner, { remove: staffIdOf(eve) })
    let isRemoved = false
    const db = interrupted(shop.db, nth, async () => {
      isRemoved = true
      await remove()
    })
    await claimShop(asEve(db), { code }).catch(() => undefined)
    if (!isRemoved) await remove()
    expect(await readStaff(shop.db, eve)).toBeUndefined()
    await expect(claimShop(asEve(), { code })).rejects.toMatchObject({ code: 'Forbidden' })
  },
)

it.each([1, 2, 3, 4, 5, 6])(
  'a person whose role was lowered does not return to the role before, at call %i',
  async (nth) => {
    const { shop, owner, code, asEve } = await open()
    const lower = () => manageStaff(owner, { change: { staffId: staffIdOf(eve), role: 'viewer', name: 'Eve' } })
    let isLowered = false
    const db = interrupted(shop.db, nth, async () => {
      isLowered = true
      await lower()
    })
    await claimShop(asEve(db), { code }).catch(() => undefined)
    if (!isLowered) await lower()
    expect((await readStaff(shop.db, eve))?.role ?? 'removed').not.toBe('operator')
  },
)

it('the code of the first owner gives no role to an owner who was removed meanwhile', async () => {
  const { shop, owner, asEve } = await open()
  const code = newCode()
  await putClaim(shop.db, code, shop.ctx.now())
  expect((await claimShop(asEve(), { code })).result.role).toBe('owner')
  const remove = () => manageStaff(owner, { remove: staffIdOf(eve) })
  await expect(claimShop(asEve(interrupted(shop.db, 1, remove)), { code })).rejects.toMatchObject({ code: 'Forbidden' })
  expect(await readStaff(shop.db, eve)).toBeUndefined()
})
