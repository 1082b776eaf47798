// The sentences of reconciliation.
import type { DifferenceView } from '../../../../cloudfunctions/shared/api'
import { isChinese } from '../../../messages'

interface Sentences {
  provider: string
  day: string
  lead: string
  never: string
  run: string
  running: string
  done: (time: string) => string
  failed: (why: string, again: boolean) => string
  next: (time: string) => string
  billed: string
  recorded: string
  payments: string
  refunds: string
  fees: string
  matched: (count: number) => string
  allRight: string
  onlySome: (found: number) => string
  kinds: Record<DifferenceView['kind'], string>
  /** a duplicate that is the bill's own slip */
  sameTrade: string
  ours: string
  theirs: string
  nothing: string
  waits: string
  order: string
  hows: Record<'query' | 'record' | 'refund' | 'ignore' | 'next day', string>
  repairedBy: (how: string, by: string, time: string) => string
  sure: Record<'query' | 'record' | 'refund', (no: string, amount: string) => string>
  note: string
  noteHint: string
  noteFirst: string
  repaired: string
  /** after asking, when the difference is still there */
  stays: string
  /** after giving back, while the provider has not done it */
  onItsWay: string
  overLimit: string
  none: string
}

const chinese: Sentences = {
  provider: '支付服务',
  day: '日期',
  lead: '账单出来后自动核对前一天，一般在上午',
  never: '这一天还没有对账',
  run: '现在对账',
  running: '正在对账',
  done: (time) => `对账于 ${time}`,
  failed: (why, again) => `没有对成：${why}。${again ? '稍后会自动再试' : '请现在再试一次'}`,
  next: (time) => `将于 ${time} 自动对账`,
  billed: '对方账单',
  recorded: '我们的记录',
  payments: '收款',
  refunds: '退款',
  fees: '手续费',
  matched: (count) => `${count} 笔一致`,
  allRight: '两边完全一致',
  onlySome: (found) => `共 ${found} 处不一致，这里显示前 500 处`,
  kinds: {
    missingHere: '我们没有这笔收款',
    missingThere: '账单里没有这笔收款',
    amount: '金额不同',
    state: '账单已收款，我们未记为已支付',
    refundMissingHere: '我们没有这笔退款',
    refundMissingThere: '账单里没有这笔退款',
    duplicate: '账单里有第二笔同号交易',
  },
  sameTrade: '账单把同一笔列了两次',
  ours: '我们',
  theirs: '账单',
  nothing: '无',
  waits: '靠近零点，等次日账单再判断',
  order: '看订单',
  hows: { query: '向支付服务核对', record: '按账单入账', refund: '退还', ignore: '忽略', 'next day': '次日账单里有' },
  repairedBy: (how, by, time) => [how, by, time].filter(Boolean).join(' · '),
  sure: {
    query: (no) => `向支付服务核对 ${no}，并按它的答复入账。`,
    record: (no, amount) => `把账单里的 ${no}（${amount}）记到订单上。只记账，不会动钱。`,
    refund: (no, amount) =>
      `把 ${no} 多扣的那一笔（${amount}）记为多收，并退给顾客。提交后不能撤回。已提交过的不会再退一次，只查它的结果。`,
  },
  note: '说明',
  noteHint: '为什么可以忽略',
  noteFirst: '请先写一句说明',
  repaired: '已处理',
  stays: '对方的答复没有消除这处不一致',
  onItsWay: '退款已提交，完成后再点一次“退还”',
  overLimit: '超过了你的退款额度，请店主来处理',
  none: '没有启用能提供账单的支付服务',
}

const english: Sentences = {
  provider: 'Provider',
  day: 'Day',
  lead: 'The day before is compared once the bill is ready, mostly in the morning',
  never: 'This day was not compared yet',
  run: 'Compare now',
  running: 'Comparing',
  done: (time) => `Compared ${time}`,
  failed: (why, again) => `It failed: ${why}. ${again ? 'It is tried again by itself' : 'Please try it now'}`,
  next: (time) => `Will be compared ${time}`,
  billed: 'Their bill',
  recorded: 'Our records',
  payments: 'Payments',
  refunds: 'Refunds',
  fees: 'Fees',
  matched: (count) => `${count} agree`,
  allRight: 'Both sides agree in everything',
  onlySome: (found) => `${found} differences, of which the first 500 are here`,
  kinds: {
    missingHere: 'A payment that we do not have',
    missingThere: 'A payment that is not in the bill',
    amount: 'Another amount',
    state: 'In the bill, but not paid in our records',
    refundMissingHere: 'A refund that we do not have',
    refundMissingThere: 'A refund that is not in the bill',
    duplicate: 'A second trade under one number',
  },
  sameTrade: 'The bill lists one trade twice',
  ours: 'Ours',
  theirs: 'Theirs',
  nothing: 'nothing',
  waits: 'Close to midnight: judged with the next day’s bill',
  order: 'See order',
  hows: {
    query: 'Ask the provider',
    record: 'Record it',
    refund: 'Give back',
    ignore: 'Ignore',
    'next day': 'In the next day’s bill',
  },
  repairedBy: (how, by, time) => [how, by, time].filter(Boolean).join(' · '),
  sure: {
    query: (no) => `Ask the provider about ${no} and record what it says.`,
    record: (no, amount) => `Record ${no} (${amount}) of the bill on the order. No money is moved.`,
    refund: (no, amount) =>
      `Record the second charge under ${no} (${amount}) and give it back to the shopper. This cannot be undone. What was sent before is not given back twice: only its result is asked.`,
  },
  note: 'Note',
  noteHint: 'Why it may be ignored',
  noteFirst: 'Please write a note first',
  repaired: 'Done',
  stays: 'Their answer did not settle it',
  onItsWay: 'The refund is on its way. Tap again once it is done',
  overLimit: 'That is over your refund limit. Please ask the owner',
  none: 'No provider with bills is enabled',
}

export const t = isChinese ? chinese : english
