// The context of a use case: the caller, the clock, the database and the providers. Built by runtime/context.ts.
import type { SettingsTestView, SettingsView } from '../../api/admin'
import type { Made } from '../../domain/orders/orderShape'
import type { Entered, ShippingNews, ShippingWay } from '../../domain/orders/shipping'
import type { Person, Place } from '../../domain/person'
import type { Role } from '../../domain/staff'
import type { SendFailure } from '../../domain/telling/delivery'
import type { Endpoint } from '../../domain/telling/endpoint'
import type { MessageKind, MessageOutcome } from '../../domain/telling/message'
import type { Provider, ProviderDefinition, ProviderTexts, RawRequest } from '../../providers/provider'
import type { Database } from '../../store/database'
import type { Files } from '../../store/files'
import type { KeptNotice } from '../../store/notices'
import type { Product } from '../../store/products'
import type { SealedSettings, Sealer } from '../../store/settings'

export interface EnabledProvider {
  definition: ProviderDefinition
  provider: Provider
  /** the number of the settings' generation; absent: 1 */
  generation?: number
  /** numbers of generations of other merchants: a report of this merchant must not settle their payments */
  foreign?: ReadonlySet<number>
  /** numbers of the generations that are surely of this merchant; absent: all of them */
  own?: ReadonlySet<number>
}

/** Limits for one person. A call over a limit is refused and writes nothing. */
export interface Limits {
  openOrders: number
  /** the most payments that a person can begin within an hour, over all orders */
  attemptsPerHour: number
  /** the most payments of one order that may wait for their result */
  waitingAttempts: number
  /** the most orders that browsers without a sign-in can make from one network address within an hour of the clock */
  ordersPerAddress: number
}

export interface OfficialAccount {
  appId: string
  appSecret: string
  /** WeChat's hosts, without a slash at the end; the sandbox stands in for them */
  authorizeUrl: string
  apiUrl: string
}

export interface ShopSettings {
  /** the public address of our notify function, without a slash at the end */
  publicUrl: string
  /** the mini-program's appid; some providers need it */
  appId?: string | undefined
  /** the account in which shoppers open the web pages; without one nobody can sign in there */
  officialAccount?: OfficialAccount | undefined
  /** what stands under 消息推送配置 of the mini-program; without it no event of WeChat is accepted */
  messagePush?: { token: string; aesKey?: string | undefined } | undefined
  /** origins of other sites that may use OpenMidas with this shop: `https://www.example.com` */
  sites?: readonly string[] | undefined
  orderMinutes: number
  /** whether codes and links that pay outside WeChat's payment sheet are offered in the mini-program */
  externalWays: boolean
  /** whether WeChat has exempted the shop from paying virtual products by its virtual payment */
  virtualExempt: boolean
  /** how the shop's goods usually go out; `off`: shipping is not reported to WeChat */
  shipping: 'off' | ShippingWay
  /** the templates of subscribe messages, as `readTemplate` reads them; a kind without one is not sent */
  messages?: { [K in MessageKind]?: string | undefined } | undefined
  /**
   * what happens to a payment of an order that is already paid or closed: it waits for staff, or is refunded at once
   */
  surplus: 'wait' | 'refund'
  /**
   * days after a contract's first failed charge on which it is tried again; `graceDays`: days to pay it by hand then
   */
  retryDays: readonly number[]
  graceDays: number
  limits: Limits
}

export interface Context {
  now(): number
  /** A random number from 0 up to, but not including, 1. */
  chance(): number
  /** Waits for `ms`, or until the signal is aborted. */
  pause(ms: number, signal?: AbortSignal): Promise<void>
  /** Milliseconds of a clock that never jumps, for measuring durations. */
  elapsed(): number
  db: Database
  files: Files
  shipping: ShippingDoor
  messages: MessageDoor
  shop(): Promise<ShopSettings>
  /** the enabled providers, in the registry's order */
  providers(): Promise<readonly EnabledProvider[]>
  /** A provider for a new payment or contract; undefined if it is unknown, has no settings or is switched off. */
  provider(code: string): Promise<EnabledProvider | undefined>
  /**
   * The provider with the settings for an existing payment or contract: the newest settings of the same merchant. Works
   * also for a provider that is switched off. Undefined if the generation was ended by a person.
   */
  sourceOf(made: Made): Promise<EnabledProvider | undefined>
  /** Every provider with its newest settings, also if switched off, in the registry's order. */
  kept(): Promise<readonly EnabledProvider[]>
  /** A provider with each generation of settings whose notices are still accepted, the newest first. */
  sources(code: string): Promise<readonly EnabledProvider[]>
  /** the names of every provider and of its settings, by its code; also of providers without settings */
  providerNames: ReadonlyMap<string, ProviderTexts>
  settings: SettingsDesk
  /** seals the secrets that we share with other systems */
  secrets: Sealer
  webhooks: Webhooks
  /** reads the settings again, at most every 10 s; false if the last read is younger */
  refreshSettings(): Promise<boolean>
  /** the products on sale, kept in memory for up to 60 s */
  products(): Promise<readonly Product[]>
  /** writes one line for operators, without secrets and full identities */
  log(event: string, fields: Record<string, string | number | boolean | null>): void
  /** the request that is being handled: stored with a notice that cannot be applied, so that it can be replayed */
  received?: { request: RawRequest; at: number }
  /**
   * set while a kept notice is replayed: it is not counted again, and `reason` gets the cause if it still cannot be
   * applied
   */
  replay?: { reason: string }
  /** the number of forged notices at this instance, so that a flood of them costs few writes */
  forged: Map<string, { seen: number; kept: number }>
}

/** A call to an address that staff entered. */
export interface OutgoingCall {
  method: 'GET' | 'POST'
  url: string
  headers: Record<string, string>
  body?: string
  /** the limit for the whole exchange */
  timeoutMs: number
}

export interface OutgoingAnswer {
  /** null: no answer */
  status: number | null
  /** the first 16 KB of the answer */
  text: string
  failure: SendFailure | null
}

/** Everything about other systems that needs a network, a key or a memory. */
export interface Webhooks {
  /** all endpoints as they were at most 60 s ago: only for what may miss the newest ones */
  endpoints(): Promise<readonly Endpoint[]>
  /** replaces an endpoint in this instance's memory */
  note(endpoint: Endpoint): void
  /** the endpoint of a domain's `bgUrl` as it was noted in this instance, at most 60 s ago */
  noted(id: string): Endpoint | undefined
  /** a new secret for its owner, and sealed for the database */
  newSecret(): { secret: string; sealed: string }
  /** the header `webhook-signature`: one signature for each sealed secret that is not null */
  sign(secrets: readonly (string | null)[], text: string): string
  /** why an address is not called at all, by its text; undefined: it may be called */
  refusalOf(url: string): AddressRule | undefined
  /** Never throws, follows no redirect, and calls no private address. */
  call(call: OutgoingCall): Promise<OutgoingAnswer>
}

/** wrong: no address. publicHost: a private host or a number written in another way. */
export type AddressRule = 'wrong' | 'https' | 'publicHost' | 'port' | 'userinfo'

/** What WeChat is told about the shipping of one payment. */
export interface ShippingReport extends Entered {
  /** the number that WeChat Pay gave the payment */
  theirNo: string
  openid: string
  /** what was sold, for the shopper */
  goods: string
  /** epoch ms; grows from report to report */
  enteredAt: number
}

/** WeChat's service for reports of shipping. Neither call ever throws. */
export interface ShippingDoor {
  upload(report: ShippingReport): Promise<ShippingNews>
  /** Asks what WeChat has. `later` without `held`: WeChat did not answer. */
  look(theirNo: string): Promise<ShippingNews>
}

/** WeChat's service for subscribe messages. Never throws. */
export interface MessageDoor {
  /** @param message `data` by the template's keywords; `page` opens when the message is tapped */
  send(message: {
    openid: string
    template: string
    page: string
    data: Record<string, { value: string }>
  }): Promise<{ outcome: MessageOutcome; code: number | null }>
}

/** The interface of the settings page: it never returns a secret. */
export type SettingsStanding = Pick<SettingsView, 'code' | 'version' | 'problem' | 'keys' | 'refusedKeys'>

export interface SettingsDesk {
  list(): Promise<SettingsView[]>
  /**
   * What is wrong with settings that were read already, together with the cases about refused keys. Reads nothing.
   */
  standing(documents: readonly SealedSettings[], cases: readonly KeptNotice[]): SettingsStanding[]
  /** @returns the names of the fields that were given. @throws BadInput, Conflict */
  save(wish: {
    code: string
    version: number | null
    enabled: boolean
    fields: Record<string, unknown>
    older?: { generation: number; do: 'restore' | 'end' } | undefined
    now: number
  }): Promise<string[]>
  /** @param fields unsaved changes; not stored @throws BadInput if the provider cannot be tested with these settings */
  test(code: string, fields: Record<string, unknown>, now: number): Promise<SettingsTestView>
}

/** The context of a person: in the mini-program the openid comes from WeChat, in a browser from the session. */
export interface PersonContext extends Context, Person {
  /** absent: in the mini-program */
  place?: Place
  /** the IPv4 address of the phone or browser if it is known: for providers that need it, never stored */
  clientIp?: string
}

export interface ShopperContext extends PersonContext {
  /** for a browser without a sign-in: a mark of its network address, another one each hour */
  addressMark?: string
  /** draws a QR code and returns its data URL; undefined if the text is too long */
  drawCode(text: string): string | undefined
}

/** The context of a caller of the admin function, with the rights of the document in `staff`. */
export interface StaffContext extends PersonContext {
  role: Role
  /** the caller's name, or an empty text */
  name: string
  /** the most that this person may refund of one order, in its minor units; null: no limit */
  refundLimitFen: number | null
  /** the id of the session in a browser; absent: in the mini-program */
  sessionId?: string
}
