// The rules that must hold at the end of every life, by name. A life ends some time after its faults have stopped.

import { type Order, refundableFen } from '../../../cloudfunctions/shared/domain/orders/orderShape'
import { isWaiting, type Payment } from '../../../cloudfunctions/shared/domain/payment'
import type { Refund } from '../../../cloudfunctions/shared/domain/refund'
import { isOpenRefund } from '../../../cloudfunctions/shared/domain/refund'
import type { AuditEntry } from '../../../cloudfunctions/shared/store/audit'
import type { KeptNotice } from '../../../cloudfunctions/shared/store/notices'
import type { Bank, Entry, Trade } from '../bank'
import type { Shop } from '../shop'
import type { World } from '../world'
import { day } from '../world'

/** The part of an ended life that the invariants need. */
interface Life {
  readonly world: World
  readonly shop: Shop
  readonly isCalm: boolean
  heardActions(): Iterable<{ by: string; what: string; times: number }>
}

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
      const ours = refundsOf(life, entry.paymentNo)
      for (const refund of ours) {
        if (refund.by === 'provider' || isOpenRefund(refund)) continue
        const there = entry.refunds.get(refund.no)
        const movedFen = (there?.executions ?? 0) * (there?.amountFen ?? 0)
        if (movedFen !== (refund.state === 'done' ? refund.amountFen : 0))
          return `${refund.no} is ${refund.state} here, and ${movedFen} fen went back at ${bank.code}`
      }
      const lost = [...entry.refunds.values()].find(
        ({ no, isOutside }) => !isOutside && !ours.some((one) => one.no === no),
      )
      return lost && `${lost.no} is not ours`
    }),

  'a refund made outside is recorded once, and no more than it was': (life) =>
    eachEntry(life, (_bank, entry) => {
      const told = refundsOf(life, entry.paymentNo).filter(({ by }) => by === 'provider')
      const toldFen = told.reduce((sum, { amountFen }) => sum + amountFen, 0)
      const outside = [...entry.refunds.values()].filter(({ isOutside }) => isOutside)
      const outsideFen = outside.reduce((sum, { amountFen, executions }) => sum + amountFen * executions, 0)
      return toldFen === 0 || toldFen === outsideFen
        ? undefined
        : `${entry.paymentNo}: ${outsideFen} fen went back outside, ${toldFen} fen are recorded`
    }),

  'an overpayment exists only where the provider took money twice, after the close, or after it said declined': (
    life,
  ) =>
    eachOrder(life, ({ _id, payments }) => {
      if (!payments.some(({ state, surplus }) => state === 'paid' && surplus)) return undefined
      // An overpayment is no fault if the shopper waited too long for the end of an attempt. After some seconds the
      // server opens a new attempt, even if the earlier one is not closed yet (endAttempt.ts).
      const excused =
        life.world.lostPatience || payments.some((payment) => (entryOf(life, payment)?.excuses.size ?? 0) > 0)
      return excused ? undefined : `${_id} was overpaid, and no provider gave a reason for it`
    }),

  'an order keeps its price': (life) =>
    eachOrder(life, ({ _id, amountFen, items, payments }) => {
      const priceFen = items.reduce((sum, item) => sum + item.priceFen * item.quantity, 0)
      const other = payments.find((payment) => payment.amountFen !== amountFen)
      if (priceFen !== amountFen) return `${_id} costs ${amountFen} fen and its items ${priceFen} fen`
      return other && `${other.no} asks for ${other.amountFen} fen of ${amountFen} fen`
    }),

  'the audit has every action of staff': (life) => {
    const entries = life.shop.store.all<AuditEntry & { endedAt?: number }>('audit')
    return eachOrder(life, (order) => {
      const has = (by: string, what: string) =>
        entries.some(
          (entry) =>
            entry.by === by &&
            entry.what === what &&
            (entry.orderNo === order._id || String(entry.wish.no).startsWith(order._id)),
        )
      const refund = order.refunds.find(({ by }) => by.endsWith('staff') && !has(by, 'refund') && !has(by, 'repair'))
      if (refund) return `the audit does not know who asked for ${refund.no}`
      const ended = order.history.find(
        ({ by, what }) => by.endsWith('staff') && what !== 'refundRequested' && !has(by, 'close'),
      )
      return ended && `the audit does not know who did this: ${ended.what}`
    })
  },

  'each action that staff heard of has its entry in the audit': (life) => {
    const entries = life.shop.store.all<AuditEntry & { endedAt?: number }>('audit')
    for (const { by, what, times } of life.heardActions()) {
      const kept = entries.filter((entry) => entry.by === by && entry.what === what).length
      if (kept < times) return `${by} heard ${times} times of ${what}, ${kept} entries`
    }
    const ends = entries.filter(({ endedAt }) => endedAt !== undefined).length
    const begun = entries.length - ends
    // After four calls without an answer the server gives up: the action is refused, or the log says that its end is
    // lost. The entry may be stored nevertheless.
    const gaveUp = life.world.slowAudits >= 4
    return life.isCalm && !gaveUp && ends !== begun ? `${begun} actions, ${ends} ends` : undefined
  },

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

  'a person is called when a surplus could not be sent back, or more went back than came': (life) =>
    eachOrder(life, (order) => {
      const stuck = order.refunds.find(({ by, state }) => by === 'system' && state === 'failed')?.no
      const over = order.payments.find(({ no }) => refundableFen(order, no) < 0)?.no
      const no = stuck ?? over
      return no !== undefined && !hasCase(life, no) ? `nobody hears of ${no}` : undefined
    }),

  'nothing due is left undone': (life) =>
    eachOrder(life, ({ _id, dueAt }) =>
      dueAt !== null && dueAt < life.world.now - day ? `${_id} is due since ${dueAt}` : undefined,
    ),

  'no document grows without bound': (life) => {
    for (const [collection, documents] of life.shop.store.collections)
      for (const document of documents.values())
        for (const field in document) {
          const list: unknown = document[field as keyof typeof document]
          if (Array.isArray(list) && list.length > mostItems)
            return `${collection} ${document._id} has ${list.length} ${field}`
        }
    return undefined
  },
}

// The longest list in a document. The history keeps its last 100 entries, and no other list of a life grows so long.
const mostItems = 100

export function checkAtEnd(life: Life): void {
  for (const name in invariants) {
    const wrong = (invariants[name] as Invariant)(life)
    if (wrong !== undefined) life.world.fail(name, wrong)
  }
}

function eachOrder({ shop }: Life, check: (order: Order) => string | undefined): string | undefined {
  for (const order of shop.store.of('orders').values()) {
    const wrong = check(order as Order)
    if (wrong !== undefined) return wrong
  }
  return undefined
}

/**
 * Checks each entry of each bank's ledger. Leaves out merchants whose settings staff have deleted, because our system
 * can no longer query their payments.
 */
function eachEntry({ shop }: Life, check: (bank: Bank, entry: Entry) => string | undefined): string | undefined {
  for (const bank of shop.banks.values())
    if (bank.endedAt === undefined)
      for (const entry of bank.ledger.values()) {
        const wrong = check(bank, entry)
        if (wrong !== undefined) return wrong
      }
  return undefined
}

export const casesOf = ({ shop }: Life): KeptNotice[] =>
  shop.store.all<KeptNotice>('notices').filter(({ kind }) => kind !== 'forged')

// The kinds of cases that name the payment or refund in question. Other kinds only say that something never ended.
const seen: ReadonlySet<string> = new Set(['unmatched', 'mismatched', 'contradiction'])

/** Whether there is a case about the order of this payment or refund. */
const hasCase = (life: Life, paymentNo: string, kinds?: ReadonlySet<string>): boolean =>
  casesOf(life).some(
    ({ kind, orderNo }) => (kinds === undefined || kinds.has(kind)) && orderNo === paymentNo.slice(0, 22),
  )

/**
 * Our records of a payment number: the first payment, and further payments if the provider charged the same number
 * again.
 */
const paymentsOf = ({ shop }: Life, no: string): Payment[] =>
  shop.store.peek<Order>('orders', no.slice(0, 22))?.payments.filter((one) => one.no.startsWith(no)) ?? []

/** Our records of the refunds of a payment number. */
const refundsOf = ({ shop }: Life, no: string): Refund[] =>
  shop.store.peek<Order>('orders', no.slice(0, 22))?.refunds.filter(({ paymentNo }) => paymentNo.startsWith(no)) ?? []

const entryOf = ({ shop }: Life, { no, provider }: Payment): Entry | undefined =>
  shop.bankWith(provider, no.slice(0, 24))?.ledger.get(no.slice(0, 24))

/** The trade in the bank's ledger to which our payment belongs. */
const tradeOf = (life: Life, payment: Payment): Trade | undefined =>
  entryOf(life, payment)?.trades.find(({ theirNo }) => theirNo === payment.theirNo)
