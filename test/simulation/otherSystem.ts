// Another system of the merchant, to which we report events. The class decides when the system is down and how it
// answers. It also keeps the system's secret, and the events that the system has accepted.
import type { OutgoingAnswer } from '../../cloudfunctions/shared/usecases/platform/context'
import type { Random } from './random'
import { day, hour, minute, type World } from './world'

/** The calls about one event to one system, as the system's network sees them. */
interface Calls {
  count: number
  first: number
  last: number
}

export class OtherSystem {
  readonly url: string
  readonly random: Random
  /** when it accepted each event, whether or not we heard its answer */
  readonly took = new Map<string, number>()
  /** the calls that we began, by the event's id */
  readonly calls = new Map<string, Calls>()
  /** since when we know that it took an event; only for answers after which nothing could get lost */
  readonly knownTaken = new Map<string, number>()
  /** when we last heard of a success, with nothing lost after it */
  lastKnownSuccess = 0
  /**
   * The secret with which this system checks our signatures. undefined: nobody has entered a secret yet, and the system
   * accepts calls without checking their signatures
   */
  secret: string | undefined
  secretSince = 0
  /** how long it takes for an answer, beyond the way there and back */
  readonly slowMs: number
  /** the probability of an answer of 500 */
  readonly errors: number
  /** from this time on it answers 410, because it is gone for good */
  readonly goneFrom: number
  private readonly downs: readonly { from: number; until: number }[]

  /**
   * @param id the id of its endpoint
   * @param liveUntil the time until which systems are slow and err
   */
  constructor(
    private readonly world: World,
    readonly id: string,
    private readonly liveUntil: number,
  ) {
    this.url = `https://${id}.test/`
    const random = world.randomOf(`system ${id}`)
    this.random = random
    const down = (odds: number, key: string): { from: number; until: number }[] => {
      const isDown = random.happens(odds)
      const from = world.now + random.below(random.pick([hour, hour, day]))
      const until = from + random.below(random.pick([10 * minute, 5 * hour, 2 * day, 9 * day]))
      return isDown && world.may(`${id} is down${key}`) ? [{ from, until }] : []
    }
    this.downs = [...down(0.3, ''), ...down(0.15, ' again')]
    this.slowMs = random.happens(0.2) && world.may(`${id} is slow`) ? random.below(random.pick([1_500, 12_000])) : 0
    this.errors = random.happens(0.2) && world.may(`${id} errs`) ? 0.4 : 0
    this.goneFrom =
      random.happens(0.05) && world.may(`${id} goes`) ? world.now + random.below(hour) : Number.POSITIVE_INFINITY
  }

  /** Whether it always answers at once. */
  get isHealthy(): boolean {
    const isGone = this.goneFrom < Number.POSITIVE_INFINITY
    return this.downs.length === 0 && this.slowMs === 0 && this.errors === 0 && !isGone
  }

  /** How long it takes for an answer now, in ms. */
  slowNow(): number {
    return this.world.now < this.liveUntil ? this.slowMs : 0
  }

  /** Learns a secret that it uses from now on. */
  learn(secret: string | undefined): void {
    this.secret = secret
    this.secretSince = this.world.now
  }

  begin(eventId: string): void {
    const { now } = this.world
    const calls = this.calls.get(eventId) ?? { count: 0, first: now, last: now }
    this.calls.set(eventId, { ...calls, count: calls.count + 1, last: now })
  }

  /** Answers a call that is right. @throws Error if it is down */
  answer(eventId: string): OutgoingAnswer {
    const { world, random, took } = this
    const { now } = world
    if (this.downs.some(({ from, until }) => now >= from && now < until)) {
      world.reached.add('endpoint that is down')
      throw new Error('connection refused')
    }
    if (now >= this.goneFrom) return answered(410)
    if (now < this.liveUntil && random.happens(this.errors)) return answered(500)
    if (took.has(eventId)) world.reached.add('event that another system heard twice')
    else took.set(eventId, now)
    return answered(200)
  }
}

export const answered = (status: number): OutgoingAnswer => ({
  status,
  text: status === 200 ? 'success' : '',
  failure: null,
})
