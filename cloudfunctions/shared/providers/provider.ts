// The interface of a payment provider. Read this file first when you add a provider. A provider has no state, reads no
// database and does not decide the state of an order. It sends requests, reads replies and notices, and reports what
// they say.
import type * as z from 'zod/mini'
import type { AnnouncementOutcome, ContractOutcome } from '../domain/contractShape'
import { AppError, isAppError } from '../domain/errors'
import type { ToldRefund } from '../domain/orders/orderRefunds'
import type { DebitCause, PayInfoKind, PaymentOutcome } from '../domain/payment'
import type { Place } from '../domain/person'
import type { RefundOutcome, RefundStage } from '../domain/refund'
import type { PayType } from '../domain/requests/payType'
import type { Complaints } from './complaints'

/** One way to pay that a provider offers. */
export interface Channel {
  /** the channel's code in the provider's document: `wechat`, `201`, `wechat_wap` */
  code: string
  name: string
  nameEn: string
  kind: PayInfoKind
  /** the way to pay by which other systems ask for this channel; absent: they cannot */
  payType?: PayType
  /**
   * the places for which the channel is; absent: the mini-program for WeChat's payment sheet, every place for a code or a
   * link
   */
  places?: readonly Place[]
  /**
   * Whose openid the channel needs; absent: that of the app in which the shopper is, so the mini-program's or the shop's
   * official account's. `provider`: that of the provider's own official account. Then `prepare` gives the address of the
   * provider's page for openids, which leads to `sheetUrl` (docs/web.md)
   */
  openidOf?: 'provider'
  /** [that of the provider] whether another try uses the same number or opens a new attempt */
  repeat?: 'same' | 'new'
  /** how long a payInfo can be used, in ms, if that is shorter than the life of an order */
  payInfoMs?: number
}

/**
 * A provider's report on a payment, refund or contract. amountFen and currency are the ones that the shopper was asked.
 */
export interface Report<Outcome extends string = PaymentOutcome> {
  outcome: Outcome
  theirNo?: string
  /** absent if the provider does not send it; `paid` without an amount must be confirmed by a query */
  amountFen?: number
  /** ISO 4217; absent if the provider does not send it: then it is not compared */
  currency?: string
  /** the provider's name of the shopper; compared with `shopperName` if the provider has that function */
  shopper?: string
  /** when it happened at the provider, epoch ms */
  at?: number
  reason?: string
  /** the fields as the provider sent them, for staff; masked before they are stored */
  raw: unknown
}

/** A provider's report on a payment. */
export interface PaymentReport extends Report<PaymentOutcome> {
  /** why the debit of a contract failed or was closed; meaningless with other outcomes */
  cause?: DebitCause
  /**
   * the refunded total, if the provider sends it; a `refunded` without it and without `refunds` has an unknown amount
   */
  refundedFen?: number
  /** all refunds of the payment, also those made outside our system, if the provider lists them */
  refunds?: readonly ToldRefund[]
  /** in the answer to a query: the provider has never received this number. Only then the number may be sent again */
  notFound?: true
}

/** A provider's report on a refund. */
export interface RefundReport extends Report<RefundOutcome> {
  /** when the provider accepted the refund, if it says so: some bills use this time */
  acceptedAt?: number
}

/**
 * A provider's answer to a query about a refund. `notFound`: the reply that its document gives for a refund that it has
 * never received; only this allows another sending. Busy, broken and undocumented replies are `unknown`: the query is
 * repeated later.
 */
export type RefundAnswer = RefundReport | Report<'notFound'>

/** The result of sending a refund. `notSent`: the provider has certainly not received it, so it may be sent again. */
export type RefundSent = RefundReport | Report<'notSent'>

/** A provider's report on a contract. */
export interface ContractReport extends Report<ContractOutcome> {
  /** the provider's number of the plan; compared with our record */
  template?: string
  /** the provider's name of the signer, compared with `shopperName` */
  payer?: string
  validUntil?: number
}

/** A request to our HTTP entry point: header names in lower case, body bytes as received. */
export interface RawRequest {
  method: string
  path: string
  query: Record<string, string>
  headers: Record<string, string>
  body: Uint8Array
}

/** Our reply to such a request. */
export interface HttpAnswer {
  statusCode: number
  headers: Record<string, string>
  body: string
}

/** A verified notice of a provider. */
export type Notice =
  | { about: 'payment'; paymentNo: string; report: PaymentReport; confirm?: boolean }
  /** `of`: the refunded payment, if the notice names it: a refund made outside our system has no number of ours */
  | { about: 'refund'; refundNo: string; report: RefundReport; of?: { paymentNo: string; theirNo?: string } }
  | { about: 'contract'; contractNo: string; report: ContractReport }
  /** something happened to a complaint; the provider is asked what */
  | { about: 'complaint'; complaintId: string; report: Report<'told'> }
  /**
   * the call that `checkKeys` asked for; `echo`: its text, or null if it does not open with our key. `look`: the settings
   * to look at then
   */
  | { about: 'check'; echo: string | null; look: readonly string[]; report: Report<'told'> }

/** An event that WeChat pushed to the mini-program, after its signature was verified. */
export interface PushEvent {
  /** the event's name on WeChat's page: `trade_manage_order_settlement` */
  name: string
  /** from JSON or XML; numbers as text */
  fields: Readonly<Record<string, unknown>>
  /**
   * The event came encrypted with the shop's key (安全模式), so WeChat wrote it. The signature of any other event does not
   * cover its content, so a stranger may have changed that. Such an event only leads to a question to WeChat
   */
  isSealed: boolean
}

/** The data of a payment that a provider's functions need. */
export interface PaymentRef {
  paymentNo: string
  theirNo: string | null
  /** a second charge under the same paymentNo, which only theirNo identifies (`byTheirNo`) */
  isSecond?: boolean
  channel: string
  amountFen: number
  currency: string
  openid: string
  createdAt: number
  now: number
}

/** The data of a new payment. */
export interface PrepareInput extends PaymentRef {
  title: string
  /** the mini-program's appid, if it is known */
  appId?: string
  /**
   * the shopper's IPv4 address, if it is known. Must not be sent to a provider that needs equal content for each try
   */
  clientIp?: string
  /** the code that the shopper shows to be scanned, for channels of the kind `barcode` */
  barcode?: string
  noticeUrl: string
  /** what is sold, if the order has one line: the product's code, its price and the pieces */
  item?: { sku: string; priceFen: number; quantity: number }
  /** the code of wx.login, for providers that need the shopper's session with WeChat. Good once, for five minutes */
  loginCode?: string
  /** a page to which a provider may send the shopper's browser back; absent: in the mini-program */
  pageUrl?: string
  /** where the shopper's browser goes after the payment, if it pays in a browser */
  callbackUrl?: string
  /**
   * for channels with `openidOf: 'provider'`: our page that opens the payment sheet, to which `openid` is added. Absent:
   * the openid is known
   */
  sheetUrl?: string
  expiresAt: number
}

/** A call that a page makes, because the provider takes it from a page under its own address. */
export interface PageCall {
  url: string
  headers: Readonly<Record<string, string>>
  /** sent by POST; the reply holds the parameters of the payment sheet */
  body: string
}

/** The data of a refund that is sent or queried. */
export interface RefundInput {
  payment: PaymentRef
  refundNo: string
  theirRefundNo: string | null
  /** the provider's numbers of this payment's refunds that are recorded as made outside our system */
  outsideRefunds?: readonly string[]
  amountFen: number
  reason: string
  noticeUrl: string
  now: number
}

/** The data of a contract that a provider's functions need. */
export interface ContractRef {
  contractNo: string
  theirNo: string | null
  /** the provider's number of the plan */
  template: string
  now: number
}

/** The data of a contract before its signing. */
export interface SigningInput extends ContractRef {
  /** a serial number: always the same for a contract */
  serial: number
  /** the account name on the provider's page; may hold any text */
  displayName: string
  openid: string
  noticeUrl: string
}

/** The parameters of wx.navigateToMiniProgram. */
export interface Signing {
  appId: string
  path: string
  extraData: Record<string, string | number>
}

/** The result of a request to send a pre-debit notice. */
export interface AnnouncementReport {
  outcome: AnnouncementOutcome
  /** why the notice was not sent */
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
 * The functions for recurring contracts, if a provider has them. Notices about contracts are read by `parseNotice`. A
 * debit is queried and closed by `query` and `close`, which recognise it by its channel.
 */
export interface Contracts {
  /**
   * Makes the signed parameters of the provider's signing page. Pure.
   * @param input the contract, its serial number and the signer
   * @returns the page and its parameters
   */
  sign(input: SigningInput): Signing
  /**
   * Queries the state of a contract. Never throws: without a readable reply the outcome is `unknown`.
   * @param contract identified by our number, and by the provider's number if it is known
   * @returns `refused`: the contract is not signed, or not yet
   */
  query(contract: ContractRef): Promise<ContractReport>
  /**
   * Ends a contract at the provider. Never throws after sending.
   * @param contract identified by our number, and by the provider's number if it is known
   * @param reason for the provider's records
   * @returns `ended` only if the end is certain
   */
  end(contract: ContractRef, reason: string): Promise<ContractReport>
  /**
   * Asks the provider to send the pre-debit notice, if the plan's rule needs one. Never throws after sending.
   * @param contract a signed contract
   * @param debit the most that may be debited, and the days for which the notice is valid; null: the rule's own number
   * @returns `sent` or `already` if the provider has accepted the request
   */
  announce?(
    contract: ContractRef,
    debit: { amountFen: number; currency: string; windowDays: number | null },
  ): Promise<AnnouncementReport>
  /**
   * Sends a debit of a contract. Never throws after sending, because money may have moved.
   * @param input a repeated paymentNo is the same debit
   * @returns `pending`: the provider has accepted the debit, the result comes later
   */
  debit(input: DebitInput): Promise<PaymentReport>
}

/** One row of a provider's bill, in our common form. */
export interface BillRow {
  kind: 'payment' | 'refund'
  /** our paymentNo or refundNo. If the bill has neither: the refund's payment, or the number of another system */
  no: string
  theirNo: string
  /** in a refund's row: the refunded payment, by our number and the provider's, as far as the bill has them */
  paymentNo?: string
  ofTheirNo?: string
  amountFen: number
  feeFen: number | null
  at: number
  /** in a refund's row: the refund's stage, if the bill lists refunds that are not done; absent: done */
  stage?: RefundStage
}

/** The rules of a provider's bills, from its document. */
export interface BillRules {
  /** how long after a day's end its bill is ready, in ms */
  readyMs: number
  /** the bill in which a refund is: the one of the day when it was accepted, or when it was done */
  refundDay: 'acceptedAt' | 'doneAt'
}

/** A request to prove the keys. */
export interface KeyCheckInput {
  /** a new random text, which the provider says back */
  echo: string
  /** where the provider also sends the text; null: nowhere */
  noticeUrl: string | null
  /** epoch ms */
  now: number
}

/**
 * What a check of the keys proved. `key`: the provider accepted our signature. `answer`: its own signature is right, by
 * the keys in the settings, and it said the text back. null: not known, because an earlier step failed.
 */
export interface KeyCheck {
  key: boolean | null
  answer: boolean | null
  /** the names of the settings to look at first; empty if all is well */
  look: string[]
}

/** A provider with the settings of one merchant. Functions that its document does not describe are left out. */
export interface Provider {
  /** The channels that work with these settings, if some channels of the definition do not. */
  channels?: readonly Channel[]
  /**
   * Creates a payment at the provider.
   * @param input the stored attempt
   * @returns the data with which the phone pays, and the provider's number for later queries
   * @throws ProviderRefused if the provider certainly refused; ProviderUnavailable if it certainly received nothing.
   * After any other error the attempt stays pending
   */
  prepare(input: PrepareInput): Promise<{ payInfo: string; theirNo?: string }>
  /**
   * For channels with `openidOf: 'provider'`: the call by which our page, which the provider shows under its own address,
   * gets the parameters of the payment sheet. Pure. Absent: `prepare` gives them to our own page.
   * @param input the attempt, with the openid that the provider told
   * @returns the call, which the shopper can read and change: nothing in it may be secret
   * @throws ProviderRefused
   */
  pageCall?(input: PrepareInput): PageCall
  /**
   * Queries the state of a payment. Never throws: without a readable reply the outcome is `unknown`.
   * @param payment identified by our number, and by the provider's number if it is known
   * @returns the provider's report, not yet compared with our record
   */
  query(payment: PaymentRef): Promise<PaymentReport>
  /**
   * Verifies a notice and then reads it with `readSigned`. Pure: no clock, no network.
   * @param request as received
   * @param now epoch ms, to check the notice's age
   * @returns the subject of the notice, by our number, and its report
   * @throws BadSignature for a wrong signature, age or merchant; BadInput if the notice is too malformed to be
   * verified; Unreadable if it is malformed but correctly signed
   */
  parseNotice(request: RawRequest, now: number): Notice
  /**
   * Reads an event of WeChat's message push, for a provider of which WeChat tells there (docs/message-push.md). Pure.
   * @param event verified
   * @returns undefined for an event that is not about this provider
   * @throws BadSignature for another merchant's event; Unreadable
   */
  readEvent?(event: PushEvent): Notice | undefined
  /**
   * Makes our reply to a notice, exactly as the provider's document says. Never throws.
   * @param verdict whether the notice is settled in our record
   * @param notice for providers with several forms of notices
   * @returns status, headers and body
   */
  answer(verdict: 'accepted' | 'rejected', notice?: RawRequest): HttpAnswer
  /**
   * Tells the provider to close an unpaid payment. Never throws after sending.
   * @param payment identified by our number, and by the provider's number if it is known
   * @returns `closed` only if that is certain; `paid` if it was too late; otherwise `pending` or `unknown`
   */
  close?(payment: PaymentRef): Promise<PaymentReport>
  /**
   * Sends a refund. Never throws: money may have moved, so an error gives the outcome `unknown`. The caller holds a
   * claim, and queries the refund before it sends the same refundNo again.
   * @param input a full or partial refund of one payment
   * @returns `refused` only for a reply that means a refusal by the provider's document
   */
  refund?(input: RefundInput): Promise<RefundSent>
  /**
   * Queries a refund. Never throws. A refund that the provider may have received is sent a second time only after the
   * answer `notFound`. Without this function or this answer it is never sent again: it is queried, and later staff are
   * told. The documents: WeChat Pay has a code for an unknown refund (RESOURCE_NOT_EXISTS) and accepts a number once;
   * Paymax lists the refunds of a charge and accepts no number of ours; Midas and Wisecashier say nothing about it
   * (docs/provider-facts.md 1.5 and 4.4: no error codes).
   * @param input the refund as it was sent
   * @returns `notFound` only for the reply that the document gives for a refund that it has never received
   */
  queryRefund?(input: RefundInput): Promise<RefundAnswer>
  /**
   * Downloads the bill of one day.
   * @param day "yyyy-MM-dd" in Beijing
   * @param now epoch ms
   * @returns its rows in our common form; empty for a day without transactions
   * @throws ProviderUnavailable, ProviderRefused
   */
  bill?(day: string, now: number): Promise<BillRow[]>
  /**
   * The provider can query and refund a second charge (`isSecond`) by theirNo. Absent: it cannot distinguish two
   * charges with one number.
   */
  byTheirNo?: true
  /** absent: no contracts, or not with these settings */
  contracts?: Contracts
  /**
   * Proves the keys without any payment. Never throws.
   * @param input the text, and where the provider calls with it; that call is a notice about a `check`
   * @returns what the answer proved. The call itself comes later
   */
  checkKeys?(input: KeyCheckInput): Promise<KeyCheck>
  /** absent: shoppers complain elsewhere */
  complaints?: Complaints
  /**
   * Derives the shopper's name at the provider, for providers that use such a name.
   * @param openid the shopper's openid
   * @returns always the same name for a shopper, also after a change of keys
   */
  shopperName?(openid: string): string
}

/** A random number from 0 up to, but not including, 1. */
export type Chance = () => number

/** The names that people know a provider by, in Chinese and English. */
export interface ProviderNames {
  zh: string
  en: string
}

/** What staff read about one field of a provider's settings, in Chinese and English. */
export interface FieldNames extends ProviderNames {
  /** the names of its choices; a choice without one is shown as it is stored */
  choices?: Readonly<Record<string, ProviderNames>>
}

/** Everything that staff read about a provider and its settings. */
export interface ProviderTexts extends ProviderNames {
  /** by the name of the field */
  fields: Readonly<Record<string, FieldNames>>
}

/** The definition of a provider, without a merchant's settings. Made by `defineProvider`. */
export interface ProviderDefinition<Settings = unknown> {
  code: string
  /** the names that staff see */
  names: ProviderNames
  /** what staff see of each field of the settings; `defineProvider` wants a name for every field */
  fields: ProviderTexts['fields']
  /** whether another try of a payment uses the same number or opens a new attempt */
  repeat: 'same' | 'new'
  /** a failed refund is sent again with the same number; absent: with a new number */
  failedRefundKeepsNo?: true
  settings: z.ZodMiniType<Settings>
  /**
   * The fields of the settings that identify the merchant. If they are equal, new keys are also used for older
   * payments.
   */
  account: readonly string[]
  channels: readonly Channel[]
  /** the notification address is entered at the provider's console; absent: each payment carries it */
  noticeIsEntered?: true
  /**
   * Reads from a reply whether the provider accepts our signature; undefined if the reply does not say it. For
   * providers without a code for a wrong signature use `saysWrongSignature`. Pure, never throws.
   * @param response any reply of the provider
   * @returns the verdict on our key
   */
  judgeKeys(response: HttpResponse): KeysVerdict | undefined
  /** the shortest RSA key, in bits, that its document allows; absent: 2048 */
  leastKeyBits?: number
  /** WeChat keeps the money of its payments in the mini-program until shipping is reported, by `theirNo` */
  reportsShipping?: true
  /** absent: the provider has no bills */
  bills?: BillRules
  /**
   * Makes the provider with the settings of one merchant. Parses its keys once.
   * @param settings checked by the schema
   * @param http sends all requests of the provider
   * @param chance for nonces; the default cannot be predicted
   * @returns a provider without state
   */
  create(settings: Settings, http: Http, chance?: Chance): Provider
}

/** Whether a provider accepted the signature of one of our requests. */
export type KeysVerdict =
  /** `field`: the setting to check first */
  | { isAccepted: false; field: string }
  /** `field`: the setting of the accepted key; absent if the provider uses one key for everything */
  | { isAccepted: true; field?: string }

/**
 * Whether a refusal mentions a signature, for providers without a table of codes. A wrong guess only opens a needless
 * case; it never moves money.
 * @param words the provider's message; false for anything but a text
 * @returns true if the message mentions a signature, in Chinese or English
 */
export const saysWrongSignature = (words: unknown): boolean =>
  typeof words === 'string' && /签名|验签|\bsign(ature)?\b/i.test(words)

/**
 * Calls a function that reads the verdict on our keys from a reply.
 * @param read may throw anything
 * @returns the verdict; undefined if `read` throws or finds none. Never throws
 */
export function verdictOr(read: () => KeysVerdict | undefined): KeysVerdict | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}

/**
 * Declares a provider. The type of its settings is passed from the schema to `create`.
 * @param definition the whole definition; the registry lists each provider in one line
 * @returns the same object
 * @example
 * ```ts
 * export const example = defineProvider<ExampleSettings>({
 *   code: 'example',
 *   names: { zh: '示例支付', en: 'Example Pay' },
 *   fields: { merchant: { zh: '商户号', en: 'Merchant number' }, secret: { zh: '商户密钥', en: 'Merchant key' } },
 *   repeat: 'same',
 *   settings,
 *   account: ['merchant'],
 *   channels: [{ code: 'jsapi', name: '示例支付', nameEn: 'Example Pay', kind: 'jsapi' }],
 *   judgeKeys: judgeExampleKeys,
 *   create: createExample,
 * })
 * ```
 */
export const defineProvider = <Settings>(
  definition: ProviderDefinition<Settings> & { fields: Record<Extract<keyof Settings, string>, FieldNames> },
): ProviderDefinition<Settings> => definition

/**
 * Identifies the merchant of some settings.
 * @param definition its `account` names the identifying fields
 * @param fields the opened settings
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
  /** the limit for the reply's size, if a megabyte is not enough: `billBytes` */
  maxBytes?: number
}

/** The size of the largest bill that fits into a function's memory. */
export const billBytes = 32 * 1024 * 1024

/** A provider's reply. */
export interface HttpResponse {
  status: number
  /** names in lower case */
  headers: Record<string, string>
  /** the bytes as received, over which signatures are computed */
  body: Uint8Array
}

/**
 * Sends one request with a bounded wait.
 * @param request to an address under the settings' `baseUrl`
 * @returns the reply, whatever its status
 * @throws HttpFailure when no answer came
 */
export type Http = (request: HttpRequest) => Promise<HttpResponse>

/** No reply was received. `sent: false`: the request has certainly not reached the provider. */
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
 * A correctly signed notice about another merchant's payment. It is rejected like a bad signature (docs/design.md 4),
 * but kept as a mismatch, because its sender owns the key.
 */
export class WrongMerchant extends AppError {
  constructor(readonly paymentNo: string) {
    super('BadSignature', 'the notice is another merchant’s')
    this.name = 'WrongMerchant'
  }
}

/**
 * A correctly signed notice that cannot be read. It is rejected, but kept as a mismatch, because its sender owns the
 * key. Only `readSigned` throws this error.
 */
export class Unreadable extends AppError {
  constructor(
    /** the number in the notice, not checked to be one of ours; empty if there is none */
    readonly no: string,
    /** the name of the unreadable field, never its value */
    readonly field: string,
  ) {
    super('BadInput', `${field}: cannot be read`)
    this.name = 'Unreadable'
  }
}

/**
 * Reads the content of a correctly signed notice.
 * @param no our number, if the notice has one
 * @param read reads the notice; the message of its BadInput begins with the field's name, such as `amount: …`
 * @returns the result of `read`
 * @throws Unreadable for each BadInput of `read`; other errors unchanged
 */
export function readSigned<T>(no: string | undefined, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!isAppError(error, 'BadInput') || error instanceof Unreadable) throw error
    // Our messages begin with the field's name. The rest may quote the field's value and is cut off.
    throw new Unreadable(no ?? '', /^([\w.]{1,40}): /.exec(error.message)?.[1] ?? 'content')
  }
}

/** A notice with a wrong signature that the provider sends as a test. It is rejected but opens no case. */
export class SignatureProbe extends AppError {
  constructor() {
    super('BadSignature', 'a probe by the provider')
    this.name = 'SignatureProbe'
  }
}

/**
 * The failure for a reply that cannot be read or trusted: the request may have been carried out.
 * @param what the name of the unreadable part, never its value
 * @returns the failure to throw; its `sent` is true
 */
export const unreadable = (what: string): HttpFailure => new HttpFailure(`the reply cannot be trusted: ${what}`, true)

/**
 * Cuts a text to a number of bytes in UTF-8.
 * @param text any text
 * @param maxBytes the limit, in bytes of UTF-8
 * @returns the longest beginning that fits; no character is cut; lone surrogates become U+FFFD
 */
export function fitBytes(text: string, maxBytes: number): string {
  const bytes = new TextEncoder().encode(text)
  if (bytes.length <= maxBytes) return new TextDecoder().decode(bytes)
  let end = maxBytes
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1
  return new TextDecoder().decode(bytes.subarray(0, end))
}

/**
 * Refuses an openid of another official account than the one that the provider has bound, because WeChat would.
 * @param input names the account under which the shopper is known
 * @param officialAppId the bound account; undefined: none
 * @throws ProviderRefused
 */
export function assertKnownUnder({ appId }: Pick<PrepareInput, 'appId'>, officialAppId: string | undefined): void {
  if (appId === undefined || appId !== officialAppId)
    throw new AppError('ProviderRefused', 'the shopper is known under another official account')
}

// A text without any letter, digit, punctuation or symbol is invisible.
const visible = /[\p{L}\p{N}\p{P}\p{S}]/u

/**
 * Makes a text fit for WeChat's services (WeChat Pay, Midas): removes characters of four bytes in UTF-8 (emoji and
 * other planes), control characters, and joiners that belonged to them. WeChat Pay's page on API v2 signatures allows
 * characters of one to three bytes (4011985891). No page says so for titles of API v3 and of Midas, but merchants
 * report it in WeChat's forum.
 * @param text a title, a reason or a name
 * @param maxBytes the limit, in bytes of UTF-8
 * @returns the text; empty if no visible character is left
 */
export function weChatText(text: string, maxBytes: number): string {
  const plain = text
    .replace(/[\p{C}\u{10000}-\u{10FFFF}]+[\ufe0e\ufe0f\u20e3]*/gu, '')
    .replace(/\s+/g, ' ')
    .trim()
  return visible.test(plain) ? fitBytes(plain, maxBytes) : ''
}

/**
 * Runs the download of a bill. A download can always be repeated, so each failure becomes ProviderUnavailable.
 * @param call downloads and reads the bill
 * @returns the result of `call`
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
 * Runs a call that moves no money, such as a query.
 * @param call may throw anything
 * @param otherwise makes the result for an error; `reason` is the error's name, which contains no secret
 * @returns the result of `call`, or `otherwise(reason)` after an error. Never throws
 */
export async function orUnknown<T>(call: () => Promise<T>, otherwise: (reason: string) => T): Promise<T> {
  try {
    return await call()
  } catch (error) {
    return otherwise(error instanceof Error ? error.name : 'error')
  }
}

/**
 * Runs a call that sends a refund.
 * @param call sends the refund and reads the reply
 * @returns the result of `call`; `notSent` if the provider has certainly not received it; `unknown` after any other
 * failure. Never throws
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
 * Sends a request that creates a payment.
 * @param http the function that `create` was given
 * @param request the request
 * @returns the reply
 * @throws ProviderUnavailable if the provider certainly received nothing; HttpFailure if the reply was lost
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
