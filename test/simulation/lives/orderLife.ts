// A simulated life about one order. Shoppers tap twice, leave and come back. Staff refund at the same time, close
// orders and process cases again. The owner switches a provider off. An attacker forges notices. The timer runs.

import { isAppError } from '../../../cloudfunctions/shared/domain/errors'
import { type Order, refundableFen } from '../../../cloudfunctions/shared/domain/orders/orderShape'
import { isWaiting } from '../../../cloudfunctions/shared/domain/payment'
import { workDue } from '../../../cloudfunctions/shared/usecases/due/workDue'
import { createOrder } from '../../../cloudfunctions/shared/usecases/orders/createOrder'
import { cancelOrder, readOwnOrder } from '../../../cloudfunctions/shared/usecases/orders/ownOrders'
import { payOrder } from '../../../cloudfunctions/shared/usecases/orders/payOrder'
import { audited } from '../../../cloudfunctions/shared/usecases/staff/audited'
import { replayNotices } from '../../../cloudfunctions/shared/usecases/staff/manageNotices'
import { closeAsStaff, recheckOrder } from '../../../cloudfunctions/shared/usecases/staff/ordersAsStaff'
import { refundAsStaff } from '../../../cloudfunctions/shared/usecases/staff/refundsAsStaff'
import { beijingDigits } from '../../../miniprogram/rules/beijing'
import type { Bank } from '../bank'
import { casesOf } from '../invariants/invariants'
import type { Random } from '../random'
import { type AnyContext, tea } from '../shop'
import type { WorldOptions } from '../world'
import { habitsOf } from './habits'
import { type Heard, hour, Life, minute } from './life'
import { Owner, type OwnerDeed } from './owner'

const refund = audited('refund', refundAsStaff)
const close = audited('close', closeAsStaff)
const recheck = audited('recheck', recheckOrder)
const replay = audited('replay', replayNotices)

const shopper = 'shopper-a'
// The greatest age of the price in a new order. An instance caches the catalogue for a minute, or longer if its clock
// is set back in this time. The function may then run for some time before it creates the order.
const oldestPriceMs = 3 * minute
const waits = [200, 2_000, 20_000, 5 * minute, 29 * minute, 31 * minute, 45 * minute]

// A reply of the database arrives at most two seconds after the read.
const oldestReplyMs = 2_500

export class OrderLife extends Life {
  readonly orderNo: string
  /** for each attempt's number, the time at which the attempt ended in our record */
  private readonly endedAt = new Map<string, number>()

  constructor(options: WorldOptions, beginsMs = 0) {
    super(options, (random) => ({ surplus: random.pick(['wait', 'refund'] as const) }), 2 * hour, beginsMs)
    const { shop, random, world } = this
    shop.addBank('alpha', habitsOf(world, 'alpha', 'same'), this.notify)
    shop.addBank('beta', habitsOf(world, 'beta', 'new'), this.notify)
    this.orderNo =
      beijingDigits(world.now) +
      random
        .below(36 ** 8)
        .toString(36)
        .padStart(8, '0')
    this.actor('shopper', 1, (own) => this.shop1(own))
    this.actor('second phone', 0.2, (own) => this.secondPhone(own))
    this.actor('staff', 0.5, (own) => this.staff('staff', own))
    this.actor('other staff', 0.2, (own) => this.staff('other staff', own))
    this.actor('owner', 0.25, (own) => new Owner(this).changeSettings(own, this.ownerDeeds()))
    this.actor('owner with a new price', 0.15, (own) => this.changePrice(own))
    this.watchOrders()
    this.actor('attacker', 0.1, (own) => this.attacker(own))
    world.at(this.liveUntil + minute, () => void this.askAgain())
    this.startTimer()
  }

  private async changePrice(random: Random): Promise<void> {
    const { world, shop } = this
    for (const priceFen of [1_400, 1_100]) {
      await world.sleep(random.below(random.pick([200, 4_000])))
      await this.act('owner', `changes the price to ${priceFen} fen`, async () => shop.setPrice(priceFen))
    }
  }

  private watchOrders(): void {
    const { shop, world } = this
    const watch = shop.store.onWrite
    shop.store.onWrite = (collection, before, after) => {
      watch(collection, before, after)
      const { items = [], payments = [], domain } = after as Order
      for (const payment of payments)
        if (!isWaiting(payment) && !this.endedAt.has(payment.no)) this.endedAt.set(payment.no, world.now)
      // A connected system says the price of its own orders.
      const isNew = collection === 'orders' && !before && !domain
      if (isNew && !shop.hadPrice(items[0]?.priceFen ?? 0, world.now - oldestPriceMs))
        world.fail('no order is made at a price of long ago', `${after._id} costs ${items[0]?.priceFen} fen each`)
    }
  }

  /** Checks that the phone shows the amount that is stored. */
  private checkShown(heard: Heard<{ order: { amountFen: number } }>): void {
    const { world } = this
    const stored = this.order()
    if (heard.ok && stored && heard.value.order.amountFen !== stored.amountFen)
      world.fail(
        'the phone shows what is stored',
        `${heard.value.order.amountFen} fen instead of ${stored.amountFen} fen`,
      )
  }

  /**
   * Much later, the phone sends the request to create its order again. The phone must get the same order, whatever got
   * lost before.
   */
  private async askAgain(): Promise<void> {
    if (!this.order()) return
    const input = { orderNo: this.orderNo, items: [{ sku: tea._id, quantity: 2 }] }
    const heard = await this.run('order', 'phone asks again', shopper, (ctx) => createOrder(ctx, input))
    this.checkShown(heard)
    if (!heard.ok && isAppError(heard.error, 'Internal'))
      this.world.fail('asking again gives what is there', heard.error.message)
  }

  protected timerWork(ctx: AnyContext, hasTime: () => boolean): Promise<unknown> {
    return workDue(ctx, hasTime)
  }

  order(): Order | undefined {
    return this.shop.store.peek<Order>('orders', this.orderNo)
  }

  dueAt(): number | null {
    return this.shop.store.earliest('orders', 'dueAt')
  }

  protected override onThanks(_bank: Bank, news: object, sign: 'good' | 'bad'): void {
    const { paymentNo, refundNo, outcome } = news as { paymentNo?: string; refundNo?: string; outcome: string }
    const orderNo = (paymentNo ?? refundNo ?? '').slice(0, this.orderNo.length)
    const order = this.shop.store.peek<Order>('orders', orderNo)
    const refund = order?.refunds.find(({ no }) => no === refundNo)
    if (outcome === 'refunded' && refund?.state !== 'done' && casesOf(this).length === 0)
      this.world.fail('nothing is thanked that is not stored', `${refundNo} is ${refund?.state ?? 'not there'}`)
    const payment = order?.payments.find(({ no }) => no === paymentNo)
    if (sign === 'bad') this.world.fail('a forged notice is never thanked', JSON.stringify(news))
    if (paymentNo === undefined || outcome !== 'paid' || payment?.state === 'paid') return
    if (!casesOf(this).some((one) => one.orderNo === orderNo))
      this.world.fail('nothing is thanked that is not stored', `${paymentNo} is ${payment?.state ?? 'not there'}`)
  }

  private async shop1(random: Random): Promise<void> {
    const { orderNo, world } = this
    const shown = { amountFen: 2 * tea.priceFen, currency: tea.currency }
    const create = async (key: string) => {
      const items = [{ sku: tea._id, quantity: 2 }]
      const pay = random.happens(0.5) ? { ...this.way(random), ...shown } : undefined
      const paysAfter = this.patience(random)
      const heard = await this.run('order', key, shopper, (ctx) =>
        createOrder(ctx, { orderNo, items, ...(pay && { pay }) }),
      )
      this.checkShown(heard)
      if (!heard.ok || !heard.value.pay || !pay) return
      if (heard.value.order.amountFen !== shown.amountFen)
        world.fail('a payment begins at the price that was shown', `${heard.value.order.amountFen} fen`)
      this.open(key, pay.provider, { ...heard, value: heard.value.pay }, paysAfter)
    }
    for (let tries = 1; tries <= 4 && !this.order(); tries++) {
      await this.act('shopper', `creates the order, ${tries}`, (key) =>
        random.happens(0.15) ? Promise.all([create(key), create(`${key}b`)]) : create(key),
      )
      await world.sleep(random.below(3_000))
    }
    const rounds = 1 + random.below(3)
    for (let round = 1; round <= rounds; round++) {
      const { provider, channel } = this.way(random)
      await this.act('shopper', `pays, ${round}`, (key) =>
        random.happens(0.25)
          ? Promise.all([
              this.pay(`${key}a`, provider, channel, random),
              this.pay(`${key}b`, random.pick([provider, 'alpha', 'beta']), random.pick(['main', 'other']), random),
            ])
          : this.pay(key, provider, channel, random),
      )
      if (random.happens(0.4)) await this.act('shopper', `refreshes, ${round}`, (key) => this.refresh(key))
      await world.sleep(random.below(random.pick([1_000, 30_000, 12 * minute])))
    }
    if (random.happens(0.15))
      await this.act('shopper', 'cancels', (key) =>
        this.run('order', key, shopper, (ctx) => cancelOrder(ctx, { orderNo })),
      )
  }

  private async secondPhone(random: Random): Promise<void> {
    await this.world.sleep(random.below(35 * minute))
    await this.act('second phone', 'pays', (key) => this.pay(key, random.pick(['alpha', 'beta']), 'main', random))
    await this.act('second phone', 'refreshes', (key) => this.refresh(key))
  }

  private refresh(key: string) {
    return this.run('order', key, shopper, (ctx) => readOwnOrder(ctx, { orderNo: this.orderNo, refresh: true }))
  }

  private way(random: Random): { provider: string; channel: string } {
    return { provider: random.pick(['alpha', 'alpha', 'beta']), channel: random.pick(['main', 'main', 'other']) }
  }

  /** With a payInfo the shopper pays soon, late or never. @returns after how many ms they pay; undefined: never */
  private patience(random: Random): number | undefined {
    return random.happens(0.8) ? random.below(random.pick(waits)) + 1 : undefined
  }

  /** Requests the payment sheet. */
  private async pay(key: string, provider: string, channel: string, random: Random): Promise<void> {
    const { orderNo } = this
    const paysAfter = this.patience(random)
    const heard = await this.run('order', key, shopper, (ctx) => payOrder(ctx, { orderNo, provider, channel }))
    if (heard.ok) this.open(key, provider, heard, paysAfter)
  }

  private open(
    key: string,
    provider: string,
    { value: { paymentNo }, ordersSeenAt }: { value: { paymentNo: string }; ordersSeenAt: number },
    paysAfter: number | undefined,
  ): void {
    const { world, shop } = this
    if (paysAfter === undefined) return
    if (!this.order()?.payments.some(({ no }) => no === paymentNo))
      world.fail('a payInfo leaves only for what is stored', paymentNo)
    // A call that waited too long answers before its work is done. This work may read orders after the answer was decided.
    const seenAt = world.lostPatience ? world.now - oldestReplyMs : ordersSeenAt
    if ((this.endedAt.get(paymentNo) ?? world.now) < seenAt)
      world.fail('a payInfo leaves only for an attempt that waits', paymentNo)
    world.after(paysAfter, () => {
      if (world.may(`${key} sheet`)) shop.bankWith(provider, paymentNo)?.pay(paymentNo)
    })
  }

  private async staff(name: string, random: Random): Promise<void> {
    const { orderNo, world } = this
    const deeds = 1 + random.below(3)
    for (let nth = 1; nth <= deeds; nth++) {
      await world.sleep(random.below(random.pick([minute, 10 * minute, 50 * minute])))
      const deed = random.pick(['refund', 'refund', 'refund', 'recheck', 'recheck', 'close', 'replay'])
      if (deed === 'refund') await this.refund(name, nth, random)
      else if (deed === 'recheck')
        await this.act(name, `rechecks, ${nth}`, (key) =>
          this.runAsStaff('recheck', name, key, (ctx) => recheck(ctx, { orderNo })),
        )
      else if (deed === 'close')
        await this.act(name, `closes, ${nth}`, (key) =>
          this.runAsStaff('close', name, key, (ctx) => close(ctx, { orderNo })),
        )
      else await this.replay(name, nth)
    }
  }

  private async refund(name: string, nth: number, random: Random): Promise<void> {
    const { orderNo, world } = this
    const order = this.order()
    const paid = order?.payments.find(({ state }) => state === 'paid')
    const isTwice = random.happens(0.4)
    const part = random.pick([1, 0.4, 0.6])
    if (!order || !paid) return
    const amountFen = Math.max(1, Math.floor(Math.max(refundableFen(order, paid.no), 100) * part))
    const input = { orderNo, requestId: `${name}-${nth}`, paymentNo: paid.no, amountFen, reason: 'asked' as const }
    const send = (key: string) => this.runAsStaff('refund', name, key, (ctx) => refund(ctx, input))
    await this.act(name, `refunds ${amountFen} fen of ${paid.no}, ${nth}`, async (key) => {
      const heard = await (isTwice ? Promise.all([send(key), send(`${key}b`)]) : send(key).then((one) => [one]))
      // The caller got no answer, so send the same request again.
      if (heard.some(({ ok }) => !ok) && random.happens(0.5)) {
        await world.sleep(random.below(90_000))
        await send(`${key}c`)
      }
    })
  }

  private replay(name: string, nth: number) {
    const [first] = casesOf(this).filter(({ received = [] }) => received.length > 0)
    if (!first) return
    return this.act(name, `replays a case, ${nth}`, (key) =>
      this.runAsStaff('replay', name, key, (ctx) => replay(ctx, { which: { ids: [first._id] } })),
    )
  }

  /** The changes of settings that the owner can make in this kind of life. */
  protected ownerDeeds(): readonly OwnerDeed[] {
    return ['off', 'off', 'keys', 'merchant']
  }

  private async attacker(random: Random): Promise<void> {
    await this.world.sleep(random.below(30 * minute))
    const bank = this.shop.banks.get('alpha')
    const payment = this.order()?.payments[0]
    if (!bank || !payment) return
    this.world.reached.add('forged notice')
    const news = { paymentNo: payment.no, outcome: 'paid', amountFen: payment.amountFen, currency: 'CNY' }
    await this.act('attacker', 'forges a notice', (key) => this.deliver(bank, news, key, 'bad'))
  }
}
