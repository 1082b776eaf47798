// What a use case is given: who calls, what time it is, the database, the providers. Built by runtime/context.ts.
import type { SettingsTestView, SettingsView } from '../../api/admin'
import type { Made } from '../../domain/orders/orderShape'
import type { Role } from '../../domain/staff'
import type { Provider, ProviderDefinition, RawRequest } from '../../providers/provider'
import type { Database } from '../../store/database'
import type { Files } from '../../store/files'
import type { Product } from '../../store/products'

export interface EnabledProvider {
  definition: ProviderDefinition
  provider: Provider
  /** which settings of this provider these are; absent: the first */
  generation?: number
  /** generations that belong to another merchant: what they made is not this one's to report about */
  foreign?: ReadonlySet<number>
}

/** What one person may have at once; whoever wants more is told so, and nothing is written. */
export interface Limits {
  openOrders: number
  /** payments begun within an hour, over all of the person's orders */
  attemptsPerHour: number
  /** payments of one order that wait for their result */
  waitingAttempts: number
}

export interface ShopSettings {
  /** where providers reach our notify function, without a slash at its end */
  publicUrl: string
  /** the mini-program's appid, where a provider needs it */
  appId?: string | undefined
  orderMinutes: number
  /** money that comes for an order already paid or closed waits for the merchant, or is refunded at once */
  surplus: 'wait' | 'refund'
  /** days after the first failed charge of a contract on which it is tried again, and days to pay it by hand after that */
  retryDays: readonly number[]
  graceDays: number
  limits: Limits
}

export interface Context {
  now(): number
  /** A random number from 0 up to, but not including, 1. */
  chance(): number
  /** Waits, until the signal at the longest. */
  pause(ms: number, signal?: AbortSignal): Promise<void>
  /** Milliseconds on a clock that never jumps: for measuring how long something takes. */
  elapsed(): number
  db: Database
  files: Files
  shop(): Promise<ShopSettings>
  /** providers whose settings are there, in the registry's order */
  providers(): Promise<readonly EnabledProvider[]>
  /** For something new. undefined for a code that is unknown, has no settings or is switched off. */
  provider(code: string): Promise<EnabledProvider | undefined>
  /**
   * For what was begun before, also when the provider was switched off since: the newest settings of the same merchant,
   * else those it was made with. undefined when they were ended.
   */
  sourceOf(made: Made): Promise<EnabledProvider | undefined>
  /** The newest settings of every provider, those that are off too, in the registry's order. */
  kept(): Promise<readonly EnabledProvider[]>
  /** All settings of a provider under which its calls may still come, the newest first. */
  sources(code: string): Promise<readonly EnabledProvider[]>
  /** whether a word is the code of a provider, with settings or without */
  knows(code: string): boolean
  settings: SettingsDesk
  /** reads settings anew, at most every 10 s; false when it was too early */
  refreshSettings(): Promise<boolean>
  /** what is on sale, from memory for up to 60 s */
  products(): Promise<readonly Product[]>
  /** one line for operators: never a secret, never a full identity */
  log(event: string, fields: Record<string, string | number | boolean | null>): void
  /** the provider's call that is being handled: kept beside what could not be applied, so that it can be replayed */
  received?: { request: RawRequest; at: number }
  /** set while a kept call is sent through the door again: it is not counted as another one, and this hears why it stays */
  replay?: { reason: string }
  /** counts forged notices of this instance, so that a flood costs few writes */
  forged: Map<string, { seen: number; kept: number }>
}

/** The sealed settings as owners see and change them: no secret comes out of it. */
export interface SettingsDesk {
  list(): Promise<SettingsView[]>
  /** @returns the names of the fields that were given. @throws BadInput, Conflict */
  save(wish: {
    code: string
    version: number | null
    enabled: boolean
    fields: Record<string, unknown>
    older?: { generation: number; do: 'restore' | 'end' } | undefined
    now: number
  }): Promise<string[]>
  /** @param fields typed over what is stored, which stays as it is @throws BadInput when there is nothing to try */
  test(code: string, fields: Record<string, unknown>, now: number): Promise<SettingsTestView>
}

/** A person in the mini-program, known by the openid that WeChat says. */
export interface PersonContext extends Context {
  openid: string
}

export interface ShopperContext extends PersonContext {
  /** the phone's IPv4 address, where it is known; for providers that want it, never kept */
  clientIp?: string
  /** a data URL of a picture of the code; undefined when the text is too long for one */
  drawCode(text: string): string | undefined
}

/** Who calls the admin function, with what the document in `staff` allows; a stranger has none. */
export interface StaffContext extends PersonContext {
  role: Role
  /** empty where nobody gave one */
  name: string
  /** what this person may give back of one order, in its minor units; null when all of it */
  refundLimitFen: number | null
}
