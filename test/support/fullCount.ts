// Counts the shop's sales figures by reading every order, which is slow and simple. Tests compare the stored figures
// with the result.
import { type Order, paymentOf } from '../../cloudfunctions/shared/domain/orders/orderShape'
import { type Figures, sumFigures } from '../../cloudfunctions/shared/domain/reports/stats'

/** @param group returns the name of the hour or day that contains a time */
export function fullCount(orders: readonly Order[], group: (at: number) => string): Record<string, Figures[]> {
  const found = new Map<string, Figures[]>()
  const add = (at: number, provider: string | null, order: Order, part: Partial<Figures>): void => {
    const { currency } = order
    const nothing = { orders: 0, tried: 0, succeeded: 0, paid: 0, takingsFen: 0, refunds: 0, refundedFen: 0 }
    const domain = order.domain?.code ?? null
    found.set(group(at), [...(found.get(group(at)) ?? []), { provider, currency, domain, ...nothing, ...part }])
  }
  for (const order of orders) {
    const tried = order.payments.length > 0 ? 1 : 0
    add(order.createdAt, order.provider, order, { orders: 1, tried, succeeded: order.state === 'paid' ? 1 : 0 })
    for (const { bookedAt, provider, amountFen, surplus } of order.payments)
      if (bookedAt !== undefined) add(bookedAt, provider, order, { paid: surplus ? 0 : 1, takingsFen: amountFen })
    for (const { bookedAt, paymentNo, amountFen } of order.refunds)
      if (bookedAt !== null)
        add(bookedAt, paymentOf(order, paymentNo).provider, order, { refunds: 1, refundedFen: amountFen })
  }
  return Object.fromEntries([...found].sort().map(([at, rows]) => [at, sumFigures(rows)]))
}
