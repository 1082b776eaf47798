// The interface of a payment provider. Read this file first when you add a provider. A provider keeps no state, reads
// no database, and does not decide the state of an order. It sends requests, reads replies and notices, and reports
// what they say.
import type * as z from 'zod/mini'
import type { PayType } from '../../../miniprogram/rules/terms'
import type { AnnouncementOutcome, ContractOutcome } from '../domain/contractShape'
import { AppError, isAppError } from '../domain/errors'
import type { ToldRefund } from '../domain/orders/orderRefunds'
import type { DebitCause, PayInfoKind, PaymentOutcome } from '../domain/payment'
import type { Place, WebPlace } from '../domain/person'
import type { RefundOutcome, RefundStage } from '../domain/refund'
import type { Complaints } from './complaints'

/** One way to pay that a provider offers. */
export interface Channel {
  /** the channel's code in the provider's document, such as `wechat`, `201`, `wechat_wap` */
  code: string
  name: string
  nameEn: string
  kind: PayInfoKind
  /** the name by which other systems ask for this way to pay; if absent, other systems cannot ask for it */
  payType?: PayType
  /**
   * the places in which the channel works. If absent, a channel with WeChat's payment sheet works only in the
   * mini-program, and a channel with a code or a link works everywhere
   */
  places?: readonly Place[]
  /**
   * whose openid the channel needs. If absent: the openid in the app that the shopper uses, which is the mini-program
   * or the shop's official account. `provider`: the openid in the provider's own official account. Then `prepare`
   * returns the address of the provider's page for openids, which leads to `sheetUrl` (docs/web.md)
   */
  openidOf?: 'provider'
  /**
   * if the shopper tries again to pay: `same` sends the same payment number again, `new` makes a new attempt with a new
   * number. If absent, the provider's `repeat` decides
   */
  repeat?: 'same' | 'new'
  /** how long a payInfo can be used, in ms; if absent, it can be used as long as the order can be paid */
  payInfoMs?: number
}

/**
 * A provider's report about a payment, refund or contract. amountFen and currency are what the shopper was asked to
 * pay.
 */
export interface Report<Outcome extends string = PaymentOutcome> {
  outcome: Outcome
  theirNo?: string
  /** the amount; absent if the provider does not send it. `paid` without an amount must be confirmed by a query */
  amountFen?: number
  /**
   * the currency by ISO 4217. If the provider does not send a currency, the field is absent, and we do not compare the
   * currency
   */
  currency?: string
  /** the provider's name for the shopper. We compare it with `shopperName`, if the provider has that function */
  shopper?: string
  /** when the reported event happened, by the provider's clock, epoch ms */
  at?: number
  reason?: string
  /** the fields as the provider sent them, for staff. Before we store the fields, we mask secrets and personal data */
  raw: unknown
}

/** What a provider reported about a payment. */
export interface PaymentReport extends Report<PaymentOutcome> {
  /** why a debit of a contract failed or was closed; has no meaning with other outcomes */
  cause?: DebitCause
  /**
   * how much was refunded in total, in fen, if the provider sends this amount. If a `refunded` payment has neither
   * `refundedFen` nor `refunds`, the refunded amount is unknown
   */
  refundedFen?: number
  /** all refunds of the payment, also those that were made outside our system, if the provider lists them */
  refunds?: readonly ToldRefund[]
  /**
   * set in the answer to a query if the provider has never received this paymentNo. Only then may we send the paymentNo
   * again
   */
  notFound?: true
}

/** A provider's report about a refund. */
export interface RefundReport extends Report<RefundOutcome> {
  /**
   * when the provider accepted the refund, epoch ms, if the provider says so. Some providers list a refund in the bill
   * of this day
   */
  acceptedAt?: number
}

/**
 * A provider's answer to a query about a refund. `notFound`: the reply that the provider's document gives for a refund
 * that it has never received. Only after `notFound` may we send the refund again. After a reply that is busy, broken or
 * not documented the outcome is `unknown`, and we ask again later.
 */
export type RefundAnswer = RefundReport | Report<'notFound'>

/**
 * The result of sending a refund. `notSent`: the provider has certainly not received the refund, so we may send it
 * again.
 */
export type RefundSent = RefundReport | Report<'notSent'>

/** A provider's report about a contract. */
export interface ContractReport extends Report<ContractOutcome> {
  /** the provider's number of the contract template, which we compare with our record */
  template?: string
  /** the provider's name for the person who signed, which we compare with `shopperName` */
  payer?: string
  validUntil?: number
}

/** An HTTP request that we received. Header names are in lower case, and the body is unchanged. */
export interface RawRequest {
  method: string
  path: string
  query: Record<string, string>
  headers: Record<string, string>
  body: Uint8Array
}

/** Our HTTP answer to a request that we received. */
export interface HttpAnswer {
  statusCode: number
  headers: Record<string, string>
  body: string
}

/** What a notice of a provider reports, after its signature was verified. */
export type Notice =
  | { about: 'payment'; paymentNo: string; report: PaymentReport; confirm?: boolean }
  /**
   * `of`: the refunded payment, if the notice names it. A refund that was made outside our system has no number of
   * ours, so we can find its order only by the refunded payment
   */
  | { about: 'refund'; refundNo: string; report: RefundReport; of?: { paymentNo: string; theirNo?: string } }
  | { about: 'contract'; contractNo: string; report: ContractReport }
  /** a complaint has changed; we ask the provider what has changed */
  | { about: 'complaint'; complaintId: string; report: Report<'told'> }
  /**
   * the test call that `checkKeys` asked for. `echo`: the text in it; null if our key does not decrypt the call.
   * `look`: the settings in which staff should look for a mistake if our key does not decrypt the call
   */
  | { about: 'check'; echo: string | null; look: readonly string[]; report: Report<'told'> }

/** An event that WeChat pushed to the mini-program, after its signature was verified. */
export interface PushEvent {
  /** the event's name on WeChat's page, such as `trade_manage_order_settlement` */
  name: string
  /** the event's fields, from JSON or XML; numbers stay texts */
  fields: Readonly<Record<string, unknown>>
  /**
   * whether the event came encrypted with the shop's key (WeChat's encrypted mode, 安全模式), so that only WeChat can have
   * written it. The signature of an unencrypted event does not cover its content, which a stranger may have changed. So
   * after an unencrypted event we only ask WeChat what happened
   */
  isSealed: boolean
}

/** The data of a payment that each call of a provider needs. */
export interface PaymentRef {
  paymentNo: string
  theirNo: string | null
  /**
   * whether this is a second charge under the same paymentNo. Only the provider's number (theirNo) distinguishes the
   * two charges; see `byTheirNo`
   */
  isSecond?: boolean
  channel: string
  amountFen: number
  currency: string
  openid: string
  /** only for debits: the appid under which the contract was signed; if absent, the mini-program's appid */
  debitApp?: string
  createdAt: number
  now: number
}

/** The data of a payment that is to be created at the provider. */
export interface PrepareInput extends PaymentRef {
  title: string
  /** the appid of the mini-program, if we know it */
  appId?: string
  /**
   * the shopper's IPv4 address, if we know it. Must not be sent to a provider that demands the same content at each
   * try, because the address may change
   */
  clientIp?: string
  /** the payment code that the shopper shows to be scanned; only for channels of the kind `barcode` */
  barcode?: string
  noticeUrl: string
  /** what is sold, if the order has only one line: the product's code, its price and the number of pieces */
  item?: { sku: string; priceFen: number; quantity: number }
  /**
   * the code from wx.login, for providers that need the shopper's session with WeChat. The code can be used once,
   * within five minutes
   */
  loginCode?: string
  /** a page to which the provider may send the shopper's browser back; absent if the shopper is in the mini-program */
  pageUrl?: string
  /** the page to which the shopper's browser goes after the payment, if the shopper pays in a browser */
  callbackUrl?: string
  /**
   * only for channels with `openidOf: 'provider'`: the address of our page that opens the payment sheet; the provider
   * adds `openid` to it. Absent if we already know the openid
   */
  sheetUrl?: string
  expiresAt: number
}

/**
 * A call to the provider that our page makes in the browser, because the provider accepts it only from a page under the
 * provider's own address.
 */
export interface PageCall {
  url: string
  headers: Readonly<Record<string, string>>
  /** the body that the page sends by POST; the reply contains the parameters of the payment sheet */
  body: string
}

/** The data of a refund that we send or ask about. */
export interface RefundInput {
  payment: PaymentRef
  refundNo: string
  theirRefundNo: string | null
  /**
   * the provider's numbers of refunds of this payment that were made outside our system, for example in the provider's
   * console, and that we have already recorded
   */
  outsideRefunds?: readonly string[]
  amountFen: number
  reason: string
  noticeUrl: string
  now: number
}

/** The data of a contract that each call of a provider needs. */
export interface ContractRef {
  contractNo: string
  /** the appid under which the signer is known; if absent, the mini-program's appid */
  appId?: string
  theirNo: string | null
  /** the provider's number of the contract template */
  template: string
  now: number
}

/** The data of a contract that is to be signed. */
export interface SigningInput extends ContractRef {
  /** a serial number, always the same for the same contract */
  serial: number
  /** the account name that the provider's page shows; may contain any text */
  displayName: string
  openid: string
  noticeUrl: string
  /** the signer's IPv4 address, if it is known */
  clientIp?: string
}

/** The parameters of wx.navigateToMiniProgram, which opens the provider's signing page. */
export interface Signing {
  appId: string
  path: string
  extraData: Record<string, string | number>
}

/** The result of asking the provider to send a pre-debit notice. */
export interface AnnouncementReport {
  outcome: AnnouncementOutcome
  /** why the provider did not send the notice */
  cause?: DebitCause
  reason?: string
}

/** The data of a debit under a contract. */
export interface DebitInput extends PaymentRef {
  contract: ContractRef
  title: string
  noticeUrl: string
}

/**
 * The functions for contracts, if a provider has contracts. Notices about contracts are read by `parseNotice`. Debits
 * have no functions of their own for queries and closing: `query` and `close` of the provider recognise a debit by its
 * channel.
 */
export interface Contracts {
  /**
   * Makes the signed parameters of the provider's signing page. Pure.
   * @param input the contract, its serial number and the person who signs
   * @returns the page and its parameters
   */
  sign(input: SigningInput): Signing
  /**
   * One function for each kind of browser in which a contract can be signed. The function gives the address of the
   * provider's signing page. The shopper comes to the signing page from our page, and the browser sends our address as
   * the Referer. In a kind of browser without a function, contracts cannot be signed.
   * @throws ProviderRefused; ProviderUnavailable if there is no readable reply; the caller may repeat the call
   */
  pages?: Partial<Record<WebPlace, (input: SigningInput) => Promise<string>>>
  /**
   * Asks the provider for the state of a contract. Never throws: without a readable reply the outcome is `unknown`.
   * @param contract our number of the contract, and the provider's number if we know it
   * @returns the state; `refused` means that the contract is not signed, or not signed yet
   */
  query(contract: ContractRef): Promise<ContractReport>
  /**
   * Ends a contract at the provider. Never throws after sending.
   * @param contract our number of the contract, and the provider's number if we know it
   * @param reason a text for the provider's records
   * @returns `ended` only if the contract has certainly ended
   */
  end(contract: ContractRef, reason: string): Promise<ContractReport>
  /**
   * Asks the provider to send the pre-debit notice. Absent if no debit rule of this provider needs one. Never throws
   * after sending.
   * @param contract a signed contract
   * @param debit `amountFen`: the highest amount that we may debit. `windowDays`: on how many days the notice allows a
   * debit; if null, the debit rule gives the number of days
   * @returns `sent` or `already` if the provider has accepted the request
   */
  announce?(
    contract: ContractRef,
    debit: { amountFen: number; currency: string; windowDays: number | null },
  ): Promise<AnnouncementReport>
  /**
   * Sends a debit of a contract. Never throws after sending, because money may have moved.
   * @param input the debit; if the same paymentNo is sent again, it is the same debit
   * @returns `pending`: the provider has accepted the debit, and the result comes later
   */
  debit(input: DebitInput): Promise<PaymentReport>
}

/** One row of a provider's bill, in the form that is the same for all providers. */
export interface BillRow {
  kind: 'payment' | 'refund'
  /**
   * our paymentNo or refundNo. If the bill gives neither: the number of the refunded payment, or a number that is not
   * ours, because another program uses the same merchant number
   */
  no: string
  theirNo: string
  /**
   * in a refund's row: the refunded payment, by our number (paymentNo) and the provider's (ofTheirNo), as far as the
   * bill has them
   */
  paymentNo?: string
  ofTheirNo?: string
  amountFen: number
  feeFen: number | null
  at: number
  /**
   * in a refund's row: the state of the refund, if the bill also lists unfinished refunds; if absent, the refund is
   * done
   */
  stage?: RefundStage
}

/** The rules of a provider's bills, from the provider's document. */
export interface BillRules {
  /** how long after the end of a day its bill is ready, in ms */
  readyMs: number
  /**
   * whether a refund is in the bill of the day on which it was accepted, or on which it was done. `unknown`: the
   * provider's document does not say which. In this case we look for a refund in all bills since the day on which we
   * requested the refund, and only a refund that is in none of them counts as missing
   */
  refundDay: 'acceptedAt' | 'doneAt' | 'unknown'
}

/** A request to test the keys. */
export interface KeyCheckInput {
  /** a new random text, which the provider must send back */
  echo: string
  /** the address to which the provider must also send the text; null if the provider must send it nowhere */
  noticeUrl: string | null
  /** the time now, epoch ms */
  now: number
}

/**
 * What a key check proved. `key`: the provider accepted our signature. `answer`: the provider's own signature fits the
 * keys in the settings, and the provider sent the text back. null means that an earlier step failed, so nothing is
 * known.
 */
export interface KeyCheck {
  key: boolean | null
  answer: boolean | null
  /** the names of the settings in which staff should look for a mistake first; empty if everything is right */
  look: string[]
}

/**
 * A provider with the settings of one merchant. If the provider's document does not describe a function, the function
 * is left out.
 */
export interface Provider {
  /** The channels that work with these settings. If absent, all channels of the definition work. */
  channels?: readonly Channel[]
  /**
   * Tells whether a payment can be in a currency. If this function is absent, it can be in every currency that we know.
   * @param currency the code of ISO 4217
   * @returns true if the provider takes payments in this currency
   */
  takesCurrency?(currency: string): boolean
  /**
   * Creates a payment at the provider.
   * @param input the stored attempt
   * @returns what the phone needs to pay, and the provider's number for later queries
   * @throws ProviderRefused if the provider certainly refused; ProviderUnavailable if it certainly received nothing.
   * After any other error the attempt stays pending
   */
  prepare(input: PrepareInput): Promise<{ payInfo: string; theirNo?: string }>
  /**
   * Makes the call by which our page gets the parameters of the payment sheet, for channels with `openidOf:
   * 'provider'`. The provider shows our page under its own address. Pure. Left out by a provider whose `prepare` gives
   * the parameters to our own page.
   * @param input the attempt, with the openid that the provider told us
   * @returns the call; it must contain nothing secret, because the shopper can read and change it
   * @throws ProviderRefused
   */
  pageCall?(input: PrepareInput): PageCall
  /**
   * Asks the provider for the state of a payment. Never throws: without a readable reply the outcome is `unknown`.
   * @param payment our number of the payment, and the provider's number if we know it
   * @returns the provider's report, which is not yet compared with our record
   */
  query(payment: PaymentRef): Promise<PaymentReport>
  /**
   * Verifies the signature of a notice, then reads the notice with `readSigned`. Pure: no clock, no network.
   * @param request the request as we received it
   * @param now epoch ms, to check the notice's age
   * @returns what the notice is about, by our number, and its report
   * @throws BadSignature for a wrong signature, age or merchant; BadInput if the notice is too malformed to be
   * verified; Unreadable if it is malformed but correctly signed
   */
  parseNotice(request: RawRequest, now: number): Notice
  /**
   * Reads an event of WeChat's message push, for a provider whose payments WeChat reports in such events
   * (docs/message-push.md). Pure.
   * @param event an event whose signature is verified
   * @returns what the event reports; undefined if it is not about this provider
   * @throws BadSignature for another merchant's event; Unreadable
   */
  readEvent?(event: PushEvent): Notice | undefined
  /**
   * Makes our answer to a notice, exactly as the provider's document says. Never throws.
   * @param verdict whether our record contains what the notice reports
   * @param notice the request, for providers with several forms of notices
   * @returns status, headers and body
   */
  answer(verdict: 'accepted' | 'rejected', notice?: RawRequest): HttpAnswer
  /**
   * Asks the provider to close an unpaid payment. Never throws after sending.
   * @param payment our number of the payment, and the provider's number if we know it
   * @returns `closed` only if the payment is certainly closed; `paid` if it was too late; otherwise `pending` or
   * `unknown`
   */
  close?(payment: PaymentRef): Promise<PaymentReport>
  /**
   * Sends a refund. Never throws: money may have moved, so after an error the outcome is `unknown`. The caller holds a
   * claim, and asks about the refund before it sends the same refundNo again.
   * @param input a full or partial refund of one payment
   * @returns `refused` only if the reply means a refusal by the provider's document
   */
  refund?(input: RefundInput): Promise<RefundSent>
  /**
   * Asks the provider about a refund. Never throws. If the provider may have received a refund, we send it a second
   * time only after the answer `notFound`. If the provider has no such function, or never answers `notFound`, we never
   * send the refund again. We keep asking, and later make a case for staff. What the documents say: WeChat Pay has a
   * code for an unknown refund (RESOURCE_NOT_EXISTS) and accepts a number once; Paymax lists the refunds of a charge
   * and accepts no number of ours; Midas and Wisecashier say nothing about unknown refunds (docs/provider-facts.md 1.5
   * and 4.4: no error codes).
   * @param input the refund as it was sent
   * @returns `notFound` only for the reply that the document gives for a refund that the provider has never received
   */
  queryRefund?(input: RefundInput): Promise<RefundAnswer>
  /**
   * Downloads the bill of one day.
   * @param day "yyyy-MM-dd" in Beijing
   * @param now epoch ms
   * @returns the rows of the bill, in the form that is the same for all providers; empty for a day without transactions
   * @throws ProviderUnavailable, ProviderRefused
   */
  bill?(day: string, now: number): Promise<BillRow[]>
  /**
   * Set if the provider can query and refund a second charge (`isSecond`) by theirNo. Left out by a provider that
   * cannot distinguish two charges that have the same paymentNo.
   */
  byTheirNo?: true
  /** the functions for contracts; absent if the provider has no contracts, or has none with these settings */
  contracts?: Contracts
  /**
   * Tests the keys without a payment. Never throws.
   * @param input a random text, and the address to which the provider sends the text in a call. `parseNotice` reads
   * this call as a notice with `about: 'check'`
   * @returns what the provider's answer proved. The provider's call comes later
   */
  checkKeys?(input: KeyCheckInput): Promise<KeyCheck>
  /** the functions for complaints; absent if shoppers cannot complain to this provider */
  complaints?: Complaints
  /**
   * Makes the name of a shopper at the provider, for providers that use such a name.
   * @param openid the shopper's openid
   * @returns the name, which is always the same for the same shopper, even after keys have changed
   */
  shopperName?(openid: string): string
}

/** A function that returns a random number from 0 up to, but not including, 1. */
export type Chance = () => number

/** The names of a provider for people, in Chinese and English. */
export interface ProviderNames {
  zh: string
  en: string
}

/** The names of one field of a provider's settings for staff, in Chinese and English. */
export interface FieldNames extends ProviderNames {
  /** the names of the field's choices; a choice without a name is shown as it is stored */
  choices?: Readonly<Record<string, ProviderNames>>
}

/** All texts about a provider and its settings that staff read. */
export interface ProviderTexts extends ProviderNames {
  /** the texts of each field of the settings, by the field's name */
  fields: Readonly<Record<string, FieldNames>>
}

/** The definition of a provider, without the settings of a merchant. `defineProvider` makes it. */
export interface ProviderDefinition<Settings = unknown> {
  code: string
  /** the names of the provider for people */
  names: ProviderNames
  /** the names of the settings' fields for staff; `defineProvider` demands a name for every field */
  fields: ProviderTexts['fields']
  /** if the shopper tries again to pay: `same` sends the same payment number again, `new` makes a new attempt */
  repeat: 'same' | 'new'
  /** set if a failed refund must be sent again with the same number; if absent, it gets a new number */
  failedRefundKeepsNo?: true
  settings: z.ZodMiniType<Settings>
  /**
   * The names of the settings' fields that identify the merchant. If new settings have the same values in these fields
   * as the old settings, the new keys are also used for older payments.
   */
  account: readonly string[]
  channels: readonly Channel[]
  /**
   * set if the merchant enters our notification address in the provider's console; if absent, we send the address with
   * each payment
   */
  noticeIsEntered?: true
  /**
   * Judges from a reply whether the provider accepts our signature; undefined if the reply does not tell. For providers
   * without a code for a wrong signature use `saysWrongSignature`. Pure, never throws.
   * @param response any reply of the provider
   * @returns whether our key was accepted
   */
  judgeKeys(response: HttpResponse): KeysVerdict | undefined
  /** the shortest RSA key that the provider's document allows, in bits; if absent, 2048 */
  leastKeyBits?: number
  /**
   * set if WeChat keeps the money of a payment in the mini-program until the shop has reported the shipping of the
   * goods. The report names the payment by its `theirNo`
   */
  reportsShipping?: true
  /** the rules of the provider's bills; absent if the provider has no bills */
  bills?: BillRules
  /**
   * Makes the provider with the settings of one merchant, and parses its keys once.
   * @param settings the settings, already checked against the schema
   * @param http sends all requests of the provider
   * @param chance makes random numbers for nonces; the default cannot be predicted
   * @returns a provider that keeps no state
   */
  create(settings: Settings, http: Http, chance?: Chance): Provider
}

/** Whether a provider accepted the signature of one of our requests. */
export type KeysVerdict =
  /** `field`: the setting that staff should check first */
  | { isAccepted: false; field: string }
  /** `field`: the setting with the accepted key; absent if the provider uses one key for everything */
  | { isAccepted: true; field?: string }

/**
 * Whether the text of a refusal mentions a signature, for providers without a list of codes. A wrong guess only makes a
 * needless case, and never moves money.
 * @param words the provider's message
 * @returns true if the message mentions a signature, in Chinese or English; false for anything but a text
 */
export const saysWrongSignature = (words: unknown): boolean =>
  typeof words === 'string' && /签名|验签|\bsign(ature)?\b/i.test(words)

/**
 * Calls a function that judges from a reply whether the provider accepted our keys.
 * @param read may throw anything
 * @returns the result of `read`; undefined if `read` throws or does not know. Never throws
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
 * Makes a text that identifies the merchant of some settings.
 * @param definition its `account` names the identifying fields
 * @param fields the decrypted settings
 * @returns a text that is equal for the same merchant at the same provider
 */
export const accountOf = ({ account, code }: Pick<ProviderDefinition, 'account' | 'code'>, fields: unknown): string =>
  JSON.stringify([code, ...account.map((name) => (fields as Record<string, unknown> | undefined)?.[name] ?? null)])

/** An HTTP request to a provider. */
export interface HttpRequest {
  method: 'GET' | 'POST'
  url: string
  headers?: Record<string, string>
  body?: string
  /** the most bytes that the reply may have, if a megabyte is not enough, such as `billBytes` */
  maxBytes?: number
}

/** The size of the largest bill that fits into a function's memory, in bytes. */
export const billBytes = 32 * 1024 * 1024

/** A provider's HTTP reply. */
export interface HttpResponse {
  status: number
  /** the headers of the reply, with names in lower case */
  headers: Record<string, string>
  /** the bytes as we received them, because signatures are computed over them */
  body: Uint8Array
}

/**
 * Sends one HTTP request, and waits only a limited time.
 * @param request a request to an address under the settings' `baseUrl`
 * @returns the reply, whatever its status
 * @throws HttpFailure if no reply came
 */
export type Http = (request: HttpRequest) => Promise<HttpResponse>

/** The error that we received no reply. `sent: false`: the request has certainly not reached the provider. */
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
 * A correctly signed notice about another merchant's payment. We reject it like a bad signature (docs/design.md 4), but
 * make a case for staff, because its sender owns the key.
 */
export class WrongMerchant extends AppError {
  constructor(readonly paymentNo: string) {
    super('BadSignature', 'the notice is another merchant’s')
    this.name = 'WrongMerchant'
  }
}

/**
 * A correctly signed notice that we cannot read. We reject it, but make a case for staff, because its sender owns the
 * key. Only `readSigned` throws this error.
 */
export class Unreadable extends AppError {
  constructor(
    /** our number in the notice, not compared with our records; empty if the notice has no number */
    readonly no: string,
    /** the name of the field that cannot be read, never its value */
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
    // Our messages begin with the field's name. Cut off the rest of the message, because it may quote the field's
    // value.
    throw new Unreadable(no ?? '', /^([\w.]{1,40}): /.exec(error.message)?.[1] ?? 'content')
  }
}

/** A notice that the provider sends with a wrong signature as a test. We reject it, but make no case. */
export class SignatureProbe extends AppError {
  constructor() {
    super('BadSignature', 'a probe by the provider')
    this.name = 'SignatureProbe'
  }
}

/**
 * Makes the failure for a reply that we cannot read or trust. The request may have been carried out.
 * @param what the name of the unreadable part, never its value
 * @returns the failure to throw; its `sent` is true
 */
export const unreadable = (what: string): HttpFailure => new HttpFailure(`the reply cannot be trusted: ${what}`, true)

/**
 * Cuts a text to a number of bytes in UTF-8.
 * @param text any text
 * @param maxBytes the most bytes of UTF-8
 * @returns the longest beginning that fits. No character is cut in two; lone surrogates become U+FFFD
 */
export function fitBytes(text: string, maxBytes: number): string {
  const bytes = new TextEncoder().encode(text)
  if (bytes.length <= maxBytes) return new TextDecoder().decode(bytes)
  let end = maxBytes
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1
  return new TextDecoder().decode(bytes.subarray(0, end))
}

/**
 * Refuses a payment or a signing if we know the shopper's openid under one official account, but the merchant has bound
 * another official account at the provider. WeChat would refuse the payment, too.
 * @param input its `appId` is the account under which we know the shopper
 * @param officialAppId the bound account; undefined: none
 * @throws ProviderRefused
 */
export function assertKnownUnder({ appId }: Pick<PrepareInput, 'appId'>, officialAppId: string | undefined): void {
  if (appId === undefined || appId !== officialAppId)
    throw new AppError('ProviderRefused', 'the shopper is known under another official account')
}

// Matches a letter, digit, punctuation mark or symbol. A text without any of these is invisible.
const visible = /[\p{L}\p{N}\p{P}\p{S}]/u

/**
 * Makes a text fit for WeChat's services (WeChat Pay, Midas): removes characters of four bytes in UTF-8 (emoji and
 * other planes), the joiners that belong to them, and control characters. WeChat Pay's page on API v2 signatures allows
 * characters of one to three bytes (4011985891). No page says this about titles of API v3 and of Midas, but merchants
 * report it in WeChat's forum.
 * @param text a title, a reason or a name
 * @param maxBytes the most bytes of UTF-8
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
 * Downloads a bill. A download can always be repeated, so every failure becomes ProviderUnavailable.
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
 * @param otherwise makes the result after an error; `reason` is the error's name, which contains no secret
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
 * @returns the result of `call`; `notSent` if the provider has certainly not received the refund; `unknown` after any
 * other failure. Never throws
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
 * @throws ProviderUnavailable if the provider certainly received nothing; HttpFailure if the reply got lost
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
