// Signs staff in on a browser: the browser shows a code, and the staff member confirms the code in the mini-program.
// Only this browser then gets a session, because it keeps a secret in its cookie. docs/web.md
import { isAppError } from '../../domain/errors'
import type { HttpAnswer } from '../../providers/provider'
import { beginLogin, takeLogin } from '../../store/signIn/logins'
import { beginStaffSession, endStaffSession } from '../../store/signIn/sessions'
import { readStaff } from '../../store/staff'
import { json, refusal } from './answers'
import type { BrowserRequest } from './context'
import { newSession, type Session, withSession } from './session'

/** Begins a staff sign-in. An earlier sign-in that this browser has begun is forgotten. */
export async function beginStaffSignIn(asked: BrowserRequest): Promise<HttpAnswer> {
  const { ctx, browser } = asked
  const now = ctx.now()
  const { place, browser: name, address } = browser
  try {
    const { code, key, endsAt } = await beginLogin(ctx.db, { place, browser: name, address, now })
    const session: Session = { ...(browser.session ?? newSession(now)), scan: key }
    // The mini-program reads the code from the end of this text.
    const picture = ctx.drawCode(`mini-cashier-sign-in:${code}`)
    return withSession(asked, session, json(200, { code, picture, lastsMs: endsAt - now }))
  } catch (error) {
    if (!isAppError(error, 'Conflict')) throw error
    return refusal(429, 'Conflict', 'too many sign-ins wait at this address')
  }
}

/**
 * Tells a browser how its sign-in stands: `waiting`, `over`, `lost` (the browser did not keep its cookie) or `done`.
 * With `done` the browser gets a new session id. Somebody may have planted the old cookie in the browser, or copied it
 * from there. The old cookie is not signed in, so it is of no use to them.
 */
export async function pollStaffSignIn(asked: BrowserRequest): Promise<HttpAnswer> {
  const { ctx, browser } = asked
  const { session, place, browser: name } = browser
  if (!session?.scan) return json(200, { state: 'lost' })
  const now = ctx.now()
  const taken = await takeLogin(ctx.db, session.scan, now)
  if (typeof taken === 'string') return json(200, { state: taken })
  const { openid } = taken
  if (!(await readStaff(ctx.db, openid))) return json(200, { state: 'over' })
  const staff = await beginStaffSession(ctx.db, { openid, place, browser: name, now })
  await endOldSession(asked)
  return withSession(asked, { ...newSession(now), staff }, json(200, { state: 'done' }))
}

/** Signs staff and shopper out of this browser. The next person gets a new session. */
export async function signOut(asked: BrowserRequest): Promise<HttpAnswer> {
  await endOldSession(asked)
  return withSession(asked, newSession(asked.ctx.now()), json(200, { ok: true }))
}

async function endOldSession({ ctx, browser }: BrowserRequest): Promise<void> {
  if (browser.session?.staff !== undefined) await endStaffSession(ctx.db, browser.session.staff)
}
