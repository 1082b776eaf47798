// What the use cases of the function `web` get in addition to the usual context.
import type { Bucket } from '../../domain/requests/bucket'
import type { Http, RawRequest } from '../../providers/provider'
import type { Sealer } from '../../store/settings'
import type { Context } from '../platform/context'
import type { Polls } from './polls'
import type { Browser } from './session'

export interface WebContext extends Context {
  /** encrypts and decrypts the cookie of a browser session */
  sealer: Sealer
  http: Http
  /** how many requests each connected system may still send at the moment. Only this function instance counts them */
  buckets: Map<string, Bucket>
  /**
   * Runs an action in the same way as when the mini-program calls the function `name`.
   * @param event `{ action, input }` as the browser sent it, not checked yet
   * @returns the reply that the mini-program would get; undefined if there is no such function
   */
  call(name: string, browser: Browser, event: unknown): Promise<unknown> | undefined
  /** what this function instance remembers: answers for pages that poll, and callers that try numbers at random */
  polls: Polls
  /** WeChat's tickets for its JS SDK, by account. Only this function instance remembers them */
  tickets: Map<string, { text: string; until: number }>
  /** the staff member who is signed in on this browser; null: nobody */
  staffOf(browser: Browser): Promise<{ staffId: string; role: string; name: string } | null>
  /** draws a QR code of a text and returns it as a data URL; undefined if the text is too long */
  drawCode(text: string): string | undefined
}

/** One request of a browser, with what we know about it. */
export interface BrowserRequest {
  ctx: WebContext
  request: RawRequest
  browser: Browser
  /** the body of a POST, parsed as JSON */
  body: unknown
  /** the origin of our own pages */
  origin: string
  isSecure: boolean
}
