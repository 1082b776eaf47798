import type { Context } from '../platform/context'

/**
 * Looks repeatedly for a result that another caller is about to store, with a pause before each further look.
 * @param waitsMs the pauses, in ms; there is one look more than pauses
 * @param look returns undefined if there is no result yet
 * @returns the result that `look` found; undefined if even the last look found nothing
 */
export async function lookAgain<T>(
  { pause }: Pick<Context, 'pause'>,
  waitsMs: readonly number[],
  look: () => Promise<T | undefined>,
): Promise<T | undefined> {
  for (const waitMs of waitsMs) {
    const found = await look()
    if (found !== undefined) return found
    await pause(waitMs)
  }
  return look()
}
