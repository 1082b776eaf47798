// A shop with plans, in memory, for tests of contracts: database, clock, WeChat's rules for contracts, and a provider
// for payments that subscribers make by hand.

import type { Contract } from '../../cloudfunctions/shared/domain/contractShape'
import type { Order } from '../../cloudfunctions/shared/domain/orders/orderShape'
import type { Notice } from '../../cloudfunctions/shared/providers/provider'
import { type Plan, termsOf } from '../../cloudfunctions/shared/store/plans'
import { openContract } from '../../cloudfunctions/shared/usecases/contracts/openContract'
import { workDue } from '../../cloudfunctions/shared/usecases/due/workDue'
import { workDueContracts } from '../../cloudfunctions/shared/usecases/due/workDueContracts'
import type { ShopperContext, ShopSettings } from '../../cloudfunctions/shared/usecases/platform/context'
import { receiveNotice } from '../../cloudfunctions/shared/usecases/settle/receiveNotice'
import { beijingDigits } from '../../miniprogram/rules/beijing'
import { emptySettingsEditor } from './fakes/emptySettingsEditor'
import { noMessages } from './fakes/fakeMessages'
import { createFakePapay, type FakePapay } from './fakes/fakePapay'
import { createFakeProvider, type FakeProvider } from './fakes/fakeProvider'
import { createMemoryDatabase, type MemoryDatabase } from './fakes/memoryDatabase'
import { createMemoryFiles } from './fakes/memoryFiles'
import { noShipping } from './fakes/noShipping'
import { noWebhooks } from './fakes/noWebhooks'
import { realMeasures } from './fakes/realMeasures'
import { settingsOf } from './fakes/settingsOf'
import { monthlyTerms } from './terms'

export interface Club {
  db: MemoryDatabase
  hand: FakeProvider
  papay: FakePapay
  ctx: ShopperContext
  settings: ShopSettings
  as(openid: string): ShopperContext
  now: number
  contract(contractNo: string): Contract
  order(orderNo: string): Order | undefined
  /** runs the timer once; ignores work that fails */
  tick(): Promise<void>
  /** moves the clock from one due time to the next and runs the timer at each, until the time `at` */
  until(at: number, atMost?: number): Promise<void>
  nextDueAt(): number | null
  /** delivers WeChat's notification; true if the shop confirmed it */
  notify(notice: Notice, sign?: string): Promise<boolean>
  notifyDebit(paymentNo: string): Promise<boolean>
  notifySigned(contractNo: string): Promise<boolean>
  newNumber(): string
  /** opens a contract, signs it at once, and delivers the notification */
  subscribe(plan?: string): Promise<string>
  logged: string[]
}

export const minute = 60_000
export const hour = 60 * minute
export const day = 24 * hour
export const beijing = (text: string): number => Date.parse(`${text}+08:00`)

const { plan: _, ...terms } = monthlyTerms

export const monthly: Plan = {
  ...terms,
  _id: 'monthly',
  version: 1,
  title: '每月一茶',
  titleEn: 'Tea of the month',
  template: '100001',
  provider: 'papay',
  onSale: true,
  rank: 1,
}

/**
 * @param shares true: the database returns documents without copying them. This is faster, and safe for code that never
 *   changes them
 */
export function openClub(startAt: number, plans: readonly Plan[] = [monthly], shares = false): Club {
  const db = createMemoryDatabase(shares)
  const hand = createFakeProvider()
  const papay = createFakePapay(hand.provider)
  for (const plan of plans) {
    db.put('plans', plan)
    const { amountKind: kind, ceilingFen: fen, debitRule: rule, period, template } = plan
    papay.templates.set(template, { rule, period, amount: { kind, fen } })
  }
  const settings: ShopSettings = {
    publicUrl: 'http://shop.test',
    orderMinutes: 30,
    surplus: 'wait',
    retryDays: [1, 3, 5],
    graceDays: 7,
    externalWays: true,
    virtualExempt: false,
    shipping: 'off',
    limits: { openOrders: 20, attemptsPerHour: 60, waitingAttempts: 5, ordersPerAddress: 100 },
  }
  const logged: string[] = []
  const enabled = [{ definition: hand.definition, provider: hand.provider }, papay.enabled]
  let serial = 0
  const as = (openid: string): ShopperContext => ({
    openid,
    drawCode: () => undefined,
    now: () => club.now,
    db,
    files: createMemoryFiles(),
    shipping: noShipping,
    messages: noMessages,
    settings: emptySettingsEditor,
    webhooks: noWebhooks,
    ...realMeasures,
    forged: new Map(),
    shop: async () => settings,
    ...settingsOf(enabled),
    refreshSettings: async () => false,
    products: async () => [],
    log: (event, fields) => void logged.push(JSON.stringify({ event, ...fields })),
  })
  const ctx = as('shopper-a')
  const club: Club = {
    db,
    hand,
    papay,
    ctx,
    settings,
    as,
    now: startAt,
    logged,
    contract: (contractNo) => db.peek<Contract>('contracts', contractNo) as Contract,
    order: (orderNo) => db.peek<Order>('orders', orderNo),
    async tick() {
      // Skip a queue in which nothing is due. A test makes many thousand runs, and in most of them both queues have
      // nothing due.
      const isDue = (name: string) =>
        db.peekAll<Order | Contract>(name).some(({ dueAt }) => dueAt !== null && dueAt <= club.now)
      if (isDue('orders')) await workDue(ctx, () => true).catch(() => undefined)
      if (isDue('contracts')) await workDueContracts(ctx, () => true).catch(() => undefined)
    },
    async until(at, atMost = 500) {
      for (let runs = 0; runs < atMost; runs++) {
        const dueAt = club.nextDueAt()
        if (dueAt === null || Math.max(dueAt, club.now) > at) break
        // The timer runs on whole minutes, so its next run is at least a minute later.
        club.now = Math.max(dueAt, club.now + (runs === 0 ? 0 : minute))
        await club.tick()
      }
      club.now = Math.max(club.now, at)
    },
    nextDueAt() {
      const times = ['orders', 'contracts']
        .flatMap((name) => db.peekAll<Order | Contract>(name))
        .map(({ dueAt }) => dueAt)
        .filter((dueAt) => dueAt !== null)
      return times.length === 0 ? null : Math.min(...times)
    },
    async notify(notice, sign = 'good') {
      const { statusCode } = await receiveNotice(ctx, 'papay', {
        method: 'POST',
        path: '/notify/papay',
        query: {},
        headers: { sign },
        body: Buffer.from(JSON.stringify(notice)),
      })
      return statusCode === 200
    },
    notifyDebit: (paymentNo) =>
      club.notify({ about: 'payment', paymentNo, report: papay.debitReport(paymentNo, club.now) }),
    notifySigned: (contractNo) => club.notify({ about: 'contract', contractNo, report: papay.signNotice(contractNo) }),
    newNumber() {
      serial += 1
      return beijingDigits(club.now) + serial.toString(36).padStart(8, '0')
    },
    async subscribe(plan = 'monthly') {
      const contractNo = club.newNumber()
      await openContract(ctx, { contractNo, plan })
      const asked = plans.find(({ _id }) => _id === plan)
      papay.sign(contractNo, asked ? termsOf(asked).template : '', ctx.openid, club.now)
      await club.notifySigned(contractNo)
      return contractNo
    },
  }
  return club
}
