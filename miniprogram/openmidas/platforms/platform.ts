// What OpenMidas needs from the place it runs in. The entry file chooses the platform; nothing is sniffed.
import type { SignTarget } from '../config'
import type { JsapiParameters } from '../payInfo'

export interface HttpReply {
  status: number
  /** parsed JSON, or the text where it is none */
  body: unknown
}

/** How the payment sheet ended; `text` is the platform's own, for developers. */
export interface SheetAnswer {
  end: 'succeeded' | 'cancelled' | 'sheetMissing' | 'sheetRefused' | 'sheetUnknown'
  text: string
}

/** The way to where contracts are signed. */
interface Jumper {
  /** whether this client knows the way, and is new enough for it */
  isKnown(): boolean
  /** Goes there. Rejects with the platform's own text, or throws. */
  go(target: SignTarget): Promise<void>
}

export interface Platform {
  /** POSTs JSON. Rejects when no answer came; the platform should give up after timeoutMs. */
  post(url: string, body: object, timeoutMs: number): Promise<HttpReply>
  /** Opens the payment sheet and waits for the user, however long. Rejects when it cannot tell whether it opened. */
  openSheet(parameters: JsapiParameters): Promise<SheetAnswer>
  /** absent where there is no such way */
  jump?: Jumper
}
