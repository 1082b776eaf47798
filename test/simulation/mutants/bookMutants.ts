// Mutants: faults put on purpose into sales figures, bills, the audit log and the catalogue.
import type { Patch } from './mutant'

const reconcile = 'usecases/jobs/reconcile.ts'
const stats = 'store/reports/stats.ts'
const audited = 'usecases/staff/audited.ts'

export const bookMutants: readonly Patch[] = [
  ['refunds are not in the figures', stats, ', { refundHours: id }] } }', '] } }'],
  [
    'an hour is counted once and never again',
    stats,
    'if (there ? JSON.stringify(there.rows) === JSON.stringify(rows) : rows.length === 0) return',
    'if (there || rows.length === 0) return',
  ],
  [
    'an overpayment is not in the figures',
    stats,
    "const surplus = { $and: [{ $eq: ['$$payment.surplus', true] },",
    "const surplus = { $and: [{ $eq: ['$$payment.surplus', false] },",
  ],
  [
    'what we do not have is no difference',
    'domain/reports/reconcile.ts',
    "else if (!mine) differs(line.kind === 'payment' ? 'missingHere' : 'refundMissingHere')",
    'else if (!mine) continue',
  ],
  [
    'what a bill does not have is no difference',
    'domain/reports/reconcile.ts',
    'if (seen.has(keyOf(line)) || before.has(keyOf(line))) continue',
    'if (seen.size >= 0) continue',
  ],
  [
    'what waits at midnight is never judged',
    reconcile,
    '    await settleWaiting(ctx, provider, beijingDay(from - dayMs), billed)\n'.trim(),
    '',
  ],
  [
    'a repair is believed',
    'usecases/staff/manageBills.ts',
    'isMeant(one) && one.repaired === null && !one.waits && isDone ?',
    'isMeant(one) && one.repaired === null && !one.waits ?',
  ],
  [
    'a bill is planned on the day after',
    reconcile,
    'beijingDay(now - back * dayMs)',
    'beijingDay(now - (back + 9) * dayMs)',
  ],
  [
    'an action leaves no entry in the audit',
    audited,
    'if (!(await beginAudit(ctx.db, entry)))',
    'if (entry === undefined && !(await beginAudit(ctx.db, entry)))',
  ],
  [
    'an action that failed has no end in the audit',
    audited,
    "await end(isAppError(error) ? error.code : 'Internal')",
    "if (!isAppError(error)) await end('Internal')",
  ],
  [
    'a known order is shown at the price of today',
    'usecases/orders/createOrder.ts',
    'if (known) return { order: orderView(sameOrder(known, ctx, input), now) }',
    'if (known && sameOrder(known, ctx, input)) return { order: orderView(wanted, now) }',
  ],
]
