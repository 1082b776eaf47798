// A shop's figures: one document for each hour, replaced whole from one aggregate over the orders, so that counting again
// is counting once. Nothing is counted where money is settled.

import { type Figures, hourId, hourIds, hourMs, sumFigures } from '../domain/reports/stats'
import { figuresShape, isSound } from '../domain/shapes'
import type { Database, Document } from './database'

export interface HourStats extends Document {
  startsAt: number
  rows: Figures[]
}

interface Counted extends Document {
  /** the hours before this one are counted for good */
  to: number
  /** those of them that are not right any more, because an order placed in them was tried or paid later */
  again?: number[]
}

const collection = 'stats'
const collectionOfOrders = 'orders'
const countedId = 'counted'
// By provider and currency.
const rowLimit = 1_000

interface Counting extends Omit<Figures, 'provider' | 'currency'> {
  _id: Pick<Figures, 'currency'> & { provider?: string | null }
  placedIn: (number | null)[]
}

/**
 * What happened within the hour that begins at `from`, in one aggregate. Orders stand under the provider that was paid or
 * tried last; money under the one that took it or gave it back, whatever else became of the order.
 * @returns its rows, and the hours in which orders had been placed that were tried or paid in this one: theirs change too
 */
export async function countHour(db: Database, from: number): Promise<{ rows: Figures[]; placedIn: number[] }> {
  const id = hourId(from)
  const until = from + hourMs
  const within = (field: string) => ({ $and: [{ $gte: [field, from] }, { $lt: [field, until] }] })
  // An order whose lists are broken must not stop the others' figures.
  const sound = (list: string) => ({ $cond: [{ $isArray: list }, list, []] })
  const listed = (list: string, as: string, cond: object) => ({ $filter: { input: sound(list), as, cond } })
  const one = (condition: object) => ({ $cond: [condition, 1, 0] })
  const sum = (name: string) => ({ $sum: `$parts.${name}` })
  const order = {
    provider: '$provider',
    orders: one(within('$createdAt')),
    tried: one({ $and: [within('$createdAt'), { $ne: ['$provider', null] }] }),
    succeeded: one({ $and: [within('$createdAt'), { $eq: ['$state', 'paid'] }] }),
    paid: one(within('$paidAt')),
    takingsFen: { $cond: [within('$paidAt'), '$amountFen', 0] },
  }
  const surplus = { $and: [{ $eq: ['$$payment.surplus', true] }, within('$$payment.bookedAt')] }
  const attempts = listed('$payments', 'payment', within('$$payment.createdAt'))
  const refundOf = { $indexOfArray: ['$payments.no', '$$refund.paymentNo'] }
  const groups = await db.aggregate<Counting>(
    collectionOfOrders,
    [
      { match: { $or: [{ createdAt: { $gte: from, $lt: until } }, { laterHours: id }, { refundHours: id }] } },
      {
        project: {
          currency: 1,
          placedIn: {
            $cond: [
              { $or: [within('$paidAt'), { $gt: [{ $size: attempts }, 0] }] },
              { $subtract: ['$createdAt', { $mod: ['$createdAt', hourMs] }] },
              null,
            ],
          },
          parts: {
            $concatArrays: [
              [order],
              {
                $map: {
                  input: listed('$payments', 'payment', surplus),
                  as: 'payment',
                  in: { provider: '$$payment.provider', takingsFen: '$$payment.amountFen' },
                },
              },
              {
                $map: {
                  input: listed('$refunds', 'refund', within('$$refund.bookedAt')),
                  as: 'refund',
                  in: {
                    provider: { $arrayElemAt: ['$payments.provider', refundOf] },
                    refunds: 1,
                    refundedFen: '$$refund.amountFen',
                  },
                },
              },
            ],
          },
        },
      },
      { unwind: '$parts' },
      {
        group: {
          _id: { provider: '$parts.provider', currency: '$currency' },
          orders: sum('orders'),
          tried: sum('tried'),
          succeeded: sum('succeeded'),
          paid: sum('paid'),
          takingsFen: sum('takingsFen'),
          refunds: sum('refunds'),
          refundedFen: sum('refundedFen'),
          placedIn: { $addToSet: '$placedIn' },
        },
      },
    ],
    rowLimit,
  )
  const rows = groups.map(({ _id: { provider = null, currency }, placedIn: _, ...sums }) => ({
    provider,
    currency,
    ...sums,
  }))
  // Money without a currency is none.
  const sums = rows.filter(({ currency }) => typeof currency === 'string')
  const placedIn = groups.flatMap((group) => group.placedIn.filter((hour) => hour !== null))
  return { rows: sumFigures(sums), placedIn: [...new Set(placedIn)] }
}

/** Hours that have figures, from one time until before another; at most 1,000. */
export async function hoursBetween(db: Database, from: number, until: number): Promise<HourStats[]> {
  const found = await db.find<HourStats>(collection, {
    where: { _id: { gte: hourId(from), lt: hourId(until) } },
    orderBy: [['_id', 'asc']],
    limit: 1_000,
  })
  // One that is broken is counted again sooner or later; the others' sums stand.
  return found.filter((hour) => isSound(hour, figuresShape))
}

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

export async function putCounted(
  db: Database,
  counted: Required<Pick<Counted, 'to' | 'again'>>,
  there: Counted | undefined,
): Promise<void> {
  if (there?.to === counted.to && String(there.again ?? []) === String(counted.again)) return
  await put<Counted>(db, { _id: countedId, version: 1, ...counted }, there)
}

/** When the first order was placed, or null. */
export async function firstOrderAt(db: Database): Promise<number | null> {
  const [first] = await db.find<Document & { createdAt: number }>(collectionOfOrders, {
    where: { createdAt: { gte: 0 } },
    orderBy: [['createdAt', 'asc']],
    limit: 1,
  })
  return first?.createdAt ?? null
}

/** Whether nothing that is counted happened between two full hours: three looks at indexes. */
export async function isQuiet(db: Database, from: number, until: number): Promise<boolean> {
  const hours = hourIds(from, until)
  const found = await Promise.all([
    db.count(collectionOfOrders, { createdAt: { gte: from, lt: until } }),
    db.count(collectionOfOrders, { laterHours: { in: hours } }),
    db.count(collectionOfOrders, { refundHours: { in: hours } }),
  ])
  return found.every((count) => count === 0)
}
