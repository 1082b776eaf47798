// A simulated life about a contract. A subscriber signs, has too little money at times, pays by hand, and ends the
// contract. Another person signs in the subscriber's place, and an attacker takes the order numbers of charges. Staff
// end the contract. The timer sends pre-debit notices and debits for some weeks.

import { type Contract, openCharge } from '../../../cloudfunctions/shared/domain/contractShape'
import type { Order } from '../../../cloudfunctions/shared/domain/orders/orderShape'
import type { Plan } from '../../../cloudfunctions/shared/store/plans'
import { openContract } from '../../../cloudfunctions/shared/usecases/contracts/openContract'
import { endOwnContract, readOwnContract } from '../../../cloudfunctions/shared/usecases/contracts/ownContracts'
import { workDue } from '../../../cloudfunctions/shared/usecases/due/workDue'
import { workDueContracts } from '../../../cloudfunctions/shared/usecases/due/workDueContracts'
import { createOrder } from '../../../cloudfunctions/shared/usecases/orders/createOrder'
import { payOrder } from '../../../cloudfunctions/shared/usecases/orders/payOrder'
import { audited } from '../../../cloudfunctions/shared/usecases/staff/audited'
import { endContractAsStaff } from '../../../cloudfunctions/shared/usecases/staff/contractsAsStaff'
import { beijingDigits } from '../../../miniprogram/rules/beijing'
import type { Bank } from '../bank'
import { casesOf } from '../invariants/invariants'
import { PapayBook } from '../papay'
import type { Random } from '../random'
import { type AnyContext, tea } from '../shop'
import { earliest, type WorldOptions } from '../world'
import { habitsOf } from './habits'
import { day, type Heard, hour, Life, minute } from './life'

const endAsStaff = audited('endContract', endContractAsStaff)

const subscriber = 'subscriber'
const plan: Plan = {
  _id: 'weekly',
  version: 1,
  title: '每周一茶',
  titleEn: 'Tea of the week',
  note: '',
  noteEn: '',
  currency: 'CNY',
  amountKind: 'fixed',
  amountFen: 990,
  ceilingFen: 990,
  firstAmountFen: null,
  period: 'week',
  trialDays: 0,
  debitRule: 'preNotice',
  windowDays: null,
  template: '100001',
  provider: 'papay',
  onSale: true,
  rank: 1,
}
const weeks = 2
// How many order numbers a charge may try. If other people have taken all of them, staff must get a case.
const mostNumbers = 3

export class ContractLife extends Life {
  readonly contractNo: string
  readonly book: PapayBook
  protected override readonly settlesMs = 12 * day
  protected override readonly looksEveryMs = [minute, hour, 6 * hour]

  constructor(options: WorldOptions) {
    super(options, () => ({}), weeks * 7 * day)
    const { shop, random, world } = this
    shop.addBank('alpha', habitsOf(world, 'alpha', 'same'), this.notify)
    const papay = shop.addBank('papay', { ...habitsOf(world, 'papay', 'same'), ...steady }, this.notify)
    this.book = new PapayBook(shop, papay, this.notify)
    this.contractNo =
      beijingDigits(world.now) +
      random
        .below(36 ** 8)
        .toString(36)
        .padStart(8, '0')
    const windowDays = random.pick([null, null, 1, 2])
    shop.store.put('plans', { ...plan, trialDays: random.pick([0, 0, 3]), windowDays } as Plan)
    this.watchNumbers()
    this.actor('subscriber', 1, (own) => this.subscribe(own))
    this.actor('squatter', 0.15, () => this.squat())
    this.actor('staff', 0.1, (own) => this.staff(own))
    // Two days after the faults have stopped, everything that should be charged must be charged. Then end the contract,
    // so that the life can finish.
    world.at(this.liveUntil + 2 * day, () => {
      const contract = this.contract()
      const signed = this.book.contracts.get(this.contractNo)
      if (contract) this.checkCharges(contract, signed !== undefined && signed.endedAt === null)
      this.book.end(this.contractNo, 'the provider', true)
    })
    this.startTimer()
  }

  protected timerWork(ctx: AnyContext, hasTime: () => boolean): Promise<unknown> {
    return Promise.allSettled([
      this.hasWork(this.shop.store.earliest('orders', 'dueAt')) && workDue(ctx, hasTime),
      this.hasWork(this.contract()?.dueAt ?? null) && workDueContracts(ctx, hasTime),
    ])
  }

  contract(): Contract | undefined {
    return this.shop.store.peek<Contract>('contracts', this.contractNo)
  }

  dueAt(): number | null {
    return earliest(this.shop.store.earliest('orders', 'dueAt'), this.contract()?.dueAt ?? null)
  }

  /**
   * Checks that a charge tries only a few other order numbers if its numbers are taken, and that staff then get a case.
   */
  private watchNumbers(): void {
    const { store } = this.shop
    const watch = store.onWrite
    const numbers = new Map<number, Set<string>>()
    store.onWrite = (collection, before, after) => {
      watch(collection, before, after)
      if (collection !== 'contracts') return
      for (const { period, orderNo } of (after as Contract).charges) {
        const tried = (numbers.get(period) ?? new Set<string>()).add(orderNo)
        numbers.set(period, tried)
        if (tried.size > mostNumbers && casesOf(this).length === 0)
          this.world.fail('no charge is held off without a word', `period ${period} has had ${tried.size} numbers`)
      }
    }
  }

  private async subscribe(random: Random): Promise<void> {
    const { contractNo, world, book } = this
    const open = (key: string) =>
      this.run('contract', key, subscriber, (ctx) => openContract(ctx, { contractNo, plan: plan._id }))
    for (let tries = 1; tries <= 4 && !this.contract(); tries++)
      await this.act('subscriber', `opens the contract, ${tries}`, open)
    await world.sleep(random.below(10 * minute))
    if (!this.contract()) return
    const isStranger = random.happens(0.1) && world.may('stranger')
    if (isStranger) world.reached.add('contract signed by a stranger')
    if (random.happens(0.93))
      await this.act('subscriber', 'goes to the signing page', async () =>
        book.sign(contractNo, isStranger ? 'stranger' : subscriber),
      )
    if (random.happens(0.5)) await this.act('subscriber', 'comes back', (key) => this.refresh(key))
    if (random.happens(0.1)) {
      await world.sleep(random.below(random.pick([20_000, 10 * minute])))
      return this.leave(random)
    }
    const leaves = random.happens(0.4)
    const until = world.startAt + random.below(weeks * 7) * day
    while (world.now < this.liveUntil) {
      await world.sleep(day + random.below(2 * day))
      if (leaves && world.now > until) return this.leave(random)
      await this.payByHand(random)
    }
  }

  private refresh(key: string) {
    const input = { contractNo: this.contractNo, refresh: true }
    return this.run('contract', key, subscriber, (ctx) => readOwnContract(ctx, input))
  }

  private async leave(random: Random): Promise<void> {
    const { contractNo, book } = this
    if (random.happens(0.4))
      return this.act('subscriber', 'ends it at the provider', async () => book.end(contractNo, subscriber))
    await this.act('subscriber', 'ends it here', async (key) =>
      this.checkEnd(await this.run('contract', key, subscriber, (ctx) => endOwnContract(ctx, { contractNo }))),
    )
  }

  private async payByHand(random: Random): Promise<void> {
    const contract = this.contract()
    const charge = contract && openCharge(contract)
    if (!charge || charge.tries === 0 || random.happens(0.6)) return
    const choice = { orderNo: charge.orderNo, provider: 'alpha', channel: 'main' }
    await this.act('subscriber', `pays ${charge.orderNo} by hand`, async (key) => {
      const heard = await this.run('order', key, subscriber, (ctx) => payOrder(ctx, choice))
      if (!heard.ok) return
      this.world.reached.add('charge paid by hand')
      this.world.after(random.below(20 * minute), () => this.shop.banks.get('alpha')?.pay(heard.value.paymentNo))
    })
  }

  /** A shopper creates orders with the numbers that the next charge would use, as early as the server allows it. */
  private async squat(): Promise<void> {
    const { world } = this
    await world.sleep(hour)
    for (let nth = 1; world.now < this.liveUntil; nth++) {
      const contract = this.contract()
      const charge = contract && openCharge(contract)
      if (charge?.state === 'planned')
        await this.act('squatter', `takes numbers, ${nth}`, (key) => this.takeNumbers(key, charge.startsAt))
      await world.sleep(20 * hour)
    }
  }

  private async takeNumbers(key: string, startsAt: number): Promise<void> {
    this.world.reached.add('number of a charge taken by a shopper')
    for (let second = 0; second <= mostNumbers + 1; second++) {
      const orderNo = beijingDigits(startsAt + second * 1_000) + this.contractNo.slice(-8)
      await this.run('order', `${key} ${second}`, 'squatter', (ctx) =>
        createOrder(ctx, { orderNo, items: [{ sku: tea._id, quantity: 1 }] }),
      )
    }
  }

  private async staff(random: Random): Promise<void> {
    const { contractNo, world } = this
    await world.sleep(random.below(weeks * 7) * day)
    if (!this.contract()) return
    await this.act('staff', 'ends the contract', async (key) =>
      this.checkEnd(await this.runAsStaff('endContract', 'staff', key, (ctx) => endAsStaff(ctx, { contractNo }))),
    )
  }

  private checkEnd({ ok }: Heard<unknown>): void {
    const contract = this.contract()
    if (ok && contract && contract.ending === null && !isOver(contract))
      this.world.fail('an end that somebody heard of is stored', contract.state)
  }

  protected override onThanks(_bank: Bank, news: object): void {
    const { contractNo, paymentNo, outcome } = news as { contractNo?: string; paymentNo?: string; outcome: string }
    const contract = this.contract()
    if (!contract || casesOf(this).length > 0) return
    const isStored = outcome === 'signed' ? contract.state !== 'signing' : outcome !== 'ended' || isOver(contract)
    if (contractNo !== undefined && !isStored)
      this.world.fail('nothing is thanked that is not stored', `${contractNo} is ${contract.state}`)
    const order = this.shop.store.peek<Order>('orders', paymentNo?.slice(0, 22) ?? '')
    if (outcome === 'paid' && order?.payments.find(({ no }) => no === paymentNo)?.state !== 'paid')
      this.world.fail('nothing is thanked that is not stored', `${paymentNo} is not paid`)
  }

  override checkMore(): void {
    const { world, book } = this
    const contract = this.contract()
    if (!contract) return
    const signed = book.contracts.get(this.contractNo)
    const paid = [...book.debits.values()].filter(({ state }) => state === 'paid')
    if (signed && signed.payer !== contract.openid && (signed.endedAt === null || paid.length > 1))
      world.fail('a contract belongs to who signed it', `${signed.payer} pays for the contract of ${contract.openid}`)
    const periods = paid.map(({ paymentNo }) => this.periodOf(paymentNo))
    if (new Set(periods).size < periods.length)
      world.fail('one debit succeeds in a period', `periods ${periods.join(', ')}`)
    if (casesOf(this).length > 0) return
    if (signed?.endedAt != null && !isOver(contract)) world.fail('an end at the provider ends it here', contract.state)
    for (const { orderNo, state } of contract.charges) {
      const isPaid = this.shop.store.peek<Order>('orders', orderNo)?.state === 'paid'
      if (isPaid !== (state === 'paid'))
        world.fail(
          'a charge is paid where its order is',
          `${orderNo} is ${isPaid ? '' : 'not '}paid, its charge is ${state}`,
        )
    }
  }

  private periodOf(paymentNo: string): string | undefined {
    return this.shop.store.peek<Order>('orders', paymentNo.slice(0, 22))?.contract?.period
  }

  private checkCharges(contract: Contract, isSigned: boolean): void {
    const { world } = this
    if (!isSigned || casesOf(this).length > 0) return
    if (contract.ending !== null && contract.ending.at < world.now - day)
      world.fail('an end here ends it at the provider, or a person knows', `asked for at ${contract.ending.at}`)
    if (contract.ending !== null) return
    if (contract.state === 'signing') world.fail('who signed becomes a subscriber', 'it is still being signed')
    const charge = openCharge(contract)
    if (contract.state !== 'active' || !charge) return
    // A period is planned late if the subscriber paid the period before late. Its pre-debit notice is then late too, so
    // count the delay from the notice.
    const since = Math.max(charge.startsAt, charge.announcedAt ?? 0)
    const isLate = since < world.now - 4 * day && charge.tries === 0
    if (isLate) world.fail('each period is charged, or a person knows', `period ${charge.period} was never tried`)
  }
}

const isOver = ({ state }: Contract): boolean => state === 'ended' || state === 'failed'

// The bank that takes the debits has no bad habits, so it takes each debit once and with the right amount. Failing
// debits are simulated in papay.ts.
const steady = {
  closes: true,
  closesTooEarly: false,
  declinesTooEarly: false,
  chargesTwice: false,
  hidesAmount: false,
  wrongAmounts: false,
  outsideRefunds: false,
  losesLines: false,
} as const
