// What OpenMidas needs from the place it runs in. The entry file chooses the platform; nothing is sniffed.
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

/** Another mini-program to go to, and what it is told. */
interface JumpTarget {
  appId: string
  path: string
  extraData: Record<string, string>
}

export interface Platform {
  /** POSTs JSON. Rejects when no answer came; the platform should give up after timeoutMs. */
  post(url: string, body: object, timeoutMs: number): Promise<HttpReply>
  /** Opens the payment sheet and waits for the user, however long. Rejects when it cannot tell whether it opened. */
  openSheet(parameters: JsapiParameters): Promise<SheetAnswer>
  /** Goes to the mini-program where contracts are signed; absent where the platform cannot. Rejects with its text. */
  jump?(target: JumpTarget): Promise<void>
}
