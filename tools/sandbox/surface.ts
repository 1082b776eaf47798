// What the sandbox offers to the local cloud, and what it needs.
import type { NoticeAnswer, NoticeRequest, PushSetup, TwinAnswer, TwinRequest, Wallet } from './twin'
import type { Grievance } from './wechat/complaints'
import type { EventFields } from './wechat/messagePush'
import type { MessageService } from './wechat/messages'
import type { SignResult } from './wechat/papay'
import type { ShippingService } from './wechat/shipping'

export interface SandboxTrace {
  from: string
  to: string
  what: string
  ok: boolean
  ms?: number
  detail?: string
}

export interface SandboxOptions {
  clock: { now(): number }
  dataDir: string
  /** a provider's current settings, including its keys */
  settings(code: string): Record<string, unknown> | undefined
  /** Sends a webhook notification to the merchant. */
  deliver(request: NoticeRequest): Promise<NoticeAnswer>
  noticeUrl(provider: string): string
  /**
   * what the shop entered in WeChat's console for message push (消息推送配置); undefined: the shop entered nothing, and
   * WeChat sends no event
   */
  messagePush?(): PushSetup | undefined
  trace(event: SandboxTrace): void
  /** repeats notifications this many times faster than the provider's document says [1] */
  noticeSpeed?: number
  /** ms until an accepted refund succeeds [20 minutes] */
  refundAfterMs?: number
  /** real ms that a slow call takes [10,000] */
  slowMs?: number
}

interface ProviderScenarios {
  provider: string
  name: string
  scenarios: { id: string; label: string; labelEn: string }[]
  /** the next payment's scenario */
  next: string
}

/** The data of a payment, for the payment sheet and the page of a payment link. */
interface InspectedPayment {
  provider: string
  amountFen: number
  currency: string
  title: string
  /** set if the payment can no longer be paid; says why */
  ended?: 'paid' | 'closed'
  /** the shopper's wallet, if it is not WeChat Pay */
  wallet?: Wallet
}

export interface Sandbox {
  /** Handles a request to a provider's API. On `reset` the caller must destroy the socket. */
  handle(provider: string, request: TwinRequest): Promise<TwinAnswer | 'reset'>
  list(): { keep: boolean; providers: ProviderScenarios[] }
  /**
   * Chooses the scenario of the next payment, from its first call to its end. @throws SandboxError for unknown names
   */
  setScenario(provider: string, scenario: string): void
  /** Whether a chosen scenario stays for all following payments (on), or is used for one payment (off). */
  setKeep(keep: boolean): void
  /**
   * The shopper confirms in the payment sheet.
   * @param payInfo Midas's pay_info, the JSON of JSAPI parameters, or these as an object
   * @param scenario replaces the chosen scenario
   * @returns the result of wx.requestPayment
   * @throws SandboxError for an unknown scenario
   */
  pay(payInfo: string | object, scenario?: string): Promise<{ errMsg: string }>
  /**
   * Imitates WeChat's signing page: the result of opening it, and the data for App.onShow afterwards.
   * @param extraData the argument that the phone passed to wx.navigateToMiniProgram
   * @throws SandboxError for an unknown scenario
   */
  sign(extraData: Record<string, unknown>, openid: string, scenario?: string): SignResult
  /**
   * Plays a merchant who refunds a payment in the provider's console. The fake server notifies the shop if the real
   * provider does so too.
   * @throws SandboxError if this fake server has no console
   */
  refundInConsole(provider: string, paymentNo: string, amountFen: number): void
  /**
   * Plays a shopper who complains about a WeChat Pay payment. The fake server notifies the shop.
   * @returns the complaint's number
   * @throws SandboxError if the payment is not paid
   */
  complain(paymentNo: string, grievance: Grievance): string
  /** Plays a shopper who writes more about a complaint. @throws SandboxError if the complaint does not exist */
  complainAgain(complaintId: string, text: string): void
  complaints(): object[]
  /** Plays wx.login: returns a code that WeChat exchanges once for the user's session key. */
  login(openid: string): string
  /** Plays a subscriber who ends a contract in WeChat. @returns false if the contract does not exist */
  terminate(contractNo: string): boolean
  /** The data of a payment for the payment sheet. @throws SandboxError if no fake server knows this payInfo */
  inspect(payInfo: string | object): InspectedPayment
  /** The time at which the next notice is due; null if none waits. */
  nextAt(): number | null
  /** Sends all due notices; resolves when they have been sent. */
  run(now: number): Promise<void>
  close(): void
  /** the fake WeChat server that receives our shipping reports */
  shipping: ShippingService
  /** the fake server of WeChat's subscribe messages */
  messages: MessageService
  /**
   * Plays WeChat, which sends an event through its message push.
   * @param changes settings that differ from the shop's, such as XML instead of JSON
   * @returns the merchant's answer; undefined if the shop has entered no address
   */
  push(event: EventFields, changes?: Partial<PushSetup>): Promise<NoticeAnswer | undefined>
}
