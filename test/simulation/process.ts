// A process: one run of a function, on an instance with a clock of its own. It owns every await of the outside: what it
// asks for arrives, takes effect and is answered at times that are drawn; each may fail, and the process may die.
import type { Random } from './random'
import type { World } from './world'

/** How likely a call fails, at fault level 1. */
export interface Odds {
  /** it takes effect, and the answer is lost */
  lost: number
  /** it never arrives */
  notSent: number
}

/** What a caller hears when its call never arrived. */
export const neverArrived = 'connection reset'

const crashOdds = 0.01

// What tells a provider to do something belongs into a story more than what only asks.
const moves = /^\w+ (prepare|close|refund|debit|end|announce)\b/

/** Some milliseconds; seldom some seconds. */
function latency(random: Random): number {
  const drawn = random.next()
  if (drawn < 0.85) return 1 + Math.floor(drawn * 23)
  return drawn < 0.98 ? Math.floor((drawn - 0.85) * 3_000) : Math.floor((drawn - 0.98) * 200_000)
}

export class Process {
  isAlive = true
  /** told when the process dies, so that whoever waits for its answer gives up */
  onDeath: () => void = () => undefined
  /** what it sent to a provider about a refund and does not know the answer of */
  refundsUnderWay = 0
  readonly random: Random
  private calls = 0
  private readonly endsAt: number

  constructor(
    readonly world: World,
    readonly key: string,
    /** how long the function may run */
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
   * A call to the outside.
   * @param effect what it does where it arrives; what it throws is its answer
   * @param limitMs the caller gives up after this; the effect may still come
   * @throws Error when there is no answer
   */
  call<T>(what: string, effect: () => T, odds: Odds, limitMs: number): Promise<T> {
    const { world, random } = this
    this.calls += 1
    const nth = this.calls
    return new Promise<T>((resolve, reject) => {
      if (!this.isAlive) return
      const thereMs = latency(random)
      const totalMs = thereMs + latency(random)
      const fate = world.faults === 0 ? 'fine' : this.fateOf(odds, nth, what)
      const answer = (settle: () => void) => {
        if (!this.isAlive) return
        if (fate === 'crash') this.crash(what)
        else if (world.now > this.endsAt) this.die('is stopped: its time is over')
        else settle()
      }
      if (totalMs > limitMs)
        world.after(limitMs, () => {
          if (thereMs > limitMs) world.reached.add('write that lands after its caller gave up')
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
            settle = () => resolve(value)
            if (world.tells) this.tellEffect(what, fate === 'lost')
            if (fate === 'lost') settle = () => reject(new Error('answer lost'))
          } catch (error) {
            world.say(2, () => `${this.key}: ${what} is refused (${error instanceof Error ? error.message : 'error'})`)
            settle = () => reject(error)
          }
        }
        if (totalMs <= limitMs) world.after(totalMs - thereMs, () => answer(settle))
      })
    })
  }

  private tellEffect(what: string, isLost: boolean): void {
    const text = `${this.key}: ${what}${isLost ? ', its answer is lost' : ''}`
    this.world.say(isLost ? 1 : moves.test(what) ? 2 : 3, () => text)
  }

  private fateOf({ lost, notSent }: Odds, nth: number, what: string): 'fine' | 'lost' | 'notSent' | 'crash' {
    const { world, random } = this
    const drawn = random.next() / world.faults
    const fate =
      drawn < notSent
        ? 'notSent'
        : drawn < notSent + lost
          ? 'lost'
          : drawn < notSent + lost + crashOdds
            ? 'crash'
            : 'fine'
    if (fate === 'fine' || !world.may(`${this.key}!${nth}`)) return 'fine'
    this.reach(fate, what)
    return fate
  }

  private reach(fate: 'lost' | 'notSent' | 'crash', what: string): void {
    const { reached } = this.world
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
