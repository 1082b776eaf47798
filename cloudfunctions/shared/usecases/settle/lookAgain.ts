import type { Context } from '../platform/context'

/**
 * Looks until something is found, with a pause before each further look. For a result that another caller is about to
 * store.
 * @param waitsMs the pauses, in ms; there is one look more than pauses
 * @returns what `look` found; undefined when the last look found nothing either
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
