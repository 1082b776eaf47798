// Tests the last charge of a contract that has ended, and money that comes late for this charge. If the money pays the
// order of the charge, the contract must say so too.
import type { PaymentReport } from '../../cloudfunctions/shared/providers/provider'
import type { KeptNotice } from '../../cloudfunctions/shared/store/notices'
import { payOrder } from '../../cloudfunctions/shared/usecases/orders/payOrder'
import { receiveNotice } from '../../cloudfunctions/shared/usecases/settle/receiveNotice'
import { beijing, type Club, day, hour, minute, monthly, openClub } from '../support/club'

const start = beijing('2026-01-31T10:00:00')

const lastCharge = (club: Club, contractNo: string) => club.contract(contractNo).charges.at(-1)

/**
 * Makes a contract whose second charge failed because the wallet was empty, so that the subscriber began to pay it by
 * hand.
 */
async function byHand() {
  const club = openClub(start)
  const contractNo = await club.subscribe()
  await club.until(start + hour)
  club.papay.word = () => 'NOTENOUGH'
  await club.until(beijing('2026-03-05T20:00:00'))
  const orderNo = lastCharge(club, contractNo)?.orderNo ?? ''
  const { paymentNo } = await payOrder(club.ctx, { orderNo, provider: 'fake', channel: 'main' })
  expect(club.contract(contractNo).state).toBe('pastDue')
  return { club, contractNo, orderNo, paymentNo }
}

/** The provider takes the money of a payment, even if it has reported the payment as closed, and notifies us. */
async function take(club: Club, paymentNo: string): Promise<string> {
  const entry = club.hand.ledger.get(paymentNo)
  if (entry) entry.state = 'paid'
  const content = { ...club.hand.report(paymentNo), paymentNo }
  const answer = await receiveNotice(club.ctx, 'fake', {
    method: 'POST',
    path: '/notify/fake',
    query: {},
    headers: { sign: 'good' },
    body: Buffer.from(JSON.stringify(content)),
  })
  return answer.body
}

const end = async (club: Club, contractNo: string) => {
  club.papay.terminate(contractNo, club.now)
  await club.notifySigned(contractNo)
  await club.tick()
}

// Simulator seed 20192480: the timer closed the payment that the subscriber had begun by hand, and dropped the charge.
// The order stayed open for a minute. Then the provider took the money, and the reply to our write got lost.
it.each(['fine', 'lostReply'] as const)(
  'money that comes after the provider said closed pays the charge of an ended contract (the write’s reply: %s)',
  async (luck) => {
    const { club, contractNo, orderNo, paymentNo } = await byHand()
    await end(club, contractNo)
    expect(club.order(orderNo)).toMatchObject({ state: 'open', payments: { length: 5 } })
    expect(club.order(orderNo)?.payments.at(-1)?.state).toBe('closed')
    const first = club.db.trips.writes + 1
    club.db.luck = (write) => (write === first ? luck : 'fine')
    expect(await take(club, paymentNo)).toBe('accepted')
    expect(club.order(orderNo)?.state).toBe('paid')
    expect(lastCharge(club, contractNo)).toMatchObject({ state: 'paid', byHand: true })
  },
)

it('the timer tells an ended contract of money if the notification could not', async () => {
  const { club, contractNo, orderNo, paymentNo } = await byHand()
  await end(club, contractNo)
  const first = club.db.trips.writes + 1
  club.db.luck = (write) => (write === first ? 'fine' : 'notSent')
  expect(await take(club, paymentNo)).toBe('accepted')
  club.db.luck = () => 'fine'
  expect(club.order(orderNo)?.state).toBe('paid')
  await club.until(club.now + hour)
  expect(lastCharge(club, contractNo)).toMatchObject({ state: 'paid', byHand: true })
})

it('without money the charge of an ended contract is dropped when its order has closed', async () => {
  const { club, contractNo, orderNo } = await byHand()
  await end(club, contractNo)
  expect([club.order(orderNo)?.state, lastCharge(club, contractNo)?.state]).toEqual(['open', 'pastDue'])
  await club.until(club.now + hour)
  expect([club.order(orderNo)?.state, lastCharge(club, contractNo)?.state]).toEqual(['closed', 'dropped'])
})

it('money for a dropped charge is an overpayment', async () => {
  const { club, contractNo, orderNo, paymentNo } = await byHand()
  await end(club, contractNo)
  await club.until(club.now + hour)
  expect(await take(club, paymentNo)).toBe('accepted')
  expect(club.order(orderNo)).toMatchObject({ state: 'closed', surplusFen: monthly.amountFen })
  expect(lastCharge(club, contractNo)?.state).toBe('dropped')
})

it('an attempt by hand that nobody can close holds an ended contract’s charge open for a week at most', async () => {
  const { club, contractNo, orderNo } = await byHand()
  delete club.hand.provider.close
  await end(club, contractNo)
  await club.until(club.now + 6 * day)
  expect([club.order(orderNo)?.state, lastCharge(club, contractNo)?.state]).toEqual(['open', 'pastDue'])
  await club.until(club.now + 3 * day)
  expect([club.order(orderNo)?.state, lastCharge(club, contractNo)?.state]).toEqual(['closed', 'dropped'])
  expect(club.db.all<KeptNotice>('notices').map(({ reason }) => reason)).not.toContain(
    'work on this contract keeps failing',
  )
})

it('a debit that WeChat first called failed pays the charge of an ended contract while its order is open', async () => {
  const club = openClub(start, [{ ...monthly, debitRule: 'notice24h', trialDays: 3 }])
  const contractNo = await club.subscribe()
  await club.until(start + 2 * day + hour)
  const { orderNo = '' } = lastCharge(club, contractNo) ?? {}
  club.papay.terminate(contractNo, club.now)
  await club.notifySigned(contractNo)
  const tell = (report: PaymentReport) => club.notify({ about: 'payment', paymentNo: `${orderNo}01`, report })
  await tell({ outcome: 'declined', cause: 'funds', raw: null })
  await club.tick()
  expect(lastCharge(club, contractNo)?.state).toBe('charging')
  await tell({ outcome: 'paid', amountFen: monthly.amountFen, currency: 'CNY', raw: null })
  await club.until(club.now + hour)
  expect(club.order(orderNo)?.state).toBe('paid')
  expect(lastCharge(club, contractNo)?.state).toBe('paid')
})

it('a missed charge that is paid by hand makes its contract active at once, also if a write’s reply gets lost', async () => {
  const { club, contractNo, paymentNo } = await byHand()
  club.now += minute
  const first = club.db.trips.writes + 1
  club.db.luck = (write) => (write === first ? 'lostReply' : 'fine')
  expect(await take(club, paymentNo)).toBe('accepted')
  expect(club.contract(contractNo).state).toBe('active')
})
