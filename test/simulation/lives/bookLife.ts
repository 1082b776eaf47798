// A simulated life about bills and sales figures: an order (often late in the evening), the bills of its day, staff who
// resolve the differences, and the sales figures.

import { startOfDayText } from '../../../cloudfunctions/shared/domain/days'
import type { Job } from '../../../cloudfunctions/shared/store/jobs'
import { workDue } from '../../../cloudfunctions/shared/usecases/due/workDue'
import { workDueJobs } from '../../../cloudfunctions/shared/usecases/due/workDueJobs'
import { countStats } from '../../../cloudfunctions/shared/usecases/jobs/countStats'
import { type Reconciliation, repairsOf } from '../../../cloudfunctions/shared/usecases/jobs/reconcile'
import { audited } from '../../../cloudfunctions/shared/usecases/staff/audited'
import { repairAsStaff, runBillsAsStaff } from '../../../cloudfunctions/shared/usecases/staff/manageBills'
import { readStats } from '../../../cloudfunctions/shared/usecases/staff/readStats'
import { beijingDay, dayMs } from '../../../miniprogram/rules/beijing'
import { brokenBooks } from '../invariants/bookInvariants'
import { Random, seedOf } from '../random'
import type { AnyContext } from '../shop'
import type { WorldOptions } from '../world'
import { hour, minute } from './life'
import { OrderLife } from './orderLife'
import type { OwnerDeed } from './owner'

const repair = audited('repair', repairAsStaff)
const bills = audited('bills', runBillsAsStaff)

// The times at which a life may begin (noon, 22:30, 23:30 and 23:50), as ms after noon. After a late order, the payment
// and the refunds fall on different days.
const begins = [0, 10.5 * hour, 11.5 * hour, 11.5 * hour + 20 * minute]
const beginsMsOf = (seed: number): number => new Random(seedOf(seed, 'evening')).pick(begins)
// Bills are ready at 10:00, and the timer fetches them at 10:30. Staff come after 11:00.
const morningMs = 11 * hour

// An instance's clock may be five minutes behind, so the figures are complete only after some more minutes.
const countsAfterMs = 10 * minute

interface Times {
  days: readonly string[]
  /** when these days begin */
  daysFrom: readonly number[]
  /** when the timer wakes even if nothing is due: it plans the bills of a day during that day, and counts the figures */
  runsAt: readonly number[]
}

function timesFrom(startAt: number): Times {
  const days = [beijingDay(startAt), beijingDay(startAt + dayMs)]
  const daysFrom = days.map((day) => startOfDayText(day, 'day'))
  const secondDayAt = daysFrom[1] ?? 0
  const lastDayAt = secondDayAt + dayMs
  const runs = [20 * minute, hour, 2 * hour, 12 * hour].map((ms) => startAt + ms)
  return { days, daysFrom, runsAt: [...runs, secondDayAt + minute, lastDayAt, lastDayAt + morningMs + 8 * hour] }
}

export class BookLife extends OrderLife {
  /** the time at which an order last changed */
  private changedAt: number | undefined
  /** the time at which the sales figures were last counted */
  private countedAt: number | undefined

  private knownTimes: Times | undefined

  /** the days whose bills this life checks: the day of the order, and the next day */
  get days(): readonly string[] {
    return this.times.days
  }

  // Worked out once. Not in the constructor, because the constructor of an order's life asks for it.
  private get times(): Times {
    this.knownTimes ??= timesFrom(this.world.startAt)
    return this.knownTimes
  }

  constructor(options: WorldOptions) {
    super(options, beginsMsOf(options.seed))
    this.actor('book staff', 0.95, (own) => this.keepBooks('book staff', own))
    this.actor('other book staff', 0.3, (own) => this.keepBooks('other book staff', own))
    this.watchBooks()
  }

  protected override async timerWork(ctx: AnyContext, hasTime: () => boolean): Promise<unknown> {
    const { world } = this
    const startedAt = world.now
    const count = countStats(ctx, hasTime).then(() => {
      this.countedAt = Math.max(this.countedAt ?? 0, startedAt)
    })
    const orders = this.hasWork(this.order()?.dueAt ?? null) && workDue(ctx, hasTime)
    const ended = await Promise.allSettled([orders, workDueJobs(ctx, hasTime), count])
    for (const one of ended) if (one.status === 'rejected') throw one.reason
    return undefined
  }

  // The owner does not move to another merchant account in this kind of life, because each account has a bill of its
  // own.
  protected override ownerDeeds(): readonly OwnerDeed[] {
    return ['off', 'keys']
  }

  override dueAt(): number | null {
    const { now } = this.world
    const { days, daysFrom, runsAt } = this.times
    let earliest = super.dueAt() ?? Number.POSITIVE_INFINITY
    const jobs = this.jobs()
    for (const { dueAt } of jobs) if (dueAt !== null && dueAt < earliest) earliest = dueAt
    for (const at of runsAt) if (at > now && at < earliest) earliest = at
    const code = this.order()?.provider ?? null
    const isPlanned = (day: string) => jobs.some((job) => job.provider === code && job.day === day)
    if (code !== null && now < earliest && days.some((day, n) => (daysFrom[n] ?? 0) < now && !isPlanned(day)))
      earliest = now
    // The real timer counts each minute. Here it counts once, when the slowest clock has passed the change.
    if (this.changedAt !== undefined && (this.countedAt ?? 0) < this.changedAt + countsAfterMs)
      earliest = Math.min(earliest, this.changedAt + countsAfterMs)
    return earliest === Number.POSITIVE_INFINITY ? null : earliest
  }

  /** The stored comparisons of bills for these days. */
  jobs(): Reconciliation[] {
    return this.shop.store
      .all<Job>('jobs')
      .filter(
        (job): job is Reconciliation => job.kind === 'reconcile' && this.days.includes((job as Reconciliation).day),
      )
  }

  private watchBooks(): void {
    const { shop, world } = this
    const watch = shop.store.onWrite
    shop.store.onWrite = (collection, before, after) => {
      watch(collection, before, after)
      if (collection === 'orders') this.changedAt = world.now
      if (collection !== 'jobs' || (after as Job).kind !== 'reconcile') return
      const { differences, provider, day } = after as Reconciliation
      if (differences.length > ((before as Reconciliation | undefined)?.differences.length ?? 0)) {
        world.reached.add('bill that differs from our record')
        world.say(
          1,
          () => `the bill of ${provider} for ${day}: ${differences.map(({ kind, no }) => `${kind} ${no}`).join(', ')}`,
        )
      }
      if (differences.some(({ waits }) => waits)) world.reached.add('money near midnight that waits for the next bill')
    }
  }

  private async keepBooks(name: string, random: Random): Promise<void> {
    const { world } = this
    for (const day of this.days) {
      await this.sleepUntil(startOfDayText(day, 'day') + dayMs + morningMs + random.below(3 * hour))
      if (random.happens(0.5))
        await this.act(name, `looks at the figures of ${day}`, (key) => this.run('admin', key, name, readStats))
      for (const job of this.jobs().filter((one) => one.day === day)) await this.repairAll(name, job, random)
      const provider = random.pick(['alpha', 'beta'])
      if (random.happens(0.3))
        await this.act(name, `compares the bill of ${provider} for ${day} again`, (key) =>
          this.runAsStaff('bills', name, key, (ctx) => bills(ctx, { provider, day })),
        )
      await world.sleep(random.below(hour))
    }
  }

  private async repairAll(name: string, { provider, day, differences }: Reconciliation, random: Random): Promise<void> {
    for (const difference of differences) {
      const { kind, no, theirNo } = difference
      const ways = repairsOf(difference)
      const how = ways[random.below(ways.length)]
      if (how === undefined) continue
      const input = { provider, day, kind, no, theirNo, how, note: 'seen' }
      await this.act(name, `repairs ${kind} of ${no} in the bill of ${provider}: ${how}`, async (key) => {
        const send = (own: string) => this.runAsStaff('repair', name, own, (ctx) => repair(ctx, input))
        const heard = await (random.happens(0.3)
          ? Promise.all([send(key), send(`${key}b`)])
          : send(key).then((one) => [one]))
        if (heard.some(({ ok }) => ok)) this.world.reached.add('difference that was repaired')
      })
    }
  }

  private sleepUntil(at: number): Promise<void> {
    return this.world.sleep(Math.max(1, at - this.world.now))
  }

  override checkMore(): void {
    const broken = brokenBooks(this)
    if (broken) this.world.fail(broken.invariant, broken.detail)
  }
}
