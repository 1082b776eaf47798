// A simulated clock for tests in which several things happen at the same time.
import { setImmediate as lastTurn } from 'node:timers/promises'

/**
 * Time that advances only when all running work waits for a pause to end. The result is then the same on a busy
 * machine, and no test really sleeps.
 */
export class StillTime {
  at = 0
  private readonly sleepers = new Set<{ until: number; wake(): void }>()

  readonly pause = (ms: number, signal?: AbortSignal): Promise<void> =>
    new Promise((wake) => {
      const sleeper = { until: this.at + ms, wake }
      this.sleepers.add(sleeper)
      signal?.addEventListener('abort', () => {
        this.sleepers.delete(sleeper)
        wake()
      })
    })

  /** Runs the work until it is done. @returns how much simulated time the work took, in ms */
  async spend(work: () => Promise<unknown>): Promise<number> {
    const startedAt = this.at
    let isDone = false
    const done = work().finally(() => {
      isDone = true
    })
    while (!isDone) {
      // No work on the database in memory needs more than ten turns of the event loop before it waits for a pause.
      for (let turn = 0; turn < 10 && !isDone; turn++) await lastTurn()
      if (!isDone) this.wakeNext()
    }
    await done
    return this.at - startedAt
  }

  private wakeNext(): void {
    const [next] = [...this.sleepers].sort((a, b) => a.until - b.until)
    if (!next) throw new Error('everybody waits, and for nothing')
    this.sleepers.delete(next)
    this.at = Math.max(this.at, next.until)
    next.wake()
  }
}
