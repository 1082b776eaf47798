// Finds the names of staff members for lists and histories.
import { maskOpenid } from '../../domain/mask'
import { allStaff, type Staff } from '../../store/staff'
import type { Context } from './context'

const noPeople = new Set(['shopper', 'provider', 'timer', 'system'])

/**
 * Returns a function that turns an openid into a name, also for removed staff. For an unknown openid it gives the last
 * characters; words such as `shopper` stay as they are.
 */
export const staffNames = async (ctx: Context): Promise<(by: string) => string> => (await staffPeople(ctx)).nameOf

/** Like staffNames, but also returns the list of all staff members. */
export async function staffPeople(ctx: Context): Promise<{ people: Staff[]; nameOf: (by: string) => string }> {
  const { people, gone } = await allStaff(ctx.db, ctx.now())
  const names = new Map([...gone, ...people].map(({ _id, name }) => [_id, name]))
  return { people, nameOf: (by) => nameless(by, names.get(by)) }
}

/** Like staffNames, but without reading the list of staff: gives the stored name, or the openid's last characters. */
export const nameless = (by: string, name = ''): string => (noPeople.has(by) ? by : name === '' ? maskOpenid(by) : name)
