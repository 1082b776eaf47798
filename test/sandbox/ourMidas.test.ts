// Tests our Midas client with the fake server and the phone's SDK between them. Client and server were written
// separately from one document, so a mistake in either of them fails a test.
import { midas } from '../../cloudfunctions/shared/providers/midas/index'
import {
  type Http,
  HttpFailure,
  type PrepareInput,
  type RawRequest,
} from '../../cloudfunctions/shared/providers/provider'
import vector from '../providers/vectors/midas.json'
import { type FakeWx, requireOpenMidas } from '../sdk/phone'
import { createMerchant, type Merchant, offerId } from './merchant'

const http =
  ({ sandbox }: Merchant): Http =>
  async ({ method, url, headers = {}, body = '' }) => {
    const { pathname, searchParams } = new URL(url)
    const path = pathname.replace('/sandbox/midas', '')
    const answer = await sandbox.handle('midas', {
      method,
      path,
      query: searchParams,
      headers,
      body: Buffer.from(body),
    })
    if (answer === 'reset') throw new HttpFailure('reset', true)
    return { status: answer.statusCode, headers: answer.headers, body: Buffer.from(answer.body) }
  }

/** Pays with the SDK on a phone that shows the sandbox's payment sheet. */
function payOnPhone({ sandbox }: Merchant, payInfo: string, scenario: string): Promise<number> {
  const wx: FakeWx = {
    async request({ url, data, success, fail }) {
      const body = Buffer.from(JSON.stringify(data))
      const path = new URL(url).pathname
      const answer = await sandbox.handle('midas', {
        method: 'POST',
        path,
        query: new URLSearchParams(),
        headers: {},
        body,
      })
      if (answer === 'reset') fail({ errMsg: 'request:fail' })
      else success({ statusCode: answer.statusCode, data: JSON.parse(answer.body) })
    },
    requestPayment({ success, fail, ...parameters }) {
      sandbox
        .pay(parameters, scenario)
        .then((result) => (result.errMsg === 'requestPayment:ok' ? success(result) : fail(result)))
    },
  }
  const sdk = requireOpenMidas(wx)
  sdk.openMidasConfig.hosts.test = 'http://sandbox.test'
  sdk.init('test')
  return new Promise((resolve) => sdk.pay(payInfo, (resultCode) => resolve(resultCode), 'orderNo=1'))
}

function shop() {
  const notices: RawRequest[] = []
  const merchant = createMerchant()
  const provider = midas.create(
    midas.settings.parse({
      baseUrl: 'http://x/sandbox/midas',
      offerId,
      offerKey: vector.offerKey,
      privateKey: vector.privateKeyPkcs8Base64,
    }),
    http(merchant),
  )
  merchant.answer = ({ method, url, headers, body }) => {
    notices.push({ method, path: new URL(url).pathname, query: {}, headers, body: Buffer.from(body) })
    return { status: 200, headers: {}, body: provider.answer('accepted').body }
  }
  const payment = (paymentNo: string): PrepareInput => ({
    paymentNo,
    theirNo: null,
    channel: 'wechat',
    amountFen: 8800,
    currency: 'CNY',
    openid: 'oMiniCashier_shopper-A',
    createdAt: merchant.clock.at,
    now: merchant.clock.at,
    title: '明前龙井 & 山泉水 100% 等 3 件商品，一个很长很长的名字，长到一百二十八个字节放不下它的全部',
    noticeUrl: 'http://merchant.test/notify/midas',
    expiresAt: merchant.clock.at + 1_800_000,
  })
  return { merchant, provider, notices, payment }
}

test('order, pay, notice, query, refund', async () => {
  const { merchant, provider, notices, payment } = shop()
  const ref = payment('20260101120000abcdefgh01')
  const { payInfo, theirNo } = await provider.prepare(ref)
  expect(await provider.prepare(ref)).toEqual({ payInfo, theirNo })
  expect(await provider.query(ref)).toMatchObject({ outcome: 'pending', theirNo })
  expect(await payOnPhone(merchant, payInfo, 'pay')).toBe(0)
  await merchant.settled()
  const shopper = provider.shopperName?.(ref.openid)
  const report = { outcome: 'paid', amountFen: 8800, currency: 'CNY', shopper }
  expect(notices.map((notice) => provider.parseNotice(notice, merchant.clock.at))).toMatchObject([
    { about: 'payment', paymentNo: ref.paymentNo, report },
  ])
  expect(await provider.query(ref)).toMatchObject({ ...report, theirNo, at: merchant.clock.at })
  expect(await provider.close?.(ref)).toMatchObject({ outcome: 'unknown' })

  const refund = {
    payment: ref,
    refundNo: '20260101120000abcdefghr01',
    theirRefundNo: null,
    amountFen: 3000,
    reason: '',
    noticeUrl: '',
    now: merchant.clock.at,
  }
  expect(await provider.refund?.(refund)).toMatchObject({ outcome: 'pending' })
  expect(await provider.refund?.(refund)).toMatchObject({ outcome: 'pending' })
  expect(await provider.refund?.({ ...refund, refundNo: 'another', amountFen: 5801 })).toMatchObject({
    outcome: 'unknown',
  })
  await merchant.advance(20 * 60_000)
  expect(await provider.queryRefund?.({ ...refund, now: merchant.clock.at })).toMatchObject({ outcome: 'refunded' })
  merchant.close()
})

test('the phone’s result for each result of the payment sheet', async () => {
  const { merchant, provider, payment } = shop()
  const heard: Record<string, number> = {}
  const names = ['pay', 'cancel', 'fail', 'unknown-result', 'forged-notice', 'notice-after-close', 'wrong-amount']
  for (const [index, name] of names.entries()) {
    const { payInfo } = await provider.prepare(payment(`20260101120000abcdefgh0${index}`))
    heard[name] = await payOnPhone(merchant, payInfo, name)
  }
  expect(heard).toEqual({
    pay: 0,
    cancel: -2,
    fail: -1,
    'unknown-result': -4,
    'forged-notice': -2,
    'notice-after-close': -4,
    'wrong-amount': 0,
  })
  await merchant.settled()
  merchant.close()
})

test('closed, then paid', async () => {
  const { merchant, provider, notices, payment } = shop()
  const ref = payment('20260101120000abcdefgh01')
  const { payInfo } = await provider.prepare(ref)
  expect(await payOnPhone(merchant, payInfo, 'notice after close')).toBe(-4)
  expect(await provider.query(ref)).toMatchObject({ outcome: 'pending' })
  expect(await provider.close?.(ref)).toMatchObject({ outcome: 'closed' })
  expect(await provider.query(ref)).toMatchObject({ outcome: 'closed' })
  await merchant.advance(10_000)
  expect(notices.map((notice) => provider.parseNotice(notice, merchant.clock.at))).toMatchObject([
    { report: { outcome: 'paid', amountFen: 8800 } },
  ])
  expect(await provider.query({ ...ref, now: merchant.clock.at })).toMatchObject({ outcome: 'paid' })
  merchant.close()
})

test('a forged notification is refused, and a wrong amount is the same in notification and query', async () => {
  const { merchant, provider, notices, payment } = shop()
  const ref = payment('20260101120000abcdefgh01')
  const { payInfo } = await provider.prepare(ref)
  await payOnPhone(merchant, payInfo, 'forged notice')
  const [forged] = notices.splice(0)
  expect(() => forged && provider.parseNotice(forged, merchant.clock.at)).toThrow('signature')
  await payOnPhone(merchant, payInfo, 'wrong amount')
  expect(notices.map((notice) => provider.parseNotice(notice, merchant.clock.at))).toMatchObject([
    { report: { outcome: 'paid', amountFen: 1 } },
  ])
  expect(await provider.query(ref)).toMatchObject({ outcome: 'paid', amountFen: 1 })
  merchant.close()
})

test.each(['provider down', 'garbage reply', 'http 500'])(
  '%s while ordering: not refused, and the next try orders',
  async (name) => {
    const { merchant, provider, payment } = shop()
    const ref = payment('20260101120000abcdefgh01')
    merchant.sandbox.setScenario('midas', name)
    await expect(provider.prepare(ref)).rejects.not.toMatchObject({ code: 'ProviderRefused' })
    expect(await provider.prepare(ref)).toMatchObject({ payInfo: expect.stringContaining('data=') })
    merchant.close()
  },
)
