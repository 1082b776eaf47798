import { isSound, type Shape } from '../../domain/shapes'
import type { Document } from '../../store/database'
import type { Context } from './context'

export interface SoundRows<V> {
  rows: V[]
  /** the ids of documents that are broken, so that they cannot be shown */
  broken: string[]
}

/**
 * Makes the views of a list's documents. A broken document does not stop the list. The result then contains the id of
 * that document instead of a view.
 */
export function soundRows<D extends Document, V>(
  ctx: Context,
  documents: readonly D[],
  shape: Shape,
  view: (document: D) => V,
): SoundRows<V> {
  const rows: V[] = []
  const broken: string[] = []
  for (const document of documents) {
    const row = isSound(document, shape) ? shown(document, view) : undefined
    if (row) rows.push(row.view)
    else broken.push(String(document._id))
  }
  if (broken.length > 0) ctx.log('brokenRows', { count: broken.length, first: broken[0] ?? '' })
  return { rows, broken }
}

function shown<D, V>(document: D, view: (document: D) => V): { view: V } | undefined {
  try {
    return { view: view(document) }
  } catch {
    // A document with the right shape can still have faults, for example an unknown word in a field. Then the function
    // that makes its view throws an error.
    return undefined
  }
}
