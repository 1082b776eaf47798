// Reconciliation of one day of a provider: the bill is downloaded and compared with our records. Differences are kept
// in a job document until staff have resolved them. The day before is reconciled each morning, when the bill is ready.
import type { ReconciliationView } from '../../api/admin'
import { beijingDay } from '../../domain/beijing'
import { startOfDayText } from '../../domain/days'
import { AppError, isAppError } from '../../domain/errors'
import { orderNoOf } from '../../domain/orders/orderNo'
import type { Order } from '../../domain/orders/orderShape'
import { dayMs } from '../../domain/period'
import type { Refund } from '../../domain/refund'
import {
  type BillLine,
  type Compared,
  compareBill,
  countDifferences,
  type Difference,
  type DifferenceKind,
  isAtBeginning,
  lineKey,
  type OwnLine,
  underOurNumbers,
} from '../../domain/reports/reconcile'
import { hourIds, hourMs } from '../../domain/reports/stats'
import type { BillRules, ProviderDefinition } from '../../providers/provider'
import type { Condition } from '../../store/database'
import { changeJob, insertJob, type Job, readJob, readJobs } from '../../store/jobs'
import { readOrders } from '../../store/orders'
import { readPage } from '../../store/paging'
import type { Context } from '../platform/context'
import { nameless } from '../platform/staffNames'
import { readBill } from './readBill'

export interface KeptDifference extends Difference {
  repaired: { at: number; by: string; how: 'query' | 'record' | 'refund' | 'ignore' | 'next day'; note: string } | null
}

export interface Reconciliation extends Job {
  kind: 'reconcile'
  provider: string
  day: string
  state: 'waiting' | 'done' | 'failed'
  /** the AppError code of the last failure */
  failure: string | null
  ranAt: number | null
  billed: Compared['billed']
  recorded: Compared['recorded']
  matched: number
  differences: KeptDifference[]
  /** the number of all differences; `rest` counts, by kind, those that are not kept */
  found: number
  rest: ReturnType<typeof countDifferences>
  /** the number of unresolved differences */
  open: number
  /** the number of the last failed try; a running try has a greater number */
  failedTry: number | null
}

const differenceLimit = 500
const repairedLimit = 2_000
// A larger page of whole orders could exceed the time limit of a query.
const pageRows = 400
// The bill is downloaded this long after it should be ready, because some are late.
const slackMs = hourMs / 2
const leaseMs = 120_000
// The tries cover about two days, with longer and longer waits. Staff are told long before the last one.
const lastTry = 16
const changeLimit = 5
// Past days that are still planned, because the timer may not have run for some days.
const daysBehind = 7

const idOf = (provider: string, day: string): string => `reconcile-${provider}-${day}`

// The rules for a provider without its own: ready at ten in Beijing, as WeChat Pay's bill.
const usualRules: BillRules = { readyMs: 10 * hourMs, refundDay: 'doneAt' }
export const rulesOf = ({ bills }: ProviderDefinition): BillRules => bills ?? usualRules

/** When the timer downloads a day's bill. */
const scheduledAt = (day: string, { readyMs }: BillRules): number =>
  startOfDayText(day, 'day') + dayMs + readyMs + slackMs

const emptyRecord = { payments: 0, paymentsFen: 0, refunds: 0, refundsFen: 0 }

const waiting = (provider: string, day: string, rules: BillRules, now: number): Reconciliation => ({
  _id: idOf(provider, day),
  version: 1,
  kind: 'reconcile',
  dueAt: scheduledAt(day, rules),
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
  rest: countDifferences([]),
  open: 0,
  failedTry: null,
})

export const readReconciliation = (ctx: Context, provider: string, day: string): Promise<Reconciliation | undefined> =>
  readJob<Reconciliation>(ctx.db, idOf(provider, day))

/** Plans the reconciliation of today and the last days for each provider in use that has bills. Usually one read. */
export async function planReconciliations(ctx: Context): Promise<void> {
  const now = ctx.now()
  const days = Array.from({ length: daysBehind + 1 }, (_, back) => beijingDay(now - back * dayMs))
  const billing = (await ctx.kept()).filter(({ provider }) => provider.bill !== undefined)
  const codes = billing.map(({ definition }) => definition.code)
  const there = await readJobs(
    ctx.db,
    codes.flatMap((code) => days.map((day) => idOf(code, day))),
  )
  for (const { definition } of billing) {
    const { code } = definition
    const missing = days.filter((day) => !there.has(idOf(code, day)))
    if (missing.length === 0) continue
    const [first] = await ctx.db.find<Order>('orders', {
      where: { provider: code, createdAt: { gte: now - 31 * dayMs } },
      orderBy: [['createdAt', 'asc']],
      limit: 1,
    })
    for (const day of missing)
      if (first && startOfDayText(day, 'day') + dayMs > first.createdAt)
        await insertJob(ctx.db, waiting(code, day, rulesOf(definition), now))
  }
}

/**
 * Reconciles one day now, also if it was done before. Only one run at a time.
 * @throws BadInput, Unsupported, Conflict, or the error of the download
 */
export async function reconcileNow(ctx: Context, provider: string, day: string): Promise<Reconciliation> {
  const [source] = await ctx.sources(provider)
  if (!source) throw new AppError('BadInput', 'provider: is not enabled')
  if (!source.provider.bill) throw new AppError('Unsupported', 'this provider has no bills')
  if (startOfDayText(day, 'day') + dayMs > ctx.now()) throw new AppError('BadInput', 'day: is not over')
  const now = ctx.now()
  const job = await insertJob(ctx.db, waiting(provider, day, rulesOf(source.definition), now))
  // A failed run that waits for its next try is not running.
  const isRunning = job.dueAt !== null && job.dueAt > now && job.tries > 0 && job.tries !== job.failedTry
  if (isRunning) throw new AppError('Conflict', 'it is being done')
  const leased = await changeJob<Reconciliation>(ctx.db, job, { dueAt: now + leaseMs, tries: job.tries + 1 })
  if (!leased) throw new AppError('Conflict', 'it is being done')
  return runReconciliation(ctx, leased)
}

/** Runs a leased reconciliation. @throws the error of the download, after storing it */
export async function runReconciliation(ctx: Context, leased: Reconciliation): Promise<Reconciliation> {
  const now = ctx.now()
  const [source] = await ctx.sources(leased.provider)
  const rules = source ? rulesOf(source.definition) : usualRules
  const scheduled = scheduledAt(leased.day, rules)
  // A run by hand before the bill was ready is repeated at the planned time, because the bill may be incomplete.
  const rested = { dueAt: scheduled > now ? scheduled : null, tries: 0, failedTry: null }
  try {
    const done = await compared(ctx, leased, rules)
    const after = await changeJob<Reconciliation>(ctx.db, leased, { ...done, ...rested })
    if (!after) throw new AppError('Conflict', 'it was changed by somebody else')
    return after
  } catch (error) {
    const failure = isAppError(error) ? error.code : 'Internal'
    // The earlier result stays stored. The caller who asked for a new one gets the error.
    const isKnown = leased.state === 'done' && (leased.ranAt ?? 0) >= scheduled
    const failed: Partial<Reconciliation> = { state: 'failed', failure, ranAt: now, failedTry: leased.tries }
    const given = leased.tries >= lastTry ? { ...failed, dueAt: null } : failed
    await changeJob<Reconciliation>(ctx.db, leased, isKnown ? rested : given)
    throw error
  }
}

async function compared(ctx: Context, { provider, day, differences: known }: Reconciliation, rules: BillRules) {
  const from = startOfDayText(day, 'day')
  const until = from + dayMs
  const rows = await readBill(ctx, { provider, day })
  const { lines: own, orders } = await ownLines(ctx, provider, rules, { from, until, rows })
  const bill = underOurNumbers(rows, own)
  const keysOf = async (of: number) =>
    new Set(underOurNumbers(await readBill(ctx, { provider, day: beijingDay(of) }), own).map(lineKey))
  const billed = new Set(bill.map(lineKey))
  const mayBeBefore = own.some((line) => !billed.has(lineKey(line)) && line.at !== null && isAtBeginning(line.at, from))
  const before = mayBeBefore ? await keysOf(from - dayMs) : new Set<string>()
  const result = compareBill(bill, own, { from, until, before })
  await settleWaiting(ctx, provider, beijingDay(from - dayMs), billed)
  const isNextThere = scheduledAt(beijingDay(until), rules) <= ctx.now()
  const next = isNextThere && result.differences.some(({ waits }) => waits) ? await keysOf(until) : undefined
  // A difference that a query resolved should be gone. If it is found again, it is open again.
  const repaired = new Map(
    known.flatMap((one) => (one.repaired && one.repaired.how !== 'query' ? [[keyOf(one), one.repaired] as const] : [])),
  )
  const judgedOnes = result.differences.map((one): KeptDifference => {
    const before = repaired.get(keyOf(one)) ?? null
    const orderNo = one.orderNo !== null && orders.has(one.orderNo) ? one.orderNo : null
    const kept = { ...one, orderNo, waits: one.waits && before === null, repaired: before }
    return next ? judged(kept, next, ctx.now()) : kept
  })
  // Our own differences come first, because another system with the same merchant number may fill the bill.
  const all = [...judgedOnes].sort((a, b) => rankOf(a) - rankOf(b))
  // Differences that staff resolved are kept, even if there are more than the limit.
  const kept = [
    ...all.filter(({ repaired }) => repaired === null).slice(0, differenceLimit),
    ...all.filter(({ repaired }) => repaired !== null).slice(0, repairedLimit),
  ]
  const isKept = new Set(kept)
  return {
    state: 'done' as const,
    failure: null,
    ranAt: ctx.now(),
    billed: result.billed,
    recorded: result.recorded,
    matched: result.matched,
    differences: kept,
    found: all.length,
    rest: countDifferences(all.filter((one) => !isKept.has(one))),
    open: all.filter(isOpen).length,
  }
}

const keyOf = ({ kind, no, theirNo }: Difference): string => `${kind} ${no} ${theirNo}`
const rankOf = ({ orderNo }: KeptDifference): number => (orderNo === null ? 1 : 0)
const isOpen = ({ waits, repaired }: KeptDifference): boolean => !waits && repaired === null

/** Decides a difference near midnight: it is none if the next day's bill has it. */
function judged(one: KeptDifference, nextBill: ReadonlySet<string>, now: number): KeptDifference {
  if (!one.waits) return one
  const kind = one.kind === 'missingThere' ? 'payment' : 'refund'
  const isThere = nextBill.has(lineKey({ kind, no: one.no }))
  return { ...one, waits: false, repaired: isThere ? { at: now, by: 'timer', how: 'next day', note: '' } : null }
}

/** @throws Conflict: then this day, with the open differences of the day before, is reconciled again */
async function settleWaiting(ctx: Context, provider: string, day: string, billed: ReadonlySet<string>): Promise<void> {
  const job = await readReconciliation(ctx, provider, day)
  if (job?.differences.some(({ waits }) => waits))
    await changeDifferences(ctx, job, (one) => judged(one, billed, ctx.now()))
}

/**
 * Changes differences of a reconciliation. Repeated on the new document if another writer was faster.
 * @throws Conflict if another writer was faster each time
 */
export async function changeDifferences(
  ctx: Context,
  known: Reconciliation,
  change: (one: KeptDifference) => KeptDifference,
): Promise<Reconciliation> {
  let job: Reconciliation | undefined = known
  for (let attempt = 0; job && attempt < changeLimit; attempt++) {
    const differences: KeptDifference[] = job.differences.map(change)
    const open = job.open + differences.filter(isOpen).length - job.differences.filter(isOpen).length
    const after: Reconciliation | undefined = await changeJob<Reconciliation>(ctx.db, job, { differences, open })
    if (after) return after
    job = await readReconciliation(ctx, known.provider, known.day)
  }
  throw new AppError('Conflict', 'it was changed by somebody else')
}

/** Our payments and refunds that the bill names or that changed on this day. */
async function ownLines(
  ctx: Context,
  provider: string,
  rules: BillRules,
  { from, until, rows }: { from: number; until: number; rows: readonly BillLine[] },
): Promise<{ lines: OwnLine[]; orders: ReadonlySet<string> }> {
  const lines = new Map<string, OwnLine>()
  const orders = new Set<string>()
  const keep = (order: Order) => {
    orders.add(order._id)
    for (const line of linesOf(order, provider, rules)) lines.set(lineKey(line), line)
  }
  // Three queries: first payments by the time at which we heard of them, other amounts by the hours in which they were
  // booked, and orders with a surplus. Each covers the time up to the next morning's run, and an hour before the day: an
  // instance whose clock is behind books money of the first minutes under the day before. Payments that we heard of
  // later are compared only if the bill names them.
  const heardFrom = from - hourMs
  const heardUntil = until + rules.readyMs + slackMs
  const hours = hourIds(heardFrom, heardUntil)
  await eachOrder(ctx, { by: 'paidAt', from: heardFrom, until: heardUntil, where: {} }, keep)
  await eachOrder(ctx, { by: 'createdAt', where: { laterHours: { in: hours } } }, keep)
  await eachOrder(ctx, { by: 'createdAt', where: { refundHours: { in: hours } } }, keep)
  await eachOrder(ctx, { by: 'surplusFen', from: 1, where: {} }, keep)
  const wanted = rows
    .filter((row) => !lines.has(lineKey(row)))
    .flatMap(({ no, paymentNo }) => orderNoOf(paymentNo || no) ?? [])
  for (const order of (await readOrders(ctx.db, [...new Set(wanted)])).values()) keep(order)
  return { lines: [...lines.values()], orders }
}

async function eachOrder(
  ctx: Context,
  range: { by: string; from?: number; until?: number; where: Record<string, Condition> },
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

/** The payments and refunds of one order that went through a provider. */
export function linesOf(order: Order, provider: string, { refundDay }: BillRules): OwnLine[] {
  const payments = order.payments.filter((payment) => payment.provider === provider)
  const numbers = new Set(payments.map(({ no }) => no))
  return [
    ...payments.map(
      ({ no, theirNo, amountFen, state, paidAt, secondOf }): OwnLine => ({
        kind: 'payment',
        no,
        orderNo: order._id,
        theirNo,
        ...(secondOf !== undefined && { secondOf }),
        amountFen,
        state,
        at: paidAt,
      }),
    ),
    ...order.refunds
      .filter(({ paymentNo }) => numbers.has(paymentNo))
      .map(
        (refund): OwnLine => ({
          kind: 'refund',
          no: refund.no,
          orderNo: order._id,
          theirNo: refund.theirNo,
          amountFen: refund.amountFen,
          state: refund.state,
          ...(refund.state === 'pending' && refund.checkAt !== null && { isAsked: true }),
          ...(refundDay === 'doneAt' ? { at: refund.doneAt } : acceptance(refund)),
        }),
      ),
  ]
}

/** The time at which a refund is in a bill that lists refunds when they are accepted, even if they fail later. */
function acceptance({ by, state, createdAt, acceptedAt }: Refund): Pick<OwnLine, 'at' | 'isAccepted'> {
  const isAccepted = acceptedAt !== undefined && (state === 'pending' || state === 'failed')
  // Our own refund was accepted when we sent it. The time of a refund made outside comes from the provider only.
  const at = acceptedAt ?? (by === 'provider' || state === 'failed' ? null : createdAt)
  return { at, ...(isAccepted && { isAccepted }) }
}

export function reconciliationView(job: Reconciliation, nameOf: (by: string) => string = nameless): ReconciliationView {
  const { provider, day, state, failure, ranAt, dueAt, billed, recorded, matched, differences, found, rest } = job
  const listed = Object.entries(countDifferences(differences)) as [DifferenceKind, number][]
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
    counts: Object.fromEntries(listed.map(([kind, count]) => [kind, count + rest[kind]])) as typeof rest,
    found,
    differences: differences.map(({ of, ...one }) => ({
      ...one,
      repairs: repairsOf({ ...one, ...(of && { of }) }),
      repaired: one.repaired && { ...one.repaired, by: nameOf(one.repaired.by) },
    })),
  }
}

export type Repair = 'query' | 'record' | 'refund' | 'ignore'

/**
 * The ways in which staff can resolve a difference. A refund made outside and a second charge, which only the bill has,
 * can be recorded. Only a second charge can be refunded.
 */
export function repairsOf({ kind, ours, waits, repaired, isSameTrade, orderNo, of }: KeptDifference): Repair[] {
  if (waits || repaired !== null) return []
  if (kind === 'refundMissingHere' && orderNo !== null && of?.paymentNo) return ['record', 'ignore']
  if (ours === null) return ['ignore']
  if (kind !== 'duplicate') return ['query', 'ignore']
  return ours === 'paid' && !isSameTrade ? ['record', 'refund', 'ignore'] : ['ignore']
}
