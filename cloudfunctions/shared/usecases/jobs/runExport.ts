// Runs an export. The export is a job that is done in parts, and each part is stored before the next one begins. The
// result is one file in cloud storage.

import { dayMs } from '../../../../miniprogram/rules/beijing'
import { longestDays } from '../../../../miniprogram/rules/terms'
import { rangeOfDays } from '../../domain/days'
import { AppError } from '../../domain/errors'
import type { Order } from '../../domain/orders/orderShape'
import { type Cell, csvLine, csvMark, newLines } from '../../domain/reports/csv'
import {
  brokenRow,
  type ExportAsked,
  type ExportKind,
  exportTables,
  type Language,
} from '../../domain/reports/exportRows'
import { isSound, orderShape } from '../../domain/shapes'
import { changeJob, type Job } from '../../store/jobs'
import { readPage } from '../../store/paging'
import type { Context } from '../platform/context'

export interface ExportJob extends Job {
  kind: 'export'
  /** the openid of the staff member who asked for the export */
  by: string
  what: ExportKind
  language: Language
  /** from: the first day of the export, in Beijing time; to: the last day */
  from: string
  to: string
  state: 'running' | 'done' | 'failed' | 'expired'
  /** why the export failed; the page shows a sentence for this word */
  failure: 'tooMany' | null
  /** the cursor of the next page of orders; null at the beginning */
  cursor: string | null
  /** the rows of orders up to this time are stored in parts */
  coveredTo: number
  parts: { fileId: string; rows: number }[]
  /** whether all rows are stored in parts, so that only joining the parts is left */
  isRead: boolean
  rows: number
  bytes: number
  doneAt: number | null
  fileId: string | null
}

// The database can read a page of this size within its limit of two seconds, even on a slow network.
const pageRows = 400
const pagesInSlice = 12
// If a part fails, we try it again after this time. After each further failure we wait twice as long.
const retryMs = 1_500
// We join the parts in the function's memory, which has room for no more rows than this.
const rowLimit = 150_000
const keptMs = 7 * dayMs
const partsAtOnce = 4

/**
 * Works on an export that the caller has leased, part by part, until the time is over. Does not repeat finished parts.
 */
export async function runExport(ctx: Context, leased: ExportJob, hasTime: () => boolean): Promise<ExportJob> {
  if (leased.state !== 'running') return expire(ctx, leased)
  let job: ExportJob | undefined = leased
  while (job?.state === 'running' && hasTime()) job = await nextSlice(ctx, job).catch(retryLater(ctx, job))
  if (!job) throw new AppError('Conflict', 'somebody else works on this export')
  if (job.state !== 'running') return job
  // The time is over. Make the job due now, so that the next run continues it.
  return (await changeJob(ctx.db, job, { dueAt: ctx.now(), tries: 0 })) ?? job
}

/** After an error, makes the job due soon, because a person waits for the export. Finished parts stay stored. */
const retryLater = (ctx: Context, job: ExportJob) => async (error: unknown) => {
  const waitMs = retryMs * 2 ** Math.min(job.tries, 12)
  await changeJob<ExportJob>(ctx.db, job, { dueAt: ctx.now() + waitMs }).catch(() => undefined)
  throw error
}

async function nextSlice(ctx: Context, job: ExportJob): Promise<ExportJob | undefined> {
  if (job.isRead) return finish(ctx, job)
  const table = exportTables[job.what]
  const { from, until: end } = rangeOfDays(job, longestDays.export, ctx.now())
  // Leave out orders that were created after the export began, so that the export comes to an end.
  const until = Math.min(end, job.createdAt + 1)
  const asked: ExportAsked = {
    language: job.language,
    within: (at) => at >= from && at < until,
    providerName: (code) => ctx.providerNames.get(code)?.[job.language] ?? code,
  }
  const by = job.what === 'refunds' ? 'refundedAt' : 'createdAt'
  let text = job.cursor === null && job.parts.length === 0 ? csvMark + csvLine(table.headers[job.language]) : ''
  let cursor = job.cursor
  let coveredTo = job.coveredTo
  let rows = 0
  let isLast = false
  for (let page = 0; page < pagesInSlice && !isLast; page++) {
    const { found, cursor: next } = await readPage<Order>(ctx.db, 'orders', {
      where: {},
      by,
      direction: 'asc',
      from,
      // An order keeps only the time of its last refund (`refundedAt`). If it was refunded within the range and again
      // later, `refundedAt` lies after the range. So an export of refunds also reads orders whose last refund is after
      // the range.
      ...(by === 'createdAt' && { until }),
      ...(cursor !== null && { cursor }),
      limit: pageRows,
    })
    for (const order of found)
      for (const row of rowsOf(job, order, asked)) {
        text += csvLine(row)
        rows += 1
      }
    coveredTo = found[found.length - 1]?.[by] ?? coveredTo
    cursor = next
    isLast = next === null
  }
  const total = job.rows + rows
  if (total > rowLimit) {
    const failed = { state: 'failed' as const, failure: 'tooMany' as const, dueAt: ctx.now() + keptMs, tries: 0 }
    return changeJob<ExportJob>(ctx.db, job, failed)
  }
  const content = Buffer.from(text, 'utf8')
  const parts = [...job.parts]
  // If the function is killed, the next run makes the same part again, under the same path. So the new file replaces
  // the file of the killed run.
  if (content.length > 0)
    parts.push({ fileId: await ctx.files.put(`${folderOf(job)}/part-${parts.length}.csv`, content), rows })
  return changeJob<ExportJob>(ctx.db, job, {
    parts,
    cursor,
    coveredTo,
    isRead: isLast,
    rows: total,
    bytes: job.bytes + content.length,
    tries: 0,
  })
}

/**
 * The export's rows for one order. A broken order gets one row that says so, because a broken order must not stop the
 * export, and must not be left out.
 */
function rowsOf(job: ExportJob, order: Order, asked: ExportAsked): readonly (readonly Cell[])[] {
  const table = exportTables[job.what]
  try {
    if (isSound(order, orderShape)) return table.rows(order, asked)
  } catch {
    // The order contains a word or currency that the code does not know, so it counts as broken.
  }
  const isCharge = typeof order.contract === 'object' && order.contract !== null
  return job.what === 'charges' && !isCharge ? [] : [brokenRow(order._id, job.what, job.language)]
}

async function finish(ctx: Context, job: ExportJob): Promise<ExportJob | undefined> {
  const file = await putTogether(ctx, job)
  if (!file) return changeJob<ExportJob>(ctx.db, job, { state: 'failed', dueAt: ctx.now() + keptMs, tries: 0 })
  const { content, rows } = file
  const fileId = await ctx.files.put(`${folderOf(job)}/${job.what}-${job.from}-${job.to}.csv`, content)
  const now = ctx.now()
  const finished = await changeJob<ExportJob>(ctx.db, job, {
    state: 'done',
    rows,
    bytes: content.length,
    doneAt: now,
    fileId,
    dueAt: now + keptMs,
    tries: 0,
  })
  // The job keeps the list of parts. If we cannot remove a part now, it is removed later together with the export's
  // file.
  if (finished) await removeQuietly(ctx, finished.parts)
  return finished
}

/**
 * Joins the stored parts in one buffer. Reads only a few parts at a time, to save memory.
 * @returns undefined if the parts are not as long as the job says. That happens if a delayed older run replaced a part
 */
async function putTogether(ctx: Context, job: ExportJob): Promise<{ content: Uint8Array; rows: number } | undefined> {
  const whole = Buffer.alloc(job.bytes)
  const seen = new Set<string>()
  let read = 0
  let length = 0
  let lines = 0
  for (let index = 0; index < job.parts.length; index += partsAtOnce) {
    const some = job.parts.slice(index, index + partsAtOnce)
    for (const part of await Promise.all(some.map(({ fileId }) => ctx.files.get(fileId)))) {
      read += part.length
      if (read > job.bytes) return undefined
      // An order that was refunded again during the export can be in two parts, so leave out repeated rows.
      const single = job.what === 'refunds' ? newLines(part, seen) : undefined
      whole.set(single?.content ?? part, length)
      length += single?.content.length ?? part.length
      lines += single?.lines ?? 0
    }
  }
  if (read !== job.bytes) return undefined
  // The first line holds the headings, so it is not counted as a row.
  return { content: whole.subarray(0, length), rows: job.what === 'refunds' ? lines - 1 : job.rows }
}

async function removeQuietly(ctx: Context, parts: ExportJob['parts']): Promise<void> {
  await ctx.files.remove(parts.map(({ fileId }) => fileId)).catch(() => undefined)
}

async function expire(ctx: Context, job: ExportJob): Promise<ExportJob> {
  await ctx.files.remove([...job.parts.map(({ fileId }) => fileId), ...(job.fileId === null ? [] : [job.fileId])])
  const state = job.state === 'done' ? 'expired' : job.state
  return (await changeJob<ExportJob>(ctx.db, job, { state, fileId: null, parts: [], dueAt: null, tries: 0 })) ?? job
}

const folderOf = ({ _id }: ExportJob): string => `exports/${_id}`
