// The browsers in which staff are signed in: each person's own, and for owners everybody's.
import type { AdminInput, AdminResults, LoginView, SessionView } from '../../api/admin'
import { AppError } from '../../domain/errors'
import { confirmLogin, type Login, readLogin } from '../../store/logins'
import { endListedSession, type StaffSession, sessionIdOf, staffSessions } from '../../store/sessions'
import type { StaffContext } from '../platform/context'
import type { Done } from './audited'

type Sessions = AdminResults['sessions']

/** The caller's own sessions, and the sign-in of a browser. @throws NotFound, Forbidden, Conflict */
export async function manageSessions(ctx: StaffContext, wish: AdminInput<'sessions'>): Promise<Done<Sessions>> {
  const { db, openid } = ctx
  if ('list' in wish) return { result: await sessionsOf(ctx, null) }
  if ('end' in wish) {
    if (!(await endListedSession(db, wish.end, openid))) throw new AppError('NotFound', 'no such session')
    return { result: await sessionsOf(ctx, null) }
  }
  // A stolen browser session must not make more of its kind.
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
