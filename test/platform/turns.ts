// Decides from a seed which pending call takes effect next and which answer arrives next. So the same seed always gives
// the same sequence.
import type { Random } from '../simulation/random'

interface Parked {
  isTimer: boolean
  go(): void
}

/**
 * One piece of work in a function instance, from its start to its end. The instance dies when the work makes its n-th
 * call to the outside.
 */
export interface Run {
  left: number
  isDead: boolean
  die(): void
}

const never = <T>(): Promise<T> => new Promise(() => undefined)

export class Turns {
  private parked: Parked[] = []
  private running = 0
  /** number of the current turn, which is the true order of events */
  turn = 0

  constructor(private readonly random: Random) {}

  get inFlight(): number {
    return this.running
  }

  /**
   * Starts work. An exception ends only this piece of work, because a provider or the timer makes the call again later.
   */
  start(work: (run: Run) => Promise<unknown>, lives: number): void {
    this.running += 1
    let die: () => void = () => undefined
    const death = new Promise<void>((done) => {
      die = done
    })
    const run: Run = { left: lives, isDead: false, die }
    const ended = work(run).then(
      () => undefined,
      () => undefined,
    )
    void Promise.race([ended, death]).then(() => {
      this.running -= 1
    })
  }

  /** Makes a call to the outside. The call takes effect at one turn, and its answer arrives at a later turn. */
  outside<T>(run: Run, effect: () => Promise<T>): Promise<T> {
    if (run.isDead) return never()
    run.left -= 1
    if (run.left < 0) {
      run.isDead = true
      run.die()
      // If the process has died, the call still arrives in half of the cases.
      if (this.random.happens(0.5)) this.park(() => void effect().catch(() => undefined))
      return never()
    }
    return new Promise<T>((resolve, reject) => {
      this.park(() => {
        const done = effect()
        done.catch(() => undefined)
        this.park(() => void (run.isDead || done.then(resolve, reject)))
      })
    })
  }

  /** A pause ends at a random turn, usually later than answers to calls. */
  pause(run: Run, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const one = { isTimer: true, go: () => void (run.isDead || resolve()) }
      this.parked.push(one)
      signal?.addEventListener('abort', () => {
        this.parked = this.parked.filter((other) => other !== one)
        resolve()
      })
    })
  }

  private park(go: () => void): void {
    this.parked.push({ isTimer: false, go })
  }

  /**
   * Makes one step: lets one pending call or answer happen, and runs the code until it waits again.
   * @returns false if nothing is pending
   */
  async next(): Promise<boolean> {
    const calls = this.parked.filter(({ isTimer }) => !isTimer)
    const timers = this.parked.filter(({ isTimer }) => isTimer)
    const from = calls.length === 0 || (timers.length > 0 && this.random.happens(0.05)) ? timers : calls
    if (from.length === 0) {
      await new Promise(setImmediate)
      return this.parked.length > 0
    }
    const one = this.random.pick(from)
    this.parked = this.parked.filter((other) => other !== one)
    this.turn += 1
    one.go()
    await new Promise(setImmediate)
    return true
  }

  /** Makes steps until nothing is pending. */
  async settle(): Promise<void> {
    while (await this.next());
  }
}
