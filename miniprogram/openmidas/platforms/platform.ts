// The functions that OpenMidas needs from its platform. The entry file chooses the platform; nothing is detected at run
// time.
import type { SignTarget } from '../config'
import type { JsapiParameters } from '../payInfo'

export interface HttpReply {
  status: number
  /** The answer's JSON, or its raw text if it is not JSON. */
  body: unknown
}

/** How the payment sheet ended. `text` is the platform's own message, for developers. */
export interface SheetAnswer {
  end: 'succeeded' | 'cancelled' | 'sheetMissing' | 'sheetRefused' | 'sheetUnknown'
  text: string
}

/** The functions that open WeChat's signing page. */
interface Jumper {
  /** Whether WeChat can open the signing page and is new enough. */
  isKnown(): boolean
  /** Opens WeChat's signing page. Rejects or throws with WeChat's own message. */
  go(target: SignTarget): Promise<void>
}

export interface Platform {
  /** POSTs JSON. Rejects when no answer came; the platform should stop waiting after timeoutMs. */
  post(url: string, body: object, timeoutMs: number): Promise<HttpReply>
  /**
   * Opens the payment sheet and waits for the user without a time limit. Rejects when unsure whether the sheet opened.
   */
  openSheet(parameters: JsapiParameters): Promise<SheetAnswer>
  /** How to open WeChat's signing page. A platform that cannot open the page leaves this out. */
  jump?: Jumper
}
