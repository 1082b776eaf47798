// A clock for tests of what happens at the same time.
import { setImmediate as lastTurn } from 'node:timers/promises'

/**
 * Time that passes only when everybody waits for it, so that the result is the same on a busy machine, and no test sleeps.
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

  /** @returns how long the work took */
  async spend(work: () => Promise<unknown>): Promise<number> {
    const startedAt = this.at
    let isDone = false
    const done = work().finally(() => {
      isDone = true
    })
    while (!isDone) {
      // Nothing in memory takes more turns than this.
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
