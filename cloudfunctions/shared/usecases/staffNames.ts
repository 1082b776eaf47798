// What people of the shop are called where others read of them.
import { maskOpenid } from '../domain/mask'
import { allStaff } from '../store/staff'
import type { Context } from './context'

const noPeople = new Set(['shopper', 'provider', 'timer', 'system'])

/** Names by openid: the name where they still work here and have one, else the end of the openid; words that name no person stay. */
export async function staffNames(ctx: Context): Promise<(by: string) => string> {
  const { people } = await allStaff(ctx.db, ctx.now())
  const names = new Map(people.map(({ _id, name }) => [_id, name]))
  return (by) => nameless(by, names.get(by))
}

/** The same without a look at who works here. */
export const nameless = (by: string, name = ''): string => (noPeople.has(by) ? by : name === '' ? maskOpenid(by) : name)
