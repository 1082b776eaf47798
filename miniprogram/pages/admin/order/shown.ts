// Builds the texts of the staff page about one order.
import type { AdminResults, StaffOrderView } from '../../../../cloudfunctions/shared/api/admin'
import { inLanguage } from '../../../messages'
import { moneyText } from '../../../money'
import { beijingMinute } from '../../../rules/beijing'
import { adminMessages } from '../messages'
import { providerName } from '../service'
import { line, orderTones } from '../texts'
import { detailText, whatText } from './details'
import { t } from './messages'
import { shipShown } from './ship'

type Payment = StaffOrderView['payments'][number]
type Refund = StaffOrderView['refunds'][number]
type Entry = StaffOrderView['history'][number]

const paymentTones = { created: 'warn', pending: 'warn', failed: '', closed: '', paid: 'good' } as const
const refundTones = { requested: 'warn', pending: 'warn', failed: 'bad', done: 'good' } as const
const bys = new Map<string, string>(Object.entries(t.bys))
const whoOf = (by: string): string => bys.get(by) ?? by

const at = (time: number | null): string | null => (time === null ? null : beijingMinute(time))

function channelText({ channel, channelName, channelNameEn }: Payment): string {
  if (channelName !== null) return inLanguage(channelName, channelNameEn ?? channelName)
  return channel === 'papay' ? t.debit : channel
}

function paymentOf(payment: Payment, index: number, { isOwn, currency }: StaffOrderView) {
  const hasMoney = payment.refundableFen > 0
  return {
    no: payment.paymentNo,
    name: `${t.attempt(index + 1)} · ${providerName(payment.provider)} · ${channelText(payment)}`,
    state: t.payments[payment.state],
    tone: paymentTones[payment.state],
    amount: moneyText(payment.amountFen, currency),
    lines: [
      ...line(t.theirNo, payment.theirNo),
      ...line(t.paid, at(payment.paidAt)),
      ...line(t.left, hasMoney ? moneyText(payment.refundableFen, currency) : null),
    ],
    surplus: payment.surplus,
    isBackUnknown: payment.isBackUnknown,
    mayRefund: hasMoney && payment.canRefund && !isOwn,
    isOwn: hasMoney && payment.canRefund && isOwn,
    cannotRefund: hasMoney && !payment.canRefund,
  }
}

const refundOf = (refund: Refund, { isOwn, currency }: StaffOrderView, mayAct: boolean) => ({
  no: refund.refundNo,
  amount: moneyText(refund.amountFen, currency),
  state: t.refundStates[refund.state],
  tone: refundTones[refund.state],
  text: `${beijingMinute(refund.doneAt ?? refund.createdAt)} · ${whoOf(refund.by)}`,
  reason: t.reasons.get(refund.reason) ?? refund.reason,
  mayRecord: refund.mayRecord && !isOwn && mayAct,
})

const entryOf = (entry: Entry, key: number) => ({
  key,
  what: whatText(entry),
  who: whoOf(entry.by),
  time: beijingMinute(entry.at),
  detail: detailText(entry),
})

/** @param role role of the person viewing the page */
export function orderShown(order: StaffOrderView, role: AdminResults['claim']['role']) {
  const { currency, items, standing, refundedFen } = order
  const money = (fen: number) => moneyText(fen, currency)
  const mayAct = role === 'owner' || role === 'operator'
  return {
    head: {
      title: inLanguage(items[0]?.title ?? '', items[0]?.titleEn ?? ''),
      amount: money(order.amountFen),
      state: adminMessages.orderStates[standing],
      tone: orderTones[standing],
      short: order.orderNo.slice(-8),
    },
    lines: [
      ...line(t.refunded, refundedFen > 0 ? money(refundedFen) : null),
      ...line(t.domain, order.domain?.name ?? null),
      ...line(t.requestKey, order.domain?.requestKey ?? null),
      ...line(t.shopper, order.shopper),
      ...line(t.placed, beijingMinute(order.createdAt)),
      ...line(t.paid, at(order.paidAt)),
      ...line(t.closed, at(order.closedAt)),
      ...line(t.expires, standing === 'open' ? beijingMinute(order.expiresAt) : null),
      ...line(t.nextCheck, at(order.dueAt)),
    ],
    contractNo: order.contract?.contractNo ?? '',
    mayRecheck: mayAct,
    shipment: shipShown(order, mayAct),
    mayClose: role === 'owner' && standing === 'open',
    closing: order.closesAt === null ? '' : t.closing(beijingMinute(order.closesAt).slice(-5)),
    items: items.map(({ sku, title, titleEn, quantity, priceFen }) => ({
      sku,
      title: `${inLanguage(title, titleEn)} × ${quantity}`,
      amount: money(priceFen * quantity),
    })),
    payments: order.payments.map((payment, index) => paymentOf(payment, index, order)),
    refunds: order.refunds.map((refund) => refundOf(refund, order, mayAct)),
    history: order.history.map(entryOf).reverse(),
    notices: order.notices.map(({ id, kind, count, at: when }) => ({
      id,
      text: `${adminMessages.noticeKinds[kind]} · ${t.times(count)} · ${beijingMinute(when)}`,
    })),
    numbers: [order.orderNo, ...order.keys.filter((key) => key.length > 8)],
  }
}
