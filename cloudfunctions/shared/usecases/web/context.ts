// What the use cases of the browser's function are given beside the usual context.
import type { Bucket } from '../../domain/requests/bucket'
import type { Http, RawRequest } from '../../providers/provider'
import type { Sealer } from '../../store/settings'
import type { Context } from '../platform/context'
import type { Polls } from './polls'
import type { Browser } from './session'

export interface WebContext extends Context {
  /** seals the session's cookie */
  sealer: Sealer
  http: Http
  /** how many requests each domain may still send; in this instance only */
  buckets: Map<string, Bucket>
  /**
   * Runs an action as the mini-program's call of a function does.
   * @param event `{ action, input }`, not yet checked
   * @returns the same reply
   */
  call(name: string, browser: Browser, event: unknown): Promise<unknown> | undefined
  /** of this instance */
  polls: Polls
  /** tickets of WeChat's JS SDK, by account; in this instance only */
  tickets: Map<string, { text: string; until: number }>
  /** the staff member who is signed in at this browser, or null */
  staffOf(browser: Browser): Promise<{ staffId: string; role: string; name: string } | null>
  /** draws a QR code and returns its data URL; undefined if the text is too long */
  drawCode(text: string): string | undefined
}

/** One request of a browser. */
export interface Asked {
  ctx: WebContext
  request: RawRequest
  browser: Browser
  /** the body of a POST */
  body: unknown
  /** our own origin */
  origin: string
  isSecure: boolean
}
