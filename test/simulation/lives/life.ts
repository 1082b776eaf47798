// A life: one simulated run of a shop with its actors, its timer and the notices of its banks. Each kind of life adds
// its own actors. After a while the faults stop, and time runs on until no work is left.
import type { AdminAction } from '../../../cloudfunctions/shared/api/admin'
import type { RawRequest } from '../../../cloudfunctions/shared/providers/provider'
import type { ShopSettings } from '../../../cloudfunctions/shared/usecases/platform/context'
import { receiveNotice } from '../../../cloudfunctions/shared/usecases/settle/receiveNotice'
import type { Bank } from '../bank'
import { checkAtEnd } from '../invariants/invariants'
import { watchWrites } from '../invariants/watches'
import { Process } from '../process'
import type { Random } from '../random'
import { type AnyContext, Shop } from '../shop'
import type { Systems } from '../systems'
import { day, earliest, hour, minute, World, type WorldOptions } from '../world'

/** What the caller of a function learns. */
export type Heard<T> = { ok: true; value: T; ordersSeenAt: number } | { ok: false; error: unknown }

interface HeardAction {
  by: string
  what: AdminAction
  times: number
}

const unheard: Heard<never> = { ok: false, error: new Error('no answer') }

// How long each function may run (functions.json), and how long it waits for a provider (serve.ts).
const doors = {
  order: { timeoutMs: 20_000, providerMs: 6_000 },
  contract: { timeoutMs: 20_000, providerMs: 6_000 },
  admin: { timeoutMs: 20_000, providerMs: 6_000 },
  notify: { timeoutMs: 10_000, providerMs: 2_500 },
  timer: { timeoutMs: 60_000, providerMs: 6_000 },
} as const
export type Door = keyof typeof doors

// When a bank repeats a notice, in seconds from the last try, as WeChat Pay's document says: 15 s, 15 s, 30 s, 3 min,
// 10 min, 20 min, 30 min … until we confirm it.
const noticeClockMs = [0, 15, 15, 30, 180, 600, 1_200, 1_800, 1_800, 1_800, 3_600, 10_800, 10_800, 10_800, 21_600].map(
  (seconds) => seconds * 1_000,
)
// The clock of an instance may be this far ahead. Such an instance finds work due that much too early.
const aheadMs = 2 * minute
const runningTimeMs = 35_000
// A life with more steps than this counts as endless. The longest of many thousand lives needed far fewer.
const mostSteps = 30_000

export abstract class Life {
  readonly world: World
  readonly shop: Shop
  readonly random: Random
  /** true: in this life no call gets lost and no process dies */
  readonly isCalm: boolean
  /** true: the timer stood still for days */
  private timerStopped = false
  /** the other systems of the merchant; absent: there are none */
  protected systems?: Systems
  /** the time at which the faults stop */
  readonly liveUntil: number
  private serial = 0
  private readonly heard = new Map<string, HeardAction>()

  /** @param beginsMs when the life begins, in ms after noon in Beijing */
  constructor(
    options: WorldOptions,
    settings: (random: Random) => Partial<ShopSettings>,
    liveMs: number,
    beginsMs = 0,
  ) {
    this.world = new World(options, beginsMs)
    const { world } = this
    this.random = world.randomOf('life')
    world.faults = this.random.pick([0, 1, 1, 2, 4])
    this.isCalm = world.faults === 0
    this.shop = new Shop(world, settings(this.random))
    this.liveUntil = world.now + liveMs
    world.at(this.liveUntil, () => {
      world.faults = 0
    })
    watchWrites(this)
  }

  /** Does the timer's work in this kind of life. */
  protected abstract timerWork(ctx: AnyContext, hasTime: () => boolean): Promise<unknown>
  /** The earliest due time of all waiting work of this kind of life; null if no work waits. */
  abstract dueAt(): number | null
  private nextDueAt(): number | null {
    return this.systems ? earliest(this.dueAt(), this.systems.dueAt()) : this.dueAt()
  }
  /** All work must end within this time after the faults have stopped, in ms. */
  protected readonly settlesMs: number = 9 * day
  /**
   * The possible intervals at which the timer checks whether a write has made work due. Each life draws one of them.
   */
  protected readonly looksEveryMs: readonly number[] = [minute, ...Array.from({ length: 4 }, () => 10 * minute)]
  /** Checks the invariants of this kind of life at its end. */
  checkMore(): void {}

  step(): boolean {
    const { world } = this
    if (world.steps > mostSteps) world.fail('work comes to an end', `after ${world.steps} events there is still more`)
    return world.step()
  }

  /** Checks the invariants at the end of the life. */
  end(): void {
    if (this.world.violation === undefined) checkAtEnd(this)
    if (this.world.violation === undefined) this.checkMore()
    if (this.world.violation === undefined) this.systems?.check(this.isCalm && !this.timerStopped)
  }

  /**
   * Runs a cloud function once. @returns what its caller learns; an error if the process died or the answer got lost
   */
  run<T>(door: Door, key: string, openid: string, work: (ctx: AnyContext) => Promise<T>): Promise<Heard<T>> {
    const { world, shop } = this
    const { timeoutMs, providerMs } = doors[door]
    return new Promise((resolve) => {
      const process = new Process(world, key, timeoutMs)
      const instance = process.random.below(3)
      process.onDeath = () => {
        shop.restart(instance)
        world.after(1_000, () => resolve(unheard))
      }
      const ctx = shop.contextOf(process, instance, openid, providerMs)
      work(ctx).then(
        (value) => resolve({ ok: true, value, ordersSeenAt: process.ordersSeenAt }),
        (error: unknown) => {
          if (isBug(error)) world.fail('no use case breaks', `${key}: ${error.stack?.slice(0, 300)}`)
          resolve({ ok: false, error })
        },
      )
    })
  }

  /** Runs an action of staff that the audit log must record. */
  async runAsStaff<T>(what: AdminAction, by: string, key: string, work: (ctx: AnyContext) => Promise<T>) {
    const heard = await this.run('admin', key, by, work)
    const there = this.heard.get(`${by} ${what}`)
    if (heard.ok) this.heard.set(`${by} ${what}`, { by, what, times: (there?.times ?? 0) + 1 })
    return heard
  }

  heardActions(): Iterable<HeardAction> {
    return this.heard.values()
  }

  /** Lets an actor do one step, unless the shrinker has removed the actor or the step. */
  async act(actor: string, what: string, work: (key: string) => Promise<unknown>): Promise<void> {
    const { world } = this
    this.serial += 1
    const key = `${actor}: ${what}`
    if (!world.may(key)) return
    world.say(1, () => key)
    await work(key)
  }

  /** Starts an actor, which acts on its own from now on. */
  actor(name: string, probability: number, live: (random: Random) => Promise<void>): void {
    const random = this.world.randomOf(name)
    if (!random.happens(probability) || !this.world.may(name)) return
    live(random).catch((error: unknown) => {
      this.world.fail('the simulator itself works', error instanceof Error ? `${error.stack}` : 'error')
    })
  }

  /** Lets a bank send a notice, and repeat it until we confirm it. */
  notify = (bank: Bank, news: object): void => {
    this.serial += 1
    this.sendNotice(bank, news, `notice ${bank.account} ${this.serial}`, 0)
  }

  private sendNotice(bank: Bank, news: object, key: string, index: number): void {
    const { world } = this
    const waitMs = noticeClockMs[index]
    if (waitMs === undefined) return
    world.after(waitMs + bank.random.below(300), async () => {
      // If the shrinker has removed this try, the next try still comes, as after a lost notice. The last try always
      // comes.
      const isLast = index === noticeClockMs.length - 1
      if (!isLast && !world.may(`${key}.${index}`)) return this.sendNotice(bank, news, key, index + 1)
      if (index === 0 && bank.random.happens(0.15)) {
        world.reached.add('notice that came twice')
        void this.deliver(bank, news, `${key}.${index}b`, 'good')
      }
      const isThanked = await this.deliver(bank, news, `${key}.${index}`, 'good')
      if (!isThanked) this.sendNotice(bank, news, key, index + 1)
      else if (bank.random.happens(0.04))
        world.after(bank.random.below(2 * day), () => {
          if (!world.may(`${key} again`)) return
          world.reached.add('notice that came again long after')
          void this.deliver(bank, news, `${key} again`, 'good')
        })
    })
  }

  /** Sends a notice to our function once. @returns whether we confirmed it */
  async deliver(bank: Bank, news: object, key: string, sign: 'good' | 'bad'): Promise<boolean> {
    const { world } = this
    const request: RawRequest = {
      method: 'POST',
      path: `/notify/${bank.code}`,
      query: {},
      headers: { sign, key: `${bank.account} ${bank.key}` },
      body: Buffer.from(JSON.stringify(news)),
    }
    world.say(2, () => `${key} says ${JSON.stringify(news)}${sign === 'bad' ? ', forged' : ''}`)
    const heard = await this.run('notify', key, '', (ctx) => receiveNotice(ctx, bank.code, request))
    const isThanked = heard.ok && heard.value.statusCode === 200
    if (heard.ok) world.say(2, () => `${key} hears ${heard.value.statusCode}`)
    if (isThanked) this.onThanks(bank, news, sign)
    return isThanked
  }

  /** Called when we have confirmed a notice. */
  protected onThanks(_bank: Bank, _news: object, _sign: 'good' | 'bad'): void {}

  /**
   * Starts the timer, which runs each minute. Minutes without due work are skipped, because the timer sleeps until work
   * is due. A write may make work due earlier, which the timer notices at its next check.
   */
  protected startTimer(): void {
    const { world } = this
    const { store } = this.shop
    const random = world.randomOf('timer')
    const stopsForDays = random.happens(0.03)
    const looksEveryMs = random.pick(this.looksEveryMs)
    let runs = 0
    let wakesAt = Number.POSITIVE_INFINITY
    const sleepUntil = (dueAt: number | null) => {
      if (dueAt === null || world.now > this.liveUntil + this.settlesMs) return
      const at = Math.max(Math.ceil(Math.max(dueAt, world.now) / minute) * minute, world.now + 1)
      if (at >= wakesAt) return
      wakesAt = at
      const lateMs = random.happens(0.1) ? random.below(30_000) : 0
      world.at(at + lateMs, () => {
        if (wakesAt === at) wake()
      })
    }
    const sleep = () => {
      wakesAt = Number.POSITIVE_INFINITY
      sleepUntil(this.nextDueAt())
    }
    const wake = () => {
      const dueAt = this.nextDueAt()
      // The work that was due may have been done while the timer was late.
      if (dueAt === null || dueAt > world.now) return sleep()
      if (stopsForDays && !this.timerStopped && world.now > world.startAt + 10 * minute && world.may('timer stops')) {
        this.timerStopped = true
        world.reached.add('timer stopped for days')
        world.say(1, () => 'the timer stops for two days')
        return world.after(2 * day, sleep)
      }
      runs += 1
      void this.runTimer(`timer ${runs}`)
      if (world.faults > 0 && random.happens(0.1) && world.may(`timer ${runs}b`)) {
        world.reached.add('two timers at once')
        void this.runTimer(`timer ${runs}b`)
      }
      world.after(minute - 1, sleep)
    }
    const watch = store.onWrite
    store.onWrite = (collection, before, after) => {
      watch(collection, before, after)
      const dueAt = this.nextDueAt()
      const looksAt = world.now + looksEveryMs - ((world.now - world.startAt) % looksEveryMs)
      sleepUntil(dueAt && Math.max(dueAt, looksAt))
    }
    sleep()
  }

  /**
   * Whether a queue of the timer may contain due work, even for the clock that is furthest ahead. If not, the timer
   * need not read the queue.
   */
  protected hasWork(dueAt: number | null): boolean {
    return dueAt !== null && dueAt <= this.world.now + aheadMs
  }

  private runTimer(key: string): Promise<unknown> {
    const startedAt = this.world.now
    const hasTime = () => this.world.now - startedAt < runningTimeMs
    return this.run('timer', key, '', (ctx) => this.timerRun(ctx, hasTime))
  }

  private timerRun(ctx: AnyContext, hasTime: () => boolean): Promise<unknown> {
    const { systems } = this
    if (!systems) return this.timerWork(ctx, hasTime)
    return Promise.allSettled([
      this.hasWork(this.dueAt()) && this.timerWork(ctx, hasTime),
      this.hasWork(systems.dueAt()) && systems.work(ctx, hasTime),
    ])
  }
}

// Whether an error is a bug. Use cases throw an AppError or pass on the simulator's own errors; any other error is a
// bug.
const isBug = (error: unknown): error is Error =>
  error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError

export { day, hour, minute }
