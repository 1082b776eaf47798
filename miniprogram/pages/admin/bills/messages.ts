// Sentences of the reconciliation page.
import type { DifferenceView } from '../../../../cloudfunctions/shared/api/admin'
import { isChinese } from '../../../messages'

const chinese = {
  provider: '支付服务',
  day: '日期',
  lead: '每天上午账单生成后，自动核对前一天的收支',
  never: '当天尚未对账',
  run: '立即对账',
  running: '正在对账',
  done: (time: string) => `对账时间 ${time}`,
  failed: (why: string, again: boolean) => `对账失败：${why}。${again ? '稍后将自动重试' : '请重新对账'}`,
  next: (time: string) => `将于 ${time} 自动对账`,
  billed: '平台账单',
  recorded: '本店记录',
  payments: '收款',
  refunds: '退款',
  fees: '手续费',
  matched: (count: number) => `${count} 笔一致`,
  allRight: '账目一致',
  onlySome: (found: number) => `共 ${found} 处不一致，仅显示前 500 处`,
  kinds: {
    missingHere: '本店没有这笔收款',
    missingThere: '账单中没有这笔收款',
    amount: '金额不一致',
    state: '账单已收款，订单未支付',
    refundMissingHere: '本店没有这笔退款',
    refundMissingThere: '账单中没有这笔退款',
    duplicate: '同一单号收款两次',
  } satisfies Record<DifferenceView['kind'], string>,
  /** Shown when the bill lists one payment twice, although the money arrived only once. */
  sameTrade: '账单中同一笔交易出现两次',
  ours: '本店',
  theirs: '账单',
  nothing: '无',
  waits: '交易在零点前后，待次日账单核对',
  order: '查看订单',
  hows: { query: '查询支付结果', record: '按账单入账', refund: '退款', ignore: '忽略', 'next day': '已在次日账单中' },
  repairedBy: (how: string, by: string, time: string) => [how, by, time].filter(Boolean).join(' · '),
  sure: {
    query: (no) => `向支付服务查询 ${no} 的结果，并按结果入账。`,
    record: (no, amount) => `将账单中的 ${no}（${amount}）记入订单。仅记账，不涉及资金。`,
    refund: (no, amount) =>
      `将 ${no} 重复收取的 ${amount} 退给顾客，提交后无法撤回。如之前已提交退款，只查询结果，不会重复退款。`,
  } satisfies Record<'query' | 'record' | 'refund', (no: string, amount: string) => string>,
  note: '说明',
  noteHint: '请填写忽略的原因',
  noteFirst: '请先填写说明',
  repaired: '已处理',
  /** Shown when we have queried the provider and the difference remains. */
  stays: '查询后仍不一致',
  /** Shown when we have submitted a refund and the provider has not finished it yet. */
  onItsWay: '退款已提交，退款成功后请再点一次“退款”',
  overLimit: '超出你的退款额度，请联系店主处理',
  none: '已启用的支付服务均不提供账单',
}

const english: typeof chinese = {
  provider: 'Provider',
  day: 'Day',
  lead: 'Each morning, the previous day is checked against the provider’s statement',
  never: 'This day hasn’t been reconciled yet',
  run: 'Reconcile now',
  running: 'Reconciling',
  done: (time) => `Reconciled ${time}`,
  failed: (why, again) =>
    `Reconciliation failed: ${why}. ${again ? 'It will run again automatically' : 'Please try again'}`,
  next: (time) => `Runs automatically at ${time}`,
  billed: 'Statement',
  recorded: 'Your records',
  payments: 'Payments',
  refunds: 'Refunds',
  fees: 'Fees',
  matched: (count) => `${count} matched`,
  allRight: 'Everything matches',
  onlySome: (found) => `${found} differences. Showing the first 500`,
  kinds: {
    missingHere: 'Payment missing from your records',
    missingThere: 'Payment missing from the statement',
    amount: 'Amounts differ',
    state: 'Paid on the statement, unpaid in your records',
    refundMissingHere: 'Refund missing from your records',
    refundMissingThere: 'Refund missing from the statement',
    duplicate: 'Paid twice under the same number',
  },
  sameTrade: 'The statement lists this payment twice',
  ours: 'Yours',
  theirs: 'Statement',
  nothing: 'none',
  waits: 'Made around midnight. It will be checked against the next day’s statement',
  order: 'View order',
  hows: {
    query: 'Check payment',
    record: 'Record payment',
    refund: 'Refund',
    ignore: 'Ignore',
    'next day': 'On the next day’s statement',
  },
  repairedBy: (how, by, time) => [how, by, time].filter(Boolean).join(' · '),
  sure: {
    query: (no) => `Check ${no} with the payment provider and record the result.`,
    record: (no, amount) =>
      `Add ${no} (${amount}) from the statement to the order. This only updates your records; no money moves.`,
    refund: (no, amount) =>
      `Refund the second payment under ${no} (${amount}) to the customer. This can’t be undone. If a refund was already sent, this only checks its result and won’t refund twice.`,
  },
  note: 'Note',
  noteHint: 'Reason for ignoring this',
  noteFirst: 'Please add a note first',
  repaired: 'Done',
  stays: 'Still doesn’t match after checking',
  onItsWay: 'The refund was sent. Tap Refund again once it’s complete',
  overLimit: 'This is over your refund limit. Ask the shop owner',
  none: 'None of your payment providers offers statements',
}

export const t = isChinese ? chinese : english
