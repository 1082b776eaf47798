// The emulator's clock: the machine's time plus an offset that survives a restart. Code with timed work registers an
// `Agenda` (the time of its next work, and a function that does the work). The clock runs the agendas that are due, both
// as real time passes and during `advance`.
import type { Agenda, Clock } from './surface'

export interface ClockOptions {
  offsetMs: number
  keepOffset(offsetMs: number): void
  onFailure(error: unknown): void
  ticking: boolean
}

export interface RunningClock extends Clock {
  offsetMs(): number
  close(): Promise<void>
}

const tickMs = 100
// Stops an agenda that is still due after each of its runs. Without this limit `advance` would never return.
const mostRunsAtOnce = 10_000

export function startClock(options: ClockOptions): RunningClock {
  let offsetMs = options.offsetMs
  const agendas: Agenda[] = []
  const underWay = new Map<Agenda, Promise<void>>()
  let advancing: Promise<void> = Promise.resolve()
  let advances = 0
  let closed = false

  const now = (): number => Date.now() + offsetMs
  const moveTo = (at: number): void => {
    if (at <= now()) return
    offsetMs += at - now()
    options.keepOffset(offsetMs)
  }

  const run = (agenda: Agenda): Promise<void> => {
    const running = agenda
      .run(now())
      .catch(options.onFailure)
      .finally(() => underWay.delete(agenda))
    underWay.set(agenda, running)
    return running
  }

  const tick = (): void => {
    if (advances > 0) return
    for (const agenda of agendas) {
      if (underWay.has(agenda)) continue
      const at = agenda.nextAt()
      if (at !== null && at <= now()) void run(agenda)
    }
  }
  const timer = options.ticking ? setInterval(tick, tickMs) : undefined

  const earliest = (): { agenda: Agenda; at: number } | undefined => {
    let first: { agenda: Agenda; at: number } | undefined
    for (const agenda of agendas) {
      const at = agenda.nextAt()
      if (at !== null && (first === undefined || at < first.at)) first = { agenda, at }
    }
    return first
  }

  const step = async (target: number): Promise<void> => {
    await Promise.all(underWay.values())
    let last = Number.NEGATIVE_INFINITY
    let runs = 0
    for (let due = earliest(); due && due.at <= target && !closed; due = earliest()) {
      runs = due.at > last ? 0 : runs + 1
      last = Math.max(last, due.at)
      if (runs > mostRunsAtOnce) throw new Error('something stays due for ever: the clock cannot move on')
      moveTo(due.at)
      await run(due.agenda)
    }
    moveTo(target)
  }

  return {
    now,
    offsetMs: () => offsetMs,
    join: (agenda) => {
      agendas.push(agenda)
    },
    advance(ms) {
      if (!Number.isSafeInteger(ms) || ms < 0) return Promise.reject(new Error('time moves forward, in whole ms'))
      advances++
      const done = advancing.then(() => step(now() + ms)).finally(() => advances--)
      advancing = done.catch(() => undefined)
      return done
    },
    async close() {
      closed = true
      clearInterval(timer)
      await Promise.all(underWay.values())
    },
  }
}
