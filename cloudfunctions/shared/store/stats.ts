// A shop's figures: one document for each hour, replaced whole from one aggregate over the orders, so that counting again
// is counting once. Nothing is counted where money is settled.
import { type Figures, hourId, hourMs, sumFigures } from '../domain/stats'
import type { Database, Document } from './database'

export interface HourStats extends Document {
  startsAt: number
  rows: Figures[]
}

interface Counted extends Document {
  /** hours that ended an hour before this are counted for good */
  to: number
}

const collection = 'stats'
const countedId = 'counted'
const rowLimit = 100

/** What happened from `from` on, within one hour. One aggregate. */
export async function countHour(db: Database, from: number): Promise<Figures[]> {
  const until = from + hourMs
  const within = (field: string) => ({ $and: [{ $gte: [field, from] }, { $lt: [field, until] }] })
  const range = { $gte: from, $lt: until }
  const one = (condition: object) => ({ $sum: { $cond: [condition, 1, 0] } })
  const rows = await db.aggregate<
    { _id: Pick<Figures, 'provider' | 'currency'> } & Omit<Figures, 'provider' | 'currency'>
  >(
    collectionOfOrders,
    [
      // A later refund moves refundedAt on: an hour is counted while it runs and during the next one.
      { match: { $or: [{ createdAt: range }, { paidAt: range }, { refundedAt: { $gte: from } }] } },
      {
        project: {
          provider: 1,
          currency: 1,
          amountFen: 1,
          state: 1,
          placed: within('$createdAt'),
          earned: within('$paidAt'),
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
          _id: { provider: '$provider', currency: '$currency' },
          orders: one({ $eq: ['$placed', true] }),
          tried: one({ $and: ['$placed', { $ne: ['$provider', null] }] }),
          succeeded: one({ $and: ['$placed', { $eq: ['$state', 'paid'] }] }),
          paid: one({ $eq: ['$earned', true] }),
          takingsFen: { $sum: { $cond: ['$earned', '$amountFen', 0] } },
          refunds: { $sum: { $size: '$returned' } },
          refundedFen: { $sum: { $sum: '$returned' } },
        },
      },
    ],
    rowLimit,
  )
  const figures = rows.map(({ _id, ...sums }) => ({ provider: _id.provider ?? null, currency: _id.currency, ...sums }))
  // An order that is here for a refund of a later hour has nothing to say about this one.
  return sumFigures(figures).filter((row) => row.orders + row.paid + row.refunds > 0)
}

const collectionOfOrders = 'orders'

/** Hours that have figures, from one time until before another; at most 1,000. */
export const hoursBetween = (db: Database, from: number, until: number): Promise<HourStats[]> =>
  db.find<HourStats>(collection, {
    where: { _id: { gte: hourId(from), lt: hourId(until) } },
    orderBy: [['_id', 'asc']],
    limit: 1_000,
  })

/** Replaces an hour's figures where they are others. Two who count at once have counted the same. */
export async function putHour(
  db: Database,
  startsAt: number,
  rows: Figures[],
  there: HourStats | undefined,
): Promise<void> {
  if (there ? JSON.stringify(there.rows) === JSON.stringify(rows) : rows.length === 0) return
  const _id = hourId(startsAt)
  if (there) await db.change<HourStats>(collection, _id, there.version, { rows, version: there.version + 1 })
  else await db.insert<HourStats>(collection, { _id, version: 1, startsAt, rows })
}

export const readCounted = (db: Database): Promise<Counted | undefined> => db.get<Counted>(collection, countedId)

export async function putCounted(db: Database, to: number, there: Counted | undefined): Promise<void> {
  if (there?.to === to) return
  if (there) await db.change<Counted>(collection, countedId, there.version, { to, version: there.version + 1 })
  else await db.insert<Counted>(collection, { _id: countedId, version: 1, to })
}

/** The first thing that happened at or after a time, or null: three looks at indexes. */
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
