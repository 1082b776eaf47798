// What a fake server of a provider (`Twin`) consists of. To add a fake server, read this file first, write a file like
// midas.ts and add a line to twins.ts. A fake server is written from the provider's document alone and shares no code
// with our client of that provider. So a mistake in the client or in the fake server shows as a difference between
// them. A fake server answers synchronously and stores everything in the ledger; index.ts delays calls, breaks calls
// and sends notifications.

export interface TwinRequest {
  method: string
  /** the path below /sandbox/<provider>, with a slash in front */
  path: string
  query: URLSearchParams
  /** headers by name in lower case */
  headers: Record<string, string>
  body: Buffer
}

export interface TwinAnswer {
  statusCode: number
  headers: Record<string, string>
  body: string
}

/** A fake server's answer to a request, and what it did. */
export interface Handled {
  answer: TwinAnswer
  ok: boolean
  /** text for the trace: numbers and reasons, never a key or a signature */
  detail: string
  /** our number of a payment that this request created or made payable again */
  opened?: string
  /** our number of a payment that this request ended */
  ended?: string
  /**
   * path and query of the merchant's page. The provider shows this page under its own address; the client gets the page
   * and not `answer`
   */
  shows?: string
}

/** WeChat's result of a contract's debit. */
export type DebitWord = 'SUCCESS' | 'NOTENOUGH' | 'ACCOUNTERROR' | 'RULELIMIT' | 'BANKERROR' | 'SYSTEMERROR'

/**
 * A fake server's storage. All changes of one request are stored together before the request is answered, so that kill
 * -9 loses nothing.
 */
export interface Ledger {
  get<T>(kind: string, id: string): T | undefined
  /** `group` is a key for `list`, such as the shopper or the order */
  put(kind: string, id: string, value: object, group?: string): void
  /** all entries of a group, the oldest first */
  list<T>(kind: string, group: string): T[]
  /** a new number at each call: 1, 2, 3 … */
  serial(): number
}

/**
 * What a fake server gets with each request: the time, the merchant's settings, the storage, and the chosen scenario.
 */
export interface Desk {
  /** the sandbox's clock, epoch ms */
  now: number
  /** the merchant's current settings for this provider, including its keys */
  settings: Record<string, unknown> | undefined
  ledger: Ledger
  /** ms until an accepted refund succeeds */
  refundAfterMs: number
  /** true: a refund that is accepted now will fail later */
  refundFails: boolean
  /** contracts: the result of a debit that is requested now, and how its notifications are sent */
  papay?: { word?: DebitWord; notices?: 'late' | 'twice' | 'never' }
  /**
   * For Midas's host: the contract that this person can sign on WeChat's page, or 'signed' if there is one; undefined
   * if the merchant has no contracts.
   */
  signing(
    userId: string,
  ): { appId: string; path: string; extraData: Record<string, string | number> } | 'signed' | undefined
  /** the address and keys of WeChat's message push; undefined if the shop has entered none */
  push: { url: string; setup: PushSetup } | undefined
  /** Sends the waiting notifications of a payment at this time, if the planned time is later. */
  hasten(no: string, at: number): void
  /** Plans a separate notification, for example of a refund. `no` is passed to `notice` when it is sent. */
  announce(no: string, at: number): void
}

/** The shopper's wallet, if it is not WeChat Pay. */
export type Wallet = 'qq' | 'wechatHk'

/** The data of a payment for the payment sheet. */
export interface SheetPayment {
  /** our number of the payment */
  no: string
  amountFen: number
  currency: string
  title: string
  state: 'payable' | 'paid' | 'closed'
  wallet?: Wallet
}

/** Money that a shopper has paid. */
interface Taken {
  amountFen: number
  /** when the provider's own server learns of the payment; until then the server says that nothing was paid */
  knownAt: number
  /**
   * true: the shopper was charged a second time, under another number of the provider; only the day's bill shows the
   * second charge
   */
  isTwice?: true
  /** true: the provider also notifies the merchant of the second charge */
  isTold?: true
}

/** The mini-program's id, and what the merchant entered in WeChat's console for message push (消息推送配置). */
export interface PushSetup {
  token: string
  aesKey?: string
  appId?: string
  /** XML instead of JSON (数据格式) */
  isXml?: boolean
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
  /** Whether merchants can download a bill of each day. */
  hasBills: boolean
  /**
   * Makes settings for the shop that fit this fake server. Keeps the values in `previous` and makes the missing values.
   */
  seed(baseUrl: string, previous?: Record<string, unknown>): Record<string, unknown>
  /** seconds between two tries of a notification, from the provider's document */
  retrySeconds: readonly number[]
  /**
   * the calls that create a payment or move money; a scenario that breaks a call waits for the next call in this list
   */
  scenarioCalls: readonly string[]
  /** the document's name of the call, from its path and query */
  callOf(path: string, query: URLSearchParams): string
  /** whether the phone itself makes this call */
  isFromPhone(call: string): boolean
  handle(request: TwinRequest, desk: Desk): Handled
  /** Finds the payment of a payInfo whose signature is right. An object contains JSAPI parameters. */
  find(payInfo: string | object, desk: Desk): SheetPayment | undefined
  /** Stores that the shopper has paid. */
  take(no: string, taken: Taken, desk: Desk): void
  /**
   * The merchant refunds a payment in the provider's console, under a number that the provider makes. A notification
   * follows. Absent if the provider has no console for refunds.
   */
  refundInConsole?(no: string, amountFen: number, desk: Desk): void
  /** Builds a notification. It is built again for each try, because it contains the time. */
  notice(content: NoticeContent, url: string, desk: Desk): NoticeRequest
  /** Whether the merchant's answer confirms the notification. The answer must be exactly the document's text. */
  isThanked(answer: NoticeAnswer): boolean
  /** Called at the end of a notification: when the merchant confirmed it, or after the last try. */
  noticed(content: NoticeContent, thanked: boolean, desk: Desk): void
}

/** An error in the developer's use of the sandbox; the message is a sentence for the developer. */
export class SandboxError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'SandboxError'
  }
}
