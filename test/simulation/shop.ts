// A simulated shop: its database, banks and settings, and the instances that run its functions. As in
// runtime/context.ts, an instance caches settings for a minute. Each instance has its own clock.

import type { Order } from '../../cloudfunctions/shared/domain/orders/orderShape'
import type { Http, ProviderDefinition } from '../../cloudfunctions/shared/providers/provider'
import { openGenerations, type Source, sourceFor } from '../../cloudfunctions/shared/runtime/generations'
import type { EndpointMemory } from '../../cloudfunctions/shared/runtime/webhooks'
import type { Document } from '../../cloudfunctions/shared/store/database'
import type { Product } from '../../cloudfunctions/shared/store/products'
import { type OpenSetting, sharedSecretsSealer } from '../../cloudfunctions/shared/store/settings'
import type {
  EnabledProvider,
  SettingsEditor,
  ShopperContext,
  ShopSettings,
  StaffContext,
  Webhooks,
} from '../../cloudfunctions/shared/usecases/platform/context'
import { noMessages } from '../support/fakes/fakeMessages'
import { noShipping } from '../support/fakes/noShipping'
import { noWebhooks } from '../support/fakes/noWebhooks'
import { Bank } from './bank'
import { BankDoor, billRules } from './bankDoor'
import { SimulatedDatabase, Store } from './database'
import type { Habits } from './lives/habits'
import type { Process } from './process'
import { type Fields, fieldsSchema, firstSettings, openSetting } from './settings'
import { minute, type World } from './world'

export const tea: Product = {
  _id: 'tea',
  version: 1,
  title: '茉莉花茶',
  titleEn: 'Jasmine tea',
  note: '',
  noteEn: '',
  priceFen: 1_250,
  currency: 'CNY',
  onSale: true,
  rank: 1,
}

const channels = ['main', 'other'].map((code) => ({ code, name: code, nameEn: code, kind: 'jsapi' as const }))
export const secrets = sharedSecretsSealer([Buffer.alloc(32, 1)])
const keepSettingsMs = minute
const refreshEveryMs = 10_000
const settingsOdds = { lost: 0.004, notSent: 0.004 }

/** A function instance that stays in memory between calls. */
interface Instance {
  skewMs: number
  settings: Settings | undefined
  readAt: number
  catalogue: { products: readonly Product[]; readAt: number } | undefined
  forged: Map<string, { seen: number; kept: number }>
  endpoints: EndpointMemory
}

/** The settings documents as an instance has read them, and the decrypted settings by provider code. */
interface Settings {
  documents: readonly Document[]
  opened: ReadonlyMap<string, OpenSetting>
}

/** A context for any caller. Each use case takes the parts that it needs. */
export type AnyContext = ShopperContext & StaffContext

export class Shop {
  readonly store: Store
  /** the banks by merchant account; the first account of a provider has the provider's name */
  readonly banks = new Map<string, Bank>()
  private readonly own: ShopSettings
  /**
   * called for each provider and process; a kind of life sets this function to add contracts or other abilities to the
   * provider
   */
  addTo: (code: string, process: Process) => Partial<EnabledProvider['provider']> = () => ({})
  /** called with each line that a use case logs, and with the key of the process in which the use case runs */
  onLog: (key: string, event: string, fields: Readonly<Record<string, unknown>>) => void = () => undefined
  /** called for each process; a kind of life with other systems of the merchant sets this function */
  webhooksOf: (process: Process, memory: EndpointMemory, now: () => number) => Webhooks = () => noWebhooks
  /** true: the clocks of the shop's instances differ */
  readonly clocksDiffer: boolean
  private catalogue: readonly Product[] = []
  private readonly prices: { priceFen: number; at: number }[] = []
  private readonly definitions = new Map<string, Omit<ProviderDefinition, 'create'>>()
  private readonly instances: Instance[]
  /** the decrypted settings, cached. Each process makes its own connections to the banks from these settings */
  private readonly sources = new Map<OpenSetting, readonly Source[]>()

  constructor(
    readonly world: World,
    shop: Partial<ShopSettings>,
  ) {
    this.store = new Store(world)
    const common = {
      publicUrl: 'http://shop.test',
      orderMinutes: 30,
      retryDays: [1, 3],
      graceDays: 7,
      externalWays: true,
      virtualExempt: false,
      shipping: 'off' as const,
    }
    const limits = { openOrders: 20, attemptsPerHour: 60, waitingAttempts: 5, ordersPerAddress: 100 }
    this.own = { ...common, limits, surplus: 'wait', ...shop }
    const random = world.randomOf('clocks')
    const differs = random.happens(0.2)
    const skewMs = () => (differs && world.may('clocks') ? random.below(4 * minute) - 2 * minute : 0)
    this.instances = Array.from({ length: 3 }, () => ({
      skewMs: skewMs(),
      settings: undefined,
      readAt: 0,
      catalogue: undefined,
      forged: new Map(),
      endpoints: {},
    }))
    this.setPrice(tea.priceFen)
    this.clocksDiffer = differs
    if (differs) this.jumpBack()
  }

  private jumpBack(): void {
    const { world } = this
    const [instance] = this.instances
    world.reached.add('clock that differs by minutes')
    if (!instance || !world.may('clock jumps')) return
    const random = world.randomOf('clock jumps')
    world.after(random.below(90 * minute), () => {
      instance.skewMs -= random.below(3 * minute)
      world.reached.add('clock that jumped back')
      world.say(1, () => 'the clock of an instance jumps back')
    })
  }

  addBank(code: string, habits: Habits, notify: (bank: Bank, news: object) => void): Bank {
    const { repeat } = habits
    const about = { settings: fieldsSchema, fields: {}, account: ['account'], judgeKeys: () => undefined }
    this.definitions.set(code, { ...about, code, names: { zh: code, en: code }, repeat, bills: billRules, channels })
    const first = firstSettings.get(code)
    if (first) this.store.put('settings', first)
    const bank = this.addMerchant(code, habits, notify, code)
    bank.savedAt = this.world.now
    return bank
  }

  /** Adds another merchant account of a provider, with its own ledger. */
  addMerchant(code: string, habits: Habits, notify: (bank: Bank, news: object) => void, account: string): Bank {
    const bank = new Bank(this.world, code, habits, notify, account)
    this.banks.set(account, bank)
    return bank
  }

  /** The bank whose ledger contains the payment. */
  bankWith(code: string, paymentNo: string): Bank | undefined {
    for (const bank of this.banks.values()) if (bank.code === code && bank.ledger.has(paymentNo)) return bank
    return undefined
  }

  /** Restarts an instance after its process has died. The instance loses everything in its memory. */
  restart(instance: number): void {
    const there = this.instances[instance]
    const empty = { settings: undefined, readAt: 0, catalogue: undefined, forged: new Map(), endpoints: {} }
    if (there) Object.assign(there, empty)
  }

  /** Makes the context of a use case. @param limitMs how long a call to a provider may take */
  contextOf(process: Process, which: number, openid: string, limitMs: number): AnyContext {
    const { world, store } = this
    const instance = this.instances[which] as Instance
    const now = () => world.now + instance.skewMs
    const isFresh = () => now() - instance.readAt >= 0 && now() - instance.readAt < keepSettingsMs
    const settings = async (): Promise<Settings> =>
      instance.settings && isFresh() ? this.noted(instance.settings) : this.readSettings(process, instance, now)
    const opened = new Map<OpenSetting, readonly Source[]>()
    const sources = (current: Settings, code: string): readonly Source[] => {
      const setting = current.opened.get(code)
      if (!setting) return []
      const there = opened.get(setting)
      if (there) return there
      const sources = this.sourcesOf(code, setting, process, limitMs)
      opened.set(setting, sources)
      return sources
    }
    const enabled = (current: Settings, code: string): Source | undefined => {
      const { off = false, generation = 1 } = current.opened.get(code) ?? {}
      const [newest] = sources(current, code)
      return newest && !off && newest.generation === generation ? newest : undefined
    }
    const refreshSettings = async (): Promise<boolean> => {
      if (instance.settings && now() - instance.readAt < refreshEveryMs) return false
      await this.readSettings(process, instance, now)
      return true
    }
    const codes = () => [...this.definitions.keys()]
    return {
      openid,
      name: '',
      role: 'owner',
      refundLimitFen: null,
      drawCode: () => undefined,
      now,
      chance: () => process.random.next(),
      pause: (ms, signal) => process.pause(ms, signal),
      elapsed: () => world.now,
      secrets,
      db: new SimulatedDatabase(store, process),
      files: noFiles,
      shipping: noShipping,
      messages: noMessages,
      settings: noEditor,
      webhooks: this.webhooksOf(process, instance.endpoints, now),
      forged: instance.forged,
      shop: async () => {
        await settings()
        return this.own
      },
      providers: async () => {
        const current = await settings()
        return codes().flatMap((code) => enabled(current, code) ?? [])
      },
      provider: async (code) => enabled(await settings(), code),
      kept: async () => {
        const current = await settings()
        return codes().flatMap((code) => sources(current, code)[0] ?? [])
      },
      sources: async (code) => sources(await settings(), code),
      async sourceOf(made) {
        const find = (current: Settings) => sourceFor(sources(current, made.provider), made)
        return find(await settings()) ?? ((await refreshSettings()) ? find(await settings()) : undefined)
      },
      providerNames: new Map([...this.definitions].map(([code, { names, fields }]) => [code, { ...names, fields }])),
      refreshSettings,
      products: () => this.readProducts(process, instance, now),
      log: (event, fields) => {
        world.say(3, () => `${process.key} logs ${event} ${JSON.stringify(fields)}`)
        this.onLog(process.key, event, fields)
      },
    }
  }

  private noted(settings: Settings): Settings {
    if (settings.documents.some((one) => this.store.peek('settings', one._id) !== one))
      this.world.reached.add('stale settings')
    return settings
  }

  private async readSettings(process: Process, instance: Instance, now: () => number): Promise<Settings> {
    const documents = await process.call('read settings', () => this.store.all('settings'), settingsOdds, 2_000)
    const opened = new Map<string, OpenSetting>()
    for (const document of documents) {
      const setting = await openSetting(document)
      if (setting) opened.set(document._id, setting)
    }
    instance.settings = { documents, opened }
    instance.readAt = now()
    return instance.settings
  }

  /** The owner changes the price of the product. */
  setPrice(priceFen: number): void {
    this.prices.push({ priceFen, at: this.world.now })
    this.catalogue = [{ ...tea, priceFen }]
  }

  /** Whether the product had this price at any time after `since`. */
  hadPrice(priceFen: number, since: number): boolean {
    return this.prices.some((price, index) => {
      const endsAt = this.prices[index + 1]?.at ?? Number.POSITIVE_INFINITY
      return price.priceFen === priceFen && endsAt > since
    })
  }

  private async readProducts(process: Process, instance: Instance, now: () => number): Promise<readonly Product[]> {
    const { catalogue } = instance
    if (catalogue && now() - catalogue.readAt >= 0 && now() - catalogue.readAt < keepSettingsMs) {
      if (catalogue.products !== this.catalogue) this.world.reached.add('stale catalogue')
      return catalogue.products
    }
    const products = await process.call('read products', () => this.catalogue, settingsOdds, 2_000)
    instance.catalogue = { products, readAt: now() }
    return products
  }

  private sourcesOf(code: string, setting: OpenSetting, process: Process, limitMs: number): readonly Source[] {
    let sources = this.sources.get(setting)
    if (!sources) {
      sources = this.openSources(code, setting, process, limitMs)
      this.sources.set(setting, sources)
    }
    return sources.map((source) => ({
      ...source,
      provider: Object.assign((source.provider as BankDoor).of(process, limitMs), this.addTo(code, process)),
    }))
  }

  private openSources(code: string, setting: OpenSetting, process: Process, limitMs: number): readonly Source[] {
    const definition = this.definitions.get(code)
    if (!definition) return []
    const create = (fields: unknown) => {
      const { account, key } = fields as Fields
      const bank = this.banks.get(account)
      if (!bank) throw new Error(`no merchant ${account}`)
      const others = () => [...this.banks.values()].filter((other) => other !== bank && other.code === code)
      return new BankDoor(bank, process, limitMs, (...of) => this.isStored(code, ...of), key, others)
    }
    return openGenerations({ ...definition, create }, setting, noHttp, { onRefused: () => undefined })
  }

  /**
   * Whether our database contains this refund, or this attempt. @param channel given for an attempt, which must be
   * stored with this provider and channel
   */
  private isStored(code: string, no: string, channel?: string): boolean {
    const order = this.store.peek<Order>('orders', no.slice(0, 22))
    if (channel === undefined) return order?.refunds.some((refund) => refund.no === no) === true
    const payment = order?.payments.find((one) => one.no === no)
    return payment?.provider === code && payment.channel === channel
  }
}

const never = (): Promise<never> => Promise.reject(new Error('not in this world'))
const noHttp: Http = never
const noFiles = { put: never, get: never, link: never, remove: never }
const noEditor: SettingsEditor = { list: never, standing: () => [], save: never, test: never }
