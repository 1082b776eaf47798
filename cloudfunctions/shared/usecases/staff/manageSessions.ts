// Shows staff members in which browsers they are signed in. Owners see the browsers of all staff on the staff page
// (manageStaff.ts).
import type { AdminInput, AdminResults, LoginView, SessionView } from '../../api/admin'
import { AppError } from '../../domain/errors'
import { confirmLogin, type Login, readLogin } from '../../store/signIn/logins'
import { endListedSession, type StaffSession, sessionIdOf, staffSessions } from '../../store/signIn/sessions'
import type { StaffContext } from '../platform/context'
import type { Done } from './audited'

type Sessions = AdminResults['sessions']

/**
 * Lists or ends the caller's own sessions, or confirms the sign-in of a browser.
 * @throws NotFound, Forbidden, Conflict
 */
export async function manageSessions(ctx: StaffContext, wish: AdminInput<'sessions'>): Promise<Done<Sessions>> {
  const { db, openid } = ctx
  if ('list' in wish) return { result: await sessionsOf(ctx, null) }
  if ('end' in wish) {
    if (!(await endListedSession(db, wish.end, openid))) throw new AppError('NotFound', 'no such session')
    return { result: await sessionsOf(ctx, null) }
  }
  // A browser may not confirm sign-ins. Otherwise somebody who stole a browser session could sign in other browsers.
  if (!mayConfirm(ctx)) throw new AppError('Forbidden', 'codes are confirmed in the mini-program')
  if ('look' in wish)
    return { result: await sessionsOf(ctx, loginView(ctx, await readLogin(db, wish.look, openid, ctx.now()))) }
  const { place, browser } = await confirmLogin(db, wish.confirm, openid, ctx.now())
  return { result: await sessionsOf(ctx, null), outcome: { place, browser } }
}

const mayConfirm = ({ place }: StaffContext): boolean => place === undefined

async function sessionsOf(ctx: StaffContext, login: LoginView | null): Promise<Sessions> {
  const [found, { publicUrl }] = await Promise.all([staffSessions(ctx.db, ctx.now(), ctx.openid), ctx.shop()])
  const sessions = found.map((session) => sessionView(ctx, session))
  return { sessions, mayConfirm: mayConfirm(ctx), login, address: `${new URL(publicUrl).origin}/web/admin/` }
}

export function sessionView({ sessionId }: StaffContext, session: StaffSession): SessionView {
  const { place, browser, createdAt, usedAt } = session
  const id = sessionIdOf(session)
  return { id, place, browser, createdAt, usedAt, isThis: id === sessionId }
}

function loginView({ clientIp }: StaffContext, { place, browser, address, createdAt }: Login): LoginView {
  const isKnown = address !== '' && clientIp !== undefined
  return { place, browser, address, isSameNetwork: isKnown ? address === clientIp : null, askedAt: createdAt }
}
