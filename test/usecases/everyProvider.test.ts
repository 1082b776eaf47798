// Tests the whole path of a payment with each real provider and a played server: a hundred notifications at once,
// forgeries, wrong amounts, other merchants, a payment after closing, a failing server. The database is in memory and
// follows the real rules.
import { isAppError } from '../../cloudfunctions/shared/domain/errors'
import { closeOrder } from '../../cloudfunctions/shared/domain/orders/order'
import { HttpFailure, type HttpResponse, type RawRequest } from '../../cloudfunctions/shared/providers/provider'
import type { KeptNotice } from '../../cloudfunctions/shared/store/notices'
import { payOrder } from '../../cloudfunctions/shared/usecases/orders/payOrder'
import { receiveNotice } from '../../cloudfunctions/shared/usecases/settle/receiveNotice'
import { jsonReply, type ProviderFixture, type Truth } from '../providers/contract'
import { boxpayFixture, paymentFixture } from '../providers/fixtures/jubao'
import { midasFixture } from '../providers/fixtures/midas'
import { paymaxFixture } from '../providers/fixtures/paymax'
import { unifiedFixture } from '../providers/fixtures/unified'
import { wechatpayFixture } from '../providers/fixtures/wechatpay'
import { wisecashierFixture } from '../providers/fixtures/wisecashier'
import type { FakeProvider } from '../support/fakes/fakeProvider'
import { openShop, payMain, type Shop } from '../support/shop'

type Fixture = ProviderFixture<object>
type Trouble = 'fine' | 'down' | 'reset' | 'garbage' | '500'

const fixtures = [
  midasFixture,
  boxpayFixture,
  paymentFixture,
  paymaxFixture,
  wisecashierFixture,
  unifiedFixture,
  wechatpayFixture,
] as unknown as Fixture[]
const totalFen = 2_500

interface Counter {
  shop: Shop
  orderNo: string
  truth: Truth
  trouble: Trouble
  notice(settings?: object): RawRequest
  deliver(request: RawRequest): ReturnType<typeof receiveNotice>
  pay(): Promise<unknown>
}

const wordFor = (words: Readonly<Record<string, string>>, outcome: string): string =>
  Object.keys(words).find((word) => words[word] === outcome) ?? ''

const isMajorUnits = ({ amounts }: Fixture): boolean => Object.keys(amounts.whole).some((text) => text.includes('.'))

async function openCounter(fixture: Fixture): Promise<Counter> {
  const { definition, settings, currency } = fixture
  const http = async (request: Parameters<Fixture['serve']>[0]): Promise<HttpResponse> => {
    if (counter.trouble === 'down') throw new HttpFailure('refused', false)
    if (counter.trouble === 'reset') throw new HttpFailure('reset', true)
    if (counter.trouble === 'garbage') return jsonReply('<html>504</html>')
    if (counter.trouble === '500') return jsonReply('{}', 500)
    return fixture.serve(request, counter.truth)
  }
  const shop = openShop({ definition, provider: definition.create(settings, http) } as unknown as FakeProvider)
  const [product] = await shop.ctx.products()
  shop.ctx.products = async () => (product ? [{ ...product, currency }] : [])
  const orderNo = await shop.newOrder()
  const counter: Counter = {
    shop,
    orderNo,
    trouble: 'fine',
    truth: {
      word: wordFor(fixture.paymentWords, 'pending'),
      refundWord: '',
      amount: isMajorUnits(fixture) ? '25.00' : String(totalFen),
      refundAmount: '',
      paymentNo: `${orderNo}01`,
      refundNo: `${orderNo}r01`,
      theirNo: fixture.theirNo,
      currency,
      openid: shop.ctx.openid,
      now: shop.ctx.now(),
      refuses: null,
    },
    notice(by = settings) {
      // Some providers have separate state words for notifications. Use these words here. From now on a query also
      // answers that the payment is paid.
      const word = wordFor(fixture.noticeWords ?? fixture.paymentWords, 'paid')
      const request = fixture.paymentNotice(by, { ...counter.truth, word, now: shop.ctx.now() })
      counter.truth = { ...counter.truth, word: wordFor(fixture.paymentWords, 'paid'), now: shop.ctx.now() }
      return request
    },
    deliver: (request) => receiveNotice(shop.ctx, definition.code, request),
    pay: () => payOrder(shop.ctx, payMain(orderNo, fixture.channel, definition.code)),
  }
  return counter
}

const paidEntries = ({ shop, orderNo }: Counter): number =>
  shop.order(orderNo).history.filter(({ what }) => what === 'paid').length
const kinds = ({ shop }: Counter): string[] => shop.db.all<KeptNotice>('notices').map(({ kind }) => kind)

describe.each(fixtures.map((fixture) => [fixture.definition.code, fixture] as const))('%s', (_, fixture) => {
  it('100 copies of a notification at once, and one more: paid once, every copy confirmed byte for byte', async () => {
    const counter = await openCounter(fixture)
    await counter.pay()
    const request = counter.notice()
    const answers = await Promise.all(Array.from({ length: 100 }, () => counter.deliver(request)))
    answers.push(await counter.deliver(request))
    expect(new Set(answers.map((answer) => JSON.stringify(answer)))).toEqual(
      new Set([JSON.stringify(fixture.answers.accepted)]),
    )
    expect(counter.shop.order(counter.orderNo)).toMatchObject({ state: 'paid', payments: [{ state: 'paid' }] })
    expect(paidEntries(counter)).toBe(1)
  })

  it('a forged notification, one without a signature and one of another merchant change nothing', async () => {
    const counter = await openCounter(fixture)
    await counter.pay()
    const before = counter.shop.order(counter.orderNo)
    const unpaid = counter.truth
    const good = counter.notice()
    const bad = [
      fixture.withSignature(good, undefined),
      fixture.withSignature(good, ''),
      counter.notice(fixture.otherSettings),
    ]
    counter.truth = unpaid
    for (const request of bad) expect(await counter.deliver(request)).toEqual(fixture.answers.rejected)
    expect(counter.shop.order(counter.orderNo)).toEqual(before)
    expect(kinds(counter)).not.toEqual([])
  })

  it('a wrong amount is not paid, and makes a case', async () => {
    const counter = await openCounter(fixture)
    await counter.pay()
    counter.truth = { ...counter.truth, amount: isMajorUnits(fixture) ? '24.00' : '2400' }
    expect(await counter.deliver(counter.notice())).toEqual(fixture.answers.rejected)
    expect(counter.shop.order(counter.orderNo)).toMatchObject({ state: 'open', payments: [{ state: 'pending' }] })
    expect(kinds(counter)).toEqual(['mismatched'])
  })

  it('a right signature over unreadable content: nothing changes, and staff see which field it is', async () => {
    const counter = await openCounter(fixture)
    await counter.pay()
    const before = counter.shop.order(counter.orderNo)
    counter.truth = { ...counter.truth, amount: isMajorUnits(fixture) ? '25.005' : '2500.5' }
    const request = counter.notice()
    for (const _ of [1, 2]) expect(await counter.deliver(request)).toEqual(fixture.answers.rejected)
    expect(counter.shop.order(counter.orderNo)).toEqual(before)
    const { orderNo } = counter
    const reason = expect.stringMatching(/^unreadable: [\w.]+$/)
    const kept = counter.shop.db.all<KeptNotice>('notices')
    expect(kept).toMatchObject([{ kind: 'mismatched', orderNo, reason, count: 2 }])
    const samples = JSON.stringify(kept.map((one) => one.samples))
    for (const hidden of [counter.truth.paymentNo, counter.truth.openid, fixture.signatureOf(request)])
      expect(samples).not.toContain(hidden)
  })

  it('money after the close is an overpayment, and waits for the merchant', async () => {
    const counter = await openCounter(fixture)
    await counter.pay()
    const order = counter.shop.order(counter.orderNo)
    counter.shop.db.put('orders', closeOrder(order, 'expired', 'timer', counter.shop.ctx.now()) as never)
    expect(await counter.deliver(counter.notice())).toEqual(fixture.answers.accepted)
    const after = counter.shop.order(counter.orderNo)
    expect(after).toMatchObject({ state: 'closed', refunds: [], payments: [{ state: 'paid', surplus: true }] })
  })

  it.each<Trouble>(['down', 'reset', 'garbage', '500'])(
    'a server that fails (%s): a clear error, and the order can still be paid',
    async (trouble) => {
      const counter = await openCounter(fixture)
      counter.trouble = trouble
      const error = await counter.pay().catch((reason: unknown) => reason)
      expect(isAppError(error, 'ProviderUnavailable') || isAppError(error, 'ProviderRefused')).toBe(true)
      const order = counter.shop.order(counter.orderNo)
      expect(order).toMatchObject({ state: 'open', payments: [{ state: trouble === 'down' ? 'failed' : 'pending' }] })
      counter.trouble = 'fine'
      await counter.shop.tick()
      expect(counter.shop.order(counter.orderNo).state).toBe('open')
    },
  )

  it('an unknown status word settles nothing', async () => {
    const counter = await openCounter(fixture)
    await counter.pay()
    counter.truth = { ...counter.truth, word: 'constructor' }
    if (fixture.noticeWords) {
      const request = fixture.paymentNotice(fixture.settings, { ...counter.truth, now: counter.shop.ctx.now() })
      await counter.deliver(request)
    }
    counter.shop.advance(60_000)
    await counter.shop.tick()
    expect(counter.shop.order(counter.orderNo)).toMatchObject({ state: 'open', payments: [{ state: 'pending' }] })
  })
})
