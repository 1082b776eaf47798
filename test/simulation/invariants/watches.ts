// Invariants that must hold after each write. Those that must hold at the end of a life are in invariants.ts.
import type { Contract } from '../../../cloudfunctions/shared/domain/contractShape'
import type { Order } from '../../../cloudfunctions/shared/domain/orders/orderShape'
import { isWaiting, type Payment } from '../../../cloudfunctions/shared/domain/payment'
import { isOpenRefund } from '../../../cloudfunctions/shared/domain/refund'
import type { KeptNotice } from '../../../cloudfunctions/shared/store/notices'
import type { Shop } from '../shop'
import { minute, type World } from '../world'

/** Checks, at each write, the invariants that a single write can break. */
export function watchWrites({ shop, world }: { shop: Shop; world: World }): void {
  shop.store.onWrite = (collection, before, after) => {
    if (before && after.version <= before.version)
      world.fail('each write counts the version up', `${collection} ${after._id}`)
    if (collection === 'orders') watchOrder(world, before as Order | undefined, after as Order)
    else if (collection === 'contracts') watchContract(world, before as Contract | undefined, after as Contract)
    else if (collection === 'notices') watchNotice(world, after as KeptNotice)
  }
  shop.onLog = (key, event, { kind }) => {
    if (event === 'notice' && kind === 'forged') watchForged(shop, key)
  }
}

// An instance reads its settings again if a signature is wrong and the instance last read its settings at least ten
// seconds ago.
const rereadMs = 15_000

function watchForged({ banks, world, clocksDiffer }: Shop, key: string): void {
  const account = /^notice (.*) \d+\./.exec(key)?.[1]
  const savedAt = banks.get(account ?? '')?.savedAt
  if (savedAt !== undefined && savedAt < world.now - rereadMs && !clocksDiffer)
    world.fail('a genuine notice is never taken for a forged one', key)
}

// An attempt without an answer holds its order open for ten minutes after the expiry.
const closeGraceMs = 10 * minute

function watchOrder(world: World, before: Order | undefined, after: Order): void {
  if (!before) {
    world.say(1, () => `order ${after._id} is stored`)
    return
  }
  if (before.state !== 'open' && after.state !== before.state)
    world.fail('no way out of a final state', `order ${after._id}: ${before.state} → ${after.state}`)
  if (after.state !== before.state) world.say(1, () => `order ${after._id}: ${before.state} → ${after.state}`)
  watchPayments(world, before, after)
  for (const refund of after.refunds) {
    const was = before.refunds.find(({ no }) => no === refund.no)
    if (was?.state === refund.state) continue
    world.say(1, () => `refund ${refund.no}: ${was ? `${was.state} → ` : ''}${refund.state} (${refund.amountFen} fen)`)
    if (was?.state === 'done') world.fail('no way out of a final state', `refund ${refund.no} was done`)
  }
  if (after.refunds.length < before.refunds.length) world.fail('nothing is forgotten', `a refund of ${after._id}`)
  if (before.tries > 0 && after.tries > before.tries) world.reached.add('lease taken over')
  if (after.state === 'closed' && before.state === 'open' && after.payments.some(isWaiting)) {
    world.reached.add('order closed without the provider’s word')
    if ((after.closedAt ?? 0) < before.expiresAt + closeGraceMs)
      world.fail('an order waits for its attempts before it closes', after._id)
  }
  if (after.refunds.filter(isOpenRefund).length > 1) world.reached.add('two refunds asked at once')
}

function watchPayments(world: World, before: Order, after: Order): void {
  if (after.payments.length < before.payments.length) world.fail('nothing is forgotten', `a payment of ${after._id}`)
  for (const payment of after.payments) {
    const was = before.payments.find(({ no }) => no === payment.no)
    if (was?.state === payment.state) continue
    world.say(1, () => `payment ${payment.no}: ${was ? `${was.state} → ` : ''}${payment.state}`)
    if (was?.state === 'paid') world.fail('no way out of a final state', `payment ${payment.no} was paid`)
    if (payment.state === 'paid') reachPaid(world, before, payment)
  }
}

function reachPaid(world: World, before: Order, { surplus }: Payment): void {
  if (surplus) world.reached.add('overpayment')
  if (before.state === 'closed') world.reached.add('late money on a closed order')
  if (before.state === 'paid') world.reached.add('two payments of one order')
}

function watchContract(world: World, before: Contract | undefined, after: Contract): void {
  if (!before) {
    world.say(1, () => `contract ${after._id} is stored`)
    return
  }
  if (before.state !== after.state) world.say(1, () => `contract ${after._id}: ${before.state} → ${after.state}`)
  if (before.state === 'ended' && after.state !== 'ended')
    world.fail('no way out of a final state', `contract ${after._id} was ended`)
  for (const charge of after.charges) {
    const was = before.charges.find(({ period }) => period === charge.period)
    if (was?.state === charge.state && was.orderNo === charge.orderNo) continue
    world.say(1, () => `charge ${charge.period} (${charge.orderNo}): ${was ? `${was.state} → ` : ''}${charge.state}`)
    if (was?.state === 'paid') world.fail('no way out of a final state', `charge ${charge.period} was paid`)
  }
}

function watchNotice(world: World, { kind, reason, orderNo }: KeptNotice): void {
  if (kind !== 'forged') world.reached.add('person called')
  world.say(1, () => `case: ${kind}, ${reason}${orderNo === null ? '' : ` (${orderNo})`}`)
}
