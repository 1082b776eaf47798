import type { Happening } from '../outbox'
import type { Order } from './orderShape'

/** The events for other systems that one change of an order causes. */
export function orderEvents(before: Order, after: Order): Happening[] {
  const events: Happening[] = []
  if (before.state !== after.state && after.state !== 'open')
    events.push({ type: after.state === 'paid' ? 'order.paid' : 'order.closed' })
  if (before.payments !== after.payments)
    for (const { no, state, surplus } of after.payments)
      if (state === 'paid' && surplus && stateOf(before.payments, no) !== 'paid')
        events.push({ type: 'order.overpaid', no })
  if (before.refunds !== after.refunds)
    for (const { no, state } of after.refunds)
      if ((state === 'done' || state === 'failed') && stateOf(before.refunds, no) !== state)
        events.push({ type: state === 'done' ? 'refund.done' : 'refund.failed', no })
  return events
}

const stateOf = (list: readonly { no: string; state: string }[], no: string): string | undefined =>
  list.find((one) => one.no === no)?.state
