// Tests the order page: what the shopper reads after the payment sheet, and that the page says 已支付 (paid) only when our
// record says paid.
import type { Order } from '../../cloudfunctions/shared/domain/orders/orderShape'
import { createFakeProvider, type FakeProvider } from '../support/fakes/fakeProvider'
import { createPhone, developerText, type OpenPage, type Phone, type Sheet, settle } from '../support/openPage'

let phone: Phone
beforeEach(() => {
  jest.useFakeTimers({ now: Date.parse('2026-03-01T04:00:00Z') })
  phone = createPhone()
})

afterEach(() => jest.clearAllTimers())

const theOrder = (): Order => {
  const [order] = phone.shop.db.all<Order>('orders')
  if (!order) throw new Error('no order')
  return order
}
const paymentNo = (): string => theOrder().payments.at(-1)?.no ?? ''

/** Buys through the real checkout page, and opens the page to which the checkout leads. */
async function buy(sheet: Sheet): Promise<OpenPage> {
  phone.sheet = sheet
  phone.storage.set('basket', { tea: 2 })
  const checkout = await phone.open('pages/checkout/index')
  await checkout.press(`${phone.language === 'en' ? 'Pay' : '支付'} ¥25.00`)
  await settle(1_000)
  return reopen()
}

function reopen(): Promise<OpenPage> {
  const [page = '', query = ''] = (phone.went.at(-1) ?? '').slice(1).split('?')
  return phone.open(page, Object.fromEntries(new URLSearchParams(query)))
}

const openOrder = (): Promise<OpenPage> => phone.open('pages/order/index', { orderNo: theOrder()._id })

describe('the page after each result of the payment sheet', () => {
  test('0, and our record agrees: paid', async () => {
    const order = await buy('pay')
    await settle(3_000)
    expect(order.text()).toContain('已支付')
    expect(order.text()).toContain('¥25.00')
    expect(order.text()).toContain('支付成功')
    expect(order.has('支付 ¥25.00')).toBe(false)
    expect(order.has('取消订单')).toBe(false)
  })

  test('0 alone does not make the order paid, and the shopper is not led to pay twice', async () => {
    const order = await buy('payLater')
    expect(order.text()).toContain('支付已提交，正在确认结果')
    expect(order.text()).not.toContain('已支付')
    expect(order.has('支付 ¥25.00')).toBe(false)
    phone.shop.fake.pay(paymentNo())
    await settle(4_000)
    expect(order.text()).toContain('已支付')
  })

  test('−1 failed: try again or choose another method', async () => {
    const order = await buy('fail')
    expect(order.text()).toContain('支付失败')
    expect(order.text()).toContain('更换支付方式')
    await order.choose('另一个')
    phone.sheet = 'pay'
    await order.press('支付 ¥25.00')
    await settle(3_000)
    expect(order.text()).toContain('已支付')
    expect(theOrder().payments.at(-1)).toMatchObject({ channel: 'other', state: 'paid' })
  })

  test('−2 cancelled: the shopper can still pay', async () => {
    const order = await buy('cancel')
    expect(order.text()).toContain('支付已取消')
    expect(order.text()).toContain('可以继续支付')
    phone.sheet = 'pay'
    await order.press('支付 ¥25.00')
    await settle(3_000)
    expect(order.text()).toContain('已支付')
    expect(theOrder().payments).toHaveLength(1)
  })

  test('−3 is an error of ours: contact the shop', async () => {
    phone.payInfo = 'not what the sheet understands'
    const order = await buy('pay')
    expect(order.text()).toContain('系统异常')
    expect(order.has('联系商家')).toBe(true)
  })

  test('−4 unknown: we query, and paying again is not offered yet', async () => {
    const order = await buy('unknown')
    expect(order.text()).toContain('暂时无法确定是否支付成功')
    expect(order.text()).toContain('请勿重复支付')
    expect(order.has('支付 ¥25.00')).toBe(false)
    phone.shop.fake.pay(paymentNo())
    await settle(5_000)
    expect(order.text()).toContain('已支付')
  })
})

describe('waiting for the result', () => {
  const reads = (): number => phone.calls.filter(({ action }) => action === 'read').length

  test('after 60 seconds the queries stop, and the page says that the result will follow', async () => {
    const order = await buy('payLater')
    await settle(58_000)
    expect(order.text()).toContain('正在确认结果')
    await settle(4_000)
    expect(order.text()).toContain('确认后订单会自动更新，请勿重复支付')
    const soFar = reads()
    expect(soFar).toBeGreaterThan(20)
    await settle(120_000)
    expect(reads()).toBe(soFar)
    expect(order.has('继续支付')).toBe(false)
    phone.shop.fake.pay(paymentNo())
    await order.press('刷新结果')
    await settle(4_000)
    expect(order.text()).toContain('已支付')
  })

  test('the remaining time, and a button back to the shop, are shown from the first second', async () => {
    const order = await buy('unknown')
    expect(order.text()).toMatch(/剩余支付时间 29:5\d/)
    await order.press('再去逛逛')
    expect(phone.went.at(-1)).toBe('/pages/shop/index')
  })

  test('a result scrolls the page back to its top, once', async () => {
    const order = await buy('payLater')
    const before = phone.scrolls
    phone.shop.fake.pay(paymentNo())
    await settle(10_000)
    expect(order.text()).toContain('已支付')
    expect(phone.scrolls).toBe(before + 1)
  })

  test('without a result for a minute, paying anyway is possible after a warning', async () => {
    const order = await buy('unknown')
    await settle(62_000)
    expect(order.text()).toContain('暂未收到支付结果')
    phone.confirms = false
    await order.press('继续支付')
    expect(phone.modals.at(-1)).toContain('会重复扣款')
    expect(order.text()).not.toContain('已支付')
    phone.confirms = true
    phone.sheet = 'pay'
    await order.press('继续支付')
    await settle(4_000)
    expect(order.text()).toContain('已支付')
    expect(theOrder().payments).toHaveLength(1)
  })

  test('queries stop while the page is hidden and continue when it is shown', async () => {
    const order = await buy('payLater')
    await order.hide()
    const soFar = reads()
    await settle(30_000)
    expect(reads()).toBe(soFar)
    phone.shop.fake.pay(paymentNo())
    await order.show()
    await settle(4_000)
    expect(order.text()).toContain('已支付')
  })

  test('queries continue over a bad network', async () => {
    const order = await buy('payLater')
    phone.fate = (action) => (action === 'read' ? 'notSent' : 'fine')
    await settle(20_000)
    expect(order.text()).toContain('正在确认结果')
    phone.fate = () => 'fine'
    phone.shop.fake.pay(paymentNo())
    await settle(6_000)
    expect(order.text()).toContain('已支付')
  })

  test('a server that hangs does not keep the page waiting beyond its minute', async () => {
    const order = await buy('payLater')
    phone.fate = (action) => (action === 'read' ? 'noAnswer' : 'fine')
    await settle(62_000)
    expect(order.text()).toContain('结果确认中')
  })

  test('after a restart the page still waits for the result', async () => {
    await buy('unknown')
    const order = await openOrder()
    expect(order.text()).toContain('暂时无法确定是否支付成功')
    expect(order.has('支付 ¥25.00')).toBe(false)
  })

  test('after a restart while the payment sheet was open, the result counts as unknown', async () => {
    phone.sheet = 'neverAnswers'
    phone.storage.set('basket', { tea: 2 })
    await (await phone.open('pages/checkout/index')).press('支付 ¥25.00')
    const order = await openOrder()
    expect(order.text()).toContain('请勿重复支付')
  })

  test('a cancelled payment does not leave the order confirming when it is opened again', async () => {
    await buy('cancel')
    const order = await openOrder()
    expect(order.has('支付 ¥25.00')).toBe(true)
  })

  test('a payment that could not begin leaves the order unpaid, not confirming', async () => {
    phone.shop.fake.mood = 'silent'
    phone.storage.set('basket', { tea: 2 })
    await (await phone.open('pages/checkout/index')).press('支付 ¥25.00')
    const order = await openOrder()
    expect(order.text()).toContain('待支付')
    expect(order.has('支付 ¥25.00')).toBe(true)
  })
})

describe('the end of the time to pay', () => {
  test('counts down, and at its end the order expires while it is shown', async () => {
    const order = await buy('cancel')
    expect(order.text()).toMatch(/剩余支付时间 29:5\d/)
    await settle(60_000)
    expect(order.text()).toMatch(/剩余支付时间 28:5\d/)
    await order.hide()
    await settle(28 * 60_000)
    await order.show()
    await settle(60_000)
    expect(order.text()).toContain('支付时间已过')
    expect(order.has('支付 ¥25.00')).toBe(false)
    await phone.timer()
    await settle(5_000)
    expect(order.text()).toContain('超时未支付，订单已自动关闭')
    await order.press('再去逛逛')
    expect(phone.went.at(-1)).toBe('/pages/shop/index')
  })

  test('paying an order that expired meanwhile shows its current state', async () => {
    const order = await buy('cancel')
    await order.hide()
    await settle(31 * 60_000)
    await phone.timer()
    await order.press('支付 ¥25.00')
    await settle(3_000)
    expect(order.text()).toContain('超时未支付，订单已自动关闭')
    expect(theOrder().payments).toHaveLength(1)
  })

  test('money that arrives after the close is not lost, and the page says so', async () => {
    await (await buy('cancel')).leave()
    const no = paymentNo()
    await settle(31 * 60_000)
    await phone.timer()
    await phone.settlePayment(no, 'paid')
    const order = await openOrder()
    expect(order.text()).toContain('已收到付款')
    expect(order.text()).toContain('订单关闭后到账')
    expect(order.text()).not.toMatch(/重新下单|多付|已过期/)
    expect(order.has('联系商家')).toBe(true)
    expect(order.has('再去逛逛')).toBe(false)
  })
})

describe('cancelling', () => {
  test('the order is cancelled after a confirmation', async () => {
    const order = await buy('cancel')
    phone.confirms = false
    await order.press('取消订单')
    expect(theOrder().state).toBe('open')
    phone.confirms = true
    await order.press('取消订单')
    await settle(1_000)
    expect(theOrder().state).toBe('closed')
    expect(order.text()).toContain('订单已取消，不会扣款')
    expect(order.has('支付 ¥25.00')).toBe(false)
  })

  test('while the provider can’t be queried the order is being cancelled, and is cancelled afterwards', async () => {
    const order = await buy('cancel')
    phone.shop.fake.mood = 'down'
    await order.press('取消订单')
    await settle(1_000)
    expect(order.text()).toContain('取消中')
    phone.shop.fake.mood = 'fine'
    // Nobody knows whether the provider received the first request to close the payment. That request reserved the
    // payment for some seconds. After these seconds the server may query the provider.
    await settle(16_000)
    await phone.timer()
    await settle(5_000)
    expect(order.text()).toContain('订单已取消')
  })

  test('an order that was paid meanwhile says so instead', async () => {
    const order = await buy('cancel')
    phone.shop.fake.pay(paymentNo())
    await order.press('取消订单')
    await settle(2_000)
    expect(order.text()).toContain('已支付')
  })

  test('a lost reply is shown, and a refresh shows the real state', async () => {
    const order = await buy('cancel')
    phone.fate = (action) => (action === 'cancel' ? 'lostReply' : 'fine')
    await order.press('取消订单')
    await settle(1_000)
    expect(order.text()).toContain('网络连接超时')
    await order.pullDown()
    expect(order.text()).toContain('订单已取消')
  })
})

test('a double tap on pay opens one payment sheet', async () => {
  const order = await buy('cancel')
  const before = phone.sheets
  phone.sheet = 'pay'
  await order.pressTwice('支付 ¥25.00')
  await settle(3_000)
  expect(phone.sheets - before).toBe(1)
})

test('a payment of a wrong amount is being checked: the page never asks to pay again, and has a button back to the shop', async () => {
  const order = await buy('cancel')
  const no = paymentNo()
  const entry = phone.shop.fake.ledger.get(no)
  if (entry) entry.amountFen = 1
  await phone.settlePayment(no, 'paid')
  await order.pullDown()
  expect(order.text()).toContain('金额待核对')
  expect(order.has('支付 ¥25.00')).toBe(false)
  expect(order.has('联系商家')).toBe(true)
  await settle(50 * 60_000)
  await phone.timer()
  await order.pullDown()
  expect(order.text()).toContain('金额待核对')
  expect(order.text()).not.toMatch(/重新下单|已过期|确认中/)
  expect((await phone.open('pages/orders/index')).text()).toContain('金额待核对')
})

test('a refund shows its amount, who made it and why; a failed one says what follows', async () => {
  const order = await buy('pay')
  await settle(3_000)
  phone.shop.fake.refunds = 'pending'
  await phone.refund(1_000)
  await order.pullDown()
  expect(order.text()).toContain('退款中 ¥10.00')
  expect(order.text()).toContain('发起退款 ¥10.00 (商家)')
  expect((await phone.open('pages/orders/index')).text()).toContain('退款中 ¥10.00')
  phone.shop.fake.refunds = 'refused'
  await phone.refund(500)
  phone.shop.fake.refunds = 'refunded'
  await settle(60_000)
  await phone.timer()
  await order.pullDown()
  expect(order.text()).toContain('退款失败 ¥5.00')
  expect(order.text()).toContain('商家会重新处理')
})

test('an attempt that was cancelled or replaced no longer waits for its result', async () => {
  const order = await buy('cancel')
  expect(order.text()).not.toContain('确认中')
  await settle(31 * 60_000)
  await phone.timer()
  await order.pullDown()
  expect(order.text()).not.toContain('确认中')
})

test.each(['qrcode', 'link'] as const)('a %s that waits has one word, in the list and on the page', async (kind) => {
  phone.kind = kind
  phone.payInfo = 'https://pay.example/abc'
  const order = await buy('pay')
  phone.storage.clear()
  expect((await phone.open('pages/orders/index')).text()).toContain('待支付')
  expect(order.text()).toContain('待支付')
})

test('a long link is shortened on the page, and copied whole', async () => {
  phone.kind = 'link'
  phone.payInfo = `https://pay.example/${'a'.repeat(489)}`
  const order = await buy('pay')
  expect(order.text()).toContain('https://pay.example/aaa')
  expect(order.text()).not.toContain('a'.repeat(60))
  await order.press('复制链接')
  expect(phone.clipboard).toBe(phone.payInfo)
})

test('a shopper who says that a code was paid is told that no payment arrived yet', async () => {
  phone.kind = 'qrcode'
  phone.payInfo = 'https://qr.example/pay/1'
  const order = await buy('pay')
  await order.press('我已付款')
  await settle(500)
  expect(phone.toasts.at(-1)).toBe('暂未收到付款')
})

test('a refund is shown, of a part or of everything', async () => {
  const order = await buy('pay')
  await settle(3_000)
  await phone.refund(1_000)
  await order.pullDown()
  expect(order.text()).toContain('已部分退款')
  expect(order.text()).toContain('¥10.00')
  await phone.refund(1_500)
  await order.pullDown()
  expect(order.text()).toContain('款项已原路退回')
})

test('the order number can be copied', async () => {
  const order = await buy('pay')
  await order.press('复制')
  expect(phone.clipboard).toBe(theOrder()._id)
  expect(phone.toasts.at(-1)).toBe('已复制')
})

test('a clipboard that refuses is reported', async () => {
  phone.clipboardFails = true
  const order = await buy('pay')
  await order.press('复制')
  expect(phone.clipboard).toBe('')
  expect(phone.toasts.at(-1)).toBe('复制失败，请重试')
})

test('another shopper’s order is not found, and there is a button to go on', async () => {
  const order = await phone.open('pages/order/index', { orderNo: '20260301120000abcdefgh' })
  expect(order.text()).toContain('没有找到这笔订单')
  await order.press('查看订单')
  expect(phone.went.at(-1)).toBe('/pages/orders/index')
})

test.each(['', 'x', '20260301120000ABCDEFGH', '../../etc'])(
  'a malformed number (%j) sends no request',
  async (orderNo) => {
    const order = await phone.open('pages/order/index', { orderNo })
    expect(order.text()).toContain('没有找到这笔订单')
    expect(phone.calls).toEqual([])
  },
)

test('when the network is down at first, there is a message and a button', async () => {
  await buy('cancel')
  phone.fate = () => 'notSent'
  const order = await openOrder()
  await settle(5_000)
  expect(order.text()).toContain('网络连接超时')
  phone.fate = () => 'fine'
  await order.press('再试一次')
  await settle(1_000)
  expect(order.has('支付 ¥25.00')).toBe(true)
})

test('a link is hidden as soon as the shop keeps links out of the mini-program', async () => {
  phone.kind = 'link'
  phone.payInfo = 'https://pay.example/abc'
  await buy('pay')
  phone.shop.settings.externalWays = false
  const order = await reopen()
  await settle(1_000)
  expect(order.has('复制链接')).toBe(false)
  expect(order.text()).not.toContain('https://pay.example/abc')
})

test('a link is shown for copying, and the order becomes paid when the link was used', async () => {
  phone.kind = 'link'
  phone.payInfo = 'https://pay.example/abc'
  await buy('pay')
  const order = await reopen()
  expect(order.text()).toContain('微信内无法打开付款页面')
  expect(order.text()).toContain('https://pay.example/abc')
  await order.press('复制链接')
  expect(phone.clipboard).toBe('https://pay.example/abc')
  phone.shop.fake.pay(paymentNo())
  await settle(6_000)
  expect(order.text()).toContain('已支付')
})

describe('a code that somebody else scans', () => {
  const shown = expect.stringMatching(/^data:image\/png;base64,/)
  beforeEach(() => {
    phone.kind = 'qrcode'
    phone.payInfo = 'https://qr.example/pay/1'
  })

  test('is shown with the amount and which app can scan it, and the order becomes paid when it was used', async () => {
    const order = await buy('pay')
    expect(phone.went.at(-1)).toContain('result=code')
    expect(phone.sheets).toBe(0)
    expect(order.text()).toContain('请使用主要扫码付款')
    expect(order.picture()).toEqual(shown)
    expect(order.has('支付 ¥25.00')).toBe(false)
    phone.shop.fake.pay(paymentNo())
    await settle(6_000)
    expect(order.text()).toContain('已支付')
    expect(order.picture()).toBe('')
  })

  test('is still queried about when scanning takes minutes, and at once on demand', async () => {
    const order = await buy('pay')
    await settle(5 * 60_000)
    const reads = (): number => phone.calls.filter(({ action }) => action === 'read').length
    const soFar = reads()
    await settle(60_000)
    expect(reads() - soFar).toBeGreaterThanOrEqual(5)
    expect(reads() - soFar).toBeLessThanOrEqual(7)
    phone.shop.fake.pay(paymentNo())
    await order.press('我已付款')
    await settle(500)
    expect(order.text()).toContain('已支付')
  })

  test.each(['a restart', 'another phone'])('is shown again after %s, the same one', async (what) => {
    const before = await buy('pay')
    await before.leave()
    if (what === 'another phone') phone.storage.clear()
    const order = await openOrder()
    await settle(500)
    expect(order.picture()).toEqual(shown)
    expect(theOrder().payments).toHaveLength(1)
    phone.shop.fake.pay(paymentNo())
    await settle(6_000)
    expect(order.text()).toContain('已支付')
  })

  test('that cannot be read again is not requested at every poll', async () => {
    await (await buy('pay')).leave()
    const pays = (): number => phone.calls.filter(({ action }) => action === 'pay').length
    const soFar = pays()
    phone.fate = (action) => (action === 'pay' ? 'notSent' : 'fine')
    const order = await openOrder()
    await settle(30_000)
    expect(pays() - soFar).toBe(1)
    expect(order.picture()).toBe('')
  })

  test('disappears when the time to pay is over', async () => {
    const order = await buy('pay')
    await order.hide()
    await settle(31 * 60_000)
    await order.show()
    await settle(1_000)
    expect(order.picture()).toBe('')
    expect(order.text()).toContain('支付时间已过')
  })

  test('that is too long for a picture is reported, and another method can be chosen', async () => {
    phone.payInfo = 'x'.repeat(3_000)
    phone.storage.set('basket', { tea: 2 })
    const checkout = await phone.open('pages/checkout/index')
    await checkout.press('支付 ¥25.00')
    expect(checkout.text()).toContain('该支付方式暂不可用，请换一种')
  })

  test('can be saved to the album', async () => {
    const order = await buy('pay')
    await order.press('保存到相册')
    expect(phone.toasts.at(-1)).toBe('已保存到相册')
    expect(
      Buffer.from(phone.album[0] ?? '', 'base64')
        .subarray(1, 4)
        .toString(),
    ).toBe('PNG')
  })

  test.each([
    ['fail auth deny', 'mini-program'],
    ['fail:auth denied', 'mini-program'],
    ['fail authorize no response', 'mini-program'],
    ['fail:system permission denied', 'system'],
  ])('if the album is refused (%s), there is a message and a link to the settings', async (says, settings) => {
    const order = await buy('pay')
    phone.albumSays = says
    await order.press('保存到相册')
    expect(phone.modals.at(-1)).toContain('直接截屏')
    expect(phone.settings).toEqual([settings])
    phone.confirms = false
    await order.press('保存到相册')
    expect(phone.settings).toHaveLength(1)
  })

  test.each([
    ['fail api scope is not declared in the privacy agreement', 112, '暂时无法使用相册'],
    ['fail', 112, '暂时无法使用相册'],
    ['fail privacy permission is not authorized', 104, '未同意隐私保护指引'],
  ])('a refusal for privacy (%s, %d) says what to do, and opens no settings', async (says, errno, sentence) => {
    const order = await buy('pay')
    phone.albumSays = says
    phone.albumErrno = errno
    // Decline the dialog. If the test confirmed it, the page would save again and show the dialog again, without end.
    phone.confirms = false
    await order.press('保存到相册')
    expect(phone.modals.at(-1)).toContain(sentence)
    expect(phone.modals.at(-1)).toContain('直接截屏')
    expect(phone.settings).toEqual([])
  })

  test.each([
    ['fail cancel', undefined],
    ['fail file not found', '保存失败，请截屏保存'],
  ])('saving that ends with %s says %s', async (says, sentence) => {
    const order = await buy('pay')
    phone.albumSays = says
    await order.press('保存到相册')
    expect(phone.toasts.at(-1)).toBe(sentence)
    expect(phone.modals).toEqual([])
  })
})

describe('changing to another provider', () => {
  let second: FakeProvider
  beforeEach(() => {
    second = createFakeProvider('second', 'same', [
      { code: 'code', name: '扫码付', nameEn: 'Scan', kind: 'qrcode' },
      { code: 'main', name: '主要', nameEn: 'Main', kind: 'jsapi' },
      { code: 'app', name: '应用付', nameEn: 'App', kind: 'app' },
    ])
    phone = createPhone(second)
  })

  test('a method that a mini-program cannot use is left out; the others say how they continue', async () => {
    const order = await buy('cancel')
    expect(order.text()).not.toContain('应用付')
    expect(order.text()).toContain('扫码付扫描二维码付款')
  })

  test('each payment method has one row, whichever provider is behind it, and no provider’s name', async () => {
    const order = await buy('cancel')
    const rows = [...order.dom.querySelectorAll('[role="radio"]')].map((row) => row.getAttribute('aria-label'))
    expect(rows.length).toBeGreaterThan(1)
    expect(order.text().match(/主要/g)?.length).toBeLessThanOrEqual(2)
    expect(new Set(rows).size).toBe(rows.length)
    expect(order.said()).not.toMatch(/fake|second/)
  })

  test('after a failed payment: the old attempt is closed there, the new one is paid', async () => {
    const order = await buy('fail')
    await order.choose('扫码付')
    await order.press('支付 ¥25.00')
    expect(order.text()).toContain('请扫码付款')
    expect(phone.shop.fake.ledger.get(`${theOrder()._id}01`)?.state).toBe('closed')
    second.pay(paymentNo())
    await settle(5_000)
    expect(order.text()).toContain('已支付')
    expect(theOrder().payments).toMatchObject([
      { provider: 'fake', state: 'closed' },
      { provider: 'second', state: 'paid' },
    ])
  })

  test('and back to WeChat’s payment sheet while a code is on the page', async () => {
    const order = await buy('cancel')
    await order.choose('扫码付')
    await order.press('支付 ¥25.00')
    await order.choose('主要')
    phone.sheet = 'pay'
    await order.press('支付 ¥25.00')
    await settle(4_000)
    expect(order.text()).toContain('已支付')
    expect(theOrder().payments.map(({ state }) => state)).toEqual(['closed', 'closed', 'paid'])
  })

  test('that finds the old attempt paid accepts no more money', async () => {
    const order = await buy('fail')
    phone.shop.fake.pay(paymentNo())
    await order.choose('扫码付')
    await order.press('支付 ¥25.00')
    await settle(1_000)
    expect(order.text()).toContain('已支付')
    expect(second.ledger.size).toBe(0)
  })

  test('when both were paid, the shopper is told that nothing is lost', async () => {
    const order = await buy('fail')
    const first = paymentNo()
    phone.shop.fake.mood = 'down'
    await order.choose('扫码付')
    await order.press('支付 ¥25.00')
    second.pay(paymentNo())
    await settle(5_000)
    expect(order.text()).toContain('已支付')
    phone.shop.fake.mood = 'fine'
    phone.shop.fake.pay(first)
    await phone.settlePayment(first, 'paid')
    await order.pullDown()
    expect(order.text()).toContain('商家又收到您的一笔付款')
    expect(theOrder().payments.filter(({ surplus }) => surplus)).toHaveLength(1)
  })
})

describe('in English', () => {
  beforeEach(() => {
    phone.language = 'en'
  })

  test.each([
    ['pay', 'We’ve received your payment'],
    ['payLater', 'We’re confirming your payment'],
    ['fail', 'Try again or use another payment method'],
    ['cancel', 'You can still pay for it'],
    ['unknown', 'Please don’t pay again'],
  ] as const)('%s', async (sheet, sentence) => {
    const order = await buy(sheet)
    await settle(4_000)
    expect(order.text()).toContain(sentence)
    expect(order.said()).not.toMatch(/\p{Script=Han}/u)
  })

  test.each([
    ['qrcode', 'Scan this code with Main'],
    ['link', 'can’t be opened in WeChat'],
  ] as const)('%s', async (kind, sentence) => {
    phone.kind = kind
    const order = await buy('pay')
    expect(order.text()).toContain(sentence)
    expect(order.said()).not.toMatch(/\p{Script=Han}/u)
  })
})

test('texts for developers are never shown', async () => {
  const order = await buy('fail')
  const said = [order.said()]
  const codes = ['BadInput', 'NotFound', 'Forbidden', 'Conflict', 'Unsupported', 'BadSignature', 'Mismatch']
  const more = ['ProviderRefused', 'ProviderUnavailable', 'Internal', 'SomethingNew']
  for (const code of [...codes, ...more])
    for (const [action, label] of Object.entries({ pay: '支付 ¥25.00', cancel: '取消订单' })) {
      phone.fate = (asked) => (asked === action ? { code } : 'fine')
      await order.press(label)
      said.push(order.said())
      await order.pullDown()
    }
  const all = [...said, ...phone.toasts, ...phone.modals].join()
  expect(all).not.toContain(developerText)
  expect(all).not.toMatch(/mc-\d|requestPayment|cloud\.|undefined|null|NaN|Internal|Provider|SomethingNew/)
})
