// Calls of the back office. Somebody who is not signed in any more, or a tab that shows another person than the one who is
// signed in, sees the sign-in, or the pages of the right person.
import { post } from '../../packages/miniprogram-web/src/browser/call'
import { callFunction } from '../wx/session'

interface Refusal {
  ok?: boolean
  error?: { details?: { field: string; rule: string }[] }
}

const isOtherSession = (reply: unknown): boolean =>
  ((reply as Refusal).error?.details ?? []).some(({ field }) => field === 'session')

// A page that is open and refreshes itself is not used by anybody.
const idleMs = 12 * 3_600_000
let usedAt = Date.now()
for (const type of ['pointerdown', 'keydown']) {
  addEventListener(
    type,
    () => {
      usedAt = Date.now()
    },
    { capture: true, passive: true },
  )
}

export async function callAsStaff(name: string, data: unknown, timeout?: number): Promise<unknown> {
  if (Date.now() - usedAt > idleMs) return signOut()
  const reply = await callFunction(name, data, timeout)
  return isOtherSession(reply) ? beginAnew() : reply
}

/** Ends the session and shows the sign-in. */
export async function signOut(): Promise<never> {
  await post('/web/logout', {})
  return beginAnew()
}

/** The page is loaded again; until then nobody is told how the call ended. */
function beginAnew(): Promise<never> {
  location.reload()
  return new Promise(() => undefined)
}
