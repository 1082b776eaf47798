// Reconciliation of a provider's day: the bill is fetched, compared with our records, and what differs is kept in a job
// document until a person has repaired it. Each morning at half past ten the day before is done.
import type { ReconciliationView } from '../api'
import { beijingDay } from '../domain/beijing'
import { startOfDayText } from '../domain/days'
import { AppError, isAppError } from '../domain/errors'
import { type Order, orderNoOf } from '../domain/order'
import { dayMs } from '../domain/period'
import {
  type BillLine,
  type Compared,
  compareBill,
  countDifferences,
  type Difference,
  isAtBeginning,
  lineKey,
  type OwnLine,
} from '../domain/reconcile'
import type { Condition } from '../store/database'
import { changeJob, insertJob, type Job, readJob, readJobs } from '../store/jobs'
import { readOrders } from '../store/orders'
import { readPage } from '../store/paging'
import type { Context } from './context'
import { readBill } from './readBill'
import { nameless } from './staffNames'

export interface KeptDifference extends Difference {
  repaired: { at: number; by: string; how: 'query' | 'refund' | 'ignore' | 'next day'; note: string } | null
}

export interface Reconciliation extends Job {
  kind: 'reconcile'
  provider: string
  day: string
  state: 'waiting' | 'done' | 'failed'
  /** why it failed last: a code of AppError */
  failure: string | null
  ranAt: number | null
  billed: Compared['billed']
  recorded: Compared['recorded']
  matched: number
  differences: KeptDifference[]
  /** how many there were, where not all of them are kept */
  found: number
  /** how many wait for a person */
  open: number
}

const differenceLimit = 500
// One more is asked for, and the cloud gives a thousand.
const pageRows = 900
// Half past ten in Beijing: the providers have made yesterday's bills by then (WeChat Pay says ten o'clock).
const runAtMs = 10.5 * 3_600_000
// News of a payment may come so long after it was made.
const lateMs = 2 * dayMs
const leaseMs = 120_000

const idOf = (provider: string, day: string): string => `reconcile-${provider}-${day}`

const emptyRecord = { payments: 0, paymentsFen: 0, refunds: 0, refundsFen: 0 }

const waiting = (provider: string, day: string, now: number): Reconciliation => ({
  _id: idOf(provider, day),
  version: 1,
  kind: 'reconcile',
  dueAt: startOfDayText(day, 'day') + dayMs + runAtMs,
  tries: 0,
  createdAt: now,
  provider,
  day,
  state: 'waiting',
  failure: null,
  ranAt: null,
  billed: { ...emptyRecord, feesFen: null },
  recorded: emptyRecord,
  matched: 0,
  differences: [],
  found: 0,
  open: 0,
})

export const readReconciliation = (ctx: Context, provider: string, day: string): Promise<Reconciliation | undefined> =>
  readJob<Reconciliation>(ctx.db, idOf(provider, day))

/** Plans today's reconciliation of each provider that has bills and was used during the last month. One read mostly. */
export async function planReconciliations(ctx: Context): Promise<void> {
  const now = ctx.now()
  const day = beijingDay(now)
  const billing = (await ctx.providers()).filter(({ provider }) => provider.bill !== undefined)
  const ids = billing.map(({ definition }) => idOf(definition.code, day))
  const there = await readJobs(ctx.db, ids)
  for (const { definition } of billing) {
    if (there.has(idOf(definition.code, day))) continue
    const [used] = await ctx.db.find<Order>('orders', {
      where: { provider: definition.code, createdAt: { gte: now - 31 * dayMs } },
      orderBy: [['createdAt', 'desc']],
      limit: 1,
    })
    if (used) await insertJob(ctx.db, waiting(definition.code, day, now))
  }
}

/** Reconciles one day now, whatever was found before; one at a time. @throws BadInput, Unsupported, Conflict, or why the bill did not come */
export async function reconcileNow(ctx: Context, provider: string, day: string): Promise<Reconciliation> {
  const source = await ctx.provider(provider)
  if (!source) throw new AppError('BadInput', 'provider: is not enabled')
  if (!source.provider.bill) throw new AppError('Unsupported', 'this provider has no bills')
  if (startOfDayText(day, 'day') + dayMs > ctx.now()) throw new AppError('BadInput', 'day: is not over')
  const now = ctx.now()
  const job = await insertJob(ctx.db, waiting(provider, day, now))
  if (job.dueAt !== null && job.dueAt > now && job.tries > 0) throw new AppError('Conflict', 'it is being done')
  const leased = await changeJob<Reconciliation>(ctx.db, job, { dueAt: now + leaseMs, tries: job.tries + 1 })
  if (!leased) throw new AppError('Conflict', 'it is being done')
  return runReconciliation(ctx, leased)
}

/** Does a reconciliation that was leased. @throws why the bill did not come, after that was stored */
export async function runReconciliation(ctx: Context, leased: Reconciliation): Promise<Reconciliation> {
  try {
    const done = await compared(ctx, leased)
    const after = await changeJob<Reconciliation>(ctx.db, leased, { ...done, dueAt: null, tries: 0 })
    if (!after) throw new AppError('Conflict', 'it was changed by somebody else')
    return after
  } catch (error) {
    const failure = isAppError(error) ? error.code : 'Internal'
    await changeJob<Reconciliation>(ctx.db, leased, { state: 'failed', failure, ranAt: ctx.now() })
    throw error
  }
}

async function compared(ctx: Context, { provider, day, differences: known }: Reconciliation) {
  const from = startOfDayText(day, 'day')
  const until = from + dayMs
  const bill = await readBill(ctx, { provider, day })
  const own = await ownLines(ctx, provider, { from, until, bill })
  const billed = new Set(bill.map(lineKey))
  const mayBeBefore = own.some((line) => !billed.has(lineKey(line)) && line.at !== null && isAtBeginning(line.at, from))
  const before = mayBeBefore ? await readBill(ctx, { provider, day: beijingDay(from - dayMs) }) : []
  const result = compareBill(bill, own, { from, until, before: new Set(before.map(lineKey)) })
  await settleWaiting(ctx, provider, beijingDay(from - dayMs), billed)
  const repaired = new Map(
    known.filter((one) => one.repaired !== null).map((one) => [`${one.kind} ${one.no}`, one.repaired]),
  )
  const all = result.differences.map((one) => ({ ...one, repaired: repaired.get(`${one.kind} ${one.no}`) ?? null }))
  const differences = all.slice(0, differenceLimit)
  return {
    state: 'done' as const,
    failure: null,
    ranAt: ctx.now(),
    billed: result.billed,
    recorded: result.recorded,
    matched: result.matched,
    differences,
    found: all.length,
    open: all.filter(isOpen).length,
  }
}

const isOpen = ({ waits, repaired }: KeptDifference): boolean => !waits && repaired === null

// What waited at yesterday's end stands in today's bill, or is a difference.
async function settleWaiting(ctx: Context, provider: string, day: string, billed: ReadonlySet<string>): Promise<void> {
  const job = await readReconciliation(ctx, provider, day)
  if (!job?.differences.some(({ waits }) => waits)) return
  const now = ctx.now()
  const differences = job.differences.map((one): KeptDifference => {
    if (!one.waits) return one
    const kind = one.kind === 'missingThere' ? 'payment' : 'refund'
    return billed.has(lineKey({ kind, no: one.no }))
      ? { ...one, waits: false, repaired: { at: now, by: 'timer', how: 'next day', note: '' } }
      : { ...one, waits: false }
  })
  await changeJob<Reconciliation>(ctx.db, job, { differences, open: differences.filter(isOpen).length })
}

/** Our payments and refunds that the bill names or that moved on this day. */
async function ownLines(
  ctx: Context,
  provider: string,
  { from, until, bill }: { from: number; until: number; bill: readonly BillLine[] },
): Promise<OwnLine[]> {
  const lines = new Map<string, OwnLine>()
  const keep = (order: Order) => {
    for (const line of linesOf(order, provider)) lines.set(lineKey(line), line)
  }
  // First payments by their time, refunds by theirs; surplus that nobody gave back is found by itself.
  await eachOrder(ctx, { by: 'paidAt', from, until: until + lateMs, where: {} }, keep)
  await eachOrder(ctx, { by: 'refundedAt', from, until: until + lateMs, where: {} }, keep)
  await eachOrder(ctx, { by: 'surplusFen', from: 1, where: {} }, keep)
  const wanted = bill.filter((line) => !lines.has(lineKey(line))).flatMap(({ no }) => orderNoOf(no) ?? [])
  for (const order of (await readOrders(ctx.db, [...new Set(wanted)])).values()) keep(order)
  return [...lines.values()]
}

async function eachOrder(
  ctx: Context,
  range: { by: string; from: number; until?: number; where: Record<string, Condition> },
  keep: (order: Order) => void,
): Promise<void> {
  let cursor: string | null = null
  do {
    const page: { found: Order[]; cursor: string | null } = await readPage<Order>(ctx.db, 'orders', {
      ...range,
      direction: 'asc',
      ...(cursor !== null && { cursor }),
      limit: pageRows,
    })
    for (const order of page.found) keep(order)
    cursor = page.cursor
  } while (cursor !== null)
}

function linesOf(order: Order, provider: string): OwnLine[] {
  const payments = order.payments.filter((payment) => payment.provider === provider)
  const numbers = new Set(payments.map(({ no }) => no))
  return [
    ...payments.map(
      ({ no, theirNo, amountFen, state, paidAt }): OwnLine => ({
        kind: 'payment',
        no,
        orderNo: order._id,
        theirNo,
        amountFen,
        state,
        at: paidAt,
      }),
    ),
    ...order.refunds
      .filter(({ paymentNo }) => numbers.has(paymentNo))
      .map(
        ({ no, theirNo, amountFen, state, doneAt }): OwnLine => ({
          kind: 'refund',
          no,
          orderNo: order._id,
          theirNo,
          amountFen,
          state,
          at: doneAt,
        }),
      ),
  ]
}

/** Marks a difference as repaired. @throws Conflict when somebody else changes the reconciliation */
export async function markRepaired(
  ctx: Context,
  job: Reconciliation,
  no: string,
  repaired: NonNullable<KeptDifference['repaired']>,
): Promise<Reconciliation> {
  const differences = job.differences.map((one) =>
    one.no === no && one.repaired === null ? { ...one, repaired } : one,
  )
  const open = job.open - (job.differences.filter(isOpen).length - differences.filter(isOpen).length)
  const after = await changeJob<Reconciliation>(ctx.db, job, { differences, open })
  if (!after) throw new AppError('Conflict', 'it was changed by somebody else')
  return after
}

export function reconciliationView(job: Reconciliation, nameOf: (by: string) => string = nameless): ReconciliationView {
  const { provider, day, state, failure, ranAt, dueAt, billed, recorded, matched, differences, found } = job
  return {
    provider,
    day,
    state,
    failure,
    ranAt,
    nextAt: dueAt,
    billed,
    recorded,
    matched,
    counts: countDifferences(differences),
    found,
    differences: differences.map((one) => ({
      ...one,
      repairs: repairsOf(one),
      repaired: one.repaired && { ...one.repaired, by: nameOf(one.repaired.by) },
    })),
  }
}

/** What a person can do about a difference. */
export function repairsOf({ kind, orderNo, waits, repaired }: KeptDifference): ('query' | 'refund' | 'ignore')[] {
  if (waits || repaired !== null) return []
  if (orderNo === null) return ['ignore']
  return kind === 'amount' || kind === 'duplicate' || kind === 'state'
    ? ['query', 'refund', 'ignore']
    : ['query', 'ignore']
}
