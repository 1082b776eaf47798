// Reads everything that the first page of the back office shows: the figures of the hours, and how many things of each
// kind wait for staff. One database call reads all of it. This call is an aggregation. It starts at one document, which
// says which hours are counted, and joins the other collections to this document.
import { figuresShape, isSound } from '../../domain/shapes'
import type { Database, Stage } from '../database'
import type { KeptNotice } from '../notices'
import type { SealedSettings } from '../settings'
import { type Counted, countedId, type HourStats, hourRange, hoursBetween, readCounted } from './stats'

/** The reconciliation of one provider and day that has unresolved differences. */
export interface OpenReconciliation {
  provider: string
  day: string
  /** how many differences staff have not resolved yet */
  open: number
  differences: { kind: string }[]
}

interface Group<T> {
  _id: T
  count: number
}

/** The part of the back office's first page that is shown even if the rest cannot be read. */
export interface FirstFigures {
  /** the document that says which hours are counted: all hours before its `to` are stored */
  counted: Counted
  hours: HourStats[]
}

export type PageBounds = Record<'from' | 'until' | 'refundsBefore' | 'shippingBefore', number>

export interface FirstPage extends FirstFigures {
  /** how many orders have overpaid money for which no refund was requested */
  surplus: number
  /** how many orders have an unfinished refund that was requested before `refundsBefore` */
  refund: number
  /**
   * how many orders still lack their shipping report to WeChat, counting only reports that have been due since before
   * `shippingBefore`
   */
  shipping: number
  /** how many contracts are past due, because a charge failed */
  pastDue: number
  /** how many endpoints were switched off automatically, because they did not answer or are gone */
  endpoints: number
  /** how many complaints wait for the shop, and the earliest of their deadlines; null: none */
  complaints: { count: number; by: number } | null
  /** how many cases of each kind are open; a broken case has no kind */
  cases: Group<KeptNotice['kind'] | null>[]
  /** how many cases of forged notices are open, for each provider */
  forged: Group<string>[]
  reconciliations: OpenReconciliation[]
  /** the connected systems, by code and name */
  domains: { _id: string; name: string }[]
  /** all settings in their encrypted form */
  settings: SealedSettings[]
  /** the open cases about keys that providers refuse */
  keyCases: KeptNotice[]
}

const groupsShown = 20
const mostShown = 100

const list = (from: string, as: keyof FirstPage, match: object, ...rest: object[]): Stage => ({
  lookup: { from, as, pipeline: [{ $match: match }, ...rest] },
})
const count = { count: { $sum: 1 } }
const counts = (from: string, as: keyof FirstPage, match: object): Stage =>
  list(from, as, match, { $group: { _id: null, ...count } })
const grouped = (as: keyof FirstPage, match: object, field: string): Stage =>
  list('notices', as, match, { $group: { _id: field, ...count } }, { $limit: groupsShown })

type Joined = Pick<FirstPage, 'hours' | 'cases' | 'forged' | 'reconciliations' | 'domains' | 'settings' | 'keyCases'> &
  Counted &
  Record<'surplus' | 'refund' | 'shipping' | 'pastDue' | 'endpoints', Group<null>[]> & {
    complaints: (Group<null> & { by: number })[]
  }

/**
 * Reads the first page of the back office.
 * @param from reads the hours from this time (included, epoch ms) to `until` (excluded)
 * @returns undefined if no hour was ever counted
 */
export async function readFirstPage(
  db: Database,
  { from, until, refundsBefore, shippingBefore }: PageBounds,
): Promise<FirstPage | undefined> {
  const hours = hourRange(from, until)
  const complaints = { $group: { _id: null, ...count, by: { $min: '$deadlineAt' } } }
  const [found] = await db.aggregate<Joined>(
    'stats',
    [
      { match: { _id: countedId } },
      list('stats', 'hours', { _id: { $gte: hours.gte, $lt: hours.lt } }, { $sort: { _id: 1 } }),
      counts('orders', 'surplus', { surplusFen: { $gt: 0 } }),
      counts('orders', 'refund', { refundSince: { $gt: 0, $lt: refundsBefore } }),
      counts('orders', 'shipping', { shipSince: { $gt: 0, $lt: shippingBefore } }),
      counts('contracts', 'pastDue', { state: 'pastDue' }),
      counts('endpoints', 'endpoints', { offBecause: { $in: ['gone', 'dead'] } }),
      list('complaints', 'complaints', { deadlineAt: { $gte: 0 } }, complaints),
      grouped('cases', { dismissedAt: null }, '$kind'),
      grouped('forged', { kind: 'forged', dismissedAt: null }, '$provider'),
      list(
        'jobs',
        'reconciliations',
        { kind: 'reconcile', open: { $gt: 0 } },
        // Read only the kinds of the differences, because one day may have hundreds of differences.
        { $project: { provider: 1, day: 1, open: 1, 'differences.kind': 1 } },
        { $limit: mostShown },
      ),
      list('domains', 'domains', {}, { $project: { name: 1 } }, { $limit: mostShown }),
      list('settings', 'settings', {}, { $limit: mostShown }),
      list('notices', 'keyCases', { kind: 'keysRefused', dismissedAt: null }, { $limit: mostShown }),
    ],
    1,
  )
  if (!found) return undefined
  const { _id, version, to, again, busyAt, complaints: waiting, cases, forged, reconciliations } = found
  const { domains, settings, keyCases } = found
  const of = (groups: readonly Group<null>[]): number => groups[0]?.count ?? 0
  return {
    counted: { _id, version, to, ...(again && { again }), ...(busyAt !== undefined && { busyAt }) },
    // Leave broken documents out. The timer will count their hours again.
    hours: found.hours.filter((hour) => isSound(hour, figuresShape)),
    surplus: of(found.surplus),
    refund: of(found.refund),
    shipping: of(found.shipping),
    pastDue: of(found.pastDue),
    endpoints: of(found.endpoints),
    complaints: waiting[0] ?? null,
    cases,
    forged,
    reconciliations,
    domains,
    settings,
    keyCases,
  }
}

/**
 * Reads only the figures of the first page, with two plain queries.
 * @returns undefined if no hour was ever counted
 */
export async function readFirstFigures(
  db: Database,
  { from, until }: Pick<PageBounds, 'from' | 'until'>,
): Promise<FirstFigures | undefined> {
  const [counted, hours] = await Promise.all([readCounted(db), hoursBetween(db, from, until)])
  return counted && { counted, hours }
}
