// Time and chance of the machine, for contexts of tests that do not care about either.
import { setTimeout } from 'node:timers/promises'
import type { Context } from '../../cloudfunctions/shared/usecases/platform/context'

export const realMeasures: Pick<Context, 'chance' | 'pause' | 'elapsed'> = {
  chance: Math.random,
  pause: async (ms, signal) => {
    await setTimeout(ms, undefined, signal && { signal }).catch(() => undefined)
  },
  elapsed: () => performance.now(),
}
