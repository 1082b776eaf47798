// Reads a sorted collection page by page, without gaps or repeats, even if many documents have the same value in the
// sort field.
import { AppError } from '../domain/errors'
import type { Condition, Database, Document } from './database'

export interface Paging {
  where: Record<string, Condition>
  /** the field to sort by, a whole number; documents with equal values are sorted by `_id` in the same direction */
  by: string
  /** desc: the greatest value first; absent: desc */
  direction?: 'asc' | 'desc'
  /**
   * the bounds of the sort field: `from` is included (default 0), `until` is excluded. Documents whose sort field is
   * not a number are left out
   */
  from?: number
  until?: number
  cursor?: string | undefined
  limit: number
}

/**
 * Reads one page. With a cursor we need two kinds of documents: those with the same value as the cursor's document that
 * are still to come, and those after that value. The function `find` has no "or", so we send two queries at the same
 * time.
 * @returns the documents, and the `cursor` of the next page; null on the last page
 * @throws BadInput for a malformed cursor
 */
export async function readPage<T extends Document>(
  db: Database,
  collection: string,
  { where, by, direction = 'desc', from = 0, until, cursor, limit }: Paging,
): Promise<{ found: T[]; cursor: string | null }> {
  const after = cursor === undefined ? undefined : readCursor(cursor)
  const side = direction === 'desc' ? 'lt' : 'gt'
  const bounds = [['gte', from] as const, ...(until === undefined ? [] : [['lt', until] as const])]
  const [same, beyond] = await Promise.all([
    after && isWithin(after.value, from, until)
      ? db.find<T>(collection, {
          where: { ...where, [by]: after.value, _id: { [side]: after.id } },
          orderBy: [['_id', direction]],
          limit: limit + 1,
        })
      : [],
    db.find<T>(collection, {
      where: { ...where, ...rangeOf(by, after ? [...bounds, [side, after.value]] : bounds) },
      orderBy: [
        [by, direction],
        ['_id', direction],
      ],
      limit: limit + 1,
    }),
  ])
  const all = [...same, ...beyond]
  const found = all.slice(0, limit)
  const last = found[found.length - 1]
  return { found, cursor: all.length > limit && last ? `${fieldOf(last, by)}.${last._id}` : null }
}

const isWithin = (value: number, from?: number, until?: number): boolean =>
  (from === undefined || value >= from) && (until === undefined || value < until)

// The caller's range and the cursor can both give a lower bound, or both an upper bound. Send only the narrower of the
// two. So a cursor cannot return documents outside the caller's range, and the database need not search the documents
// between the two bounds.
function rangeOf(by: string, bounds: readonly (readonly ['gte' | 'gt' | 'lt', number])[]): Record<string, Condition> {
  const range: { gte?: number; gt?: number; lt?: number } = {}
  for (const [side, value] of bounds)
    range[side] = side === 'lt' ? Math.min(value, range.lt ?? value) : Math.max(value, range[side] ?? value)
  const { gte, gt, ...rest } = range
  const lower = gt !== undefined && gt >= (gte ?? gt) ? { gt } : gte !== undefined && { gte }
  return bounds.length > 0 ? { [by]: { ...lower, ...rest } } : {}
}

const fieldOf = (document: Document, field: string): unknown => (document as unknown as Record<string, unknown>)[field]

function readCursor(cursor: string): { value: number; id: string } {
  const [, text = '', id = ''] = /^(\d{1,16})\.(.+)$/.exec(cursor) ?? []
  const value = Number(text)
  if (id === '' || !Number.isSafeInteger(value)) throw new AppError('BadInput', 'cursor: is not valid')
  return { value, id }
}

const straysShown = 5

/**
 * The ids of at most ten documents that readPage leaves out, because their sort field is missing or is not a number.
 * The database sorts such documents before or after all numbers, so we look at both ends.
 */
export async function straysOf(
  db: Database,
  collection: string,
  where: Record<string, Condition>,
  by: string,
): Promise<string[]> {
  const ends = await Promise.all(
    (['asc', 'desc'] as const).map((side) =>
      db.find<Document>(collection, { where, orderBy: [[by, side]], limit: straysShown }),
    ),
  )
  const strays = ends.flat().filter((document) => typeof fieldOf(document, by) !== 'number')
  return [...new Set(strays.map(({ _id }) => String(_id)))]
}
