// Calls the back office's cloud function from a browser. If the session has ended, or another tab has signed in as
// another person, the page reloads and shows the sign-in or that person's pages.
import { hourMs } from '../../miniprogram/rules/beijing'
import { post } from '../../packages/miniprogram-web/src/browser/call'
import { callFunction } from '../wx/session'

interface Refusal {
  ok?: boolean
  error?: { details?: { field: string; rule: string }[] }
}

const isOtherSession = (reply: unknown): boolean =>
  ((reply as Refusal).error?.details ?? []).some(({ field }) => field === 'session')

// Sign out a browser that nobody has touched for 12 hours. Only taps and keys count, because pages also send calls by
// themselves.
const idleMs = 12 * hourMs
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

/** Reloads the page. The promise never settles, so that the caller shows no result meanwhile. */
function beginAnew(): Promise<never> {
  location.reload()
  return new Promise(() => undefined)
}
