// Calls of cloud functions over HTTP: the same function and action as in the mini-program, with the browser's session.
import { BackendError, get, post } from '../../packages/miniprogram-web/src/browser/call'

/** What the server says of this browser. */
interface BrowserSession {
  place: 'wechat' | 'mobile' | 'pc'
  signedIn: boolean
  officialAccount: boolean
}

const waitMs = 10_000
let opened: Promise<BrowserSession> | undefined

/** Asks once; a failure is asked again with the next call. */
function openSession(): Promise<BrowserSession> {
  opened ??= (get('/web/session', waitMs) as Promise<BrowserSession>).then(
    (session) => {
      signIn(session)
      return session
    },
    (error: unknown) => {
      opened = undefined
      throw error
    },
  )
  return opened
}

// In WeChat, with an official account, the shopper is known by openid. A login that WeChat refused is not begun again in
// this tab.
function signIn({ place, signedIn, officialAccount }: BrowserSession): void {
  if (place !== 'wechat' || signedIn || !officialAccount) return
  try {
    if (sessionStorage.getItem(askedKey) !== null) return
    sessionStorage.setItem(askedKey, '1')
  } catch {
    return
  }
  location.assign(`/web/login?back=${encodeURIComponent(location.pathname + location.search)}`)
}
const askedKey = 'loginAsked'

/** @throws BackendError if no answer comes */
export async function callFunction(name: string, data: unknown, timeout?: number): Promise<unknown> {
  await openSession()
  const call = () => post(`/web/call/${encodeURIComponent(name)}`, data, timeout)
  try {
    return await call()
  } catch (error) {
    // The cookie has ended meanwhile; nothing was done.
    if (!(error instanceof BackendError) || !error.message.startsWith('401 ')) throw error
    opened = undefined
    await openSession()
    return call()
  }
}
