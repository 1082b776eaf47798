// A shop's figures: one document for each hour, replaced whole from one aggregate over the orders, so that counting again
// is counting once. Nothing is counted where money is settled.
import { type Figures, hourId, hourMs, startOfHour, sumFigures } from '../domain/stats'
import type { Database, Document } from './database'

export interface HourStats extends Document {
  startsAt: number
  rows: Figures[]
}

interface Counted extends Document {
  /** the hours before this one are counted for good */
  to: number
}

const collection = 'stats'
const countedId = 'counted'
// By provider, currency and the hour in which the paid ones were placed.
const rowLimit = 1_000

interface Counting extends Omit<Figures, 'provider' | 'currency'> {
  _id: Pick<Figures, 'provider' | 'currency'> & { placedAt: number | null }
  refundHours: string[][]
}

/**
 * What happened within the hour that begins at `from`, in one aggregate.
 * @returns its rows, and the hours of which something changed in this one or showed: those in which what was paid now had
 * been placed, and those in which what is refunded now was refunded as well
 */
export async function countHour(db: Database, from: number): Promise<{ rows: Figures[]; touched: number[] }> {
  const id = hourId(from)
  const until = from + hourMs
  const within = (field: string) => ({ $and: [{ $gte: [field, from] }, { $lt: [field, until] }] })
  const range = { $gte: from, $lt: until }
  const one = (condition: object) => ({ $sum: { $cond: [condition, 1, 0] } })
  const groups = await db.aggregate<Counting>(
    collectionOfOrders,
    [
      { match: { $or: [{ createdAt: range }, { paidAt: range }, { refundHours: id }] } },
      {
        project: {
          provider: 1,
          currency: 1,
          amountFen: 1,
          state: 1,
          placed: within('$createdAt'),
          earned: within('$paidAt'),
          placedAt: {
            $cond: [within('$paidAt'), { $subtract: ['$createdAt', { $mod: ['$createdAt', hourMs] }] }, null],
          },
          refundHours: { $cond: [{ $in: [id, { $ifNull: ['$refundHours', []] }] }, '$refundHours', []] },
          returned: {
            $map: {
              input: { $filter: { input: '$refunds', as: 'refund', cond: within('$$refund.bookedAt') } },
              as: 'refund',
              in: '$$refund.amountFen',
            },
          },
        },
      },
      {
        group: {
          _id: { provider: '$provider', currency: '$currency', placedAt: '$placedAt' },
          orders: one({ $eq: ['$placed', true] }),
          tried: one({ $and: ['$placed', { $ne: ['$provider', null] }] }),
          succeeded: one({ $and: ['$placed', { $eq: ['$state', 'paid'] }] }),
          paid: one({ $eq: ['$earned', true] }),
          takingsFen: { $sum: { $cond: ['$earned', '$amountFen', 0] } },
          refunds: { $sum: { $size: '$returned' } },
          refundedFen: { $sum: { $sum: '$returned' } },
          refundHours: { $addToSet: '$refundHours' },
        },
      },
    ],
    rowLimit,
  )
  const rows = groups.map(({ _id: { provider = null, currency }, refundHours: _, ...sums }) => ({
    provider,
    currency,
    ...sums,
  }))
  const placed = groups.flatMap(({ _id }) => _id.placedAt ?? [])
  const refunded = groups.flatMap(({ refundHours }) => refundHours.flat()).flatMap((hour) => startOfHour(hour) ?? [])
  return { rows: sumFigures(rows), touched: [...new Set([...placed, ...refunded])] }
}

const collectionOfOrders = 'orders'

/** Hours that have figures, from one time until before another; at most 1,000. */
export const hoursBetween = (db: Database, from: number, until: number): Promise<HourStats[]> =>
  db.find<HourStats>(collection, {
    where: { _id: { gte: hourId(from), lt: hourId(until) } },
    orderBy: [['_id', 'asc']],
    limit: 1_000,
  })

/** Replaces an hour's figures where they are others. Of two who count at once one writes, and the next run has the last word. */
export async function putHour(
  db: Database,
  startsAt: number,
  rows: Figures[],
  there: HourStats | undefined,
): Promise<void> {
  if (there ? JSON.stringify(there.rows) === JSON.stringify(rows) : rows.length === 0) return
  await put<HourStats>(db, { _id: hourId(startsAt), version: 1, startsAt, rows }, there)
}

async function put<T extends Document>(
  db: Database,
  { _id, version, ...fields }: T,
  there: T | undefined,
): Promise<void> {
  if (there) await db.change<T>(collection, _id, there.version, { ...fields, version: there.version + 1 } as Partial<T>)
  else
    await db.insert<Document>(collection, { _id, version, ...fields }).catch(async (error: unknown) => {
      // Somebody else was faster, or the reply was lost: it is there.
      if (!(await db.get(collection, _id))) throw error
    })
}

export const readCounted = (db: Database): Promise<Counted | undefined> => db.get<Counted>(collection, countedId)

export async function putCounted(db: Database, to: number, there: Counted | undefined): Promise<void> {
  if (there?.to !== to) await put<Counted>(db, { _id: countedId, version: 1, to }, there)
}

/** The first thing that happened at or after a time, or null: three looks at indexes. Of an order's refunds, the last. */
export async function nextEventAt(db: Database, from: number): Promise<number | null> {
  const first = async (field: 'createdAt' | 'paidAt' | 'refundedAt'): Promise<number[]> => {
    const [order] = await db.find<Document & Record<typeof field, number>>(collectionOfOrders, {
      where: { [field]: { gte: from } },
      orderBy: [[field, 'asc']],
      limit: 1,
    })
    return order ? [order[field]] : []
  }
  const times = (await Promise.all([first('createdAt'), first('paidAt'), first('refundedAt')])).flat()
  return times.length > 0 ? Math.min(...times) : null
}
