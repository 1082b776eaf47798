// How `npm run trigger` makes each kind of event: by the steps of a shopper, a subscriber or staff.
import type { EventType } from '../../cloudfunctions/shared/domain/outbox'
import type { TriedShop } from './triedShop'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

/** One recipe for each kind of event. @returns the number of the order or contract that the event is about */
export const recipes: Readonly<Record<EventType, (shop: TriedShop) => Promise<string>>> = {
  'order.paid': paid,

  async 'order.closed'(shop) {
    const orderNo = await shop.newOrder()
    await shop.cancel(orderNo)
    await shop.untilOrder(orderNo, ({ state }) => state === 'closed')
    return orderNo
  },

  async 'order.overpaid'(shop) {
    const orderNo = await shop.newOrder()
    await shop.pay(orderNo, 'charged-twice-told')
    await shop.untilOrder(orderNo, ({ payments }) => payments.some(({ surplus }) => surplus === true))
    return orderNo
  },

  'refund.done': (shop) => refunded(shop, 'pay', 'done'),
  'refund.failed': (shop) => refunded(shop, 'refund-fails', 'failed'),

  'contract.signed': (shop) => shop.sign('tea-monthly'),

  async 'contract.charged'(shop) {
    const contractNo = await shop.sign('tea-monthly')
    const isCharged = async () => (await shop.contract(contractNo)).charges.some(({ state }) => state === 'paid')
    // The first period is charged within minutes in the daytime, and the next morning if it is night.
    await shop.moveUntil(isCharged, [
      [5, minute],
      [24, hour],
    ])
    return contractNo
  },

  async 'contract.past_due'(shop) {
    const contractNo = await shop.sign('tasting-weekly')
    const isPastDue = async () => (await shop.contract(contractNo)).state === 'pastDue'
    await shop.withScenario('empty-wallet', () => shop.moveUntil(isPastDue, [[30, day]]))
    return contractNo
  },

  async 'contract.ended'(shop) {
    const contractNo = await shop.sign('tea-monthly')
    await shop.endContract(contractNo)
    await shop.untilContract(contractNo, ({ state }) => state === 'ended')
    return contractNo
  },
}

async function paid(shop: TriedShop): Promise<string> {
  const orderNo = await shop.newOrder()
  await shop.pay(orderNo)
  return orderNo
}

async function refunded(shop: TriedShop, scenario: string, wanted: 'done' | 'failed'): Promise<string> {
  const orderNo = await paid(shop)
  await shop.withScenario(scenario, () => shop.refund(orderNo))
  const hasEnded = async () => (await shop.order(orderNo)).refunds.some(({ state }) => state === wanted)
  // The sandbox needs 20 minutes for a refund, because real providers take time too.
  await shop.moveUntil(hasEnded, [
    [3, 7 * minute],
    [12, hour],
  ])
  return orderNo
}
