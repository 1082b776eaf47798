// Pages of a sorted collection without gaps or repeats, however many documents share one value of the sorted field.
import { AppError } from '../domain/errors'
import type { Condition, Database, Document } from './database'

export interface Paging {
  where: Record<string, Condition>
  /** the field of whole numbers by which the page is sorted; documents with the same one by `_id`, in the same direction */
  by: string
  /** [desc: the greatest first] */
  direction?: 'asc' | 'desc'
  /** bounds of that field; the upper one is not included. From 0 on: what is no number has no place in the order */
  from?: number
  until?: number
  cursor?: string | undefined
  limit: number
}

/**
 * One page. `find` knows no "or": with a cursor two queries run side by side, what shares the cursor's own value and what
 * comes after it.
 * @returns `cursor` for the next page, or null on the last one
 * @throws BadInput for a cursor that is none
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

// Of two bounds on one side the narrower is sent: a cursor never leads out of what was asked for, and a database that
// was given both might begin its search at the wider one.
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
 * The ids of documents that no page can hold, because the field by which the pages are sorted is missing or no number:
 * they stand before all numbers or after them. At most ten.
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
