// Calls of cloud functions over HTTP: the same function and action as in the mini-program, with the browser's session.
import { BackendError, get, post } from '../../packages/miniprogram-web/src/browser/call'

/** What the server says of this browser. */
interface BrowserSession {
  place: 'wechat' | 'mobile' | 'pc'
  signedIn: boolean
  /** the app under which the shopper is signed in */
  appId: string | null
  officialAccount: boolean
  staff: StaffMember | null
}

/** The member of staff whom this page shows. */
export interface StaffMember {
  staffId: string
  role: 'owner' | 'operator' | 'viewer'
  name: string
}

const waitMs = 10_000
let opened: Promise<BrowserSession> | undefined

/** Asks once; a failure is asked again with the next call. */
export function openSession(): Promise<BrowserSession> {
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

/** The session has changed: it is asked anew. */
export function reopenSession(): Promise<BrowserSession> {
  opened = undefined
  return openSession()
}

/** @throws BackendError if no answer comes */
export async function callFunction(name: string, data: unknown, timeout?: number): Promise<unknown> {
  const call = async () => {
    const { staff } = await openSession()
    // Another tab may have signed somebody else in: the server does nothing in that person's name for this page.
    const event = name === 'admin' ? { ...(data as object), as: staff?.staffId } : data
    return post(`/web/call/${encodeURIComponent(name)}`, event, timeout)
  }
  try {
    return await call()
  } catch (error) {
    // The cookie has ended meanwhile; nothing was done.
    if (!(error instanceof BackendError) || !error.message.startsWith('401 ')) throw error
    opened = undefined
    return call()
  }
}
