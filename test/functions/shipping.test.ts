// Tests shipping reports with the built functions, through the real wx-server-sdk and the emulator's cloud.openapi to
// the sandbox's fake server of WeChat's shipping service.
import { adminOf } from '../support/adminCall'
import { dataOf, startCloud, type TestCloud } from '../support/startCloud'

let cloud: TestCloud
beforeAll(async () => {
  cloud = await startCloud({ shop: { shipping: 'parcel' } })
}, 120_000)
afterAll(() => cloud?.stop())

const minute = 60_000

async function paidOrder(): Promise<string> {
  const { orderNo } = await cloud.newOrder()
  const { payInfo } = dataOf(await cloud.order('pay', { orderNo, provider: 'wechatpay', channel: 'jsapi' }))
  await cloud.post('/local/pay', { payInfo: JSON.parse(payInfo) })
  await cloud.advance(5_000)
  expect((await cloud.stored(orderNo)).state).toBe('paid')
  return orderNo
}

const mood = (word: string) => cloud.post('/local/shipping', { mood: word })
const stateOf = async (orderNo: string) => (await cloud.stored(orderNo)).shipping?.state
const uploadsOf = async (orderNo: string): Promise<number> => {
  const { uploads } = (await (await fetch(`${cloud.url}/local/shipping`)).json()) as {
    uploads: { transaction_id: string }[]
  }
  const { payments } = await cloud.stored(orderNo)
  return uploads.filter(({ transaction_id }) => transaction_id === payments[0]?.theirNo).length
}
const shipIt = async (orderNo: string) =>
  dataOf(
    await adminOf(cloud)('ship', {
      entries: [{ orderNo, way: 'parcel', parcels: [{ carrier: 'ZTO', trackingNo: `N${orderNo}` }] }],
    }),
  ).results[0]?.problem

it('a clerk enters the parcel, WeChat has it at once, and the shopper confirms the receipt', async () => {
  const orderNo = await paidOrder()
  const list = dataOf(await adminOf(cloud)('orders', { filter: { needs: 'shipping' } }))
  expect(list.orders.map((one) => [one.orderNo, one.shipState])).toEqual([[orderNo, 'waiting']])
  await cloud.advance(minute)
  expect(await shipIt(orderNo)).toBeNull()
  expect([await stateOf(orderNo), await uploadsOf(orderNo)]).toEqual(['reported', 1])
  const { order } = dataOf(await cloud.order('read', { orderNo }))
  expect(order.shipping).toMatchObject({ state: 'reported', parcels: [{ carrier: 'ZTO', trackingNo: `N${orderNo}` }] })
  await cloud.post('/local/shipping', { received: order.shipping?.confirmBy })
  expect(dataOf(await cloud.order('received', { orderNo })).order.shipping?.state).toBe('received')
})

it('a report about a payment that WeChat does not know yet is sent again by the timer', async () => {
  const orderNo = await paidOrder()
  expect(await shipIt(orderNo)).toBeNull()
  expect(await stateOf(orderNo)).toBe('sending')
  await cloud.advance(2 * minute)
  expect([await stateOf(orderNo), await uploadsOf(orderNo)]).toEqual(['reported', 1])
})

it('a lost answer, a kill of all processes and hours without WeChat: reported once', async () => {
  const lost = await paidOrder()
  await cloud.advance(minute)
  await mood('lost')
  await shipIt(lost)
  expect([await stateOf(lost), await uploadsOf(lost)]).toEqual(['sending', 1])
  await cloud.restart()
  await mood('down')
  const late = await paidOrder()
  await shipIt(late)
  await cloud.advance(3 * 60 * minute)
  expect([await stateOf(lost), await stateOf(late)]).toEqual(['sending', 'sending'])
  await mood('works')
  await cloud.advance(61 * minute)
  for (const orderNo of [lost, late])
    expect([await stateOf(orderNo), await uploadsOf(orderNo)]).toEqual(['reported', 1])
}, 60_000)
