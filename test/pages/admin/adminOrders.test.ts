// Tests the pages on which staff find and refund orders: one request makes one refund, whatever fails on the way, and
// the page offers and shows only what the role may do and see.
import type { Order } from '../../../cloudfunctions/shared/domain/orders/orderShape'
import { cancelOrder, readOwnOrder } from '../../../cloudfunctions/shared/usecases/orders/ownOrders'
import { payOrder } from '../../../cloudfunctions/shared/usecases/orders/payOrder'
import { requestRefund } from '../../../cloudfunctions/shared/usecases/refunds/requestRefund'
import { createPhone, developerText, type OpenPage, type Phone, settle } from '../../support/openPage'
import { minute, payMain } from '../../support/shop'
import { answerLate } from '../lateAnswers'

let phone: Phone
let orderNo = ''
beforeEach(() => {
  jest.useFakeTimers({ now: Date.parse('2026-03-01T04:00:00Z') })
  phone = createPhone()
  // Raise the limits, because one shopper places all orders of these lists.
  phone.shop.settings.limits = { openOrders: 200, attemptsPerHour: 200, waitingAttempts: 5, ordersPerAddress: 100 }
})
afterEach(() => jest.clearAllTimers())

const theOrder = (): Order => phone.shop.order(orderNo)

async function paidOrder(): Promise<string> {
  const { shop } = phone
  const no = await shop.newOrder()
  await payOrder(shop.ctx, payMain(no))
  shop.fake.pay(`${no}01`)
  await readOwnOrder(shop.ctx, { orderNo: no, refresh: true })
  return no
}

const openOrder = (): Promise<OpenPage> => phone.open('pages/admin/order/index', { orderNo })
const openOrders = (query: Record<string, string> = {}): Promise<OpenPage> =>
  phone.open('pages/admin/orders/index', query)

/** Opens the refund form of the paid order, and types an amount and a reason. */
async function openForm(amount?: string): Promise<OpenPage> {
  const page = await openOrder()
  await page.press('退款')
  if (amount !== undefined) await page.type('退款金额', amount)
  await page.type('原因', '杯子碎了')
  return page
}

// The label of the button that sends the refund form. The button that opens the form has the same label, but the page
// hides that button while the form is open.
const send = '退款'
const refunds = () => theOrder().refunds.map(({ amountFen, state, reason }) => ({ amountFen, state, reason }))

describe('a refund', () => {
  beforeEach(async () => {
    orderNo = await paidOrder()
  })

  test('of a part is sent after a confirmation that repeats amount and number', async () => {
    const page = await openForm('10.5')
    await page.press(send)
    expect(phone.modals).toEqual([expect.stringContaining('¥10.50')])
    expect(phone.modals[0]).toContain(orderNo.slice(-8))
    expect(refunds()).toEqual([{ amountFen: 1_050, state: 'done', reason: '杯子碎了' }])
    expect(page.text()).toContain('¥14.50')
    expect(page.text()).toContain('杯子碎了')
    expect(page.text()).toContain('发起退款')
    expect(phone.toasts).toEqual(['退款已提交'])
  })

  test('of everything is the form’s default; then nothing is left to refund', async () => {
    const page = await openForm()
    await page.press(send)
    expect(refunds()).toMatchObject([{ amountFen: 2_500 }])
    expect(page.has('退款')).toBe(false)
  })

  test('that is not confirmed is not sent', async () => {
    phone.confirms = false
    const page = await openForm('1')
    await page.press(send)
    expect(refunds()).toEqual([])
    expect(page.has('退款')).toBe(true)
  })

  test.each(['0', '0.00', '', '25.01', '0.001', '1e1', '-1', '1,5', '0,001', 'abc', '１', '99999999999999'])(
    'of "%s" is refused as no amount, and nothing is sent',
    async (amount) => {
      const page = await openForm(amount)
      await page.press(send)
      expect(page.text()).toContain('不超过 ¥25.00')
      expect(phone.calls.some(({ action }) => action === 'refund')).toBe(false)
    },
  )

  test.each([
    ['0.1', 10],
    ['0.07', 7],
    ['1.10', 110],
    ['¥2。5', 250],
    [' 25 ', 2_500],
    ['8.', 800],
  ])('of "%s" yuan is %i fen', async (amount, amountFen) => {
    const page = await openForm(amount)
    await page.press(send)
    expect(refunds()).toMatchObject([{ amountFen }])
  })

  test('tapped twice is one refund', async () => {
    const page = await openForm('3')
    await page.pressTwice(send)
    await settle(5_000)
    expect(phone.modals).toHaveLength(1)
    expect(refunds()).toMatchObject([{ amountFen: 300 }])
  })

  test('whose reply is lost each time is one refund, and the page shows it', async () => {
    phone.fate = (action, nth) => (action === 'refund' && nth < 3 ? 'lostReply' : 'fine')
    const page = await openForm('3')
    await page.press(send)
    await settle(10_000)
    expect(refunds()).toMatchObject([{ amountFen: 300 }])
    expect(page.text()).toContain('¥22.00')
  })

  test('that is done stays on the page when an older answer arrives after it', async () => {
    const page = await openForm('3')
    answerLate('order', 1_000)
    const anew = page.pullDown()
    await page.press(send)
    await anew
    await settle(2_000)
    expect(refunds()).toMatchObject([{ amountFen: 300 }])
    expect(page.text()).toContain('¥22.00')
  })

  test('without an answer says that trying again is safe; another try, also with another amount, makes no second refund', async () => {
    phone.fate = (action) => (action === 'refund' ? 'lostReply' : 'fine')
    const page = await openForm('3')
    await page.press(send)
    await settle(10_000)
    expect(page.text()).toContain('不会重复退款')
    phone.fate = () => 'fine'
    await page.type('退款金额', '4')
    await page.press(send)
    await settle(10_000)
    expect(refunds()).toMatchObject([{ amountFen: 300 }])
    expect(phone.toasts.at(-1)).toContain('¥3.00 的退款之前已提交，没有重复退款')
    expect(page.text()).toContain('¥22.00')
  })

  test('that arrived while the page was closed is shown when the page is opened again, and the next refund is a new one', async () => {
    phone.fate = (action) => (action === 'refund' ? 'lostReply' : 'fine')
    const left = await openForm('3')
    await left.press(send)
    await settle(10_000)
    await left.leave()
    phone.fate = () => 'fine'
    const page = await openForm('3')
    expect(page.text()).toContain('¥22.00')
    expect(page.text()).not.toContain('不会重复退款')
    await page.press(send)
    expect(refunds()).toMatchObject([{ amountFen: 300 }, { amountFen: 300 }])
  })

  test('that never arrived is sent under its own number after the page was opened again', async () => {
    phone.fate = (action) => (action === 'refund' ? 'notSent' : 'fine')
    const left = await openForm('3')
    await left.press(send)
    await settle(10_000)
    await left.leave()
    phone.fate = () => 'fine'
    const page = await openOrder()
    await page.press('退款')
    expect(page.text()).toContain('不会重复退款')
    await page.press(send)
    const ids = phone.calls.filter(({ action }) => action === 'refund').map(({ input }) => input.requestId)
    expect(new Set(ids).size).toBe(1)
    expect(refunds()).toEqual([{ amountFen: 300, state: 'done', reason: '杯子碎了' }])
  })

  test('for more than somebody else left is refused in words, and the page shows what is left', async () => {
    const page = await openForm('20')
    await phone.refund(1_000)
    await page.press(send)
    await settle(1_000)
    expect(page.text()).toContain('可退款金额有变动')
    expect(page.text()).toContain('¥15.00')
    expect(refunds()).toMatchObject([{ amountFen: 1_000 }])
  })

  test('over the person’s limit has its own message', async () => {
    phone.role = 'operator'
    phone.refundLimitFen = 500
    const page = await openForm('6')
    await page.press(send)
    expect(page.text()).toContain('超出你的退款额度')
    expect(refunds()).toEqual([])
    await page.type('退款金额', '5')
    await page.press(send)
    expect(refunds()).toMatchObject([{ amountFen: 500 }])
  })

  test('that the provider does not support is not offered, and the page says where to do it', async () => {
    delete (phone.shop.fake.provider as { refund?: unknown }).refund
    const page = await openOrder()
    expect(page.has('退款')).toBe(false)
    expect(page.text()).toContain('不支持在此退款')
  })
})

describe('an order for staff', () => {
  test('has no actions for a viewer, and no close for an operator', async () => {
    orderNo = await phone.shop.newOrder()
    phone.role = 'viewer'
    const viewer = await openOrder()
    expect([viewer.has('查询支付结果'), viewer.has('关闭订单')]).toEqual([false, false])
    phone.role = 'operator'
    const operator = await openOrder()
    expect([operator.has('查询支付结果'), operator.has('关闭订单')]).toEqual([true, false])
  })

  test('shows an outsider only that it is for staff', async () => {
    orderNo = await paidOrder()
    phone.role = 'stranger'
    for (const page of [await openOrder(), await openOrders()]) {
      expect(page.text()).toContain('仅限店员访问')
      expect(page.said()).not.toContain(orderNo.slice(-8))
      expect(page.said()).not.toContain('¥')
    }
  })

  test('is closed by the owner after one confirmation, and can then not be closed again', async () => {
    orderNo = await phone.shop.newOrder()
    const page = await openOrder()
    await page.press('关闭订单')
    expect(phone.modals[0]).toContain(orderNo.slice(-8))
    expect(theOrder().state).toBe('closed')
    expect(page.has('关闭订单')).toBe(false)
  })

  test('whose provider cannot close shows that it is closing, and until when', async () => {
    orderNo = await phone.shop.newOrder()
    await payOrder(phone.shop.ctx, payMain(orderNo))
    phone.shop.fake.mood = 'down'
    const page = await openOrder()
    await page.press('关闭订单')
    // The shopper ordered at noon and has ten minutes to pay.
    expect(page.text()).toContain('订单关闭中，最晚 12:10 关闭')
    expect(page.text()).toContain('关闭中')
    expect(page.has('关闭订单')).toBe(false)
    expect((await openOrders()).text()).toContain('关闭中')
  })

  test('that staff closed does not say that the shopper closed it', async () => {
    orderNo = await phone.shop.newOrder()
    const page = await openOrder()
    await page.press('关闭订单')
    expect(page.text()).toContain('商家取消')
    expect(page.text()).not.toContain('顾客取消')
    const other = await phone.shop.newOrder()
    await cancelOrder(phone.shop.ctx, { orderNo: other })
    expect((await phone.open('pages/admin/order/index', { orderNo: other })).text()).toContain('顾客取消')
  })

  test('that was refunded in part or completely says so, on its page and in the list', async () => {
    orderNo = await paidOrder()
    const page = await openForm('10')
    await page.press(send)
    expect(page.text()).toContain('部分退款')
    expect((await openOrders()).text()).toContain('部分退款')
    await page.press('退款')
    await page.press(send)
    expect(page.text()).toContain('已退款')
    const list = (await openOrders()).text()
    expect(list).toContain('已退款')
    expect(list).not.toContain('部分退款')
  })

  test('of one’s own cannot be refunded here: the page says who can do it', async () => {
    orderNo = await paidOrder()
    phone.role = 'operator'
    phone.staffOpenid = theOrder().openid
    const page = await openOrder()
    expect(page.has('退款')).toBe(false)
    expect(page.text()).toContain('请由其他店员退款')
  })

  test.each([
    ['surplus', '多收款自动退回'],
    ['reconciliation', '对账发现重复付款'],
  ])('with our own code %s as a refund’s reason shows it in words', async (reason, words) => {
    orderNo = await paidOrder()
    const request = { requestId: 'request-1', paymentNo: `${orderNo}01`, amountFen: 100, reason, by: 'system' }
    await requestRefund(phone.shop.ctx, orderNo, request)
    const page = await openOrder()
    expect(page.text()).toContain(words)
    expect(page.text()).not.toContain(reason)
  })

  test('after a query shows the provider’s result, and can then not be closed', async () => {
    orderNo = await phone.shop.newOrder()
    await payOrder(phone.shop.ctx, payMain(orderNo))
    const page = await openOrder()
    phone.shop.fake.pay(`${orderNo}01`)
    await page.press('查询支付结果')
    expect(page.text()).toContain('支付成功')
    expect(page.has('关闭订单')).toBe(false)
    expect(page.has('退款')).toBe(true)
  })

  test('shows the payment method and the names of people in the reader’s language', async () => {
    orderNo = await paidOrder()
    expect((await openOrder()).text()).toContain('· 主要')
    phone.language = 'en'
    expect((await openOrder()).text()).toContain('· Main')
  })

  test('copies its numbers to the clipboard', async () => {
    orderNo = await paidOrder()
    const page = await openOrder()
    await page.press(`复制 ${orderNo}`)
    expect(phone.clipboard).toBe(orderNo)
  })

  test('shows no text for developers, whatever fails', async () => {
    orderNo = await paidOrder()
    for (const code of ['Internal', 'Conflict', 'Mismatch', 'ProviderRefused', 'ProviderUnavailable', 'BadInput']) {
      phone.fate = (action) => (action === 'refund' ? { code } : 'fine')
      const page = await openForm('1')
      await page.press(send)
      await settle(10_000)
      expect(page.said() + phone.toasts.join()).not.toContain(developerText)
    }
    phone.fate = () => ({ code: 'Internal' })
    const broken = await openOrder()
    await settle(10_000)
    expect(broken.has('重新加载')).toBe(true)
    phone.fate = () => 'fine'
    await broken.press('重新加载')
    expect(broken.text()).toContain('¥25.00')
  })
})

describe('the list', () => {
  const asked = () => phone.calls.filter(({ action }) => action === 'orders').map(({ input }) => input)

  test('finds an order by a number pasted with spaces and in capitals, and opens it', async () => {
    orderNo = await paidOrder()
    await paidOrder()
    const page = await openOrders()
    await page.type('单号', ` ${orderNo.slice(0, 8)} ${orderNo.slice(8).toUpperCase()}\u200b\n`)
    await page.press('查找')
    expect(page.dom.querySelectorAll('[role=link][aria-label*="茉莉花茶"]')).toHaveLength(1)
  })

  test('says in words that a text is too long for a number, and sends no request', async () => {
    const page = await openOrders()
    const before = asked().length
    await page.type('单号', '7'.repeat(129))
    await page.press('查找')
    expect(page.text()).toContain('单号最多 128 个字符')
    expect(asked()).toHaveLength(before)
  })

  test('that finds nothing says so, and clearing the search shows all orders again', async () => {
    orderNo = await paidOrder()
    const page = await openOrders()
    await page.type('单号', 'nothere1')
    await page.press('查找')
    expect(page.text()).toContain('没有找到该单号的订单')
    await page.press('清除')
    expect(page.text()).toContain(orderNo.slice(-8))
  })

  test('goes on past a broken order, and names it', async () => {
    orderNo = await paidOrder()
    const broken = await phone.shop.newOrder()
    phone.shop.db.put('orders', { ...phone.shop.order(broken), items: null as never })
    const page = await openOrders()
    expect(page.text()).toContain(orderNo.slice(-8))
    expect(page.text()).toContain(`有 1 条记录无法读取，未显示：${broken}`)
  })

  test('has one filter at a time, and an amount is sent in fen', async () => {
    orderNo = await paidOrder()
    const page = await openOrders()
    await page.choose('金额')
    await page.type('金额', '25')
    await page.press('查找')
    await settle(500)
    expect(page.text()).toContain(orderNo.slice(-8))
    await page.choose('状态')
    await settle(500)
    expect(asked().at(-1)).toMatchObject({ filter: { state: 'paid' } })
  })

  test('is filtered after a search by number, whichever filter is tapped', async () => {
    orderNo = await paidOrder()
    const page = await openOrders()
    const searchAnd = async (filter: () => Promise<void>) => {
      await page.type('单号', orderNo)
      await page.press('查找')
      expect(asked().at(-1)).toHaveProperty('number')
      await filter()
      await settle(500)
      expect(asked().at(-1)).not.toHaveProperty('number')
    }
    await page.choose('状态')
    await searchAnd(() => page.choose('待支付'))
    expect(asked().at(-1)).toMatchObject({ filter: { state: 'open' } })
    await page.choose('支付服务')
    await searchAnd(() => page.choose('微信支付'))
    expect(asked().at(-1)).toMatchObject({ filter: { provider: 'wechatpay' } })
  })

  test('waits for an amount before it sends a request, and shows no other orders meanwhile', async () => {
    orderNo = await paidOrder()
    const page = await openOrders()
    const before = asked().length
    await page.choose('金额')
    await settle(500)
    expect(page.text()).not.toContain(orderNo.slice(-8))
    expect(page.text()).not.toContain('请填写金额')
    expect(page.text()).toContain('填写后点击“查找”')
    await page.reachBottom()
    expect(asked()).toHaveLength(before)
    await page.press('查找')
    expect(page.text()).toContain('请填写金额')
    await page.choose('全部')
    await settle(500)
    expect(page.text()).toContain(orderNo.slice(-8))
  })

  test('of cases has no days, and says what it is', async () => {
    const page = await openOrders({ needs: 'surplus' })
    expect(asked().at(-1)).toMatchObject({ filter: { needs: 'surplus' } })
    expect(page.text()).toContain('多收款待处理')
  })

  test('loads to the end, each order once', async () => {
    for (let index = 0; index < 45; index++) {
      await phone.shop.newOrder()
      if (index % 10 === 0) phone.shop.advance(minute)
    }
    const page = await openOrders()
    // Text that was typed but not searched for must not filter the list.
    await page.type('单号', 'nothere1')
    await page.press('点击加载更多')
    for (let more = 0; more < 4; more++) await page.reachBottom()
    expect(asked().every((input) => input.number === undefined)).toBe(true)
    const rows = [...page.dom.querySelectorAll('[role=link][aria-label*="茉莉花茶"]')]
    expect(new Set(rows.map((row) => row.getAttribute('aria-label'))).size).toBe(45)
    expect(rows).toHaveLength(45)
    expect(page.text()).toContain('没有更多了')
  })

  const shown = (page: OpenPage) =>
    [...page.dom.querySelectorAll('[role=link][aria-label*="茉莉花茶"]')].map((row) => row.getAttribute('aria-label'))

  test('scrolled while it is refreshed loses no order and doubles none', async () => {
    for (let index = 0; index < 45; index++) await phone.shop.newOrder()
    const page = await openOrders()
    phone.shop.advance(minute)
    for (let index = 0; index < 3; index++) await phone.shop.newOrder()
    const anew = page.pullDown()
    await page.reachBottom()
    await anew
    for (let more = 0; more < 4; more++) await page.reachBottom()
    expect(shown(page)).toHaveLength(48)
    expect(new Set(shown(page)).size).toBe(48)
    expect(page.text()).toContain('没有更多了')
  })

  test('can load more after a refresh that failed while more was loading', async () => {
    for (let index = 0; index < 30; index++) await phone.shop.newOrder()
    const page = await openOrders()
    const more = page.reachBottom()
    phone.fate = () => ({ code: 'NotFound' })
    await page.pullDown()
    await more
    phone.fate = () => 'fine'
    expect(phone.toasts).toEqual(['没有找到'])
    await page.press('点击加载更多')
    expect(new Set(shown(page)).size).toBe(30)
  })
})

/** Runs an action on another page of the same running app. */
async function doElsewhere(action: string, input: object): Promise<void> {
  const { act } = require('../../../miniprogram/pages/admin/service') as {
    act: (...deed: unknown[]) => Promise<unknown>
  }
  const done = act(action, input)
  await settle(500)
  await done
}

/** Replaces functions of WeChat. */
const weChat = (changes: object): object => Object.assign((globalThis as unknown as { wx: object }).wx, changes)

describe('coming back', () => {
  test('shows what was done on another page, as far as the list was read; without an action no request is sent', async () => {
    for (let index = 0; index < 70; index++) await phone.shop.newOrder()
    orderNo = await paidOrder()
    const page = await openOrders()
    for (let more = 0; more < 3; more++) await page.reachBottom()
    const rows = () => page.dom.querySelectorAll('[role=link][aria-label*="茉莉花茶"]').length
    expect(rows()).toBe(71)
    const before = phone.calls.length
    await page.show()
    expect(phone.calls).toHaveLength(before)
    await doElsewhere('refund', {
      orderNo,
      requestId: 'r-0000001',
      paymentNo: `${orderNo}01`,
      amountFen: 100,
      reason: '',
    })
    await page.show()
    expect(page.text()).toContain('已退款 ¥1.00')
    expect(rows()).toBe(71)
  })

  test('to an order shows its current state', async () => {
    orderNo = await paidOrder()
    const page = await openOrder()
    await phone.refund(300)
    await page.show()
    expect(page.text()).not.toContain('¥22.00')
    await doElsewhere('recheck', { orderNo })
    await page.show()
    expect(page.text()).toContain('¥22.00')
  })
})

describe('times', () => {
  test('are Beijing’s, wherever the phone is', async () => {
    orderNo = await paidOrder()
    expect(new Date().getHours()).not.toBe(12)
    expect((await openOrder()).text()).toContain('2026-03-01 12:00')
    expect((await openOrders()).text()).toContain('2026-03-01 12:00')
  })
})

describe('WeChat refuses', () => {
  test('labels on a confirmation: it is shown without them; a confirmation at all: the page says so and does nothing', async () => {
    orderNo = await paidOrder()
    const page = await openForm('1')
    weChat({
      showModal: async ({ confirmText }: { confirmText?: string }) => {
        if (confirmText !== undefined) throw { errMsg: 'showModal:fail confirmText length should not larger than 4' }
        return { confirm: false }
      },
    })
    await page.press(send)
    expect(refunds()).toEqual([])
    expect(phone.toasts).toEqual([])
    weChat({ showModal: () => Promise.reject({ errMsg: 'showModal:fail' }) })
    await page.press(send)
    expect(refunds()).toEqual([])
    expect(phone.toasts).toEqual(['系统繁忙，请稍后再试'])
  })

  test('the clipboard: the page says so', async () => {
    orderNo = await paidOrder()
    const page = await openOrder()
    weChat({ setClipboardData: ({ fail }: { fail(): void }) => fail() })
    await page.press(`复制 ${orderNo}`)
    expect(phone.toasts).toEqual(['复制失败，请重试'])
  })

  test('an eleventh page: the order replaces the list', async () => {
    orderNo = await paidOrder()
    const page = await openOrders()
    weChat({ navigateTo: ({ fail }: { fail(): void }) => fail() })
    await page.press(orderNo.slice(-8))
    expect(phone.went).toEqual([expect.stringContaining(orderNo)])
  })
})

describe('a refund without a result', () => {
  beforeEach(async () => {
    orderNo = await paidOrder()
    phone.shop.fake.refunds = 'pending'
    await phone.refund(1_000)
  })
  const anHourLater = () => jest.setSystemTime(Date.now() + 61 * minute)
  const records = () => phone.calls.filter(({ action }) => action === 'recordRefund')

  test('cannot be recorded within the first hour, nor for one’s own order', async () => {
    expect((await openOrder()).has('平台未退款')).toBe(false)
    anHourLater()
    expect((await openOrder()).has('平台未退款')).toBe(true)
    phone.role = 'operator'
    phone.staffOpenid = theOrder().openid
    expect((await openOrder()).has('平台未退款')).toBe(false)
  })

  test('cannot be recorded by a viewer', async () => {
    anHourLater()
    phone.role = 'viewer'
    expect((await openOrder()).has('平台未退款')).toBe(false)
  })

  test.each([
    ['平台已退款', 'done', 1_000, '系统不会再次退款'],
    ['平台未退款', 'failed', 0, '可以重新退'],
  ])('is recorded as "%s" with a note, after a confirmation about the money', async (button, state, backFen, means) => {
    anHourLater()
    const page = await openOrder()
    await page.press(button)
    await page.press('登记结果')
    expect(page.text()).toContain('请填写查询到的结果')
    await page.type('说明', '商户平台查过')
    await page.press('登记结果')
    expect(phone.modals).toEqual([expect.stringContaining(means)])
    expect(phone.modals[0]).toContain('¥10.00')
    expect(theOrder()).toMatchObject({ refundedFen: backFen, refunds: [{ state }] })
    expect(page.text()).toContain(`店员登记：${button}`)
    expect(page.text()).toContain('商户平台查过')
    expect(page.text()).not.toContain('支付服务返回')
    expect(page.has(button)).toBe(false)
  })

  test('is not recorded without a confirmation, nor twice by a double tap', async () => {
    anHourLater()
    phone.confirms = false
    const page = await openOrder()
    await page.press('平台未退款')
    await page.type('说明', '没有')
    await page.press('登记结果')
    expect(records()).toEqual([])
    phone.confirms = true
    await page.pressTwice('登记结果')
    await settle(1_000)
    expect(records()).toHaveLength(1)
  })

  test('that got its result meanwhile says so, and shows it', async () => {
    anHourLater()
    const page = await openOrder()
    await page.press('平台未退款')
    await page.type('说明', '没有')
    phone.shop.fake.refunds = 'refunded'
    await phone.timer()
    await page.press('登记结果')
    expect(phone.toasts).toEqual([expect.stringContaining('状态有变化')])
    expect(theOrder()).toMatchObject({ refundedFen: 1_000 })
    expect(page.has('平台未退款')).toBe(false)
  })

  test('over the person’s limit cannot be recorded by this person', async () => {
    anHourLater()
    phone.role = 'operator'
    phone.refundLimitFen = 500
    const page = await openOrder()
    await page.press('平台未退款')
    await page.type('说明', '没有')
    await page.press('登记结果')
    expect(phone.toasts).toEqual([expect.stringContaining('额度')])
    expect(theOrder()).toMatchObject({ refunds: [{ state: 'pending' }] })
  })

  test('can be recorded in English too', async () => {
    phone.language = 'en'
    anHourLater()
    const page = await openOrder()
    await page.press('Not refunded by provider')
    await page.press('Record result')
    expect(page.said().replaceAll('店主', '')).not.toMatch(/\p{Script=Han}/u)
  })
})

test('the page of an order in English', async () => {
  phone.language = 'en'
  orderNo = await paidOrder()
  await phone.refund(500)
  const [page, list] = [await openOrder(), await openOrders()]
  await page.press('Refund')
  for (const one of [page, list]) expect(one.said().replaceAll('店主', '')).not.toMatch(/\p{Script=Han}/u)
})
