import type { Context } from '../platform/context'

/**
 * Tries repeatedly to read a result that another caller is about to store, with a pause before each further try.
 * @param waitsMs the pauses, in ms; there is one try more than pauses
 * @param read makes one try; returns undefined if there is no result yet
 * @returns the result; undefined if even the last try found none
 */
export async function pollResult<T>(
  { pause }: Pick<Context, 'pause'>,
  waitsMs: readonly number[],
  read: () => Promise<T | undefined>,
): Promise<T | undefined> {
  for (const waitMs of waitsMs) {
    const found = await read()
    if (found !== undefined) return found
    await pause(waitMs)
  }
  return read()
}
