import { isOwnedBy, type Person } from '../../domain/person'
import type { Shape } from '../../domain/shapes'
import type { Document } from '../../store/database'
import type { ShopperContext } from './context'
import { soundRows } from './soundRows'

const defaultLimit = 20

/**
 * Reads one page of the caller's own documents. Leaves out broken documents; staff see them in the back office.
 * @param find reads up to `limit` documents, newest first
 * @returns the views; `cursor` is the last id of this page, or null if there are no more
 */
export async function ownPage<D extends Document & Person, V>(
  ctx: ShopperContext,
  { limit = defaultLimit }: { limit?: number | undefined },
  { find, shape, view }: { find: (limit: number) => Promise<D[]>; shape: Shape; view: (document: D, now: number) => V },
): Promise<{ rows: V[]; cursor: string | null }> {
  const found = await find(limit + 1)
  const page = found.slice(0, limit)
  const own = page.filter((document) => isOwnedBy(document, ctx))
  const now = ctx.now()
  return {
    rows: soundRows(ctx, own, shape, (document) => view(document, now)).rows,
    cursor: found.length > limit ? (page.at(-1)?._id ?? null) : null,
  }
}
