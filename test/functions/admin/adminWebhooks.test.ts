// Tests webhook endpoints and deliveries through the real SDK. First the owner enters an address. At the end another
// system receives an event and verifies the event's signature.
import { Webhook } from 'standardwebhooks'
import type { EndpointView } from '../../../cloudfunctions/shared/api/admin'
import { type Admin, adminOf, auditOf, codeOf, databaseOf } from '../../support/adminCall'
import { answerWith, openReceiver, type Receiver } from '../../support/fakes/receiver'
import { dataOf, startCloud, type TestCloud } from '../../support/startCloud'

let cloud: TestCloud
let admin: Admin
let receiver: Receiver
const heardByAdmin: string[] = []
let serial = 0

beforeAll(async () => {
  cloud = await startCloud()
  admin = adminOf(cloud, heardByAdmin)
  receiver = await openReceiver()
}, 90_000)
afterAll(async () => {
  await receiver.close()
  await cloud.stop()
})
beforeEach(() => {
  receiver.heard.length = 0
  receiver.answer = answerWith(204)
})

async function addEndpoint(path: string): Promise<{ id: string; secret: string }> {
  serial += 1
  const id = `endpoint-${serial}`
  const add = { id, url: `${receiver.url}/${path}`, note: `系统 ${serial}` }
  const { secret } = dataOf(await admin('changeEndpoint', { add }))
  // Function instances cache the list of endpoints for a minute.
  await cloud.advance(61_000)
  return { id, secret: secret ?? '' }
}

const of = (path: string) => receiver.heard.filter((one) => one.path === `/${path}`)
const endpoint = async (id: string): Promise<EndpointView | undefined> =>
  dataOf(await admin('endpoints', {})).endpoints.find((one) => one.id === id)

async function paidOrder(): Promise<string> {
  const { orderNo } = await cloud.newOrder()
  await cloud.pay(orderNo, 'pay')
  for (let look = 0; look < 50 && (await cloud.stored(orderNo)).state !== 'paid'; look++)
    await cloud.order('read', { orderNo, refresh: true })
  return orderNo
}

/** Waits until an endpoint has heard something. The order is already stored as paid before its event is sent. */
async function heardBy(path: string): Promise<typeof receiver.heard> {
  for (let tries = 0; tries < 400 && of(path).length === 0; tries++) await new Promise((done) => setTimeout(done, 25))
  return of(path)
}

/** Moves the clock by a minute, so that the timer runs, and waits until its work is done. */
async function minuteLater(isDone: () => boolean | Promise<boolean>): Promise<void> {
  await cloud.advance(61_000)
  // The wait is long because the timer is slow on a busy machine.
  for (let look = 0; look < 600 && !(await isDone()); look++) await new Promise((done) => setTimeout(done, 50))
  expect(await isDone()).toBe(true)
}

it('an owner adds an endpoint, and it gets the event of a payment with a signature that its secret verifies', async () => {
  const { id, secret } = await addEndpoint('first')
  const orderNo = await paidOrder()
  const [heard] = await heardBy('first')
  expect(heard?.headers['webhook-id']).toBe(`${orderNo}.1`)
  const spy = jest.spyOn(Date, 'now').mockReturnValue(Number(heard?.headers['webhook-timestamp']) * 1_000)
  expect(new Webhook(secret).verify(heard?.body ?? '', heard?.headers as Record<string, string>)).toMatchObject({
    id: `${orderNo}.1`,
    type: 'order.paid',
    data: { order: { orderNo, state: 'paid', amountFen: 17_200, currency: 'CNY' } },
  })
  spy.mockRestore()
  await minuteLater(async () => (await cloud.stored(orderNo)).outboxAt === null)
  expect(of('first')).toHaveLength(1)
  const { deliveries } = dataOf(await admin('deliveries', { of: { subject: orderNo } }))
  expect(deliveries).toMatchObject([{ endpoint: id, type: 'order.paid', state: 'done', attempts: [{ status: 204 }] }])
})

it('a test event is sent at once, and its answer is shown', async () => {
  const { id } = await addEndpoint('tested')
  receiver.answer = answerWith(401, 'wrong secret')
  const { attempt, isAccepted } = dataOf(await admin('testEndpoint', { id }))
  expect({ isAccepted, attempt }).toMatchObject({ isAccepted: false, attempt: { status: 401, answer: 'wrong secret' } })
  expect(JSON.parse(of('tested')[0]?.body ?? '{}')).toMatchObject({ type: 'endpoint.test', data: {} })
  expect((await endpoint(id))?.failingSince).not.toBeNull()
  receiver.answer = answerWith(200)
  expect(dataOf(await admin('testEndpoint', { id })).isAccepted).toBe(true)
  expect((await endpoint(id))?.failingSince).toBeNull()
  await cloud.advance(61_000)
  expect(of('tested')).toHaveLength(2)
})

it('a secret is replaced in two steps: at first both secrets sign, then only the new secret', async () => {
  const { id, secret } = await addEndpoint('rolled')
  const { secret: next } = dataOf(await admin('changeEndpoint', { newSecret: id }))
  await admin('testEndpoint', { id })
  expect(String(of('rolled')[0]?.headers['webhook-signature']).split(' ')).toHaveLength(2)
  expect(await endpoint(id)).toMatchObject({ hasTwoSecrets: true })
  dataOf(await admin('changeEndpoint', { endOldSecret: id }))
  await admin('testEndpoint', { id })
  const heard = of('rolled')[1]
  const verify = (one: string) => {
    jest.spyOn(Date, 'now').mockReturnValue(Number(heard?.headers['webhook-timestamp']) * 1_000)
    return new Webhook(one).verify(heard?.body ?? '', heard?.headers as Record<string, string>)
  }
  expect(() => verify(secret)).toThrow()
  expect(verify(next ?? '')).toMatchObject({ type: 'endpoint.test' })
  jest.restoreAllMocks()
})

it('failed deliveries are sent again: one delivery, all of an order, or all in a time range', async () => {
  const { id } = await addEndpoint('again')
  receiver.answer = answerWith(500)
  const orderNo = await paidOrder()
  const deliveryId = `${orderNo}.1@${id}`
  expect(await heardBy('again')).toHaveLength(1)
  // The function stores the delivery after the endpoint has answered.
  const isStored = async () => dataOf(await admin('deliveries', { of: { subject: orderNo } })).deliveries.length > 0
  for (let tries = 0; tries < 400 && !(await isStored()); tries++) await new Promise((done) => setTimeout(done, 25))
  receiver.answer = answerWith(200)
  const one = dataOf(await admin('resend', { which: { id: deliveryId } }))
  expect(one).toMatchObject({
    deliveries: 1,
    delivery: { state: 'done', attempts: [{ status: 200 }, { status: 500 }] },
  })
  receiver.heard.length = 0
  expect(dataOf(await admin('resend', { which: { orderNo } })).deliveries).toBeGreaterThan(0)
  await minuteLater(() => of('again').length > 0)
  expect(of('again').map(({ headers }) => headers['webhook-id'])).toEqual([`${orderNo}.1`])
  receiver.heard.length = 0
  const { now } = dataOf(await admin('orders', { number: orderNo }))
  const time = { endpoint: id, from: now - 600_000, to: now, failedOnly: false }
  expect(dataOf(await admin('resend', { which: time })).deliveries).toBe(1)
  await minuteLater(() => of('again').length > 0)
  expect(dataOf(await admin('resend', { which: { ...time, failedOnly: true } })).deliveries).toBe(0)
})

it('an endpoint that is switched off gets no events, and gets events again once it is on', async () => {
  const { id } = await addEndpoint('off')
  dataOf(await admin('changeEndpoint', { switchOff: id }))
  await cloud.advance(61_000)
  const unheard = await paidOrder()
  await minuteLater(async () => (await cloud.stored(unheard)).outboxAt === null)
  expect(of('off')).toHaveLength(0)
  expect(await endpoint(id)).toMatchObject({ state: 'off', offBecause: 'person' })
  dataOf(await admin('changeEndpoint', { switchOn: id }))
  await cloud.advance(61_000)
  const orderNo = await paidOrder()
  expect((await heardBy('off')).map(({ headers }) => headers['webhook-id'])).toEqual([`${orderNo}.1`])
})

it('addresses that we must not call are refused with the rule that they break', async () => {
  const add = (url: string) => admin('changeEndpoint', { add: { id: 'endpoint-bad', url, note: '' } })
  const rules = async (url: string) => {
    const reply = await add(url)
    return reply.ok ? 'ok' : reply.error.details?.[0]?.rule
  }
  expect(await rules('http://hooks.shop.cn/')).toBe('https')
  expect(await rules('https://10.0.0.1/')).toBe('publicHost')
  expect(await rules('https://a:b@hooks.shop.cn/')).toBe('userinfo')
  expect(await rules('https://hooks.shop.cn:22/')).toBe('port')
  expect(await rules('https://hooks.shop.cn:99999/')).toBe('wrong')
})

it('a secret is shown once, stored encrypted, and appears in no log and no audit entry', async () => {
  heardByAdmin.length = 0
  const { id, secret } = await addEndpoint('quiet')
  expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
  expect(heardByAdmin.filter((text) => text.includes(secret))).toHaveLength(1)
  heardByAdmin.length = 0
  await admin('endpoints', {})
  await admin('testEndpoint', { id })
  await admin('audit', {})
  expect(heardByAdmin.join('\n')).not.toContain('whsec_')
  const db = await databaseOf(cloud)
  const stored = await db.find('endpoints', { where: {}, orderBy: [['_id', 'asc']], limit: 100 })
  expect(JSON.stringify([stored, await auditOf(db)])).not.toContain('whsec_')
  // Send the same request again, as a client does after a lost answer. The reply contains the same endpoint but no
  // secret.
  const again = await admin('changeEndpoint', { add: { id, url: `${receiver.url}/quiet`, note: '' } })
  expect(dataOf(again)).toMatchObject({ endpoint: { id }, secret: null })
  const other = await admin('changeEndpoint', { add: { id, url: `${receiver.url}/other`, note: '' } })
  expect(codeOf(other)).toBe('Conflict')
})
