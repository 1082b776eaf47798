// Mutants: faults put on purpose into refunds.
import type { Patch } from './mutant'

const refunds = 'domain/orders/orderRefunds.ts'
const refund = 'domain/refund.ts'
const send = 'usecases/refunds/sendRefund.ts'

export const refundMutants: readonly Patch[] = [
  [
    'a claim has no margin for clocks that differ',
    'domain/claim.ts',
    'now < there.until + (moves ? clockMs : 0)',
    'now < there.until',
  ],
  [
    'the same wish makes a second refund',
    refunds,
    'const known = refundByRequest(order, requestId)',
    'const known = undefined as Refund | undefined',
  ],
  [
    'the refund limit is per order',
    'domain/orders/orderShape.ts',
    "const taken = order.refunds.filter((refund) => refund.paymentNo === paymentNo && refund.state !== 'failed')",
    'const taken = [] as Refund[]',
  ],
  ['a failed refund is done', refunds, "    state: done ? 'done' : 'failed',", "    state: 'done',"],
  [
    'a refund whose fate is unknown has failed',
    refund,
    "requested: { pending: 'pending', unknown: 'pending',",
    "requested: { pending: 'pending', unknown: 'failed',",
  ],
  [
    'a refund that waits has failed',
    refund,
    "  pending: { pending: 'pending', unknown: 'pending',",
    "  pending: { pending: 'failed', unknown: 'pending',",
  ],
  [
    'a refund that is done fails later',
    refund,
    "refunded: 'done', refused: 'contradiction' }",
    "refunded: 'failed', refused: 'contradiction' }",
  ],
  [
    'a refund is sent without a claim',
    send,
    'if (!isMine || !isClaimed(refundOf(claimed, no).claim, ctx.now())) return claimed',
    'void isMine',
  ],
  [
    'a refund is sent again without a question',
    send,
    'const isAgain = asksAboutRefund(refund)',
    'const isAgain = false as boolean',
  ],
  [
    'no answer about a refund is taken for “not found”',
    send,
    "const mayGo = answer.outcome === 'notFound' ||",
    "const mayGo = answer.outcome === 'unknown' || answer.outcome === 'notFound' ||",
  ],
  [
    'a case is stored after the change that it is about',
    'usecases/settle/settleReport.ts',
    "if (untold.length > 0) return { order: newest, verdict: 'unchanged' }",
    '',
  ],
]
