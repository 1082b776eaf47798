// The names of staff members in lists and histories.
import { maskOpenid } from '../../domain/mask'
import { allStaff, type Staff } from '../../store/staff'
import type { Context } from './context'

const noPeople = new Set(['shopper', 'provider', 'timer', 'system'])

/**
 * A function from openid to name, also for removed staff; for other openids their last characters; other words stay.
 */
export const staffNames = async (ctx: Context): Promise<(by: string) => string> => (await staffPeople(ctx)).nameOf

/** As staffNames, together with the list of all staff members. */
export async function staffPeople(ctx: Context): Promise<{ people: Staff[]; nameOf: (by: string) => string }> {
  const { people, gone } = await allStaff(ctx.db, ctx.now())
  const names = new Map([...gone, ...people].map(({ _id, name }) => [_id, name]))
  return { people, nameOf: (by) => nameless(by, names.get(by)) }
}

/** As staffNames, but without reading the list of staff members. */
export const nameless = (by: string, name = ''): string => (noPeople.has(by) ? by : name === '' ? maskOpenid(by) : name)
