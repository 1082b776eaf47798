// Calls cloud functions over HTTP, by the same functions and actions as in the mini-program. The browser's session
// cookie tells the server who the user is.
import { BackendError, get, post } from '../../packages/miniprogram-web/src/browser/call'
import { sayNoCookies } from './cookies'

/** The server's answer about this browser and its user. */
interface BrowserSession {
  place: 'wechat' | 'mobile' | 'pc'
  signedIn: boolean
  /** appid of the WeChat app through which the shopper has signed in */
  appId: string | null
  officialAccount: boolean
  staff: StaffMember | null
}

/** The signed-in staff member whose pages this browser shows. */
export interface StaffMember {
  staffId: string
  role: 'owner' | 'operator' | 'viewer'
  name: string
}

const waitMs = 10_000
let opened: Promise<BrowserSession> | undefined

/** Reads the session once. After a failure the next call reads it again. */
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

// Inside WeChat, a shop with an official account signs the shopper in with the openid. If WeChat refuses, this tab does
// not try again.
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

/** Reads the session again after it has changed. */
export function reopenSession(): Promise<BrowserSession> {
  opened = undefined
  return openSession()
}

/** Calls a cloud function. @throws BackendError if no answer came */
export async function callFunction(name: string, data: unknown, timeout?: number): Promise<unknown> {
  const call = async () => {
    const { staff } = await openSession()
    // The call names the staff member whose pages this tab shows. If another staff member has signed in in another tab,
    // the server refuses the call.
    const event = name === 'admin' ? { ...(data as object), as: staff?.staffId } : data
    return post(`/web/call/${encodeURIComponent(name)}`, event, timeout)
  }
  try {
    return await call()
  } catch (error) {
    // 401: the session cookie has expired and the server did nothing. Read the session again and repeat the call.
    if (!isSessionless(error)) throw error
    opened = undefined
  }
  try {
    return await call()
  } catch (error) {
    if (isSessionless(error)) sayNoCookies()
    throw error
  }
}

const isSessionless = (error: unknown): boolean => error instanceof BackendError && error.message.startsWith('401 ')
