// The shop's statistics in the database: one document for each hour. One aggregation over the orders computes the
// document, which is then replaced as a whole. So we can count an hour again, and nothing is counted twice. The code
// that records a payment does not write statistics.

import { hourMs } from '../../../../miniprogram/rules/beijing'
import { type Figures, hourId, hourIds, sumFigures } from '../../domain/reports/stats'
import { figuresShape, isSound } from '../../domain/shapes'
import type { Database, Document } from '../database'

export interface HourStats extends Document {
  startsAt: number
  rows: Figures[]
}

export interface Counted extends Document {
  /** all hours before this time have been counted, epoch ms */
  to: number
  /**
   * counted hours that must be counted again: an order was placed in such an hour, and a payment of the order was begun
   * or arrived in a later hour
   */
  again?: number[]
  /** when the timer last counted the latest two hours while they were busy, epoch ms; absent: never */
  busyAt?: number
}

const collection = 'stats'
const collectionOfOrders = 'orders'
export const countedId = 'counted'
// How many rows an hour can have. There is one row for each provider, currency and connected system.
const rowLimit = 1_000

interface Counting extends Omit<Figures, 'provider' | 'currency' | 'domain'> {
  _id: Pick<Figures, 'currency'> & { provider?: string | null; domain?: unknown }
  placedIn: (number | null)[]
}

/**
 * Counts the figures of the hour that begins at `from`, with one aggregation. An order belongs to the provider through
 * which it was paid. If the order is not paid, it belongs to the provider of its last payment attempt. An amount
 * belongs to the provider that received or refunded it.
 * @returns `rows`: the figures of the hour; `placedIn`: earlier hours whose figures also change, because their orders
 * were tried or paid in this hour
 */
export async function countHour(db: Database, from: number): Promise<{ rows: Figures[]; placedIn: number[] }> {
  const id = hourId(from)
  const until = from + hourMs
  const within = (field: string) => ({ $and: [{ $gte: [field, from] }, { $lt: [field, until] }] })
  // A broken order may have no list of payments or refunds. The aggregation must not fail because of such an order.
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
  // Rows without a currency come from broken orders, so leave them out.
  const sums = rows.filter(({ currency }) => typeof currency === 'string')
  const placedIn = groups.flatMap((group) => group.placedIn.filter((hour) => hour !== null))
  return { rows: sumFigures(sums), placedIn: [...new Set(placedIn)] }
}

/** The `_id`s of the hours from `from` (included) to `until` (excluded). */
export const hourRange = (from: number, until: number) => ({ gte: hourId(from), lt: hourId(until) })

/** The figures of the hours from `from` (included) to `until` (excluded), at most 1,000 hours. */
export async function hoursBetween(db: Database, from: number, until: number): Promise<HourStats[]> {
  const found = await db.find<HourStats>(collection, {
    where: { _id: hourRange(from, until) },
    orderBy: [['_id', 'asc']],
    limit: 1_000,
  })
  // Leave broken documents out. The timer will count their hours again.
  return found.filter((hour) => isSound(hour, figuresShape))
}

/**
 * Stores the figures of an hour if they have changed. If two writers store at the same time, the second write changes
 * nothing, and the next run corrects the figures.
 */
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
      // Another writer may have been first, or the reply got lost. In both cases the document exists.
      if (!(await db.get(collection, _id))) throw error
    })
}

export const readCounted = (db: Database): Promise<Counted | undefined> => db.get<Counted>(collection, countedId)

export async function putCounted(
  db: Database,
  counted: Required<Pick<Counted, 'to' | 'again'>> & Pick<Counted, 'busyAt'>,
  there: Counted | undefined,
): Promise<void> {
  const isSame = there?.to === counted.to && String(there.again ?? []) === String(counted.again)
  if (isSame && counted.busyAt === undefined) return
  await put<Counted>(db, { _id: countedId, version: 1, ...counted }, there)
}

/** When the first order was placed, epoch ms; null if there are no orders. */
export async function firstOrderAt(db: Database): Promise<number | null> {
  const [first] = await db.find<Document & { createdAt: number }>(collectionOfOrders, {
    where: { createdAt: { gte: 0 } },
    orderBy: [['createdAt', 'asc']],
    limit: 1,
  })
  return first?.createdAt ?? null
}

/**
 * Whether nothing happened between two full hours: no order was placed, tried, paid or refunded. Costs three queries,
 * all on indexes.
 */
export async function isQuiet(db: Database, from: number, until: number): Promise<boolean> {
  const hours = hourIds(from, until)
  const found = await Promise.all([
    db.count(collectionOfOrders, { createdAt: { gte: from, lt: until } }),
    db.count(collectionOfOrders, { laterHours: { in: hours } }),
    db.count(collectionOfOrders, { refundHours: { in: hours } }),
  ])
  return found.every((count) => count === 0)
}
