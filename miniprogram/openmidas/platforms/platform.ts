// The functions that OpenMidas needs from its platform. The entry file chooses the platform; nothing is detected at run
// time.
import type { SignTarget } from '../config'
import type { JsapiParameters } from '../payInfo'

export interface HttpReply {
  status: number
  /** Parsed JSON, or the raw text when it is not JSON. */
  body: unknown
}

/** How the payment sheet ended. `text` is the platform's own message, for developers. */
export interface SheetAnswer {
  end: 'succeeded' | 'cancelled' | 'sheetMissing' | 'sheetRefused' | 'sheetUnknown'
  text: string
}

/** Opens the place where contracts are signed. */
interface Jumper {
  /** Whether this client can open the place for signing and is new enough. */
  isKnown(): boolean
  /** Opens the place for signing. Rejects or throws with the platform's own message. */
  go(target: SignTarget): Promise<void>
}

export interface Platform {
  /** POSTs JSON. Rejects when no answer came; the platform should stop waiting after timeoutMs. */
  post(url: string, body: object, timeoutMs: number): Promise<HttpReply>
  /**
   * Opens the payment sheet and waits for the user without a time limit. Rejects when unsure whether the sheet opened.
   */
  openSheet(parameters: JsapiParameters): Promise<SheetAnswer>
  /** Absent when the platform cannot open a place for signing. */
  jump?: Jumper
}
