// Waiting for news that is not on this phone: asks every two seconds, at most for a minute.
const everyMs = 2_000
const atMostMs = 60_000

export interface Watch {
  /** asks at once and goes on from there; a watch under way begins its minute anew */
  start(): void
  stop(): void
}

/**
 * @param ask says whether there is still something to wait for; must not throw
 * @param whenLate called once when a minute passed without an end
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

  const turn = async (mine: number): Promise<void> => {
    const goOn = await ask()
    if (mine !== round) return
    if (goOn) next = setTimeout(() => turn(mine), everyMs)
    else stop()
  }

  return {
    stop,
    start() {
      stop()
      end = setTimeout(() => {
        stop()
        whenLate()
      }, atMostMs)
      turn(round)
    },
  }
}
