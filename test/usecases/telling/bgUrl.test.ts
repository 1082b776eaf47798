// Tests our call to `bgUrl`, which tells the connected system that its order is paid. The Unified platform's document
// describes this call (PC申请支付接口, bgUrl). The test makes the signature from the document with its own code.
import { createHash } from 'node:crypto'
import * as z from 'zod/mini'
import { adminSchemas } from '../../../cloudfunctions/shared/api/admin'
import type { PayDomain } from '../../../cloudfunctions/shared/domain/requests/payDomain'
import { sealDomainSecret } from '../../../cloudfunctions/shared/store/domains'
import { changeOrder } from '../../../cloudfunctions/shared/store/orders'
import { payOrder } from '../../../cloudfunctions/shared/usecases/orders/payOrder'
import type { StaffContext } from '../../../cloudfunctions/shared/usecases/platform/context'
import { requestRefund } from '../../../cloudfunctions/shared/usecases/refunds/requestRefund'
import { receiveNotice } from '../../../cloudfunctions/shared/usecases/settle/receiveNotice'
import { listDeliveries, resendAsStaff } from '../../../cloudfunctions/shared/usecases/staff/manageDeliveries'
import { answerWith, openReceiver, type Receiver } from '../../support/fakes/receiver'
import { minute, payMain } from '../../support/shop'
import { openTellingShop, type TellingShop } from '../../support/tellingShop'

const day = 24 * 60 * minute

let receiver: Receiver
beforeEach(async () => {
  receiver = await openReceiver()
})
afterEach(() => receiver.close())

function addDomain(shop: TellingShop, fields: Partial<PayDomain> = {}): void {
  shop.db.put<PayDomain>('domains', {
    _id: 'race',
    version: 1,
    name: 'City run',
    state: 'open',
    secret: sealDomainSecret(shop.ctx.secrets, 'race', 'first'),
    nextSecret: sealDomainSecret(shop.ctx.secrets, 'race', 'second'),
    usesNext: false,
    signature: 'values',
    origins: [],
    hosts: [receiver.url],
    channels: ['Wechat'],
    rates: [''],
    requestChannels: [''],
    bareOpenid: false,
    createdAt: 1,
    ...fields,
  })
}

/** Makes an order that a connected system's request created and that a notice has paid. */
async function paidRequest(shop: TellingShop, bgUrl = `${receiver.url}/paid`): Promise<string> {
  const orderNo = await shop.newOrder()
  await changeOrder(shop.db, orderNo, (order) => ({
    order: { ...order, version: order.version + 1, domain: { code: 'race', requestKey: 'race-17', bgUrl } },
  }))
  await payOrder(shop.ctx, payMain(orderNo))
  shop.fake.pay(`${orderNo}01`)
  const news = { paymentNo: `${orderNo}01`, outcome: 'paid', amountFen: 2_500, currency: 'CNY' }
  const request = { method: 'POST', path: '/notify/fake', query: {}, headers: { sign: 'good' } }
  await receiveNotice(shop.ctx, 'fake', { ...request, body: Buffer.from(JSON.stringify(news)) })
  return orderNo
}

const parametersOf = (path: string): Record<string, string> =>
  Object.fromEntries(new URL(path, receiver.url).searchParams)

/** The document's signature (签名方法): SHA-1 of the sorted values and the secret. */
function signatureOf({ sign: _, ...fields }: Record<string, string>, secret: string): string {
  const values = [...Object.values(fields).filter((value) => value !== ''), secret].sort()
  return createHash('sha1').update(values.join('')).digest('hex')
}

async function timerRuns(shop: TellingShop, forMs: number): Promise<void> {
  for (let passed = 0; passed <= forMs; passed += Math.max(minute, forMs / 60)) {
    shop.advance(Math.max(minute, forMs / 60))
    await shop.tellDue()
  }
}

it('sends the document’s ten parameters, signed, until the answer is success', async () => {
  const shop = openTellingShop()
  addDomain(shop)
  receiver.answer = answerWith(200, ' success\n')
  const orderNo = await paidRequest(shop)
  await timerRuns(shop, 5 * minute)
  expect(receiver.heard).toHaveLength(1)
  const told = parametersOf(receiver.heard[0]?.path ?? '')
  expect(told).toEqual({
    money: '2500',
    requestKey: 'race-17',
    payTime: String(shop.order(orderNo).paidAt),
    orderSn: orderNo,
    payTypeCode: '',
    payTypeName: '',
    currencyType: 'CNY',
    payStatus: 'SUCCESSPAY',
    domainCode: 'race',
    sign: signatureOf(told, 'first'),
  })
  expect(shop.deliveries()).toMatchObject([{ state: 'done', endpoint: 'bgUrl-of-race' }])
})

it('is called while the payment is settled, before the provider’s notice is confirmed', async () => {
  const shop = openTellingShop()
  addDomain(shop)
  receiver.answer = answerWith(200, 'success')
  const { id } = shop.addEndpoint(`${receiver.url}/events`, { domain: 'race' })
  shop.addEndpoint(`${receiver.url}/others`, { domain: 'other' })
  const orderNo = await paidRequest(shop)
  const told = receiver.heard.map(({ path }) => new URL(path, receiver.url).pathname)
  expect(told.sort()).toEqual(['/events', '/paid'])
  expect(shop.deliveries().map(({ _id, state }) => [_id, state])).toEqual(
    expect.arrayContaining([
      [`${orderNo}.1@bgUrl-of-race`, 'done'],
      [`${orderNo}.1@${id}`, 'done'],
    ]),
  )
  // The timer processes the event and must not call the system again.
  await timerRuns(shop, 5 * minute)
  expect(receiver.heard).toHaveLength(2)
})

// Found by the random histories of test/platform/events.test.ts (seed 34).
it('gets the success of the payment, also when a refund began before the call', async () => {
  const shop = openTellingShop()
  receiver.answer = answerWith(200, 'success')
  // The connected system is not added yet, so the call that settles the payment cannot inform it.
  const orderNo = await paidRequest(shop)
  const wish = { requestId: 'request-1', paymentNo: `${orderNo}01`, amountFen: 2_500, reason: '', by: 'staff' }
  await requestRefund(shop.ctx, orderNo, wish)
  addDomain(shop)
  await timerRuns(shop, 5 * minute)
  expect(receiver.heard.map(({ path }) => parametersOf(path).payStatus)).toEqual(['SUCCESSPAY'])
})

it('a system that hangs delays one payment by less than two seconds, and the next one not at all', async () => {
  const shop = openTellingShop()
  addDomain(shop)
  receiver.answer = () => undefined
  const startedAt = performance.now()
  await paidRequest(shop)
  const first = performance.now() - startedAt
  expect(first).toBeGreaterThan(1_000)
  await paidRequest(shop)
  expect(receiver.heard).toHaveLength(1)
  receiver.answer = answerWith(200, 'success')
  await timerRuns(shop, 10 * minute)
  expect(shop.deliveries().map(({ state }) => state)).toEqual(['done', 'done'])
  // The timer's call to the connected system succeeded, so the next payment again calls it at once.
  const before = receiver.heard.length
  await paidRequest(shop)
  expect(receiver.heard).toHaveLength(before + 1)
})

it('a system that hung is left to the timer by every instance, until it answers', async () => {
  const shop = openTellingShop()
  addDomain(shop)
  receiver.answer = () => undefined
  await paidRequest(shop)
  shop.advance(2 * minute)
  await paidRequest({ ...shop, ctx: shop.instance() })
  expect(receiver.heard).toHaveLength(1)
  receiver.answer = answerWith(200, 'success')
  await timerRuns(shop, 10 * minute)
  const before = receiver.heard.length
  await paidRequest(shop)
  expect(receiver.heard).toHaveLength(before + 1)
})

it.each([
  ['another text', answerWith(200, 'ok')],
  ['an error', answerWith(500, 'success')],
  ['a redirect', answerWith(302, 'success', { location: '/elsewhere' })],
])('after %s the call is repeated for three days, then a person decides', async (_, answer) => {
  const shop = openTellingShop()
  addDomain(shop)
  receiver.answer = answer
  await paidRequest(shop)
  await timerRuns(shop, 4 * day)
  expect(receiver.heard).toHaveLength(10)
  expect(new Set(receiver.heard.map(({ path }) => path)).size).toBe(1)
  expect(shop.deliveries()).toMatchObject([{ state: 'failed', dueAt: null, tries: 10 }])
})

it('staff page through its deliveries, and send one again', async () => {
  const shop = openTellingShop()
  addDomain(shop)
  receiver.answer = answerWith(500)
  await paidRequest(shop)
  await paidRequest(shop)
  await timerRuns(shop, minute)
  const staff: StaffContext = { ...shop.ctx, ...shop.staff('openid-of-the-owner'), webhooks: shop.ctx.webhooks }
  const { result: first } = await listDeliveries(staff, { limit: 1 })
  const input = z.parse(adminSchemas.deliveries, { limit: 1, cursor: first.cursor })
  const { result: second } = await listDeliveries(staff, input)
  const [shown] = second.deliveries
  expect(shown?.url).toBe(`${receiver.url}/paid`)
  receiver.answer = answerWith(200, 'success')
  const again = z.parse(adminSchemas.resend, { which: { id: shown?.id } })
  expect(await resendAsStaff(staff, again)).toMatchObject({ result: { delivery: { id: shown?.id, state: 'done' } } })
})

it('is signed with the new secret as soon as the system uses it, also of a domain that is switched off', async () => {
  const shop = openTellingShop()
  addDomain(shop, { usesNext: true, state: 'closed' })
  receiver.answer = answerWith(200, 'success')
  await paidRequest(shop)
  await timerRuns(shop, 5 * minute)
  const told = parametersOf(receiver.heard[0]?.path ?? '')
  expect(told.sign).toBe(signatureOf(told, 'second'))
})

it('never goes to an address inside our own cloud', async () => {
  const shop = openTellingShop()
  addDomain(shop)
  await paidRequest(shop, 'https://169.254.169.254/paid')
  await timerRuns(shop, minute)
  const [delivery] = shop.deliveries()
  expect(delivery?.state).toBe('waiting')
  expect(new Set(delivery?.attempts.map(({ failure }) => failure))).toEqual(new Set(['address']))
})

it('an order that no connected system requested causes no call', async () => {
  const shop = openTellingShop()
  addDomain(shop)
  await paidRequest(shop, '')
  await timerRuns(shop, 5 * minute)
  expect(receiver.heard).toEqual([])
  expect(shop.deliveries()).toEqual([])
})
