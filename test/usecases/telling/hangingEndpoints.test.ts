// A hundred webhook endpoints, of which ninety never answer. Payments must settle as fast as without endpoints, and the
// other ten endpoints must receive events at once. The bench measures the same with the real SDK
// (tools/bench/webhooks.ts).
import { payOrder } from '../../../cloudfunctions/shared/usecases/orders/payOrder'
import type { ShopperContext } from '../../../cloudfunctions/shared/usecases/platform/context'
import { receiveNotice } from '../../../cloudfunctions/shared/usecases/settle/receiveNotice'
import { StillTime } from '../../support/fakes/stillTime'
import { payMain } from '../../support/shop'
import { openTellingShop, type TellingShop } from '../../support/tellingShop'

const measured = 60

const medianOf = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN

/** A shop with high limits, because one shopper makes all payments of the test. */
function openPatientShop(): TellingShop {
  const shop = openTellingShop()
  shop.settings.limits = { ...shop.settings.limits, openOrders: 500, attemptsPerHour: 500 }
  return shop
}

/** Makes an order that awaits its payment's notice. @returns a function that receives the notice */
async function payable(shop: TellingShop, ctx: ShopperContext): Promise<() => Promise<unknown>> {
  const orderNo = await shop.newOrder()
  await payOrder(ctx, payMain(orderNo))
  shop.fake.pay(`${orderNo}01`)
  const news = { paymentNo: `${orderNo}01`, outcome: 'paid', amountFen: 2_500, currency: 'CNY' }
  const request = { method: 'POST', path: '/notify/fake', query: {}, headers: { sign: 'good' } }
  return () => receiveNotice(ctx, 'fake', { ...request, body: Buffer.from(JSON.stringify(news)) })
}

it('a hundred endpoints, ninety of which hang, delay no payment, and the other ten get events within 2 s', async () => {
  const plain = openPatientShop()
  const shop = openPatientShop()
  for (let count = 0; count < 100; count++) shop.addEndpoint(`https://hooks.shop.cn/${count < 90 ? 'hang' : 'good'}`)
  const heardAfter: number[] = []
  const time = new StillTime()
  let startedAt = 0
  const call: ShopperContext['webhooks']['call'] = async ({ url, timeoutMs }) => {
    if (url.endsWith('good')) {
      heardAfter.push(time.at - startedAt)
      return { status: 204, text: '', failure: null }
    }
    await time.pause(timeoutMs)
    return { status: null, text: '', failure: 'timeout' }
  }
  const measures = { pause: time.pause, elapsed: () => time.at }
  const ctx = { ...shop.ctx, ...measures, webhooks: { ...shop.ctx.webhooks, call } }
  const plainCtx = { ...plain.ctx, ...measures }
  const timed = (receive: () => Promise<unknown>): Promise<number> => {
    startedAt = time.at
    return time.spend(receive)
  }
  // The first notices teach the server which endpoints hang. One call tries up to 50 endpoints.
  for (let count = 0; count < 3; count++) expect(await timed(await payable(shop, ctx))).toBeLessThan(2_500)
  heardAfter.length = 0
  const without: number[] = []
  const among: number[] = []
  for (let count = 0; count < measured; count++) {
    without.push(await timed(await payable(plain, plainCtx)))
    among.push(await timed(await payable(shop, ctx)))
  }
  expect(heardAfter).toHaveLength(10 * measured)
  expect(Math.max(...heardAfter)).toBeLessThan(2_000)
  // No settlement waits for a hanging endpoint.
  expect(medianOf(among)).toBe(medianOf(without))
})
