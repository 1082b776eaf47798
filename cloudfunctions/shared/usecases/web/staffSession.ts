// The staff member at a browser.
import { useStaffSession } from '../../store/sessions'
import type { Context } from '../platform/context'
import type { Browser } from './session'

/** The openid of the staff member who is signed in at a browser; whether that person still works here is not asked. */
export async function signedInStaff({ db, now }: Context, { session }: Browser): Promise<string | undefined> {
  if (session?.staff === undefined) return undefined
  return (await useStaffSession(db, session.staff, now()))?.openid
}
