// How many test files run at once.
import { availableParallelism } from 'node:os'

/**
 * One more than there are cores: a test with a browser or a local cloud waits a quarter of its time for another process,
 * and no test depends on how busy the machine is.
 */
export const testWorkers = availableParallelism() + 1
