// Random histories of contracts and their orders, each from a fixed seed. The test stores a fingerprint of all
// decisions of each function. Moving code must not change a fingerprint. A commit that changes a decision must record
// new fingerprints. Most fingerprints then change, because one decision changes the rest of a history.
import { mayDebit, nextMoneyAt, stepOf } from '../../cloudfunctions/shared/domain/chargeSteps'
import {
  applyContractNews,
  beginAnnouncement,
  beginDebit,
  claimContractAsk,
  claimEnd,
  dropCharge,
  followOrder,
  giveUp,
  lookLater,
  placeContract,
  recordAccepted,
  recordAnnouncement,
  releaseDebit,
  renumberCharge,
  replan,
  requestEnd,
} from '../../cloudfunctions/shared/domain/contract'
import { type Contract, openCharge } from '../../cloudfunctions/shared/domain/contractShape'
import { takeLease } from '../../cloudfunctions/shared/domain/lease'
import { closeOrder, payableUntil, placeOrder } from '../../cloudfunctions/shared/domain/orders/order'
import { applyPaymentNews, openAttempt, openDebit } from '../../cloudfunctions/shared/domain/orders/orderPayments'
import type { Order } from '../../cloudfunctions/shared/domain/orders/orderShape'
import { isWaiting } from '../../cloudfunctions/shared/domain/payment'
import { Random } from '../simulation/random'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour
const histories = 400
const steps = 60

const randomOf = (seed: number): Random => new Random((seed * 2_654_435_761) >>> 0)

/**
 * Writes equal values as the same text: the order of fields does not matter, and an undefined field counts as absent.
 */
function canonical(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'undefined'
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`
  const fields = Object.entries(value).filter(([, one]) => one !== undefined)
  return `{${fields.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, one]) => `${name}:${canonical(one)}`)}}`
}

const decisions = new Map<string, { count: number; changes: number; print: number }>()

function noted<T>(name: string, before: unknown, decision: T): T {
  const seen = decisions.get(name) ?? { count: 0, changes: 0, print: 0x811c9dc5 }
  const text = decision === before ? 'unchanged' : canonical(decision)
  for (let index = 0; index < text.length; index++)
    seen.print = Math.imul(seen.print ^ text.charCodeAt(index), 0x01000193)
  seen.count += 1
  if (decision !== before) seen.changes += 1
  decisions.set(name, seen)
  return decision
}

/** Runs a decision that may throw; the error's text becomes part of the fingerprint. */
function tried<T>(name: string, before: T, decide: () => T): T {
  try {
    return noted(name, before, decide())
  } catch (error) {
    noted(name, before, (error as Error).message)
    return before
  }
}

function liveOneHistory(seed: number): void {
  const random = randomOf(seed)
  const debitRule = random.pick(['preNotice', 'notice24h'] as const)
  const policy = { retryDays: random.pick([[1, 3, 5], [2], []]), graceDays: 1 + random.below(9) }
  let now = Date.UTC(2026, 0, 29) + random.below(700 * 24 * 60) * minute
  let contract: Contract = placeContract({
    contractNo: '20260131100000abcdefgh',
    openid: 'o',
    provider: 'p',
    displayName: '',
    now,
    terms: {
      plan: 'p',
      title: 'Tea',
      titleEn: 'Tea',
      note: '',
      noteEn: '',
      currency: 'CNY',
      amountKind: 'ceiling',
      amountFen: 3_800,
      ceilingFen: random.pick([3_800, 5_000]),
      firstAmountFen: random.pick([null, 100, 4_900]),
      period: random.pick(['day', 'week', 'month', 'quarter', 'year']),
      trialDays: random.happens(0.3) ? random.below(20) : 0,
      debitRule,
      windowDays: debitRule === 'preNotice' ? random.pick([null, 1, 2, 3] as const) : null,
      template: '1',
    },
  })
  const orders = new Map<string, Order>()
  const orderOf = () => orders.get(openCharge(contract)?.orderNo ?? '')
  const change = (name: string, decide: (before: Contract) => Contract) => {
    contract = tried(name, contract, () => decide(contract))
  }
  const changeOrder = (name: string, decide: (before: Order) => Order) => {
    const order = orderOf()
    if (order)
      orders.set(
        order._id,
        tried(name, order, () => decide(order)),
      )
  }
  const news = () => ({
    outcome: random.pick(['signed', 'signed', 'pending', 'refused', 'ended', 'unknown'] as const),
    ...(random.happens(0.7) && { theirNo: 'c' }),
    ...(random.happens(0.7) && { at: now - random.below(20) * minute }),
    ...(random.happens(0.3) && { validUntil: now + random.below(400) * day }),
  })
  const paymentNews = () => ({
    outcome: random.pick(['paid', 'paid', 'declined', 'declined', 'closed', 'pending', 'unknown', 'refunded'] as const),
    ...(random.happens(0.5) && { theirNo: 't' }),
    ...(random.happens(0.5) && { at: now }),
    cause: random.pick(['funds', 'account', 'contract', 'limit', 'merchant', 'technical', undefined] as never[]),
  })
  const debit = () => {
    change('beginDebit', (before) => beginDebit(before, policy, now))
    const charge = openCharge(contract)
    if (!charge || random.happens(0.1)) return
    const { orderNo, amountFen } = charge
    if (!orders.has(orderNo))
      orders.set(
        orderNo,
        placeOrder({
          orderNo,
          openid: 'o',
          items: [{ sku: 'p', title: 'Tea', titleEn: 'Tea', priceFen: amountFen, quantity: 1 }],
          currency: 'CNY',
          now,
          lifeMs: 180 * day,
          contract: { contractNo: contract._id, period: String(charge.period) },
        }),
      )
    changeOrder('openDebit', (before) =>
      openDebit(before, 'p', { checksFrom: now + random.below(2) * day, claimId: `c${now}` }, now),
    )
  }
  const period = () => openCharge(contract)?.period ?? 0
  // Any event may happen at any time: repeated, late or twice.
  const chances: readonly (() => void)[] = [
    () => change('applyContractNews', (before) => applyContractNews(before, news(), now, null).contract),
    () => change('flaw', (before) => applyContractNews(before, news(), now, random.pick(['rival', 'signer'])).contract),
    () => change('requestEnd', (before) => requestEnd(before, random.pick(['subscriber', 'staff', 'unpaid']), now)),
    () => change('claimEnd', (before) => claimEnd(before, random.pick(['a', 'b']), now).contract),
    () => change('claimContractAsk', (before) => claimContractAsk(before, now)),
    () => change('releaseDebit', (before) => releaseDebit(before, period(), now + random.below(3) * hour, now)),
    () => change('renumberCharge', (before) => renumberCharge(before, openCharge(before)?.orderNo ?? '', now)),
    () => change('recordAccepted', (before) => recordAccepted(before, period(), now + random.below(25) * hour, now)),
    () => change('lookLater', (before) => lookLater(before, now + random.below(25) * hour, now)),
    () => change('giveUp', (before) => giveUp(before, openCharge(before)?.orderNo ?? '', now)),
    () => change('dropCharge', (before) => dropCharge(before, period(), now)),
    () => change('replan', (before) => replan(before, now)),
    () => changeOrder('closeOrder', (before) => closeOrder(before, 'closed', 'staff', now)),
    () => changeOrder('openAttempt', (before) => openAttempt(before, 'p', 'main', now).order),
    () => changeOrder('payableUntil', (before) => payableUntil(before, now + random.below(9) * day, now)),
  ]
  for (let step = 0; step < steps; step++) {
    const next = noted('stepOf', undefined, stepOf(contract, now))
    noted('nextMoneyAt', undefined, nextMoneyAt(contract, now))
    const charge = openCharge(contract)
    if (charge) noted('mayDebit', undefined, mayDebit(contract, charge, now))
    const order = orderOf()
    const waiting = order?.payments.findLast(isWaiting)
    if (random.happens(0.08)) random.pick(chances)()
    else if (order && waiting && random.happens(0.7)) {
      const told = paymentNews()
      changeOrder('applyPaymentNews', (before) => applyPaymentNews(before, waiting.no, told, { now }).order)
    } else if (order && random.happens(0.8))
      change('followOrder', (before) => followOrder(before, order, now, random.happens(0.3)))
    else if (next.at === null || random.happens(0.05)) now += random.below(40) * day
    else if (next.at > now) now = next.at + random.below(3) * minute
    else if (next.what === 'announce') {
      change('beginAnnouncement', (before) => beginAnnouncement(before, policy, now))
      const outcome = random.pick(['sent', 'sent', 'sent', 'already', 'later', 'unknown'] as const)
      change('recordAnnouncement', (before) => recordAnnouncement(before, { triedAt: now, outcome }, now + 2_000))
    } else if (next.what === 'debit') debit()
    else {
      change('leaseContract', (before) => takeLease(before, now))
      if (next.what === 'ask' || next.what === 'tell') chances[0]?.()
      else if (next.what === 'look') chances[random.pick([5, 7, 8, 8])]?.()
      else chances[next.what === 'giveUp' ? 9 : 10]?.()
    }
    if (random.happens(0.5)) now += random.below(60) * minute
  }
}

// Each row: function, number of decisions, number of changes, fingerprint.
const recorded = [
  'applyContractNews 1342 1098 f419d229',
  'applyPaymentNews 856 819 19f74c14',
  'beginAnnouncement 344 344 cb580d7c',
  'beginDebit 712 712 c79d2764',
  'claimContractAsk 117 55 5428de60',
  'claimEnd 119 11 80d30740',
  'closeOrder 37 34 511dc8ca',
  'dropCharge 176 44 9488469e',
  'flaw 147 47 b24cb73f',
  'followOrder 4187 625 454fec62',
  'giveUp 167 13 a914c06b',
  'leaseContract 1840 1840 67ccd313',
  'lookLater 375 312 8d1e8343',
  'mayDebit 8153 8153 17a299b9',
  'nextMoneyAt 24000 24000 dc8cfafe',
  'openAttempt 35 35 a2317d47',
  'openDebit 641 641 ad21651d',
  'payableUntil 35 30 61f4f5a9',
  'recordAccepted 289 126 8894e159',
  'recordAnnouncement 344 344 232d9cdc',
  'releaseDebit 245 96 49d1a999',
  'renumberCharge 128 48 55021a84',
  'replan 162 31 c1892e3a',
  'requestEnd 123 58 25d14c8c',
  'stepOf 24000 24000 de6628a3',
]

it(`${histories} random histories make the recorded decisions`, () => {
  for (let seed = 1; seed <= histories; seed++) liveOneHistory(seed)
  const table = [...decisions]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, { count, changes, print }]) => `${name} ${count} ${changes} ${(print >>> 0).toString(16)}`)
  expect(table).toEqual(recorded)
})
