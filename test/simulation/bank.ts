// A simulated payment provider with its ledger and its behaviour. The ledger is the truth with which the tests compare
// our own record. In the ledger a trade is one payment of a shopper, and an execution is one time that the provider
// pays a refund.

import { AppError } from '../../cloudfunctions/shared/domain/errors'
import type { BillRow, PaymentReport, RefundReport } from '../../cloudfunctions/shared/providers/provider'
import { beijingDay } from '../../miniprogram/rules/beijing'
import type { Habits } from './lives/habits'
import type { Random } from './random'
import { minute, type World } from './world'

export interface Trade {
  theirNo: string
  amountFen: number
  at: number
  /** true: the provider forgets this trade in its bill */
  isUnbilled: boolean
}

export interface BankRefund {
  no: string
  amountFen: number
  theirNo: string
  /** how many times the provider paid the money back; more than once is wrong */
  executions: number
  state: 'busy' | 'done' | 'refused'
  at: number
  /** true: somebody made the refund in the provider's console, so our server did not request it */
  isOutside: boolean
  /** the times at which the money went back */
  movedAt: number[]
}

export interface Entry {
  paymentNo: string
  amountFen: number
  state: 'open' | 'paid' | 'closed'
  trades: Trade[]
  refunds: Map<string, BankRefund>
  /** until this time the provider answers `declined`, although the shopper can still pay */
  declinedUntil: number
  /** what the provider did that explains a second payment, or a payment of a closed order */
  excuses: Set<Excuse>
}

/**
 * The reasons at the provider why a shopper could pay an order twice without a fault of ours. The provider charged
 * twice; it took the money after it had reported `closed`; it took the money after it had reported `declined`; it
 * cannot close a payment; it did not answer our query; or it did not know the payment yet at the time of our query.
 */
export type Excuse = 'twice' | 'closed' | 'declined' | 'cannot close' | 'silent' | 'not known yet'

export class Bank {
  readonly ledger = new Map<string, Entry>()
  readonly random: Random
  /**
   * the merchant's newest key. For two minutes after a change of the key the provider still accepts the previous key
   */
  key = 1
  keyChangedAt = 0
  /** the time at which staff deleted the last settings of this merchant */
  endedAt: number | undefined
  /**
   * the time at which the owner got the answer that the newest key is saved in the shop; undefined: the owner got no
   * such answer
   */
  savedAt: number | undefined
  private readonly unknown = new Set<string>()
  private serial = 0

  constructor(
    readonly world: World,
    readonly code: string,
    readonly habits: Habits,
    /** sends a notice, and repeats it until we confirm it */
    private readonly notify: (bank: Bank, news: object) => void,
    /** name of the merchant; a provider can have several */
    readonly account: string,
  ) {
    this.random = world.randomOf(`bank ${account}`)
  }

  renewKey(): void {
    this.key += 1
    this.keyChangedAt = this.world.now
    this.savedAt = undefined
  }

  /** Whether the provider accepts a message that is signed with this key. */
  takesKey(key: number): boolean {
    return key === this.key || (key === this.key - 1 && this.world.now < this.keyChangedAt + 2 * minute)
  }

  takenFen = ({ trades }: Entry): number => trades.reduce((sum, { amountFen }) => sum + amountFen, 0)

  returnedFen({ refunds }: Entry): number {
    let sum = 0
    for (const { executions, amountFen } of refunds.values()) sum += executions * amountFen
    return sum
  }

  open(paymentNo: string, amountFen: number): void {
    const there = this.ledger.get(paymentNo)
    if (there && (this.habits.repeat === 'new' || there.state !== 'open'))
      throw new AppError('ProviderRefused', 'the number is taken')
    if (there) return
    const isDeclined = this.habits.declinesTooEarly && this.random.happens(0.4)
    const declinedUntil = isDeclined ? this.world.now + this.random.below(40 * minute) : 0
    const excuses = new Set<Excuse>()
    if (!this.habits.closes) excuses.add('cannot close')
    if (this.unknown.has(paymentNo)) excuses.add('not known yet')
    const books = { trades: [], refunds: new Map(), declinedUntil, excuses }
    this.ledger.set(paymentNo, { paymentNo, amountFen, state: 'open', ...books })
  }

  /**
   * The provider's answer about a payment.
   * @param trade the provider's number of one charge, if the provider charged the shopper twice for the payment
   */
  report(paymentNo: string, trade?: string): PaymentReport {
    const entry = this.ledger.get(paymentNo)
    if (!entry) {
      this.unknown.add(paymentNo)
      return { outcome: 'unknown', raw: null }
    }
    const facts = {
      amountFen: entry.trades[0]?.amountFen ?? entry.amountFen,
      currency: 'CNY',
      theirNo: trade ?? entry.trades[0]?.theirNo ?? `T${paymentNo}`,
      raw: null,
    }
    if (entry.state === 'open') {
      const isDeclined = this.world.now < entry.declinedUntil
      return { outcome: isDeclined ? 'declined' : 'pending', ...facts }
    }
    if (entry.state === 'closed') return { outcome: 'closed', ...facts }
    const isReturned = [...entry.refunds.values()].some(({ state, isOutside }) => isOutside && state === 'done')
    return { outcome: isReturned ? 'refunded' : 'paid', ...facts }
  }

  close(paymentNo: string): PaymentReport {
    const entry = this.ledger.get(paymentNo)
    if (entry?.state === 'open') {
      entry.state = 'closed'
      if (this.habits.closesTooEarly && this.random.happens(0.3))
        this.world.after(this.random.below(3 * minute) + 1, () => {
          if (entry.state === 'closed') this.take(entry, true)
        })
    }
    return this.report(paymentNo)
  }

  /** A caller asked about a payment, or told the provider to close it, and never got the answer. */
  wasSilent(paymentNo: string): void {
    this.unknown.add(paymentNo)
    this.ledger.get(paymentNo)?.excuses.add('silent')
  }

  /** The shopper pays. @returns false if the provider does not take the money */
  pay(paymentNo: string): boolean {
    const entry = this.ledger.get(paymentNo)
    if (entry?.state !== 'open') return false
    this.take(entry, this.random.happens(0.85))
    return true
  }

  private take(entry: Entry, isNotified: boolean): void {
    const { world, random, habits } = this
    const isTwice = habits.chargesTwice && random.happens(0.3)
    const wasDeclined = entry.declinedUntil > 0
    if (isTwice) entry.excuses.add('twice')
    if (wasDeclined) entry.excuses.add('declined')
    if (entry.state === 'closed') entry.excuses.add('closed')
    entry.state = 'paid'
    entry.declinedUntil = 0
    const trades = isTwice ? [`T${entry.paymentNo}`, `U${entry.paymentNo}`] : [`T${entry.paymentNo}`]
    const paidFen = habits.wrongAmounts && random.happens(0.1) ? 1 : entry.amountFen
    for (const theirNo of trades) {
      const isUnbilled = habits.losesLines && random.happens(0.3)
      entry.trades.push({ theirNo, amountFen: paidFen, at: world.now, isUnbilled })
    }
    if (wasDeclined) world.reached.add('declined attempt that was paid')
    if (isTwice) world.reached.add('one number charged twice')
    world.mix(entry.amountFen)
    world.say(1, () => `${this.account} takes ${paidFen} fen for ${entry.paymentNo}${isTwice ? ', twice' : ''}`)
    if (world.faults > 0 && random.happens(0.05) && world.may(`no writes after ${entry.paymentNo}`)) {
      world.noWritesUntil = world.now + random.below(minute)
      world.reached.add('database that takes no writes')
      world.say(1, () => 'the database takes no writes for a while')
    }
    for (const theirNo of trades)
      if (isTwice || isNotified) {
        const about = { paymentNo: entry.paymentNo, outcome: 'paid', currency: 'CNY', theirNo, at: world.now }
        const isWrong = habits.wrongAmounts && random.happens(0.2)
        if (isWrong) world.reached.add('notice with a wrong amount')
        const amountFen = isWrong ? 1 : paidFen
        this.notify(this, habits.hidesAmount ? about : { ...about, amountFen })
        if (isWrong) this.notify(this, { ...about, amountFen: paidFen })
      }
    if (habits.outsideRefunds && random.happens(0.5))
      world.after(random.below(60 * minute), () => this.refundOutside(entry))
  }

  refund(paymentNo: string, no: string, amountFen: number): RefundReport {
    const { world, random, habits } = this
    const refused: RefundReport = { outcome: 'refused', reason: 'refused', raw: null }
    const entry = this.ledger.get(paymentNo)
    if (entry?.state !== 'paid') return refused
    const there = entry.refunds.get(no)
    if (there) {
      if (habits.repeatedRefund === 'refuses') return refused
      if (habits.repeatedRefund === 'executes') this.move(entry, there)
      return this.refundReport(there)
    }
    if (this.returnedFen(entry) + amountFen > this.takenFen(entry)) return refused
    this.serial += 1
    const theirNo = `R${this.account}${this.serial}`
    const about = { no, amountFen, theirNo, at: world.now, isOutside: false }
    const refund: BankRefund = { ...about, executions: 0, state: 'busy', movedAt: [] }
    entry.refunds.set(no, refund)
    if (!habits.slowRefunds) {
      this.move(entry, refund)
      refund.state = 'done'
    } else world.after(random.below(20 * minute) + 1_000, () => this.endRefund(entry, refund))
    return this.refundReport(refund)
  }

  private move(entry: Entry, refund: BankRefund): void {
    const { world } = this
    refund.executions += 1
    refund.movedAt.push(world.now)
    world.mix(refund.amountFen)
    world.say(1, () => `${this.account} gives back ${refund.amountFen} fen of ${entry.paymentNo} as ${refund.no}`)
    if (refund.executions > 1) world.fail('a refund leaves once', `${refund.no} left ${refund.executions} times`)
    if (this.returnedFen(entry) > this.takenFen(entry))
      world.fail('no more goes back than came', `${entry.paymentNo}: ${this.returnedFen(entry)} fen went back`)
  }

  private endRefund(entry: Entry, refund: BankRefund): void {
    if (refund.state !== 'busy') return
    const isDone = !this.random.happens(0.15)
    refund.state = isDone ? 'done' : 'refused'
    if (isDone) this.move(entry, refund)
    else {
      this.world.reached.add('refund that failed')
      this.world.say(1, () => `${this.account} refuses ${refund.no} in the end`)
      this.stopInserts(refund.no)
    }
    const { no: refundNo, amountFen, theirNo } = refund
    if (this.random.happens(0.7))
      this.notify(this, { refundNo, outcome: isDone ? 'refunded' : 'refused', amountFen, theirNo })
  }

  // Some failed refunds need a case for staff. Then the database refuses new documents at that moment.
  private stopInserts(after: string): void {
    const { world, random } = this
    if (world.faults === 0 || !random.happens(0.4) || !world.may(`no new documents after ${after}`)) return
    world.noInsertsUntil = world.now + random.below(10 * minute)
    world.reached.add('database that takes no new documents')
    world.say(1, () => 'the database takes no new documents for a while')
  }

  /** Staff refund the whole payment in the provider's console. */
  private refundOutside(entry: Entry): void {
    const left = this.takenFen(entry)
    if (entry.refunds.size > 0 || !this.world.may(`outside ${entry.paymentNo}`)) return
    this.serial += 1
    const no = `console${this.account}${this.serial}`
    const facts = { no, amountFen: left, theirNo: no, executions: 0, at: this.world.now, isOutside: true, movedAt: [] }
    const refund: BankRefund = { ...facts, state: 'done' }
    entry.refunds.set(no, refund)
    this.world.reached.add('refund made outside')
    this.move(entry, refund)
  }

  /** The provider's bill of one day in Beijing: all payments and refunds of that day. */
  bill(day: string): BillRow[] {
    const rows: BillRow[] = []
    for (const { paymentNo, trades, refunds } of this.ledger.values()) {
      const [first] = trades
      for (const { theirNo, amountFen, at, isUnbilled } of trades)
        if (beijingDay(at) === day && !isUnbilled)
          rows.push({ kind: 'payment', no: paymentNo, theirNo, amountFen, feeFen: null, at })
      for (const { no, theirNo, amountFen, movedAt } of refunds.values())
        for (const at of movedAt.filter((moved) => beijingDay(moved) === day)) {
          const of = { paymentNo, ofTheirNo: first?.theirNo ?? '' }
          rows.push({ kind: 'refund', no, theirNo, ...of, amountFen, feeFen: null, at })
        }
    }
    return rows
  }

  refundReport({ state, amountFen, theirNo }: BankRefund): RefundReport {
    const outcome = state === 'busy' ? 'pending' : state === 'done' ? 'refunded' : 'refused'
    return { outcome, amountFen, theirNo, raw: null }
  }
}
