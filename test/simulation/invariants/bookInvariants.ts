// What must hold at the end of a simulated life for the sales figures, the bills, and the differences between the bills
// and our records.
import type { Order } from '../../../cloudfunctions/shared/domain/orders/orderShape'
import type { Figures } from '../../../cloudfunctions/shared/domain/reports/stats'
import type { Document } from '../../../cloudfunctions/shared/store/database'
import type { HourStats } from '../../../cloudfunctions/shared/store/reports/stats'
import type { KeptDifference, Reconciliation } from '../../../cloudfunctions/shared/usecases/jobs/reconcile'
import type { Bank } from '../bank'
import type { Shop } from '../shop'
import { hour, type Violation } from '../world'

/** The part of a life that the invariants of bills and sales figures need. */
interface BookLife {
  readonly shop: Shop
  readonly liveUntil: number
  readonly days: readonly string[]
  jobs(): readonly Reconciliation[]
}

const invariants: Record<string, (life: BookLife) => string | undefined> = {
  'figures equal a full count': (life) => {
    const stored = new Map<string, number>()
    for (const { startsAt, rows } of life.shop.store.all<HourStats & Document>('stats'))
      for (const row of rows ?? []) addTo(stored, startsAt, row.provider, row)
    const counted = countAll(life.shop.store.all<Order>('orders'))
    for (const key of new Set([...stored.keys(), ...counted.keys()]))
      if ((stored.get(key) ?? 0) !== (counted.get(key) ?? 0))
        return `${key}: the figures say ${stored.get(key) ?? 0}, a count says ${counted.get(key) ?? 0}`
    return undefined
  },

  'each day’s bill is compared': (life) => {
    for (const day of life.days)
      for (const code of life.shop.banks.keys()) {
        const job = life.jobs().find((one) => one.provider === code && one.day === day)
        if (isUsed(life, code) && job?.state !== 'done')
          return `that of ${code} for ${day} is ${job?.state ?? 'not planned'}`
      }
    return undefined
  },

  'what a bill has and we have not is a difference': (life) =>
    eachRow(life, (bank, day, row) => {
      if (!isUsed(life, bank.code)) return undefined
      const order = life.shop.store.peek<Order>('orders', (row.paymentNo ?? row.no).slice(0, 22))
      const isHere =
        row.kind === 'payment'
          ? order?.payments.some(
              ({ state, theirNo, amountFen }) =>
                state === 'paid' && theirNo === row.theirNo && amountFen === row.amountFen,
            )
          : order?.refunds.some(
              ({ no, outsideNo, theirNo, state }) =>
                state === 'done' && (no === row.no || outsideNo === row.no || theirNo === row.theirNo),
            )
      if (
        isHere ||
        differencesOf(life, bank.code, day).some(({ no, theirNo }) => no === row.no || theirNo === row.theirNo)
      )
        return undefined
      return `${row.kind} ${row.no} (${row.theirNo}) of ${bank.code} on ${day}`
    }),

  'what we have and a bill has not is a difference': (life) => {
    for (const bank of life.shop.banks.values())
      for (const { paymentNo, trades } of bank.ledger.values())
        for (const { isUnbilled, theirNo } of trades) {
          if (!isUsed(life, bank.code)) continue
          const order = life.shop.store.peek<Order>('orders', paymentNo.slice(0, 22))
          const payment = order?.payments.find((one) => one.state === 'paid' && one.theirNo === theirNo)
          if (!isUnbilled || !payment || trades.length > 1 || (payment.bookedAt ?? 0) > life.liveUntil) continue
          if (!life.days.some((day) => differencesOf(life, bank.code, day).some(({ no }) => no === payment.no)))
            return `${payment.no} is not in the bills of ${bank.code}`
        }
    return undefined
  },

  'a repaired difference is gone': (life) => {
    for (const job of life.jobs())
      for (const { kind, no, theirNo, repaired } of job.differences) {
        const how = repaired?.how
        if (how !== 'record' && how !== 'refund' && how !== 'query') continue
        const order = life.shop.store.peek<Order>('orders', no.slice(0, 22))
        const isHere =
          order?.payments.some((one) => one.state === 'paid' && (one.theirNo === theirNo || one.no === no)) ||
          life.shop.store
            .all<Order>('orders')
            .some(({ refunds }) =>
              refunds.some((one) => one.state === 'done' && (one.theirNo === theirNo || one.no === no)),
            )
        if (kind !== 'missingThere' && kind !== 'refundMissingThere' && !isHere)
          return `${kind} ${no} was repaired by ${how}`
      }
    return undefined
  },

  'what waits at midnight is judged with the next bill': (life) => {
    for (const job of life.jobs())
      if (job.day === life.days[0] && isUsed(life, job.provider))
        for (const { waits, no } of job.differences) if (waits) return `${no} of ${job.provider} waits`
    return undefined
  },
}

export function brokenBooks(life: BookLife): Violation | undefined {
  for (const invariant in invariants) {
    const detail = invariants[invariant]?.(life)
    if (detail !== undefined) return { invariant, detail }
  }
  return undefined
}

const counted = ['orders', 'tried', 'succeeded', 'paid', 'takingsFen', 'refunds', 'refundedFen'] as const

function addTo(sums: Map<string, number>, at: number, provider: string | null, figures: Partial<Figures>): void {
  for (const name of counted) {
    const key = `hour ${Math.floor(at / hour)} ${provider} ${name}`
    if (figures[name]) sums.set(key, (sums.get(key) ?? 0) + figures[name])
  }
}

/** The sales figures, counted again from all orders at once. */
function countAll(orders: readonly Order[]): Map<string, number> {
  const sums = new Map<string, number>()
  for (const { createdAt, provider, state, paidAt, amountFen, payments, refunds } of orders) {
    const placed = { orders: 1, tried: provider === null ? 0 : 1, succeeded: state === 'paid' ? 1 : 0 }
    addTo(sums, createdAt, provider, placed)
    if (paidAt !== null) addTo(sums, paidAt, provider, { paid: 1, takingsFen: amountFen })
    for (const payment of payments)
      if (payment.surplus) addTo(sums, payment.bookedAt ?? 0, payment.provider, { takingsFen: payment.amountFen })
    for (const { state: is, bookedAt, paymentNo, amountFen: backFen } of refunds) {
      const of = payments.find(({ no }) => no === paymentNo)
      if (is === 'done') addTo(sums, bookedAt ?? 0, of?.provider ?? null, { refunds: 1, refundedFen: backFen })
    }
  }
  return sums
}

/**
 * Whether our system fetches the provider's bills. It does so if the field `provider` of some order contains this
 * provider: the provider where the order was paid or where the shopper last tried to pay. An overpayment at another
 * provider does not change this field.
 */
const isUsed = (life: BookLife, code: string): boolean =>
  life.shop.store.all<Order>('orders').some(({ provider }) => provider === code)

const differencesOf = (life: BookLife, provider: string, day: string): KeptDifference[] =>
  life.jobs().find((job) => job.provider === provider && job.day === day)?.differences ?? []

function eachRow(
  life: BookLife,
  check: (bank: Bank, day: string, row: ReturnType<Bank['bill']>[number]) => string | undefined,
): string | undefined {
  for (const bank of life.shop.banks.values())
    for (const day of life.days)
      for (const row of bank.bill(day)) {
        const wrong = check(bank, day, row)
        if (wrong !== undefined) return wrong
      }
  return undefined
}
