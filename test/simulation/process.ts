// A process: one run of a cloud function, on an instance with its own clock. All calls to the outside go through it. A
// seeded random number decides when each call arrives, takes effect and is answered, whether it fails, and whether the
// process dies.
import type { Random } from './random'
import type { World } from './world'

/** The probabilities that a call fails, at fault level 1. */
export interface Odds {
  /** the call takes effect, but its answer gets lost */
  lost: number
  /** the call never arrives */
  notSent: number
  /** probability that the call hangs on its way and takes effect long after the caller gave up; absent: never */
  hangs?: number
}

/** The error message that a caller gets if its call never arrived. */
export const neverArrived = 'connection reset'

type Fate = 'fine' | 'lost' | 'notSent' | 'crash' | 'hangs'

const crashOdds = 0.01
// The longest time for which a proxy between the provider and us may hold a call back.
const longestHangMs = 90_000

// Calls that make a provider do something. They are more important for the story than queries.
const moves = /^\w+ (prepare|close|refund|debit|end|announce)\b/

/** How long a call takes: usually some milliseconds, rarely some seconds. */
function latency(random: Random): number {
  const drawn = random.next()
  if (drawn < 0.85) return 1 + Math.floor(drawn * 23)
  return drawn < 0.98 ? Math.floor((drawn - 0.85) * 3_000) : Math.floor((drawn - 0.98) * 200_000)
}

export class Process {
  isAlive = true
  /** called when the process dies, so that its caller stops waiting */
  onDeath: () => void = () => undefined
  /** the number of refund requests that this process sent to a provider and whose result it does not know */
  refundsUnderWay = 0
  /** the time at which the newest answer about orders that this process has was true */
  ordersSeenAt = 0
  readonly random: Random
  private calls = 0
  private readonly endsAt: number

  constructor(
    readonly world: World,
    readonly key: string,
    /** how long the function may run, in ms */
    timeoutMs: number,
  ) {
    this.random = world.randomOf(key)
    this.endsAt = world.now + timeoutMs
  }

  private die(why: string): void {
    this.isAlive = false
    this.world.say(1, () => `${this.key} ${why}`)
    this.onDeath()
  }

  /**
   * Calls something outside of the process.
   * @param effect what happens when the call arrives; an exception becomes the answer
   * @param limitMs after this time the caller gives up; the effect may still happen
   * @throws Error if no answer comes
   */
  call<T>(what: string, effect: () => T, odds: Odds, limitMs: number): Promise<T> {
    const { world, random } = this
    this.calls += 1
    const nth = this.calls
    return new Promise<T>((resolve, reject) => {
      if (!this.isAlive) return
      const fate = world.faults === 0 ? 'fine' : this.fateOf(odds, nth, what)
      const thereMs = latency(random) + (fate === 'hangs' ? random.below(longestHangMs) : 0)
      const totalMs = thereMs + latency(random)
      // Nearly all calls are fine. They need fewer closures.
      if (fate === 'fine' && totalMs <= limitMs)
        return this.callInTime(what, effect, { thereMs, backMs: totalMs - thereMs }, { resolve, reject })
      const answer = (settle: () => void) => {
        if (fate === 'crash') {
          if (this.isAlive) this.crash(what)
        } else if (this.hears()) settle()
      }
      if (totalMs > limitMs)
        world.after(limitMs, () => {
          if (thereMs > limitMs) world.reached.add('write that lands after its caller gave up')
          if (what.endsWith('audit')) world.slowAudits += 1
          world.say(2, () => `${this.key}: ${what} took too long`)
          answer(() => reject(new Error('no answer in time')))
        })
      world.after(thereMs, () => {
        let settle: () => void
        if (fate === 'notSent') {
          world.say(1, () => `${this.key}: ${what} never arrives`)
          settle = () => reject(new Error(neverArrived))
        } else {
          try {
            const value = effect()
            const seenAt = world.now
            settle = () => {
              this.see(what, seenAt)
              resolve(value)
            }
            if (world.tells) this.tellEffect(what, fate === 'lost')
            if (fate === 'lost') settle = () => reject(new Error('answer lost'))
          } catch (error) {
            this.tellRefusal(what, error)
            settle = () => reject(error)
          }
        }
        if (totalMs <= limitMs) world.after(totalMs - thereMs, () => answer(settle))
      })
    })
  }

  private callInTime<T>(
    what: string,
    effect: () => T,
    { thereMs, backMs }: { thereMs: number; backMs: number },
    { resolve, reject }: { resolve(value: T): void; reject(error: unknown): void },
  ): void {
    const { world } = this
    world.after(thereMs, () => {
      try {
        const value = effect()
        const seenAt = world.now
        if (world.tells) this.tellEffect(what, false)
        world.after(backMs, () => {
          if (!this.hears()) return
          this.see(what, seenAt)
          resolve(value)
        })
      } catch (error) {
        this.tellRefusal(what, error)
        world.after(backMs, () => {
          if (this.hears()) reject(error)
        })
      }
    })
  }

  /** Whether an answer still reaches this process. Stops the process if its time is over. */
  private hears(): boolean {
    if (this.isAlive && this.world.now > this.endsAt) this.die('is stopped: its time is over')
    return this.isAlive
  }

  private see(what: string, seenAt: number): void {
    if (what.endsWith('orders')) this.ordersSeenAt = seenAt
  }

  private tellRefusal(what: string, error: unknown): void {
    this.world.say(2, () => `${this.key}: ${what} is refused (${error instanceof Error ? error.message : 'error'})`)
  }

  private tellEffect(what: string, isLost: boolean): void {
    const text = `${this.key}: ${what}${isLost ? ', its answer is lost' : ''}`
    this.world.say(isLost ? 1 : moves.test(what) ? 2 : 3, () => text)
  }

  private fateOf({ lost, notSent, hangs = 0 }: Odds, nth: number, what: string): Fate {
    const { world, random } = this
    const drawn = random.next() / world.faults
    const fate =
      drawn < notSent
        ? 'notSent'
        : drawn < notSent + lost
          ? 'lost'
          : drawn < notSent + lost + crashOdds
            ? 'crash'
            : drawn < notSent + lost + crashOdds + hangs
              ? 'hangs'
              : 'fine'
    if (fate === 'fine' || !world.may(`${this.key}!${nth}`)) return 'fine'
    this.reach(fate, what)
    return fate
  }

  private reach(fate: Fate, what: string): void {
    const { reached } = this.world
    if (fate === 'hangs') reached.add('call that hung on its way')
    const isInsert = what.startsWith('insert')
    if (!isInsert && !what.startsWith('change')) return
    if (fate === 'lost') reached.add(isInsert ? 'lost insert that had landed' : 'lost reply of a write')
    if (fate === 'notSent') reached.add('write that never arrived')
  }

  private crash(what: string): void {
    const { reached } = this.world
    reached.add('process that died between two awaits')
    if (this.refundsUnderWay > 0) reached.add('process that died between sending a refund and storing its result')
    this.die(`dies before it hears of: ${what}`)
  }

  pause(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      this.world.after(ms, () => {
        if (signal && !signal.aborted) this.world.lostPatience = true
        if (this.isAlive) resolve()
      })
      signal?.addEventListener('abort', () => resolve(), { once: true })
    })
  }
}
