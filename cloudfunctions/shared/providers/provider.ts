// What a payment provider is to us. Read this first when you add one.
// A provider holds no state, reads no database and decides no state of ours: it speaks its wire and reports.
import type * as z from 'zod/mini'
import type { AnnouncementOutcome, ContractOutcome } from '../domain/contractShape'
import { AppError, isAppError } from '../domain/errors'
import type { ToldRefund } from '../domain/orders/orderRefunds'
import type { DebitCause, PayInfoKind, PaymentOutcome } from '../domain/payment'
import type { RefundOutcome, RefundStage } from '../domain/refund'

/** One way to pay that a provider offers. */
export interface Channel {
  /** the document's own word: `wechat`, `201`, `wechat_wap` */
  code: string
  name: string
  nameEn: string
  kind: PayInfoKind
  /** whose openid it wants, when not the mini-program's own: such a channel is listed, but not offered there */
  openidOf?: 'officialAccount'
  /** how long a payInfo can be used, in ms, when that is shorter than an order lives */
  payInfoMs?: number
}

/** What a provider says about one thing. amountFen and currency are what the shopper was asked, in the order's currency. */
export interface Report<Outcome extends string = PaymentOutcome> {
  outcome: Outcome
  theirNo?: string
  /** absent: the wire does not carry it; a `paid` without it is confirmed by query */
  amountFen?: number
  /** ISO 4217; absent: the wire does not carry it and it is not compared */
  currency?: string
  /** the provider's own name of the shopper, compared with `shopperName` where the provider has one */
  shopper?: string
  /** when it happened at the provider, epoch ms */
  at?: number
  reason?: string
  /** the wire's own fields, for people; masked before it is kept */
  raw: unknown
}

/** What a provider says about a payment. */
export interface PaymentReport extends Report<PaymentOutcome> {
  /** why a debit under a contract failed or was closed; with another outcome it means nothing */
  cause?: DebitCause
  /** what went back of it in all, where the wire says; `refunded` without it and without a list: nobody knows how much */
  refundedFen?: number
  /** its refunds, whoever made them, where the provider lists them */
  refunds?: readonly ToldRefund[]
  /** asked about: the provider surely never got this number. Only then may the same number be sent again */
  notFound?: true
}

/** What a provider says about a refund. */
export interface RefundReport extends Report<RefundOutcome> {
  /** when the provider took the refund up, where the wire says so: some bills count by this */
  acceptedAt?: number
}

/**
 * What a provider answers when it is asked about a refund. `notFound`: a reply that its document gives for a refund that
 * it never got; only this allows another sending. Busy, broken or undocumented replies are `unknown`: asked again later.
 */
export type RefundAnswer = RefundReport | Report<'notFound'>

/** What became of sending a refund. `notSent`: the provider surely did nothing, so the same number may be sent later. */
export type RefundSent = RefundReport | Report<'notSent'>

/** What a provider says about a contract. */
export interface ContractReport extends Report<ContractOutcome> {
  /** the provider's number of the plan; compared with our record */
  template?: string
  /** the provider's own name of who signed, compared with `shopperName` */
  payer?: string
  validUntil?: number
}

/** A request to our HTTP door, as it came: names of headers in lower case, body bytes untouched. */
export interface RawRequest {
  method: string
  path: string
  query: Record<string, string>
  headers: Record<string, string>
  body: Uint8Array
}

/** What our HTTP door answers. */
export interface HttpAnswer {
  statusCode: number
  headers: Record<string, string>
  body: string
}

/** A provider's call to us, verified. */
export type Notice =
  | { about: 'payment'; paymentNo: string; report: PaymentReport; confirm?: boolean }
  /** `of`: which payment it is of, where the notice says: a refund made outside has no number of ours */
  | { about: 'refund'; refundNo: string; report: RefundReport; of?: { paymentNo: string; theirNo?: string } }
  | { about: 'contract'; contractNo: string; report: ContractReport }

/** A payment as a provider needs to know it. */
export interface PaymentRef {
  paymentNo: string
  theirNo: string | null
  /** paymentNo was charged more than once, and this is not the first: only theirNo names it (`byTheirNo`) */
  isSecond?: boolean
  channel: string
  amountFen: number
  currency: string
  openid: string
  createdAt: number
  now: number
}

/** A payment that a provider is asked for. */
export interface PrepareInput extends PaymentRef {
  title: string
  /** the mini-program's own appid, where it is known */
  appId?: string
  /** the shopper's IPv4 address, where it is known. Not for a wire that must see the same content under the same number */
  clientIp?: string
  /** the code that the shopper shows to be scanned, for channels of the kind `barcode` */
  barcode?: string
  noticeUrl: string
  expiresAt: number
}

/** A refund that a provider is asked to make, or asked about. */
export interface RefundInput {
  payment: PaymentRef
  refundNo: string
  theirRefundNo: string | null
  amountFen: number
  reason: string
  noticeUrl: string
  now: number
}

/** A contract as a provider needs to know it. */
export interface ContractRef {
  contractNo: string
  theirNo: string | null
  /** the provider's number of the plan */
  template: string
  now: number
}

/** A contract that a subscriber is about to sign. */
export interface SigningInput extends ContractRef {
  /** digits only, the same for the same contract */
  serial: number
  /** what the provider's page shows as the account; may hold anything */
  displayName: string
  openid: string
  noticeUrl: string
}

/** What wx.navigateToMiniProgram needs. */
export interface Signing {
  appId: string
  path: string
  extraData: Record<string, string | number>
}

/** What became of asking for a pre-debit notice. */
export interface AnnouncementReport {
  outcome: AnnouncementOutcome
  /** why it did not leave */
  cause?: DebitCause
  reason?: string
}

/** A debit under a contract. */
export interface DebitInput extends PaymentRef {
  contract: ContractRef
  title: string
  noticeUrl: string
}

/**
 * Recurring contracts, where a provider has them. Notices about them come through `parseNotice`; a debit is asked about
 * and closed through `query` and `close`, which know it by its channel.
 */
export interface Contracts {
  /**
   * Signs what the phone hands to the provider's own signing page. Pure.
   * @param input the contract, its serial number and who signs
   * @returns where the phone goes, with everything that the page wants
   */
  sign(input: SigningInput): Signing
  /**
   * Asks for the truth about a contract. Never throws for what it cannot reach or read: outcome `unknown`.
   * @param contract by our number, and by theirs where it is known
   * @returns `refused`: it is not signed, or not yet
   */
  query(contract: ContractRef): Promise<ContractReport>
  /**
   * Ends a contract at the provider. Never throws after sending.
   * @param contract by our number, and by theirs where it is known
   * @param reason for the provider's records
   * @returns `ended` when that is certain
   */
  end(contract: ContractRef, reason: string): Promise<ContractReport>
  /**
   * Asks the provider to send the pre-debit notice, where the plan's rule wants one. Never throws after sending.
   * @param contract signed
   * @param debit the amount that may be debited at most, and for how many days the notice holds; null: the rule's own
   * @returns `sent` or `already` when the provider has it
   */
  announce?(
    contract: ContractRef,
    debit: { amountFen: number; currency: string; windowDays: number | null },
  ): Promise<AnnouncementReport>
  /**
   * Takes money under a contract. It may have moved: never throws after sending.
   * @param input the same paymentNo again is the same debit
   * @returns `pending`: taken, the result follows
   */
  debit(input: DebitInput): Promise<PaymentReport>
}

/** One line of a provider's bill, normalised. */
export interface BillRow {
  kind: 'payment' | 'refund'
  /** our paymentNo or refundNo; a refund's payment, or what somebody else chose, where the bill has no more */
  no: string
  theirNo: string
  /** a refund's line: the payment it is of, by our number and by theirs, where the bill has these */
  paymentNo?: string
  ofTheirNo?: string
  amountFen: number
  feeFen: number | null
  at: number
  /** a refund's line that stands in the bill before the money moved, or although it never did; absent: it is done */
  stage?: RefundStage
}

/** The provider's bills, from its document. */
export interface BillRules {
  /** how long after a day's end its bill is ready, in ms */
  readyMs: number
  /** the day on which a refund stands: when it was accepted, or when it was done */
  refundDay: 'acceptedAt' | 'doneAt'
}

/** A provider with the settings of one merchant. A function that its document does not have is left out. */
export interface Provider {
  /** The channels that work under these settings, where that is fewer than the definition names. */
  channels?: readonly Channel[]
  /**
   * Asks the provider for a payment.
   * @param input the attempt as it is stored
   * @returns what the phone needs to pay, and the provider's number, kept for queries
   * @throws ProviderRefused when it was refused for sure, ProviderUnavailable when it was surely not received;
   * anything else that is thrown leaves the attempt pending.
   */
  prepare(input: PrepareInput): Promise<{ payInfo: string; theirNo?: string }>
  /**
   * Asks for the truth about a payment. Never throws for what it cannot reach or read: outcome `unknown`.
   * @param payment by our number, and by theirs where it is known
   * @returns what the provider says, not yet compared with our record
   */
  query(payment: PaymentRef): Promise<PaymentReport>
  /**
   * Verifies, then reads, through `readSigned`. Pure: no clock, no network.
   * @param request as it came
   * @param now epoch ms, for the notice's age
   * @returns what the notice is about, by our number, and what it says
   * @throws BadSignature for signature, age or merchant; BadInput when it is too malformed to be verified; Unreadable
   * when it is malformed under a right signature
   */
  parseNotice(request: RawRequest, now: number): Notice
  /**
   * What the provider hears: byte for byte what its document says. Never fails.
   * @param verdict whether our record holds what the notice said
   * @param notice for wires that have several forms
   * @returns status, headers and body
   */
  answer(verdict: 'accepted' | 'rejected', notice?: RawRequest): HttpAnswer
  /**
   * Tells the provider to close an unpaid payment. Never throws after sending.
   * @param payment by our number, and by theirs where it is known
   * @returns `closed` is certain; `paid` when it was too late; else `pending` or `unknown`
   */
  close?(payment: PaymentRef): Promise<PaymentReport>
  /**
   * Gives money back. It may have moved: never throws, outcome `unknown`. The caller holds a claim, and has asked before
   * it sends the same refundNo again.
   * @param input one refund of one payment, whole or in part
   * @returns `refused` only where the document says that this reply means it
   */
  refund?(input: RefundInput): Promise<RefundSent>
  /**
   * Asks about a refund. Never throws. Without it, or where it never answers `notFound`, a refund that may have arrived
   * is not sent again: it is asked about until a person is called. What each document says about an unknown refund, and
   * about the same number twice: WeChat Pay has a code for it (RESOURCE_NOT_EXISTS) and takes a number once; Paymax
   * lists the refunds of a charge and takes no number of ours; Midas and Wisecashier say neither
   * (docs/provider-facts.md 1.5 and 4.4: no error codes).
   * @param input the refund as it was sent
   * @returns `notFound` only by a reply that the document gives for a refund that it never got
   */
  queryRefund?(input: RefundInput): Promise<RefundAnswer>
  /**
   * The provider's own list of one day's money.
   * @param day "yyyy-MM-dd" in Beijing
   * @param now epoch ms
   * @returns its lines, normalised; none for a day without trade
   * @throws ProviderUnavailable, ProviderRefused
   */
  bill?(day: string, now: number): Promise<BillRow[]>
  /** Payments are asked about and refunded by theirNo alone where `isSecond` says so. Absent: it cannot tell two charges under one number apart. */
  byTheirNo?: true
  /** absent: no contracts, or not under these settings */
  contracts?: Contracts
  /**
   * The name by which the provider knows a shopper, where its wire carries one that we derive.
   * @param openid the shopper's
   * @returns the same for the same shopper, also after keys were replaced
   */
  shopperName?(openid: string): string
}

/** A random number from 0 up to, but not including, 1. */
export type Chance = () => number

/** What a provider is before it has settings; `defineProvider` declares one. */
export interface ProviderDefinition<Settings = unknown> {
  code: string
  /** for people: "Tencent Midas" */
  name: string
  /** paying again sends the same number, or opens the next attempt */
  repeat: 'same' | 'new'
  /** a refund that failed is asked for again under its own number; absent: under a new one */
  failedRefundKeepsNo?: true
  settings: z.ZodMiniType<Settings>
  /** The settings' fields that name the merchant there. With the same ones, new keys also serve what older keys began. */
  account: readonly string[]
  channels: readonly Channel[]
  /** its notices go to an address that a person enters at its console; absent: each payment carries it */
  noticeIsEntered?: true
  /**
   * What a reply says about our signature; undefined: nothing. A provider whose document has no code for a wrong signature
   * says it in words: `saysWrongSignature`. Pure, never throws.
   * @param response any reply of the provider
   * @returns whether it takes our key
   */
  judgeKeys(response: HttpResponse): KeysVerdict | undefined
  /** the shortest RSA key in bits that its document has; absent: 2048 */
  leastKeyBits?: number
  /** absent: it has no bills */
  bills?: BillRules
  /**
   * The provider with the settings of one merchant. Keys are parsed here, once.
   * @param settings as the schema has checked them
   * @returns a provider that holds no state
   * @param http sends requests; it is the only way out
   * @param chance for nonces; without it, one that nobody can predict
   */
  create(settings: Settings, http: Http, chance?: Chance): Provider
}

/** Whether a provider takes the signature under one of our requests. */
export type KeysVerdict =
  /** `field`: the setting that a person should look at first */
  | { isAccepted: false; field: string }
  /** `field`: with which key; absent: it has one for all */
  | { isAccepted: true; field?: string }

/**
 * Whether a refusal speaks of a signature: for providers without a table of codes. A wrong guess costs a person a look,
 * and no money.
 * @param words the provider's own message; anything but a text says nothing
 * @returns true when it names a signature, in Chinese or English
 */
export const saysWrongSignature = (words: unknown): boolean =>
  typeof words === 'string' && /签名|验签|\bsign(ature)?\b/i.test(words)

/**
 * Reads from a reply what it says about our keys.
 * @param read may throw anything
 * @returns the verdict; undefined where the reply cannot be read or says nothing. Never throws
 */
export function verdictOr(read: () => KeysVerdict | undefined): KeysVerdict | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}

/**
 * Declares a provider; the type of its settings flows from the schema to `create`.
 * @param definition all of it; the registry has one line for each
 * @returns the same object
 * @example
 * ```ts
 * export const example = defineProvider<ExampleSettings>({
 *   code: 'example',
 *   name: 'Example Pay',
 *   repeat: 'same',
 *   settings,
 *   account: ['merchant'],
 *   channels: [{ code: 'jsapi', name: '示例支付', nameEn: 'Example Pay', kind: 'jsapi' }],
 *   judgeKeys: judgeExampleKeys,
 *   create: createExample,
 * })
 * ```
 */
export const defineProvider = <Settings>(definition: ProviderDefinition<Settings>): ProviderDefinition<Settings> =>
  definition

/**
 * The merchant that settings belong to.
 * @param definition names the fields that make the merchant (`account`)
 * @param fields the settings, opened; anything else is no merchant's
 * @returns a text that is equal for the same merchant at the same provider
 */
export const accountOf = ({ account, code }: Pick<ProviderDefinition, 'account' | 'code'>, fields: unknown): string =>
  JSON.stringify([code, ...account.map((name) => (fields as Record<string, unknown> | undefined)?.[name] ?? null)])

/** A request to a provider. */
export interface HttpRequest {
  method: 'GET' | 'POST'
  url: string
  headers?: Record<string, string>
  body?: string
  /** of the answer, where it may be longer than a megabyte: `billBytes` */
  maxBytes?: number
}

/** The longest bill that fits into a function's memory. */
export const billBytes = 32 * 1024 * 1024

/** A provider's reply. */
export interface HttpResponse {
  status: number
  /** names in lower case */
  headers: Record<string, string>
  /** the bytes as they came: signatures are computed over these */
  body: Uint8Array
}

/**
 * Sends one request with a bounded wait.
 * @param request to an address under the settings' `baseUrl`
 * @returns the reply, whatever its status
 * @throws HttpFailure when no answer came
 */
export type Http = (request: HttpRequest) => Promise<HttpResponse>

/** No answer came. `sent: false` means that the request surely did not reach the other side. */
export class HttpFailure extends Error {
  constructor(
    message: string,
    readonly sent: boolean,
    options?: { cause?: unknown },
  ) {
    super(message, options)
    this.name = 'HttpFailure'
  }
}

/**
 * Right signature, another merchant's thing: rejected like a bad signature (docs/design.md 4), but kept as mismatched,
 * because somebody who owns the key sent it.
 */
export class WrongMerchant extends AppError {
  constructor(readonly paymentNo: string) {
    super('BadSignature', 'the notice is another merchant’s')
    this.name = 'WrongMerchant'
  }
}

/**
 * Right signature, and yet a content that cannot be read: rejected, but kept as mismatched, because somebody who owns
 * the key sent it. Only `readSigned` throws it.
 */
export class Unreadable extends AppError {
  constructor(
    /** our number as the message has it, which is not known to be one of ours; empty when it has none */
    readonly no: string,
    /** the field that cannot be read, never what it holds */
    readonly field: string,
  ) {
    super('BadInput', `${field}: cannot be read`)
    this.name = 'Unreadable'
  }
}

/**
 * Reads what stands under a signature that held.
 * @param no our number, where the message has one
 * @param read reads the message; its BadInput begins with the field's name, such as `amount: …`
 * @returns what `read` returns
 * @throws Unreadable for whatever `read` calls BadInput; every other error as it is
 */
export function readSigned<T>(no: string | undefined, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!isAppError(error, 'BadInput') || error instanceof Unreadable) throw error
    // Our own messages begin with the field's name; what follows may repeat its content.
    throw new Unreadable(no ?? '', /^([\w.]{1,40}): /.exec(error.message)?.[1] ?? 'content')
  }
}

/** A provider's own test of whether we verify: rejected like any forgery, but nobody needs to look at it. */
export class SignatureProbe extends AppError {
  constructor() {
    super('BadSignature', 'a probe by the provider')
    this.name = 'SignatureProbe'
  }
}

/**
 * A reply came that cannot be read or trusted: what was asked for may have happened.
 * @param what the part that cannot be read, never what it holds
 * @returns the failure to throw; its `sent` is true
 */
export const unreadable = (what: string): HttpFailure => new HttpFailure(`the reply cannot be trusted: ${what}`, true)

/**
 * The beginning of a text that fits into so many bytes of UTF-8.
 * @param text anything
 * @param maxBytes in UTF-8
 * @returns no character is cut in two; lone surrogates become U+FFFD
 */
export function fitBytes(text: string, maxBytes: number): string {
  const bytes = new TextEncoder().encode(text)
  if (bytes.length <= maxBytes) return new TextDecoder().decode(bytes)
  let end = maxBytes
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1
  return new TextDecoder().decode(bytes.subarray(0, end))
}

// A base letter, a digit or a sign: what is left without one cannot be seen.
const visible = /[\p{L}\p{N}\p{P}\p{S}]/u

/**
 * Text for the services of WeChat (WeChat Pay, Midas): without characters of four bytes in UTF-8
 * (emoji and other planes), control characters and what belonged to them. WeChat Pay's page on API v2 signatures allows
 * characters of one to three bytes (4011985891); for titles of API v3 and of Midas no page says so, but merchants report
 * it in WeChat's forum.
 * @param text a title, a reason or a name
 * @param maxBytes in UTF-8
 * @returns '' when nothing is left that can be seen
 */
export function weChatText(text: string, maxBytes: number): string {
  const plain = text
    .replace(/[\p{C}\u{10000}-\u{10FFFF}]+[\ufe0e\ufe0f\u20e3]*/gu, '')
    .replace(/\s+/g, ' ')
    .trim()
  return visible.test(plain) ? fitBytes(plain, maxBytes) : ''
}

/**
 * Asking for a bill moves nothing: whatever goes wrong, it can be asked for again.
 * @param call asks, and reads the reply
 * @returns what `call` gave
 * @throws ProviderUnavailable
 */
export async function billOrUnavailable<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (error) {
    throw new AppError('ProviderUnavailable', 'the bill cannot be read now', { cause: error })
  }
}

/**
 * Runs a call whose failure tells nothing about money, such as a query.
 * @param call may throw anything
 * @param otherwise makes the result `unknown`; `reason` is the error's name, so that no secret gets into it
 * @returns what `call` gives, or `otherwise(reason)`. Never throws
 */
export async function orUnknown<T>(call: () => Promise<T>, otherwise: (reason: string) => T): Promise<T> {
  try {
    return await call()
  } catch (error) {
    return otherwise(error instanceof Error ? error.name : 'error')
  }
}

/**
 * Runs the sending of a refund.
 * @param call sends it and reads the reply
 * @returns what `call` gives; `notSent` when it was surely not received, `unknown` after every other failure. Never
 * throws
 */
export async function orNotSent(call: () => Promise<RefundSent>): Promise<RefundSent> {
  try {
    return await call()
  } catch (error) {
    const outcome = error instanceof HttpFailure && !error.sent ? 'notSent' : 'unknown'
    return { outcome, reason: error instanceof Error ? error.name : 'error', raw: null }
  }
}

/**
 * Sends the request of `prepare`.
 * @param http as `create` got it
 * @param request asks for a payment
 * @returns the reply
 * @throws ProviderUnavailable when it was surely not received; HttpFailure when the reply was lost
 */
export async function sendOrUnavailable(http: Http, request: HttpRequest): Promise<HttpResponse> {
  try {
    return await http(request)
  } catch (error) {
    if (error instanceof HttpFailure && !error.sent)
      throw new AppError('ProviderUnavailable', 'the provider could not be reached', { cause: error })
    throw error
  }
}
