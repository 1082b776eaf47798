// What must hold in every world, by name. The first group is checked at each write, the second when a world is over:
// after the faults stopped and time ran on.
import type { Contract } from '../../cloudfunctions/shared/domain/contractShape'
import { isOpenRefund, type Order } from '../../cloudfunctions/shared/domain/order'
import { isWaiting, type Payment } from '../../cloudfunctions/shared/domain/payment'
import type { Document } from '../../cloudfunctions/shared/store/database'
import type { KeptNotice } from '../../cloudfunctions/shared/store/notices'
import type { Bank, Entry, Trade } from './bank'
import { isStorable } from './database'
import type { Life } from './life'
import { day, type World } from './world'

/** Hears of every write and checks what a single one can break. */
export function watchWrites({ shop, world }: Life): void {
  shop.store.onWrite = (collection, before, after) => {
    if (before && after.version <= before.version)
      world.fail('each write counts the version up', `${collection} ${after._id}`)
    if (collection === 'orders') watchOrder(world, before as Order | undefined, after as Order)
    else if (collection === 'contracts') watchContract(world, before as Contract | undefined, after as Contract)
    else if (collection === 'notices') watchNotice(world, after as KeptNotice)
  }
}

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
  if (after.state === 'closed' && before.state === 'open' && after.payments.some(isWaiting))
    world.reached.add('order closed without the provider’s word')
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

/** A name, and what is wrong; undefined when all is well. */
type Invariant = (life: Life) => string | undefined

const invariants: Record<string, Invariant> = {
  'all money that came is on its order, or a person knows': (life) =>
    eachEntry(life, (bank, entry) => {
      const ours = paymentsOf(life, entry.paymentNo)
      for (const { theirNo } of entry.trades) {
        const isOnOrder = ours.some((payment) => payment.state === 'paid' && payment.theirNo === theirNo)
        if (isOnOrder || (ours.length > 0 && hasCase(life, entry.paymentNo, seen))) continue
        return `trade ${theirNo} of ${bank.code} was paid and is ${ours[0]?.state ?? 'not there'} here`
      }
      return undefined
    }),

  'paid only with the provider’s yes': (life) =>
    eachOrder(life, (order) => {
      const wrong = order.payments.find((payment) => payment.state === 'paid' && !tradeOf(life, payment))
      return wrong && `${wrong.no} is paid here and not there`
    }),

  'paid only with the right amount': (life) =>
    eachOrder(life, (order) => {
      const wrong = order.payments.find(
        (payment) => payment.state === 'paid' && tradeOf(life, payment)?.amountFen !== payment.amountFen,
      )
      return wrong && `${wrong.no} is paid with ${wrong.amountFen} fen here and not there`
    }),

  'refunds agree with the provider': (life) =>
    eachEntry(life, (bank, entry) => {
      const order = life.shop.store.peek<Order>('orders', entry.paymentNo.slice(0, 22))
      const ours = order?.refunds.filter(({ paymentNo }) => paymentNo.startsWith(entry.paymentNo)) ?? []
      const oursFen = ours.reduce((sum, { amountFen, state }) => sum + (state === 'done' ? amountFen : 0), 0)
      const theirsFen = bank.returnedFen(entry)
      if (oursFen === theirsFen || ours.some(isOpenRefund) || hasCase(life, entry.paymentNo)) return undefined
      const isOutside = [...entry.refunds.values()].some((refund) => refund.isOutside)
      return isOutside ? undefined : `${entry.paymentNo}: ${theirsFen} fen went back, ${oursFen} fen are recorded`
    }),

  'one payment counts for an order, the rest is overpayment': (life) =>
    eachOrder(life, ({ _id, state, payments }) => {
      const counting = payments.filter((payment) => payment.state === 'paid' && !payment.surplus).length
      return counting === (state === 'paid' ? 1 : 0) ? undefined : `${_id} is ${state} with ${counting} payments`
    }),

  'a payment is told once': (life) =>
    eachOrder(life, ({ _id, history, payments }) => {
      const told = history.filter(({ what }) => what === 'paid').length
      const paid = payments.filter(({ state }) => state === 'paid').length
      return told === paid ? undefined : `${_id}: ${told} entries for ${paid} payments`
    }),

  'one wish makes one refund': (life) =>
    eachOrder(life, ({ _id, refunds }) =>
      new Set(refunds.map(({ requestId }) => requestId)).size === refunds.length ? undefined : _id,
    ),

  'no order stays open': (life) =>
    eachOrder(life, ({ _id, state, contract }) => (state === 'open' && !contract ? `${_id} is open` : undefined)),

  'what waits ends, or a person is called': (life) =>
    eachOrder(life, ({ _id, payments, refunds }) => {
      const waits = payments.find(isWaiting) ?? refunds.find(isOpenRefund)
      return waits && !casesOf(life).some(({ orderNo }) => orderNo === _id) ? `${waits.no} waits` : undefined
    }),

  'nothing due is left undone': (life) =>
    eachOrder(life, ({ _id, dueAt }) =>
      dueAt !== null && dueAt < life.world.now - day ? `${_id} is due since ${dueAt}` : undefined,
    ),

  'no document grows without bound': (life) => {
    for (const collection of ['orders', 'contracts', 'notices', 'jobs'])
      for (const document of life.shop.store.all<Document>(collection))
        if (!isBounded(document)) return `${collection} ${document._id}`
    return undefined
  },
}

export function checkAtEnd(life: Life): void {
  for (const name in invariants) {
    const wrong = (invariants[name] as Invariant)(life)
    if (wrong !== undefined) life.world.fail(name, wrong)
  }
}

function isBounded(document: Document): boolean {
  const { history = [], payments = [], keys = [], samples = [] } = document as Partial<Order & KeptNotice> & Document
  return (
    history.length <= 101 && payments.length <= 50 && keys.length <= 300 && samples.length <= 5 && isStorable(document)
  )
}

function eachOrder({ shop }: Life, check: (order: Order) => string | undefined): string | undefined {
  for (const order of shop.store.of('orders').values()) {
    const wrong = check(order as Order)
    if (wrong !== undefined) return wrong
  }
  return undefined
}

function eachEntry({ shop }: Life, check: (bank: Bank, entry: Entry) => string | undefined): string | undefined {
  for (const bank of shop.banks.values())
    for (const entry of bank.ledger.values()) {
      const wrong = check(bank, entry)
      if (wrong !== undefined) return wrong
    }
  return undefined
}

export const casesOf = ({ shop }: Life): KeptNotice[] =>
  shop.store.all<KeptNotice>('notices').filter(({ kind }) => kind !== 'forged')

// A case of these kinds names what came; the others only say that something never ended.
const seen: ReadonlySet<string> = new Set(['unmatched', 'mismatched', 'contradiction'])

/** Whether a case stands about this payment or a refund of it. */
const hasCase = (life: Life, paymentNo: string, kinds?: ReadonlySet<string>): boolean =>
  casesOf(life).some(
    ({ kind, orderNo }) => (kinds === undefined || kinds.has(kind)) && orderNo === paymentNo.slice(0, 22),
  )

/** Our payments of a number at the provider: the first, and those that it took once more. */
const paymentsOf = ({ shop }: Life, no: string): Payment[] =>
  shop.store.peek<Order>('orders', no.slice(0, 22))?.payments.filter((one) => one.no.startsWith(no)) ?? []

/** The trade that a payment of ours stands for. */
const tradeOf = ({ shop }: Life, { no, provider, theirNo }: Payment): Trade | undefined =>
  shop.banks
    .get(provider)
    ?.ledger.get(no.slice(0, 24))
    ?.trades.find((trade) => trade.theirNo === theirNo)
