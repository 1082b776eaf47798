// Polls the server for a change: by default every two seconds for at most a minute. The caller can pass other times
// (`Pace`).
export interface Pace {
  everyMs: number
  atMostMs: number
}

const quick: Pace = { everyMs: 2_000, atMostMs: 60_000 }

export interface Watch {
  /** Calls `ask` at once and then regularly. If the watch is already running, the time limit starts again. */
  start(pace?: Pace): void
  stop(): void
}

/**
 * @param ask returns whether the awaited change is still to come; it must not throw
 * @param whenLate called once if the time limit ends before the change has come
 */
export function createWatch(ask: () => Promise<boolean>, whenLate: () => void): Watch {
  let round = 0
  let next = 0
  let end = 0

  const stop = (): void => {
    round++
    clearTimeout(next)
    clearTimeout(end)
  }

  const turn = async (mine: number, everyMs: number): Promise<void> => {
    const goOn = await ask()
    if (mine !== round) return
    if (goOn) next = setTimeout(() => turn(mine, everyMs), everyMs)
    else stop()
  }

  return {
    stop,
    start({ everyMs, atMostMs } = quick) {
      stop()
      end = setTimeout(() => {
        stop()
        whenLate()
      }, atMostMs)
      turn(round, everyMs)
    },
  }
}
