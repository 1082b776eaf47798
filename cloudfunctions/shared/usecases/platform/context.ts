// What a use case gets from outside: the caller, the clock, the database and the providers. runtime/context.ts builds
// it.

import type { ShippingWay } from '../../../../miniprogram/rules/terms'
import type { SettingsTestView, SettingsView } from '../../api/admin'
import type { Made } from '../../domain/orders/orderShape'
import type { Entered, ShippingNews } from '../../domain/orders/shipping'
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
  /** which generation of the provider's settings this is; absent: 1 */
  generation?: number
  /**
   * the generations of settings that belong to other merchants. A report from this merchant must not settle payments
   * that were begun with these generations
   */
  foreign?: ReadonlySet<number>
  /** the generations of settings that certainly belong to this merchant; absent: all of them */
  own?: ReadonlySet<number>
}

/** Limits for one person. If a call exceeds a limit, we refuse it and write nothing. */
export interface Limits {
  openOrders: number
  /** how many payments a person can begin within an hour, in all orders together */
  attemptsPerHour: number
  /** how many payments of one order may wait for a result at the same time */
  waitingAttempts: number
  /**
   * how many orders browsers without a sign-in can make from one network address from one full hour to the next, such
   * as 9:00 to 10:00
   */
  ordersPerAddress: number
}

export interface OfficialAccount {
  appId: string
  appSecret: string
  /** the addresses of WeChat's servers, without a slash at the end; in the sandbox, those of the fake server */
  authorizeUrl: string
  apiUrl: string
}

export interface ShopSettings {
  /** the public address of our function `notify`, without a slash at the end */
  publicUrl: string
  /** the appid of the mini-program, which some providers need */
  appId?: string | undefined
  /** the official account in which shoppers open our web pages; without it nobody can sign in on the web */
  officialAccount?: OfficialAccount | undefined
  /** token and key from 消息推送配置 in the mini-program's console; without them we accept no pushed event of WeChat */
  messagePush?: { token: string; aesKey?: string | undefined } | undefined
  /** origins of other websites that may use OpenMidas with this shop, such as `https://www.example.com` */
  sites?: readonly string[] | undefined
  orderMinutes: number
  /** whether the mini-program offers codes and links with which a shopper pays outside WeChat's payment sheet */
  externalWays: boolean
  /** whether WeChat has exempted the shop from the rule that virtual products are paid by virtual payment */
  virtualExempt: boolean
  /** how the shop usually ships its goods; `off`: the shop reports no shipping to WeChat */
  shipping: 'off' | ShippingWay
  /**
   * the templates of subscribe messages, in the form that `readTemplate` reads; messages without a template are not
   * sent
   */
  messages?: { [K in MessageKind]?: string | undefined } | undefined
  /** what happens with an overpayment: `wait` leaves it for staff, `refund` refunds it at once */
  surplus: 'wait' | 'refund'
  /**
   * retryDays: how many days after a contract's first failed debit we debit again; graceDays: how many days the
   * subscriber then has to pay by hand
   */
  retryDays: readonly number[]
  graceDays: number
  limits: Limits
}

export interface Context {
  now(): number
  /** A random number from 0 up to, but not including, 1. */
  chance(): number
  /** Waits for `ms` milliseconds, or until the signal is aborted. */
  pause(ms: number, signal?: AbortSignal): Promise<void>
  /** Milliseconds of a clock that never jumps. Use it to measure durations. */
  elapsed(): number
  db: Database
  files: Files
  shipping: ShippingDoor
  messages: MessageDoor
  shop(): Promise<ShopSettings>
  /** the providers that are switched on, in the registry's order */
  providers(): Promise<readonly EnabledProvider[]>
  /**
   * The provider for a new payment or contract; undefined if the provider is unknown, has no settings or is switched
   * off.
   */
  provider(code: string): Promise<EnabledProvider | undefined>
  /**
   * The provider for an existing payment or contract, with the newest settings of the same merchant. Also works if the
   * provider is switched off. Undefined if staff have ended this generation of settings.
   */
  sourceOf(made: Made): Promise<EnabledProvider | undefined>
  /**
   * All providers that have settings, each with its newest settings, in the registry's order. Includes providers that
   * are switched off.
   */
  kept(): Promise<readonly EnabledProvider[]>
  /** One entry for each generation of a provider's settings whose notices we still accept, newest first. */
  sources(code: string): Promise<readonly EnabledProvider[]>
  /** for each provider's code, the names of the provider and of its settings; includes providers without settings */
  providerNames: ReadonlyMap<string, ProviderTexts>
  settings: SettingsEditor
  /** encrypts the secrets that we share with other systems */
  secrets: Sealer
  webhooks: Webhooks
  /** reads the settings again, but at most every 10 s; returns false if the last read was more recent than that */
  refreshSettings(): Promise<boolean>
  /** the products on sale, as they were at most 60 s ago */
  products(): Promise<readonly Product[]>
  /** writes one line to the log for operators; the caller leaves out secrets and full identities */
  log(event: string, fields: Record<string, string | number | boolean | null>): void
  /**
   * the HTTP request that is being handled. If its notice cannot be applied, we store the request with the case, so
   * that staff can replay it
   */
  received?: { request: RawRequest; at: number }
  /**
   * set while staff replay a stored notice. The notice is then not counted again, and `reason` gets the cause if it
   * still cannot be applied
   */
  replay?: { reason: string }
  /** set in a run that sends many debits: waits until the provider's limit allows the next debit */
  beforeDebit?(): Promise<void>
  /**
   * for each case of forged notices (one per provider and hour): how many this function instance has seen, and how many
   * of them it has already stored. So many forged notices cost few writes
   */
  forged: Map<string, { seen: number; kept: number }>
}

/** A call that we make to an address which staff entered. */
export interface OutgoingCall {
  method: 'GET' | 'POST'
  url: string
  headers: Record<string, string>
  body?: string
  /** the time limit for the whole call with its answer */
  timeoutMs: number
}

export interface OutgoingAnswer {
  /** the HTTP status; null: no answer */
  status: number | null
  /** the first 16 KB of the answer */
  text: string
  failure: SendFailure | null
}

/** What deliveries to other systems need from outside: network, keys and memory. */
export interface Webhooks {
  /** all endpoints as they were at most 60 s ago. Do not use this function where newer changes must be seen */
  endpoints(): Promise<readonly Endpoint[]>
  /** replaces an endpoint in this function instance's memory, after its health has changed */
  note(endpoint: Endpoint): void
  /** makes a new secret: `secret` for its owner to read, `sealed` encrypted for the database */
  newSecret(): { secret: string; sealed: string }
  /** makes the header `webhook-signature`: one signature for each encrypted secret that is not null */
  sign(secrets: readonly (string | null)[], text: string): string
  /** why we never call this address. This function looks only at the text of the address; undefined: we may call it */
  refusalOf(url: string): AddressRule | undefined
  /** Calls an address. Never throws, follows no redirect, and never calls a private address. */
  call(call: OutgoingCall): Promise<OutgoingAnswer>
}

/**
 * The rule that an address breaks. wrong: the text is no address. publicHost: the host is private, or an IP address in
 * an unusual form.
 */
export type AddressRule = 'wrong' | 'https' | 'publicHost' | 'port' | 'userinfo'

/** What we tell WeChat about the shipping of one payment. */
export interface ShippingReport extends Entered {
  /** the number that WeChat Pay gave to the payment */
  theirNo: string
  openid: string
  /** what was sold, as the shopper will read it */
  goods: string
  /**
   * when staff entered the content, epoch ms. WeChat demands that each report has a later time than the report before
   */
  enteredAt: number
}

/** WeChat's service for shipping reports. Neither function ever throws. */
export interface ShippingDoor {
  upload(report: ShippingReport): Promise<ShippingNews>
  /**
   * Asks WeChat which shipping report it has for a payment. If WeChat did not answer, the outcome is `later` and `held`
   * is absent.
   */
  look(theirNo: string): Promise<ShippingNews>
}

/** WeChat's service for subscribe messages. Its function never throws. */
export interface MessageDoor {
  /**
   * Sends a message.
   * @param message `data` has a text for each keyword of the template; `page` opens when the person taps the message
   */
  send(message: {
    openid: string
    template: string
    page: string
    data: Record<string, { value: string }>
  }): Promise<{ outcome: MessageOutcome; code: number | null }>
}

export type SettingsStanding = Pick<SettingsView, 'code' | 'version' | 'problem' | 'keys' | 'refusedKeys'>

/** What the settings page can do. None of these functions returns a secret. */
export interface SettingsEditor {
  list(): Promise<SettingsView[]>
  /**
   * Says what is wrong with settings that the caller has already read. Adds the open cases about keys that providers
   * refused. Reads nothing from the database.
   */
  standing(documents: readonly SealedSettings[], cases: readonly KeptNotice[]): SettingsStanding[]
  /**
   * Stores settings of a provider.
   * @returns the names of the fields that the caller gave.
   * @throws BadInput, Conflict
   */
  save(wish: {
    code: string
    version: number | null
    enabled: boolean
    fields: Record<string, unknown>
    older?: { generation: number; do: 'restore' | 'end' } | undefined
    now: number
  }): Promise<string[]>
  /**
   * Tests whether a provider accepts settings.
   * @param fields unsaved changes, which this function does not store
   * @throws BadInput if the provider cannot be tested with these settings
   */
  test(code: string, fields: Record<string, unknown>, now: number): Promise<SettingsTestView>
}

/**
 * The context of a call by a person. In the mini-program WeChat tells us the person's openid; in a browser the session
 * contains the openid.
 */
export interface PersonContext extends Context, Person {
  /** where the person is: in the mini-program, or in a browser (and in which kind); absent: in the mini-program */
  place?: Place
  /** the IPv4 address of the phone or browser, if known. Some providers need it; we never store it */
  clientIp?: string
}

export interface ShopperContext extends PersonContext {
  /** only for a browser without a sign-in: a keyed hash of the current hour and the browser's network address */
  addressMark?: string
  /** draws a QR code of a text and returns it as a data URL; undefined if the text is too long */
  drawCode(text: string): string | undefined
}

/** The context of a call by staff, with the rights that the caller's document in `staff` gives. */
export interface StaffContext extends PersonContext {
  role: Role
  /** the staff member's name; empty if none is stored */
  name: string
  /** how much this staff member may refund of one order, in the order's minor units; null: no limit */
  refundLimitFen: number | null
  /** the id of the caller's browser session; absent: the caller is in the mini-program */
  sessionId?: string
}
