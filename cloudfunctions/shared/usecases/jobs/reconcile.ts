// Reconciliation of one provider and day: we download the provider's bill and compare it with our records. A job
// document keeps the differences until staff have resolved them. The timer reconciles each day on the next morning,
// when the bill is ready.

import { beijingDay, dayMs, hourMs } from '../../../../miniprogram/rules/beijing'
import type { ReconciliationView } from '../../api/admin'
import { startOfDayText } from '../../domain/days'
import { AppError, isAppError } from '../../domain/errors'
import { orderNoOf } from '../../domain/orders/orderNo'
import type { Order } from '../../domain/orders/orderShape'
import type { Refund } from '../../domain/refund'
import {
  type BillLine,
  type Compared,
  compareBill,
  countDifferences,
  type Difference,
  type DifferenceKind,
  lineKey,
  type OwnLine,
  underOurNumbers,
} from '../../domain/reports/reconcile'
import { hourIds } from '../../domain/reports/stats'
import type { BillRules, ProviderDefinition } from '../../providers/provider'
import type { Condition } from '../../store/database'
import { changeJob, insertJob, type Job, readJob, readJobs } from '../../store/jobs'
import { readOrders } from '../../store/orders'
import { readPage } from '../../store/paging'
import type { Context } from '../platform/context'
import { recordNotice } from '../platform/recordNotice'
import { nameless } from '../platform/staffNames'
import { type Pause, type Search, searchEarlier } from './otherBills'
import { readBill } from './readBill'

export interface KeptDifference extends Difference {
  repaired: { at: number; by: string; how: 'query' | 'record' | 'refund' | 'ignore' | 'next day'; note: string } | null
}

export interface Reconciliation extends Job {
  kind: 'reconcile'
  provider: string
  day: string
  state: 'waiting' | 'done' | 'failed'
  /** the AppError code with which the last run failed; null: it did not fail */
  failure: string | null
  ranAt: number | null
  billed: Compared['billed']
  recorded: Compared['recorded']
  matched: number
  differences: KeptDifference[]
  /**
   * found: how many differences there are in total; rest: for each kind, how many differences are not stored because
   * there are too many
   */
  found: number
  rest: ReturnType<typeof countDifferences>
  /** how many differences staff have not resolved yet */
  open: number
  /** the number of the last try that failed. It is less than `tries` while the next try runs */
  failedTry: number | null
  /** the progress of the search in earlier days' bills; null or absent: no search is under way */
  search?: Search | null
}

const differenceLimit = 500
const repairedLimit = 2_000
// How many orders one query reads. A larger page of whole orders could exceed the database's time limit for a query.
const pageRows = 400
// Some providers finish their bills late. So we download a bill only this long (ms) after it should be ready.
const slackMs = hourMs / 2
const leaseMs = 120_000
// How often we try to download a bill. The tries cover about two days, with longer and longer waits, and staff get a
// case long before the last try.
const lastTry = 16
const changeLimit = 5
// When staff start a reconciliation, they wait for its result, and the function that they call is killed after 20 s. So
// after this time (ms) such a run opens no more bills of other days, because one bill may need several calls. The timer
// reads the other bills later.
const staffMs = 5_000
// For how many past days the timer still plans reconciliations, because the timer may not have run for some days.
const daysBehind = 7

const idOf = (provider: string, day: string): string => `reconcile-${provider}-${day}`

// If a provider has no rules for its bills, these rules apply: the bill of a day is ready at ten the next morning in
// Beijing, like WeChat Pay's.
const usualRules: BillRules = { readyMs: 10 * hourMs, refundDay: 'unknown' }
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

/**
 * Plans the reconciliations of today and the last days, for each provider that has bills. Usually all are planned
 * already, and the check costs one read.
 */
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
 * Reconciles one day now, even if that was done before. Only one run at a time is allowed.
 * @throws BadInput, Unsupported, Conflict, or the error of the download
 */
export async function reconcileNow(ctx: Context, provider: string, day: string): Promise<Reconciliation> {
  const [source] = await ctx.sources(provider)
  if (!source) throw new AppError('BadInput', 'provider: is not enabled')
  if (!source.provider.bill) throw new AppError('Unsupported', 'this provider has no bills')
  if (startOfDayText(day, 'day') + dayMs > ctx.now()) throw new AppError('BadInput', 'day: is not over')
  const now = ctx.now()
  const job = await insertJob(ctx.db, waiting(provider, day, rulesOf(source.definition), now))
  // A reconciliation that failed and waits for its next try is not running, so staff may start it.
  const isRunning = job.dueAt !== null && job.dueAt > now && job.tries > 0 && job.tries !== job.failedTry
  if (isRunning) throw new AppError('Conflict', 'the reconciliation is already running')
  const leased = await changeJob<Reconciliation>(ctx.db, job, { dueAt: now + leaseMs, tries: job.tries + 1 })
  if (!leased) throw new AppError('Conflict', 'the reconciliation is already running')
  const startedAt = ctx.elapsed()
  return runReconciliation(ctx, leased, () => ctx.elapsed() - startedAt < staffMs)
}

/**
 * Runs a reconciliation that the caller has leased. Some differences can only be decided with bills of other days. If
 * such a bill was not read in this run, the differences wait and the job becomes due again.
 * @param hasTime turns false well before the function's time-out; then no further bill of another day is read
 * @throws the error of the download, after this function has stored it
 */
export async function runReconciliation(
  ctx: Context,
  leased: Reconciliation,
  hasTime: () => boolean,
): Promise<Reconciliation> {
  const now = ctx.now()
  const [source] = await ctx.sources(leased.provider)
  const rules = source ? rulesOf(source.definition) : usualRules
  const scheduled = scheduledAt(leased.day, rules)
  // If staff run a reconciliation before the bill is ready, we repeat it at the planned time, because the bill may be
  // incomplete.
  const rested = { dueAt: scheduled > now ? scheduled : null, tries: 0, failedTry: null }
  try {
    const { pause, ...done } = await compared(ctx, leased, rules, hasTime)
    const next = pause ? nextRun(leased, done.search, ctx.now()) : { ...rested, search: null }
    const after = await changeJob<Reconciliation>(ctx.db, leased, { ...done, ...next })
    if (!after) throw new AppError('Conflict', 'the reconciliation was changed by somebody else')
    return after
  } catch (error) {
    const failure = isAppError(error) ? error.code : 'Internal'
    // If an earlier run already has the result of the complete bill, keep that result. Only the caller who asked for a
    // new run gets the error.
    const isKnown = leased.state === 'done' && (leased.ranAt ?? 0) >= scheduled
    const failed: Partial<Reconciliation> = { state: 'failed', failure, ranAt: now, failedTry: leased.tries }
    const given = isLastTry(leased) ? { ...failed, dueAt: null } : failed
    const isSearching = isKnown && Boolean(leased.search) && !isLastTry(leased)
    const kept = isSearching ? { failedTry: leased.tries } : { ...rested, ...(leased.search && unfound(leased, now)) }
    await changeJob<Reconciliation>(ctx.db, leased, isKnown ? kept : given)
    throw error
  }
}

const isLastTry = ({ tries }: Job): boolean => tries >= lastTry

/**
 * When the job continues its search in other days' bills. If this run has read at least one further bill, the job is
 * due at once. Otherwise the job waits until the end of its lease. Each such wait is longer than the one before.
 */
function nextRun(leased: Reconciliation, search: Search, now: number): Partial<Reconciliation> {
  const isFurther = search.days.length > (leased.search?.days.length ?? 0)
  return isFurther ? { search, dueAt: now, tries: 0, failedTry: null } : { search, failedTry: leased.tries }
}

/** Ends the search in other days' bills without a result: what we searched for counts as missing from the bill. */
function unfound({ differences: waiting }: Reconciliation, now: number): Partial<Reconciliation> {
  const differences = waiting.map((one) => judged(one, new Set(), now))
  return { search: null, differences, open: differences.filter(isOpen).length }
}

/**
 * Makes the function that reads the bill of another day and returns the keys of its lines. If the provider refuses the
 * bill, the bill counts as empty. The reason: Wisecashier's documentation does not say what the provider answers for a
 * day without payments (docs/provider-facts.md 4.4), and the reconciliation must not stop on such a day. In the last
 * try, every bill that cannot be read counts as empty.
 */
const otherBills =
  (ctx: Context, job: Reconciliation, own: readonly OwnLine[], hasTime: () => boolean) =>
  async (from: number): Promise<ReadonlySet<string> | Pause> => {
    const { provider } = job
    const day = beijingDay(from)
    if (!hasTime() && !isLastTry(job)) return 'noTime'
    try {
      if (!hasTime()) throw new AppError('ProviderUnavailable', 'no time was left')
      return new Set(underOurNumbers(await readBill(ctx, { provider, day }), own).map(lineKey))
    } catch (error) {
      const code = isAppError(error) ? error.code : 'Internal'
      if (code === 'ProviderUnavailable' && !isLastTry(job)) return 'unavailable'
      if (code !== 'ProviderRefused' && code !== 'ProviderUnavailable') throw error
      ctx.log('otherBillUnread', { provider, day, code })
      await reportUnread(ctx, { provider, from, day, code })
      return new Set()
    }
  }

/**
 * Gives staff a case about a bill that counts as empty, if the shop was paid through this provider on that day. On a
 * day without payments there is no case, because the provider may have no bill of such a day.
 */
async function reportUnread(
  ctx: Context,
  { provider, from, day, code }: { provider: string; from: number; day: string; code: string },
): Promise<void> {
  const where = { provider, paidAt: { gte: from, lt: from + dayMs } }
  const some = await ctx.db.find('orders', { where, orderBy: [['paidAt', 'asc']], limit: 1 })
  if (some.length === 0) return
  await recordNotice(ctx, {
    kind: 'stuck',
    provider,
    orderNo: null,
    subject: 'bill',
    reason: `a bill cannot be read: ${day}`,
    content: { code },
  })
}

async function compared(ctx: Context, job: Reconciliation, rules: BillRules, hasTime: () => boolean) {
  const { provider, day, differences: known } = job
  const from = startOfDayText(day, 'day')
  const until = from + dayMs
  const rows = await readBill(ctx, { provider, day })
  const { lines: own, orders } = await ownLines(ctx, provider, rules, { from, until, rows })
  const bill = underOurNumbers(rows, own)
  const keysOf = otherBills(ctx, job, own, hasTime)
  const billed = new Set(bill.map(lineKey))
  const absent = own.filter((line) => !billed.has(lineKey(line)))
  const earlier = await searchEarlier({ from, absent, known: job.search ?? null }, keysOf)
  const { search } = earlier
  const result = compareBill(bill, own, { from, until, before: new Set(search.found) })
  await settleWaiting(ctx, provider, beijingDay(from - dayMs), billed)
  const isNextThere = scheduledAt(beijingDay(until), rules) <= ctx.now()
  const isNextWanted = isNextThere && result.differences.some(({ waits }) => waits)
  const next = earlier.pause ?? (isNextWanted ? await keysOf(until) : undefined)
  // A query by staff should have corrected our record. If we find the same difference again, the query did not help, so
  // the difference is open again.
  const repaired = new Map(
    known.flatMap((one) => (one.repaired && one.repaired.how !== 'query' ? [[keyOf(one), one.repaired] as const] : [])),
  )
  const judgedOnes = result.differences.map((one): KeptDifference => {
    const before = repaired.get(keyOf(one)) ?? null
    const orderNo = one.orderNo !== null && orders.has(one.orderNo) ? one.orderNo : null
    const mayBeEarlier = one.ours !== null && earlier.open.has(lineKey({ kind: kindOf(one), no: one.no }))
    const kept = { ...one, orderNo, waits: (one.waits || mayBeEarlier) && before === null, repaired: before }
    return typeof next === 'object' ? judged(kept, next, ctx.now()) : kept
  })
  // Keep the differences that concern our own orders first. Another system with the same merchant number may fill the
  // bill with lines that are not ours.
  const all = [...judgedOnes].sort((a, b) => rankOf(a) - rankOf(b))
  // Resolved differences have a limit of their own. So a day with many new differences does not remove resolved
  // differences and the notes of staff on them.
  const kept = [
    ...all.filter(({ repaired }) => repaired === null).slice(0, differenceLimit),
    ...all.filter(({ repaired }) => repaired !== null).slice(0, repairedLimit),
  ]
  const isKept = new Set(kept)
  return {
    pause: typeof next === 'string' ? next : undefined,
    search,
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
const kindOf = ({ kind }: Difference): OwnLine['kind'] => (kind === 'missingThere' ? 'payment' : 'refund')
const isOpen = ({ waits, repaired }: KeptDifference): boolean => !waits && repaired === null

/**
 * A payment near midnight may be in the next day's bill, so its difference first waits for that bill. If the next day's
 * bill has the payment or refund, the difference is resolved. Otherwise the difference is real, and staff must resolve
 * it.
 */
function judged(one: KeptDifference, nextBill: ReadonlySet<string>, now: number): KeptDifference {
  if (!one.waits) return one
  const isThere = nextBill.has(lineKey({ kind: kindOf(one), no: one.no }))
  return { ...one, waits: false, repaired: isThere ? { at: now, by: 'timer', how: 'next day', note: '' } : null }
}

/**
 * Some differences of the previous day wait for this day's bill. Decides them with this bill.
 * @throws Conflict if another writer changed the previous day's job meanwhile; then we reconcile this day again
 */
async function settleWaiting(ctx: Context, provider: string, day: string, billed: ReadonlySet<string>): Promise<void> {
  const job = await readReconciliation(ctx, provider, day)
  if (job?.differences.some(({ waits }) => waits))
    await changeDifferences(ctx, job, (one) => judged(one, billed, ctx.now()))
}

/**
 * Changes the differences of a reconciliation. If another writer changed the document first, this function repeats the
 * change on the new document.
 * @throws Conflict if another writer was first each time
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
  throw new AppError('Conflict', 'the reconciliation was changed by somebody else')
}

/** Our payments and refunds that the bill names, or whose money moved around this day. */
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
  // Find our records that may belong to this day: payments by the time when we recorded them, then other attempts and
  // refunds by the hours in which we recorded them, then orders with an overpayment. The time range ends at the next
  // morning's run. It begins one hour before the day, because an instance with a slow clock dates the day's first
  // payments on the day before. Payments that were recorded after this range are compared only if the bill names them.
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

/** The payments and refunds of one order that went through this provider. */
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
          ...(refundDay === 'acceptedAt' ? acceptance(refund) : { at: refund.doneAt }),
          ...(refundDay === 'unknown' && { earliestAt: earliestOf(refund) }),
        }),
      ),
  ]
}

// We do not know when a refund outside this system was requested; we only know when we first heard of it. So we assume
// that it was requested at most this long (ms) before.
const outsideMs = 7 * dayMs
const earliestOf = ({ by, createdAt }: Refund): number => (by === 'provider' ? createdAt - outsideMs : createdAt)

/**
 * Some providers list a refund in the bill of the day on which they accepted it, even if the refund fails later. For
 * these providers: calculates when the refund was accepted, and whether it is still in the bill as accepted.
 */
function acceptance({ by, state, createdAt, acceptedAt }: Refund): Pick<OwnLine, 'at' | 'isAccepted'> {
  const isAccepted = acceptedAt !== undefined && (state === 'pending' || state === 'failed')
  // If we sent the refund, the provider accepted it soon after we created it. If the refund was made outside this
  // system, only the provider can tell us the time.
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
 * How staff can resolve a difference. A refund that is only in the bill was made outside this system; staff can record
 * it. A second charge that is only in the bill can be recorded or refunded.
 */
export function repairsOf({ kind, ours, waits, repaired, isSameTrade, orderNo, of }: KeptDifference): Repair[] {
  if (waits || repaired !== null) return []
  if (kind === 'refundMissingHere' && orderNo !== null && of?.paymentNo) return ['record', 'ignore']
  if (ours === null) return ['ignore']
  if (kind !== 'duplicate') return ['query', 'ignore']
  return ours === 'paid' && !isSameTrade ? ['record', 'refund', 'ignore'] : ['ignore']
}
