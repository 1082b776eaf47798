// The shop's figures: one document for each hour, computed by one aggregate over the orders and replaced as a whole.
// An hour can be counted again without counting anything twice. Settling a payment counts nothing.

import { type Figures, hourId, hourIds, hourMs, sumFigures } from '../../domain/reports/stats'
import { figuresShape, isSound } from '../../domain/shapes'
import type { Database, Document } from '../database'

export interface HourStats extends Document {
  startsAt: number
  rows: Figures[]
}

export interface Counted extends Document {
  /** all hours before this one have been counted */
  to: number
  /** counted hours that must be counted again, because an order placed in them was tried or paid later */
  again?: number[]
}

const collection = 'stats'
const collectionOfOrders = 'orders'
export const countedId = 'counted'
// One row for each provider, currency and domain.
const rowLimit = 1_000

interface Counting extends Omit<Figures, 'provider' | 'currency' | 'domain'> {
  _id: Pick<Figures, 'currency'> & { provider?: string | null; domain?: unknown }
  placedIn: (number | null)[]
}

/**
 * Counts the hour that begins at `from`, with one aggregate. An order is counted for the provider of its paid or last
 * attempt; an amount is counted for the provider that took it or gave it back.
 * @returns the hour's rows, and in `placedIn` the earlier hours whose figures change because an order placed in
 * them was tried or paid in this hour
 */
export async function countHour(db: Database, from: number): Promise<{ rows: Figures[]; placedIn: number[] }> {
  const id = hourId(from)
  const until = from + hourMs
  const within = (field: string) => ({ $and: [{ $gte: [field, from] }, { $lt: [field, until] }] })
  // A broken order, without a list, must not make the whole aggregate fail.
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
          domain: '$domain.code',
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
          _id: { provider: '$parts.provider', currency: '$currency', domain: '$domain' },
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
  const rows = groups.map(({ _id: { provider = null, currency, domain }, placedIn: _, ...sums }) => ({
    provider,
    currency,
    domain: typeof domain === 'string' ? domain : null,
    ...sums,
  }))
  // Rows without a currency come from broken orders and are left out.
  const sums = rows.filter(({ currency }) => typeof currency === 'string')
  const placedIn = groups.flatMap((group) => group.placedIn.filter((hour) => hour !== null))
  return { rows: sumFigures(sums), placedIn: [...new Set(placedIn)] }
}

/** The `_id`s of the hours from one time (included) to another (excluded). */
export const hourRange = (from: number, until: number) => ({ gte: hourId(from), lt: hourId(until) })

/** The figures of the hours from one time (included) to another (excluded); at most 1,000. */
export async function hoursBetween(db: Database, from: number, until: number): Promise<HourStats[]> {
  const found = await db.find<HourStats>(collection, {
    where: { _id: hourRange(from, until) },
    orderBy: [['_id', 'asc']],
    limit: 1_000,
  })
  // A broken document is left out; its hour will be counted again.
  return found.filter((hour) => isSound(hour, figuresShape))
}

/** Stores an hour's figures if they have changed. Of two writers at once one wins; the next run corrects it. */
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
      // If another writer was faster or the reply was lost, the document is there.
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

/** Whether nothing that is counted happened between two full hours: three queries on indexes. */
export async function isQuiet(db: Database, from: number, until: number): Promise<boolean> {
  const hours = hourIds(from, until)
  const found = await Promise.all([
    db.count(collectionOfOrders, { createdAt: { gte: from, lt: until } }),
    db.count(collectionOfOrders, { laterHours: { in: hours } }),
    db.count(collectionOfOrders, { refundHours: { in: hours } }),
  ])
  return found.every((count) => count === 0)
}
