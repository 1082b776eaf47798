// Tests a contract from the signing to the end: the shopper signs, is charged by the rules, and ends the contract.
// Checks the shopper's rights and the money at each step.
import * as fc from 'fast-check'
import type { Contract } from '../../../cloudfunctions/shared/domain/contractShape'
import { AppError } from '../../../cloudfunctions/shared/domain/errors'
import type { Order } from '../../../cloudfunctions/shared/domain/orders/orderShape'
import type { Database } from '../../../cloudfunctions/shared/store/database'
import type { KeptNotice } from '../../../cloudfunctions/shared/store/notices'
import type { Product } from '../../../cloudfunctions/shared/store/products'
import { checkCharge } from '../../../cloudfunctions/shared/usecases/contracts/checkCharge'
import { listPlans } from '../../../cloudfunctions/shared/usecases/contracts/listPlans'
import { openContract } from '../../../cloudfunctions/shared/usecases/contracts/openContract'
import {
  endOwnContract,
  listOwnContracts,
  readOwnContract,
} from '../../../cloudfunctions/shared/usecases/contracts/ownContracts'
import { workDueContracts } from '../../../cloudfunctions/shared/usecases/due/workDueContracts'
import { createOrder } from '../../../cloudfunctions/shared/usecases/orders/createOrder'
import { cancelOrder, readOwnOrder } from '../../../cloudfunctions/shared/usecases/orders/ownOrders'
import { payOrder } from '../../../cloudfunctions/shared/usecases/orders/payOrder'
import type { ShopperContext } from '../../../cloudfunctions/shared/usecases/platform/context'
import {
  endContractAsStaff,
  listContractsAsStaff,
} from '../../../cloudfunctions/shared/usecases/staff/contractsAsStaff'
import { beijing, type Club, day, hour, minute, monthly, openClub } from '../../support/club'

const start = beijing('2026-01-31T10:00:00')

const codeOf = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work
    return 'ok'
  } catch (error) {
    return error instanceof AppError ? error.code : String(error)
  }
}

const view = async (club: Club, contractNo: string, refresh = false) =>
  (await readOwnContract(club.ctx, { contractNo, refresh })).contract

/** Lets time pass. Debits get their results, and their notifications are delivered. */
async function live(club: Club, until: number): Promise<void> {
  while (club.now < until) {
    await club.until(Math.min(until, club.now + hour))
    for (const { out_trade_no } of club.papay.taken) await club.notifyDebit(out_trade_no)
  }
}

const days = (club: Club): string[] =>
  club.papay.taken.map(({ createdAt }) => new Date(createdAt + 8 * hour).toISOString().slice(0, 10))

describe('signing', () => {
  it('is active only when WeChat says so, and the first charge follows at once', async () => {
    const club = openClub(start)
    const contractNo = club.newNumber()
    const opened = await openContract(club.ctx, { contractNo, plan: 'monthly' })
    expect(opened.contract.state).toBe('signing')
    expect(opened.signing?.extraData).toMatchObject({ contract_code: contractNo })
    expect((await view(club, contractNo, true)).state).toBe('signing')
    club.papay.sign(contractNo, monthly.template, 'shopper-a', club.now)
    club.now += 4_000
    expect((await view(club, contractNo, true)).state).toBe('active')
    await live(club, club.now + hour)
    expect((await view(club, contractNo)).charges).toMatchObject([{ period: 0, state: 'paid', tries: 1 }])
  })

  it('a double tap is one contract, and a shopper who has the plan gets the existing contract', async () => {
    const club = openClub(start)
    const contractNo = club.newNumber()
    club.db.luck = () => 'lostReply'
    await openContract(club.ctx, { contractNo, plan: 'monthly' })
    club.db.luck = () => 'fine'
    await openContract(club.ctx, { contractNo, plan: 'monthly' })
    expect(club.db.all('contracts')).toHaveLength(1)
    club.papay.sign(contractNo, monthly.template, 'shopper-a', club.now)
    // The notification got lost. A request for another contract must therefore first query WeChat about the first
    // contract.
    club.now += minute
    const again = await openContract(club.ctx, { contractNo: club.newNumber(), plan: 'monthly' })
    expect(again).toMatchObject({ signing: null, contract: { contractNo, state: 'active' } })
  })

  it('an abandoned signing fails by itself, and one that was signed after all is active', async () => {
    const club = openClub(start)
    const contractNo = club.newNumber()
    await openContract(club.ctx, { contractNo, plan: 'monthly' })
    await club.until(club.now + hour)
    expect(await view(club, contractNo)).toMatchObject({ state: 'failed', maySign: false })
    expect(club.nextDueAt()).toBeNull()
    expect(await codeOf(openContract(club.ctx, { contractNo, plan: 'monthly' }))).toBe('Conflict')
    club.papay.sign(contractNo, monthly.template, 'shopper-a', club.now)
    expect(await club.notifySigned(contractNo)).toBe(true)
    expect((await view(club, contractNo)).state).toBe('active')
  })

  it('reports a wrong number or plan, and gives no detail of other people’s contracts', async () => {
    const club = openClub(start, [monthly, { ...monthly, _id: 'old', onSale: false }])
    const contractNo = await club.subscribe()
    const other = club.as('shopper-b')
    expect(await codeOf(openContract(other, { contractNo, plan: 'monthly' }))).toBe('Conflict')
    expect(await codeOf(readOwnContract(other, { contractNo }))).toBe('NotFound')
    expect(await codeOf(endOwnContract(other, { contractNo }))).toBe('NotFound')
    for (const plan of ['old', 'none', 'constructor'])
      expect(await codeOf(openContract(other, { contractNo: club.newNumber(), plan }))).toBe('BadInput')
    expect(await codeOf(openContract(other, { contractNo: '99991231000000aaaaaaaa', plan: 'monthly' }))).toBe(
      'BadInput',
    )
    expect((await listOwnContracts(other, {})).contracts).toEqual([])
    expect((await listPlans(club.ctx)).plans.map(({ plan }) => plan)).toEqual(['monthly'])
  })
})

describe('notifications of a contract', () => {
  it('that are forged, unknown or of another plan change nothing and are not confirmed', async () => {
    const club = openClub(start)
    const contractNo = club.newNumber()
    await openContract(club.ctx, { contractNo, plan: 'monthly' })
    const report = { outcome: 'signed' as const, theirNo: 'c1', template: monthly.template, at: club.now, raw: null }
    const before = club.contract(contractNo)
    expect(await club.notify({ about: 'contract', contractNo, report }, 'bad')).toBe(false)
    expect(await club.notify({ about: 'contract', contractNo, report: { ...report, template: 'x' } })).toBe(false)
    expect(await club.notify({ about: 'contract', contractNo: club.newNumber(), report })).toBe(false)
    expect(club.contract(contractNo)).toBe(before)
    expect(club.db.all<KeptNotice>('notices').map(({ kind }) => kind)).toEqual(['forged', 'mismatched', 'unmatched'])
  })

  it('a repeat of the signing after the end changes nothing, a new signing is a case', async () => {
    const club = openClub(start)
    const contractNo = await club.subscribe()
    const signed = club.papay.signNotice(contractNo)
    await live(club, club.now + hour)
    club.papay.terminate(contractNo, club.now)
    await club.notify({ about: 'contract', contractNo, report: club.papay.signNotice(contractNo) })
    expect(await view(club, contractNo)).toMatchObject({ state: 'ended', endedBy: 'wechat' })
    expect(await club.notify({ about: 'contract', contractNo, report: signed })).toBe(true)
    expect(club.db.all('notices')).toEqual([])
    await club.notify({ about: 'contract', contractNo, report: { ...signed, at: club.now + minute } })
    expect(club.db.all<KeptNotice>('notices')).toMatchObject([{ kind: 'contradiction' }])
    expect((await view(club, contractNo)).state).toBe('ended')
  })
})

describe('a second contract of the same plan', () => {
  it('that WeChat signs while the first one is active is ended again, and never charged', async () => {
    const club = openClub(start)
    const second = club.newNumber()
    await openContract(club.ctx, { contractNo: second, plan: 'monthly' })
    const first = await club.subscribe()
    const report = { outcome: 'signed' as const, theirNo: 'c2', template: monthly.template, at: club.now, raw: null }
    expect(await club.notify({ about: 'contract', contractNo: second, report })).toBe(true)
    expect(club.contract(second)).toMatchObject({ ending: { by: 'system' } })
    expect(await view(club, first)).toMatchObject({ state: 'active' })
    await live(club, start + 3 * day)
    expect(club.contract(second).charges).toEqual([])
    expect(club.contract(first).charges).toMatchObject([{ state: 'paid' }])
  })

  it('is kept if WeChat says that the first one has ended', async () => {
    const club = openClub(start)
    const second = club.newNumber()
    await openContract(club.ctx, { contractNo: second, plan: 'monthly' })
    const first = await club.subscribe()
    club.papay.terminate(first, club.now)
    club.papay.sign(second, monthly.template, club.ctx.openid, club.now)
    expect(await club.notifySigned(second)).toBe(true)
    expect(await view(club, first)).toMatchObject({ state: 'ended', endedBy: 'wechat' })
    expect(await view(club, second)).toMatchObject({ state: 'active' })
  })

  it('queries the first one at the merchant where it was signed', async () => {
    const club = openClub(start)
    const second = club.newNumber()
    await openContract(club.ctx, { contractNo: second, plan: 'monthly' })
    const first = await club.subscribe()
    club.papay.terminate(first, club.now)
    club.papay.sign(second, monthly.template, club.ctx.openid, club.now)
    const { provider, definition } = club.papay.enabled
    const contracts = provider.contracts && {
      ...provider.contracts,
      query: async () => ({ outcome: 'unknown' as const, raw: null }),
    }
    const another = { definition, generation: 2, provider: { ...provider, ...(contracts && { contracts }) } }
    Object.assign(club.ctx, { sources: async () => [another] })
    expect(await club.notifySigned(second)).toBe(true)
    expect(await view(club, first)).toMatchObject({ state: 'ended' })
    expect(await view(club, second)).toMatchObject({ state: 'active' })
  })
})

it('a signing that began at another merchant is not continued', async () => {
  const club = openClub(start)
  const contractNo = club.newNumber()
  await openContract(club.ctx, { contractNo, plan: 'monthly' })
  const newest = { ...club.papay.enabled, generation: 2, own: new Set([2]) }
  Object.assign(club.ctx, { provider: async () => newest })
  await expect(openContract(club.ctx, { contractNo, plan: 'monthly' })).rejects.toMatchObject({ code: 'Conflict' })
  const anew = await openContract(club.ctx, { contractNo: club.newNumber(), plan: 'monthly' })
  expect(anew.signing).not.toBeNull()
})

describe('a contract that another person signed', () => {
  const openedBy = async (club: Club): Promise<string> => {
    const contractNo = club.newNumber()
    await openContract(club.ctx, { contractNo, plan: 'monthly' })
    return contractNo
  }

  const endsUncharged = async (club: Club, contractNo: string): Promise<void> => {
    expect(club.contract(contractNo)).toMatchObject({ state: 'failed', ending: { by: 'system' } })
    await live(club, club.now + 3 * day)
    expect(club.contract(contractNo)).toMatchObject({ state: 'ended', charges: [] })
    expect(club.papay.signNotice(contractNo).outcome).toBe('ended')
    expect(club.papay.taken).toEqual([])
    expect(club.db.all<KeptNotice>('notices').map(({ kind, reason }) => `${kind}: ${reason}`)).toEqual([
      'mismatched: signer differs',
    ])
  }

  it('is never active after its notification: it is ended at WeChat, becomes a case, and is never charged', async () => {
    const club = openClub(start)
    const contractNo = await openedBy(club)
    club.papay.sign(contractNo, monthly.template, 'victim', club.now)
    expect(await club.notifySigned(contractNo)).toBe(true)
    expect(await club.notifySigned(contractNo)).toBe(true)
    await endsUncharged(club, contractNo)
    // WeChat may repeat a notification much later.
    expect(await club.notifySigned(contractNo)).toBe(true)
    expect(club.contract(contractNo).state).toBe('ended')
  })

  it('is never active after a query, and the person who opened it may open and sign another one', async () => {
    const club = openClub(start)
    const contractNo = await openedBy(club)
    club.papay.sign(contractNo, monthly.template, 'victim', club.now)
    club.now += 4_000
    expect((await view(club, contractNo, true)).state).toBe('failed')
    await endsUncharged(club, contractNo)
    const own = await club.subscribe()
    expect(await view(club, own)).toMatchObject({ state: 'active' })
  })

  it('is found by the timer if no notification arrives', async () => {
    const club = openClub(start)
    const contractNo = await openedBy(club)
    club.papay.sign(contractNo, monthly.template, 'victim', club.now)
    await club.until(club.now + 2 * minute, 1)
    await endsUncharged(club, contractNo)
  })

  it('and that was active before signers were compared is ended as soon as WeChat names the signer', async () => {
    const club = openClub(start)
    const contractNo = await club.subscribe()
    await live(club, start + hour)
    const report = { ...club.papay.signNotice(contractNo), payer: 'victim' }
    expect(await club.notify({ about: 'contract', contractNo, report })).toBe(true)
    await live(club, start + 60 * day)
    expect(club.contract(contractNo)).toMatchObject({ state: 'ended', endedBy: 'system' })
    expect(club.papay.taken).toHaveLength(1)
  })
})

/** An order that is not a charge of this contract. */
const foreignOrder = (_id: string) => ({ _id, version: 1, dueAt: null, payments: [], state: 'open' }) as never

const tea: Product = {
  _id: 'tea',
  version: 1,
  title: '茶',
  titleEn: 'Tea',
  note: '',
  noteEn: '',
  priceFen: 100,
  currency: 'CNY',
  onSale: true,
  rank: 1,
}

/** The same database, but a scheduler decides in which order its answers come. */
const interleaved = (db: Club['db'], scheduler: fc.Scheduler): Database => ({
  ...db,
  get: (...args) => scheduler.schedule(db.get(...args)) as never,
  find: (...args) => scheduler.schedule(db.find(...args)) as never,
  insert: (...args) => scheduler.schedule(Promise.resolve()).then(() => db.insert(...args)),
  insertAll: (...args) => scheduler.schedule(Promise.resolve()).then(() => db.insertAll(...args)),
  change: (...args) => scheduler.schedule(Promise.resolve()).then(() => db.change(...args)),
  changeAll: (...args) => scheduler.schedule(Promise.resolve()).then(() => db.changeAll(...args)),
})

describe('charging', () => {
  it('a month is announced two days before and charged on its day, also at ends of months and in leap years', async () => {
    const club = openClub(beijing('2027-12-31T10:00:00'))
    const contractNo = await club.subscribe()
    await live(club, beijing('2028-06-01T00:00:00'))
    expect(days(club)).toEqual(['2027-12-31', '2028-01-31', '2028-02-29', '2028-03-31', '2028-04-30', '2028-05-31'])
    expect(club.papay.broken).toEqual([])
    const { charges, next } = await view(club, contractNo)
    expect(charges.map(({ state }) => state)).toEqual(Array(6).fill('paid'))
    expect(charges[0]?.announcedAt).toBe(beijing('2028-05-29T10:00:00'))
    expect(next).toMatchObject({ at: beijing('2028-06-30T10:00:00'), amountFen: 3_800, announcedAt: null })
  })

  it('with WeChat’s notice of one day, the money arrives when the period begins', async () => {
    const plan = { ...monthly, debitRule: 'notice24h' as const, trialDays: 7 }
    const club = openClub(beijing('2026-03-01T23:30:00'), [plan])
    const contractNo = await club.subscribe()
    await live(club, beijing('2026-05-10T00:00:00'))
    const paid = (await view(club, contractNo)).charges.map(({ paidAt }) => paidAt)
    expect(paid).toEqual([
      beijing('2026-05-08T23:30:00'),
      beijing('2026-04-08T23:30:00'),
      beijing('2026-03-08T23:30:00'),
    ])
    expect(club.papay.broken).toEqual([])
  })

  it('with an empty wallet a charge is tried again on days 1, 3 and 5 with new numbers, then waits for a payment by hand', async () => {
    const club = openClub(start)
    const contractNo = await club.subscribe()
    await live(club, club.now + hour)
    club.papay.word = () => 'NOTENOUGH'
    await live(club, beijing('2026-03-05T20:00:00'))
    expect(days(club)).toEqual(['2026-01-31', '2026-02-28', '2026-03-01', '2026-03-03', '2026-03-05'])
    expect(new Set(club.papay.taken.map(({ out_trade_no }) => out_trade_no)).size).toBe(5)
    const missed = await view(club, contractNo)
    expect(missed).toMatchObject({ state: 'pastDue', next: null, missed: { amountFen: 3_800, cause: 'funds' } })
    const orderNo = missed.missed?.orderNo ?? ''
    expect((await readOwnOrder(club.ctx, { orderNo })).order).toMatchObject({
      state: 'open',
      mayPay: true,
      mayCancel: false,
      contractNo,
      expiresAt: missed.missed?.payBy,
    })
    expect(await codeOf(cancelOrder(club.ctx, { orderNo }))).toBe('Conflict')
    const { paymentNo } = await payOrder(club.ctx, { orderNo, provider: 'fake', channel: 'main' })
    club.hand.pay(paymentNo)
    await readOwnOrder(club.ctx, { orderNo, refresh: true })
    club.papay.word = () => 'SUCCESS'
    await live(club, beijing('2026-04-01T00:00:00'))
    const after = await view(club, contractNo)
    expect(after.state).toBe('active')
    expect(after.charges.map(({ state, byHand }) => [state, byHand])).toEqual([
      ['paid', false],
      ['paid', true],
      ['paid', false],
    ])
    expect(club.papay.broken).toEqual([])
  })

  it('a contract that is not paid by hand in time ends, and its order closes', async () => {
    const club = openClub(start)
    const contractNo = await club.subscribe()
    await live(club, club.now + hour)
    club.papay.word = () => 'NOTENOUGH'
    await live(club, beijing('2026-03-14T00:00:00'))
    expect(await view(club, contractNo)).toMatchObject({ state: 'ended', endedBy: 'unpaid', missed: null })
    expect(club.papay.signNotice(contractNo).outcome).toBe('ended')
    expect(club.order(club.contract(contractNo).charges[1]?.orderNo ?? '')?.state).toBe('closed')
    expect(club.nextDueAt()).toBeNull()
  })

  it('a missed charge can be paid by hand also by somebody who just made as many orders as are counted', async () => {
    const club = openClub(start)
    club.settings.limits = { ...club.settings.limits, openOrders: 1, attemptsPerHour: 1 }
    const contractNo = await club.subscribe()
    await live(club, club.now + hour)
    club.papay.word = () => 'NOTENOUGH'
    await live(club, beijing('2026-03-05T20:00:00'))
    for (let made = 0; made < 2; made++) {
      const orderNo = club.newNumber()
      await createOrder(
        { ...club.ctx, products: async () => [tea] },
        { orderNo, items: [{ sku: tea._id, quantity: 1 }] },
      )
      await cancelOrder(club.ctx, { orderNo })
    }
    const { missed } = await view(club, contractNo)
    const paid = payOrder(club.ctx, { orderNo: missed?.orderNo ?? '', provider: 'fake', channel: 'main' })
    expect(await codeOf(paid)).toBe('ok')
  })

  it('nobody can pay by hand while a debit is on its way', async () => {
    const club = openClub(start, [{ ...monthly, debitRule: 'notice24h', trialDays: 3 }])
    const contractNo = await club.subscribe()
    await club.until(start + 2 * day + hour)
    const charge = club.contract(contractNo).charges[0]
    expect(charge?.state).toBe('charging')
    const orderNo = charge?.orderNo ?? ''
    await expect(payOrder(club.ctx, { orderNo, provider: 'fake', channel: 'main' })).rejects.toMatchObject({
      code: 'Conflict',
      message: 'the order is being charged',
    })
    expect((await readOwnOrder(club.ctx, { orderNo })).order).toMatchObject({ mayPay: false, confirming: true })
  })

  it('a debit with WeChat’s system error is closed before another number is tried', async () => {
    const club = openClub(start)
    const contractNo = await club.subscribe()
    let words = 0
    club.papay.word = () => (words++ === 0 ? 'SYSTEMERROR' : 'SUCCESS')
    await live(club, club.now + 6 * hour)
    expect(club.papay.taken.map(({ out_trade_no }) => out_trade_no.slice(-2))).toEqual(['01', '02'])
    expect((await view(club, contractNo)).charges).toMatchObject([{ state: 'paid', tries: 2 }])
    expect(club.papay.broken).toEqual([])
  })

  it('an instance that was held up after a query does not send the debit if another one has sent it since', async () => {
    const club = openClub(start)
    const contractNo = await club.subscribe()
    let sent = 0
    club.papay.line = (call) => {
      if (call === 'debit') sent += 1
      return call === 'debit' ? 'down' : 'fine'
    }
    await club.tick()
    expect(sent).toBe(1)
    club.now += 10 * minute
    const { provider } = club.papay.enabled
    const { query } = provider
    provider.query = async (payment) => {
      provider.query = query
      const answer = await query(payment)
      // Wait 3 s, because the server would not send a second query before that.
      club.now += 3_000
      await checkCharge(club.ctx, club.contract(contractNo))
      expect(sent).toBe(2)
      club.now += 10 * minute
      return answer
    }
    await checkCharge(club.ctx, club.contract(contractNo))
    expect(sent).toBe(2)
  })

  it('after the timer stood still every missed period is charged, never two on one day', async () => {
    const club = openClub(start)
    const contractNo = await club.subscribe()
    await live(club, club.now + hour)
    club.now = beijing('2026-05-01T09:00:00')
    await live(club, beijing('2026-09-02T00:00:00'))
    const { charges } = await view(club, contractNo)
    expect(charges.map(({ period, state }) => [period, state])).toEqual(
      [7, 6, 5, 4, 3, 2, 1, 0].map((period) => [period, 'paid']),
    )
    expect(new Set(days(club)).size).toBe(8)
    expect(club.papay.broken).toEqual([])
  })

  it('a charge whose number another order has takes the next number, and makes a case at the second', async () => {
    for (const takenBefore of [0, 1, 2, 5]) {
      const club = openClub(start)
      const contractNo = await club.subscribe()
      for (let index = 0; index < takenBefore; index++)
        club.db.put('orders', foreignOrder(contractNo.slice(0, 12) + (60 + index) + contractNo.slice(14)))
      await live(club, club.now + hour)
      const expected = contractNo.slice(0, 12) + (60 + takenBefore) + contractNo.slice(14)
      expect(club.contract(contractNo).charges).toMatchObject([{ state: 'paid', orderNo: expected }])
      expect(club.papay.taken).toHaveLength(1)
      const cases = club.db.all<KeptNotice>('notices').map(({ kind, reason }) => `${kind}: ${reason}`)
      expect(cases).toEqual(takenBefore < 2 ? [] : ['stuck: numbers of its charges are taken'])
    }
  })

  it('a shopper can create no order under any number that a charge may have', async () => {
    const club = openClub(start)
    club.settings.limits = { ...club.settings.limits, openOrders: 100 }
    const contractNo = await club.subscribe()
    const shopper: ShopperContext = { ...club.ctx, products: async () => [tea] }
    const items = [{ sku: tea._id, quantity: 1 }]
    for (let second = 0; second < 100; second++) {
      const orderNo = contractNo.slice(0, 12) + String(second).padStart(2, '0') + contractNo.slice(14)
      expect(await codeOf(createOrder(shopper, { orderNo, items }))).toBe(second < 60 ? 'ok' : 'BadInput')
    }
    await live(club, start + 100 * day)
    expect(club.contract(contractNo).charges.map(({ state }) => state)).toEqual(['paid', 'paid', 'paid', 'paid'])
    expect(club.db.all('notices')).toEqual([])
  })

  it('a charge that was planned under an older kind of number is made, even if a shopper’s order has that number', async () => {
    const club = openClub(start)
    const contractNo = await club.subscribe()
    await live(club, start + 27 * day)
    const planned = club.contract(contractNo)
    const orderNo = `20260228100000${contractNo.slice(-8)}`
    club.db.put('contracts', {
      ...planned,
      charges: planned.charges.map((charge) => (charge.period === 1 ? { ...charge, orderNo } : charge)),
    })
    club.db.put('orders', foreignOrder(orderNo))
    await live(club, start + 30 * day)
    expect(club.contract(contractNo).charges[1]).toMatchObject({
      state: 'paid',
      orderNo: `20260228100060${contractNo.slice(-8)}`,
    })
  })

  it('two timers and a lost race make one debit of one period, whatever numbers are taken', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.nat(3), fc.integer({ min: 2, max: 4 }), async (scheduler, taken, timers) => {
        const club = openClub(start)
        const contractNo = await club.subscribe()
        for (let index = 0; index < taken; index++)
          club.db.put('orders', foreignOrder(contractNo.slice(0, 12) + (60 + index) + contractNo.slice(14)))
        const ctx: ShopperContext = { ...club.ctx, db: interleaved(club.db, scheduler) }
        for (let run = 0; run <= taken; run++)
          await scheduler.waitFor(Promise.all(Array.from({ length: timers }, () => workDueContracts(ctx, () => true))))
        await live(club, club.now + 2 * hour)
        expect(club.papay.taken).toHaveLength(1)
        const [charge, ...others] = club.contract(contractNo).charges.filter(({ tries }) => tries > 0)
        expect(others).toEqual([])
        expect(charge).toMatchObject({
          state: 'paid',
          tries: 1,
          orderNo: club.papay.taken[0]?.out_trade_no.slice(0, 22),
        })
        expect(club.db.all<Order>('orders').filter(({ contract }) => contract?.contractNo === contractNo)).toHaveLength(
          1,
        )
      }),
      { numRuns: 200 },
    )
  }, 60_000)
})

describe('ending', () => {
  it('stops charges at once, and tells WeChat until WeChat agrees', async () => {
    const club = openClub(start)
    const contractNo = await club.subscribe()
    await live(club, club.now + hour)
    club.papay.line = (call) => (call === 'end' ? 'down' : 'fine')
    const { contract } = await endOwnContract(club.ctx, { contractNo })
    expect(contract).toMatchObject({ state: 'active', ending: true, mayEnd: false, next: null })
    await live(club, club.now + 40 * day)
    expect(club.papay.taken).toHaveLength(1)
    expect(club.db.all<KeptNotice>('notices')).toMatchObject([{ kind: 'stuck' }])
    club.papay.line = () => 'fine'
    await live(club, club.now + 2 * day)
    expect(await view(club, contractNo)).toMatchObject({ state: 'ended', endedBy: 'subscriber' })
    expect((await endOwnContract(club.ctx, { contractNo })).contract.state).toBe('ended')
  })

  it('by twenty taps at once, after an end without an answer, queries WeChat once and sends the end once', async () => {
    const club = openClub(start)
    const contractNo = await club.subscribe()
    await live(club, club.now + hour)
    club.papay.line = (call) => (call === 'end' ? 'down' : 'fine')
    await endOwnContract(club.ctx, { contractNo })
    club.now += 20_000
    const calls: string[] = []
    club.papay.line = (call) => {
      calls.push(call)
      return call === 'end' ? 'down' : 'fine'
    }
    await Promise.all(Array.from({ length: 20 }, () => endOwnContract(club.ctx, { contractNo })))
    expect(calls).toEqual(['query', 'end'])
  })

  it('in WeChat, with a lost notification, is found at the next charge', async () => {
    const club = openClub(start)
    const contractNo = await club.subscribe()
    await live(club, club.now + hour)
    club.papay.terminate(contractNo, club.now)
    await live(club, beijing('2026-03-10T00:00:00'))
    expect((await view(club, contractNo)).state).toBe('ended')
    expect(club.papay.taken).toHaveLength(1)
    expect(club.nextDueAt()).toBeNull()
  })
})

describe('staff', () => {
  it('see contracts that are past due without a whole openid, and can end one', async () => {
    const club = openClub(start)
    const contractNo = await club.subscribe()
    club.papay.word = () => 'NOTENOUGH'
    await live(club, start + 6 * day)
    const staff = { ...club.ctx, openid: 'oStaff', role: 'operator' as const, name: '', refundLimitFen: null }
    const { result } = await listContractsAsStaff(staff, { state: 'pastDue' })
    expect(result).toMatchObject({
      cursor: null,
      contracts: [{ contractNo, missed: { cause: 'funds' }, shopper: '…pper-a' }],
    })
    expect((await endContractAsStaff(staff, { contractNo })).result.contract).toMatchObject({ endedBy: 'staff' })
    expect((await listContractsAsStaff(staff, { state: 'pastDue' })).result.contracts).toEqual([])
    expect((await listContractsAsStaff(staff, { contractNo })).result.contracts).toHaveLength(1)
  })
})

describe('the timer', () => {
  const crowd = async (size: number) => {
    const club = openClub(start)
    const template = await club.subscribe().then((no) => club.contract(no))
    club.db.put('contracts', { ...template, dueAt: null })
    for (let index = 0; index < size; index++) {
      const contractNo = club.newNumber()
      club.papay.sign(contractNo, monthly.template, `person-${index}`, club.now)
      const theirNo = club.papay.signNotice(contractNo).theirNo ?? null
      club.db.put('contracts', { ...template, _id: contractNo, openid: `person-${index}`, theirNo, dueAt: club.now })
    }
    return club
  }

  it('needs two round trips for a charge, two for its notification, and one to copy the result', async () => {
    const club = await crowd(40)
    const trips = () => club.db.trips.reads + club.db.trips.writes
    const before = trips()
    await club.tick()
    expect(club.papay.taken).toHaveLength(40)
    // The timer reads due contracts in batches, so one read serves many contracts.
    expect(trips() - before).toBeLessThanOrEqual(2 * 40 + 3)
    club.now += minute
    const noticed = trips()
    for (const { out_trade_no } of club.papay.taken) await club.notifyDebit(out_trade_no)
    expect(trips() - noticed).toBe(2 * 40)
    const looked = trips()
    await club.tick()
    expect(trips() - looked).toBeLessThanOrEqual(40 + 3)
    const paid = club.db.all<Contract>('contracts').filter(({ charges }) => charges[0]?.state === 'paid')
    expect(paid).toHaveLength(40)
  })

  it('stays below WeChat’s 150 requests in every second, and a broken contract blocks nobody', async () => {
    const club = await crowd(400)
    const [first, second] = club.db.all<{ _id: string; version: number }>('contracts').slice(1)
    club.db.put('contracts', { ...first, charges: null, dueAt: 1 } as never)
    club.db.put('contracts', { ...second, terms: null, dueAt: 1 } as never)
    const sentAt: number[] = []
    club.papay.onDebit = () => void sentAt.push(performance.now())
    await club.tick()
    expect(sentAt).toHaveLength(398)
    const busiest = Math.max(...sentAt.map((from) => sentAt.filter((at) => at >= from && at < from + 1_000).length))
    expect(busiest).toBeLessThanOrEqual(150)
  })

  it('continues after a kill at any point: everybody is charged once', async () => {
    const club = await crowd(60)
    for (let run = 0; run < 12; run++) {
      let writes = 0
      club.db.luck = () => (writes++ > 15 + run ? 'notSent' : 'fine')
      await club.tick()
      club.now += 2 * minute
    }
    club.db.luck = () => 'fine'
    await club.until(club.now + 2 * hour)
    expect(club.papay.taken).toHaveLength(60)
    expect(club.papay.broken).toEqual([])
  })
})
