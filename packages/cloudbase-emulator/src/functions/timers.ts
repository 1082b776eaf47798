// Timers: the trigger in each built function's config.json becomes an agenda of the clock. Trigger times without due
// work are skipped, so that `advance` covers a year in seconds.

import { CannotStart } from '../failures'
import type { Agenda } from '../surface'
import { type Cron, parseCron } from './cron'
import { readTriggers } from './declarations'

export interface Timer {
  functionName: string
  triggerName: string
  cron: Cron
}

/**
 * Reads all timers.
 * @throws CannotStart when a trigger is not valid
 */
export function readTimers(functionsDir: string, names: string[]): Timer[] {
  return names.flatMap((functionName) => {
    try {
      return readTriggers(functionsDir, functionName)
        .filter((trigger) => trigger.type === 'timer')
        .map((trigger) => ({ functionName, triggerName: trigger.name, cron: parseCron(trigger.config) }))
    } catch (cause) {
      if (cause instanceof CannotStart) throw cause
      const reason = cause instanceof Error ? cause.message : 'it cannot be read'
      throw new CannotStart(`The timer of ${functionName} cannot be used: ${reason}.`, { cause })
    }
  })
}

export interface TimersOptions {
  timers(): Timer[]
  now(): number
  nextDueAt?: (() => number | null) | undefined
  fire(timer: Timer, at: number): Promise<void>
}

export function createTimers({ timers, now, nextDueAt, fire }: TimersOptions): Agenda {
  const startedAt = now()
  const firedAt = new Map<string, number>()
  const keyOf = (timer: Timer): string => `${timer.functionName}/${timer.triggerName}`
  const nextOf = (timer: Timer, dueAt: number | null): number | null => {
    if (nextDueAt && dueAt === null) return null
    const after = firedAt.get(keyOf(timer)) ?? startedAt
    // Search from one millisecond before `dueAt`, because a trigger whose time equals `dueAt` must run too.
    return timer.cron.next(Math.max(after, (dueAt ?? 0) - 1))
  }
  return {
    nextAt() {
      const dueAt = nextDueAt?.() ?? null
      const times = timers()
        .map((timer) => nextOf(timer, dueAt))
        .filter((at) => at !== null)
      return times.length > 0 ? Math.min(...times) : null
    },
    async run(at) {
      const dueAt = nextDueAt?.() ?? null
      const due = timers().filter((timer) => {
        const next = nextOf(timer, dueAt)
        return next !== null && next <= at
      })
      for (const timer of due) firedAt.set(keyOf(timer), at)
      await Promise.all(due.map((timer) => fire(timer, at)))
    },
  }
}
