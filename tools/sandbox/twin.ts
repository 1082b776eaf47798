// What the twin of a provider's server is. Read this first when you add one: a file like midas.ts, a line in twins.ts.
// A twin is written from the provider's document alone and shares no code with our provider, so that it can prove it.
// It answers synchronously and keeps all its memory in the ledger: index.ts does the waiting, failing and sending.

export interface TwinRequest {
  method: string
  /** below /sandbox/<provider>, with a slash in front */
  path: string
  query: URLSearchParams
  /** names in lower case */
  headers: Record<string, string>
  body: Buffer
}

export interface TwinAnswer {
  statusCode: number
  headers: Record<string, string>
  body: string
}

/** What the twin made of a request. */
export interface Handled {
  answer: TwinAnswer
  ok: boolean
  /** for the trace: numbers and reasons, never a key or a signature */
  detail: string
  /** our number of a payment that was opened, or may be paid again */
  opened?: string
  /** our number of a payment that can no longer be paid */
  ended?: string
}

/** What becomes of a debit when WeChat makes it. */
export type DebitWord = 'SUCCESS' | 'NOTENOUGH' | 'ACCOUNTERROR' | 'RULELIMIT' | 'BANKERROR' | 'SYSTEMERROR'

/** A twin's memory. It outlives kill -9: one request's changes are kept together, before its answer leaves. */
export interface Ledger {
  get<T>(kind: string, id: string): T | undefined
  /** `group` finds it again by `list`: a shopper, an order */
  put(kind: string, id: string, value: object, group?: string): void
  /** oldest first */
  list<T>(kind: string, group: string): T[]
  /** 1, 2, 3 … */
  serial(): number
}

/** What a twin works with while it does one thing. */
export interface Desk {
  /** the sandbox's clock, epoch ms */
  now: number
  /** the merchant's effective settings for this provider, keys included */
  settings: Record<string, unknown> | undefined
  ledger: Ledger
  /** ms until an accepted refund is done */
  refundAfterMs: number
  /** a refund that is accepted now will fail later */
  refundFails: boolean
  /** contracts: what becomes of the debit asked for now, and how the notices that follow come */
  papay?: { word?: DebitWord; notices?: 'late' | 'twice' | 'never' }
  /** Midas's host: what this person signs on WeChat's page, or that they have signed; undefined where nothing can be. */
  signing(
    userId: string,
  ): { appId: string; path: string; extraData: Record<string, string | number> } | 'signed' | undefined
  /** Notices of a payment that were held back leave at this time, if that is sooner. */
  hasten(no: string, at: number): void
  /** A notice of its own leaves at this time: of a refund, where the provider tells. `no` comes back in `notice`. */
  announce(no: string, at: number): void
}

/** A wallet other than WeChat Pay that a payment sheet opens. */
export type Wallet = 'qq' | 'wechatHk'

/** A payment as the sheet sees it. */
export interface SheetPayment {
  /** our number */
  no: string
  amountFen: number
  currency: string
  title: string
  state: 'payable' | 'paid' | 'closed'
  wallet?: Wallet
}

/** Money that the shopper gave. */
interface Taken {
  amountFen: number
  /** when the provider's own server learns of it: until then it answers as if nothing was paid */
  knownAt: number
  /** once more under another number of the provider's, as only the day's bill tells */
  isTwice?: true
  /** the second charge has a notice of its own */
  isTold?: true
}

export interface NoticeContent {
  no: string
  forged: boolean
}

export interface NoticeRequest {
  method: string
  url: string
  headers: Record<string, string>
  body: string
}

export interface NoticeAnswer {
  status: number
  headers: Record<string, string>
  body: string
}

export interface Twin {
  provider: string
  name: string
  /** Whether merchants can fetch a day's bill. */
  hasBills: boolean
  /** Settings under which provider and twin work together; keys of `previous` are kept, missing ones are made. */
  seed(baseUrl: string, previous?: Record<string, unknown>): Record<string, unknown>
  /** seconds between the tries of a notice, from the document */
  retrySeconds: readonly number[]
  /** calls that begin a payment or move money: a scenario that breaks a call waits for one of these */
  scenarioCalls: readonly string[]
  /** the document's name of the call that a path, or a path and its query, means */
  callOf(path: string, query: URLSearchParams): string
  /** calls that the phone makes itself */
  isFromPhone(call: string): boolean
  handle(request: TwinRequest, desk: Desk): Handled
  /** The payment that a payInfo stands for, when its signature is good. An object is JSAPI parameters. */
  find(payInfo: string | object, desk: Desk): SheetPayment | undefined
  /** The shopper has paid. */
  take(no: string, taken: Taken, desk: Desk): void
  /** The merchant refunds in the provider's console, where that can be done: under a number of the provider's. Its notice follows. */
  refundInConsole?(no: string, amountFen: number, desk: Desk): void
  /** Made anew for each try, as its time stamp says. */
  notice(content: NoticeContent, url: string, desk: Desk): NoticeRequest
  /** Whether the merchant said thank you, byte for byte as the document wants it. */
  isThanked(answer: NoticeAnswer): boolean
  /** What became of a notice: thanked, or given up after its last try. */
  noticed(content: NoticeContent, thanked: boolean, desk: Desk): void
}

/** The payments of a bill. @param again what it says of one that was taken once more */
export const asBilled = <T extends { paid: { isTwice?: true } | null }>(
  payments: readonly T[],
  again: (one: T) => T,
): T[] => payments.flatMap((one) => (one.paid?.isTwice ? [one, again(one)] : [one]))

/** A sentence for the developer who asked the sandbox for something that it does not have. */
export class SandboxError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'SandboxError'
  }
}

/** "yyyy-MM-dd HH:mm:ss" in Beijing, as Chinese providers print times. */
export const beijingText = (at: number): string =>
  new Date(at + 8 * 3_600_000).toISOString().slice(0, 19).replace('T', ' ')
