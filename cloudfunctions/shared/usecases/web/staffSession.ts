// Finds out which staff member is signed in on a browser.
import { sessionIdOf, useStaffSession } from '../../store/signIn/sessions'
import { readStaff, type Staff } from '../../store/staff'
import type { Context } from '../platform/context'
import type { Browser } from './session'

/**
 * The staff member who is signed in on a browser, and the id under which lists show the session. Each call reads both
 * documents, so that a person who was removed from the staff is no longer signed in.
 */
export async function signedInStaff(
  { db, now }: Context,
  { session }: Browser,
): Promise<{ member: Staff; sessionId: string } | undefined> {
  if (session?.staff === undefined) return undefined
  const there = await useStaffSession(db, session.staff, now())
  const member = there && (await readStaff(db, there.openid))
  return member && { member, sessionId: sessionIdOf(there) }
}
