// Makes the view of an order for staff: without payInfo, and with only the end of the shopper's openid.
import type { StaffOrderView, StaffShippingView } from '../../api/admin'
import { closesAt } from '../../domain/orders/orderDue'
import { mayRecordRefund } from '../../domain/orders/orderRefunds'
import { type Order, refundableFen, staffStanding } from '../../domain/orders/orderShape'
import { mayEnter } from '../../domain/orders/orderShipping'
import type { Shipping } from '../../domain/orders/shipping'
import type { Payment } from '../../domain/payment'
import type { Channel } from '../../providers/provider'
import { readDomain } from '../../store/domains'
import { noticesOfOrder } from '../../store/notices'
import type { StaffContext } from '../platform/context'
import { nameless, staffPeople } from '../platform/staffNames'
import { isOwnRefund } from '../refunds/ownRefund'
import { canRefund } from '../refunds/requestRefund'
import { begunFor, reportingOf } from '../shipping/begunShipping'

const shippingView = (shipping: Shipping): StaffShippingView => {
  const { state, way, parcels, since, reportedAt, receivedAt, code, isCorrected = false } = shipping
  return { state, way, parcels, since, reportedAt, receivedAt, code, isCorrected }
}

export async function staffOrderView(ctx: StaffContext, order: Order): Promise<StaffOrderView> {
  const now = ctx.now()
  const providers = await ctx.kept()
  const enabled = new Map(providers.map(({ definition, provider }) => [definition.code, provider]))
  const channels = new Map<string, Channel>()
  for (const { definition } of providers)
    for (const channel of definition.channels) channels.set(`${definition.code} ${channel.code}`, channel)
  const mayRefund = (payment: Payment): boolean => {
    const provider = enabled.get(payment.provider)
    return provider !== undefined && canRefund(provider, payment)
  }
  const [notices, { people, nameOf: who }, asker] = await Promise.all([
    noticesOfOrder(ctx.db, order._id),
    staffPeople(ctx),
    order.domain && readDomain(ctx.db, order.domain.code),
  ])
  const { _id, version: _version, openid, payments, refunds, history, contract, domain, ...others } = order
  const { addressMark: _mark, shipping, ...rest } = others
  return {
    ...rest,
    orderNo: _id,
    shopper: nameless(openid),
    payments: payments.map(
      ({
        no,
        payInfo: _payInfo,
        askedAt: _askedAt,
        secondAskedAt: _second,
        claim: _claim,
        surplus,
        unknownBackSince,
        ...payment
      }) => ({
        ...payment,
        isBackUnknown: (unknownBackSince ?? null) !== null,
        paymentNo: no,
        surplus: surplus === true,
        refundableFen: Math.max(0, refundableFen(order, no)),
        canRefund: mayRefund({ no, payInfo: _payInfo, ...payment }),
        channelName: channels.get(`${payment.provider} ${payment.channel}`)?.name ?? null,
        channelNameEn: channels.get(`${payment.provider} ${payment.channel}`)?.nameEn ?? null,
      }),
    ),
    refunds: refunds.map((one) => {
      const { no, by, claim: _claim, askedAt: _askedAt, recordedBy: _recordedBy, ...refund } = one
      return { ...refund, refundNo: no, by: who(by), mayRecord: mayRecordRefund(one, now) }
    }),
    history: history.map((entry) => ({ ...entry, by: who(entry.by) })),
    contract: contract ?? null,
    shipping: shipping ? shippingView(shipping) : null,
    mayShip: mayEnter(order, shipping ?? begunFor(order, reportingOf(providers)), now),
    domain: domain ? { code: domain.code, name: asker?.name ?? domain.code, requestKey: domain.requestKey } : null,
    standing: staffStanding(order, now),
    closesAt: closesAt(order, now),
    isOwn: isOwnRefund(ctx, order, people),
    notices: notices.map((notice) => ({
      id: notice._id,
      kind: notice.kind,
      reason: notice.reason,
      count: notice.count,
      at: notice.at,
    })),
    now,
  }
}
