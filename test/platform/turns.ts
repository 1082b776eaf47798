// Decides by a seed which of the calls that are under way takes effect next, and which answer arrives next, so that one
// number gives one interleaving.
import type { Random } from '../simulation/random'

interface Parked {
  isTimer: boolean
  go(): void
}

/** One event that an instance of the functions handles. It dies at its n-th call to the outside. */
export interface Run {
  left: number
  isDead: boolean
  die(): void
}

const never = <T>(): Promise<T> => new Promise(() => undefined)

export class Turns {
  private parked: Parked[] = []
  private running = 0
  /** counts the turns: the true order of what happened */
  turn = 0

  constructor(private readonly random: Random) {}

  get inFlight(): number {
    return this.running
  }

  /** Starts something. What it throws is the caller's loss: whoever asked asks again, as a provider or the clock does. */
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

  /** A call to the outside: it takes effect at one turn and is answered at another one. */
  outside<T>(run: Run, effect: () => Promise<T>): Promise<T> {
    if (run.isDead) return never()
    run.left -= 1
    if (run.left < 0) {
      run.isDead = true
      run.die()
      // Half of what was sent by a process that died arrives.
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

  /** A pause ends at a turn that is drawn, mostly later than calls are answered. */
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

  /** Lets one thing happen, and everything that follows from it without the outside. False: nothing is under way. */
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

  /** Goes on until nothing is under way. */
  async settle(): Promise<void> {
    while (await this.next());
  }
}
