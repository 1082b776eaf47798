// Waiting for news that is not on this phone: asks every two seconds, at most for a minute; or as often and as long as
// it is told.
export interface Pace {
  everyMs: number
  atMostMs: number
}

const quick: Pace = { everyMs: 2_000, atMostMs: 60_000 }

export interface Watch {
  /** asks at once and goes on from there; a watch under way begins its time anew */
  start(pace?: Pace): void
  stop(): void
}

/**
 * @param ask says whether there is still something to wait for; must not throw
 * @param whenLate called once when the time passed without an end
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
