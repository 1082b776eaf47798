// What people of the shop are called where others read of them.
import { maskOpenid } from '../../domain/mask'
import { allStaff, type Staff } from '../../store/staff'
import type { Context } from './context'

const noPeople = new Set(['shopper', 'provider', 'timer', 'system'])

/** Names by openid: a person's own, also of one who was removed, else the end of the openid; words that name no person stay. */
export const staffNames = async (ctx: Context): Promise<(by: string) => string> => (await staffPeople(ctx)).nameOf

/** Names as above, with everybody who works here. */
export async function staffPeople(ctx: Context): Promise<{ people: Staff[]; nameOf: (by: string) => string }> {
  const { people, gone } = await allStaff(ctx.db, ctx.now())
  const names = new Map([...gone, ...people].map(({ _id, name }) => [_id, name]))
  return { people, nameOf: (by) => nameless(by, names.get(by)) }
}

/** The same without a look at who works here. */
export const nameless = (by: string, name = ''): string => (noPeople.has(by) ? by : name === '' ? maskOpenid(by) : name)
