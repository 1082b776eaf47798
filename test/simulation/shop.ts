// A shop in a world: its database, its banks, its settings, and the instances on which its functions run. An instance
// keeps settings for a minute, as runtime/context.ts does, and has a clock of its own.
import * as z from 'zod/mini'
import type { Order } from '../../cloudfunctions/shared/domain/orders/orderShape'
import type { ProviderDefinition } from '../../cloudfunctions/shared/providers/provider'
import type { Product } from '../../cloudfunctions/shared/store/products'
import type {
  EnabledProvider,
  SettingsDesk,
  ShopperContext,
  ShopSettings,
  StaffContext,
} from '../../cloudfunctions/shared/usecases/platform/context'
import { Bank, type Habits } from './bank'
import { BankDoor, billRules } from './bankDoor'
import { SimulatedDatabase, Store } from './database'
import { Process } from './process'
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
const keepSettingsMs = minute
const refreshEveryMs = 10_000
const settingsOdds = { lost: 0.004, notSent: 0.004 }

/** One warm function. */
interface Instance {
  skewMs: number
  settings: Settings | undefined
  readAt: number
  forged: Map<string, { seen: number; kept: number }>
}

/** What the settings say at one time. A change makes new ones; instances keep the old ones for a while. */
interface Settings {
  shop: ShopSettings
  /** codes of the providers that are on */
  on: ReadonlySet<string>
}

/** The context of anybody: use cases take of it what they need. */
export type AnyContext = ShopperContext & StaffContext

export class Shop {
  readonly store: Store
  readonly banks = new Map<string, Bank>()
  settings: Settings
  /** contracts or other abilities that a kind of world adds to a provider */
  addTo: (code: string, process: Process) => Partial<EnabledProvider['provider']> = () => ({})
  private readonly definitions = new Map<string, ProviderDefinition>()
  private readonly instances: Instance[]

  constructor(
    readonly world: World,
    shop: Partial<ShopSettings>,
  ) {
    this.store = new Store(world)
    const common = { publicUrl: 'http://shop.test', orderMinutes: 30, retryDays: [1, 3], graceDays: 7 }
    const limits = { openOrders: 20, attemptsPerHour: 60, waitingAttempts: 5 }
    this.settings = { shop: { ...common, limits, surplus: 'wait', ...shop }, on: new Set() }
    const random = world.randomOf('clocks')
    const differs = random.happens(0.2)
    const skewMs = () => (differs && world.may('clocks') ? random.below(4 * minute) - 2 * minute : 0)
    this.instances = Array.from({ length: 3 }, () => ({
      skewMs: skewMs(),
      settings: undefined,
      readAt: 0,
      forged: new Map(),
    }))
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
    const bank = new Bank(this.world, code, habits, notify)
    this.banks.set(code, bank)
    const { repeat } = habits
    const create = () => new BankDoor(bank, new Process(this.world, 'none', 0), 0, () => true)
    this.definitions.set(code, {
      code,
      name: code,
      repeat,
      settings: z.unknown(),
      account: [],
      judgeKeys: () => undefined,
      bills: billRules,
      channels,
      create,
    })
    this.switchTo(code, true)
    return bank
  }

  switchTo(code: string, isOn: boolean): void {
    const on = new Set(this.settings.on)
    if (isOn) on.add(code)
    else on.delete(code)
    this.settings = { ...this.settings, on }
  }

  /** After a process died: its instance starts anew, with nothing in memory. */
  restart(instance: number): void {
    const there = this.instances[instance]
    if (there) Object.assign(there, { settings: undefined, readAt: 0, forged: new Map() })
  }

  /** What a use case is given. @param limitMs how long a call to a provider may take */
  contextOf(process: Process, which: number, openid: string, limitMs: number): AnyContext {
    const { world, store } = this
    const instance = this.instances[which] as Instance
    const now = () => world.now + instance.skewMs
    const settings = (): Settings | Promise<Settings> =>
      instance.settings && Math.abs(now() - instance.readAt) < keepSettingsMs
        ? this.noted(instance.settings)
        : this.readSettings(process, instance, now)
    const enabled = ({ on }: Settings, code: string): EnabledProvider | undefined =>
      on.has(code) ? this.enabledOf(code, process, limitMs) : undefined
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
      db: new SimulatedDatabase(store, process),
      files: noFiles,
      settings: noDesk,
      forged: instance.forged,
      shop: async () => (await settings()).shop,
      providers: async () => {
        const current = await settings()
        return [...this.banks.keys()].flatMap((code) => enabled(current, code) ?? [])
      },
      provider: async (code) => enabled(await settings(), code),
      // Here settings have one generation, which is kept when a provider is switched off.
      kept: async () => [...this.banks.keys()].flatMap((code) => this.enabledOf(code, process, limitMs) ?? []),
      sources: async (code) => [this.enabledOf(code, process, limitMs)].flatMap((source) => source ?? []),
      sourceOf: async (made) => this.enabledOf(made.provider, process, limitMs),
      knows: (code) => this.banks.has(code),
      async refreshSettings() {
        if (instance.settings && now() - instance.readAt < refreshEveryMs) return false
        instance.settings = undefined
        await settings()
        return true
      },
      products: async () => [tea],
      log: (event, fields) => world.say(3, () => `${process.key} logs ${event} ${JSON.stringify(fields)}`),
    }
  }

  private noted(settings: Settings): Settings {
    if (settings !== this.settings) this.world.reached.add('stale settings')
    return settings
  }

  private async readSettings(process: Process, instance: Instance, now: () => number): Promise<Settings> {
    instance.settings = await process.call('read settings', () => this.settings, settingsOdds, 2_000)
    instance.readAt = now()
    return instance.settings
  }

  private enabledOf(code: string, process: Process, limitMs: number): EnabledProvider | undefined {
    const bank = this.banks.get(code)
    const definition = this.definitions.get(code)
    if (!bank || !definition) return undefined
    const provider = new BankDoor(bank, process, limitMs, (no) => this.isStored(no))
    return { definition, provider: Object.assign(provider, this.addTo(code, process)) }
  }

  private isStored(no: string): boolean {
    const order = this.store.peek<Order>('orders', no.slice(0, 22))
    return [...(order?.payments ?? []), ...(order?.refunds ?? [])].some((one) => one.no === no)
  }
}

const never = (): Promise<never> => Promise.reject(new Error('not in this world'))
const noFiles = { put: never, get: never, link: never, remove: never }
const noDesk: SettingsDesk = { list: never, save: never, test: never }
