// The machine's real clock, random numbers and a key, for tests that need not control them.
import { setTimeout } from 'node:timers/promises'
import { sharedSecretsSealer } from '../../../cloudfunctions/shared/store/settings'
import type { Context } from '../../../cloudfunctions/shared/usecases/platform/context'

export const realMeasures: Pick<Context, 'chance' | 'pause' | 'elapsed' | 'secrets'> = {
  secrets: sharedSecretsSealer([Buffer.alloc(32, 7)]),
  chance: Math.random,
  pause: async (ms, signal) => {
    await setTimeout(ms, undefined, signal && { signal }).catch(() => undefined)
  },
  elapsed: () => performance.now(),
}
