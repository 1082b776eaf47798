// Tests a complaint in Chromium: it shows on the first page, and staff read it, answer, look at the order and complete
// it.
import { adminOf } from '../support/adminCall'
import { openAdmin, screens } from '../support/browser/adminWalk'
import { openStage, type Stage } from '../support/browser/walk'
import { dataOf } from '../support/startCloud'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
}, 240_000)
afterAll(() => stage.close())

const texts = {
  zh: {
    need: /条投诉待处理/,
    reply: '回复顾客',
    label: '回复内容',
    send: '发送',
    missing: '请填写内容',
    sent: '微信已收到',
    phone: '显示电话',
    toOrder: '查看订单，办理退款',
    refund: '退款',
    finish: '处理完成',
    yes: '处理完成',
    done: '已完成',
    nothing: '暂无投诉',
  },
  en: {
    need: /complaints? waiting/,
    reply: 'Reply',
    label: 'Your reply',
    send: 'Send',
    missing: 'Write something first',
    sent: 'Received by WeChat',
    phone: 'Show phone number',
    toOrder: 'Open the order to refund',
    refund: 'Refund',
    finish: 'Mark as resolved',
    yes: 'Resolved',
    done: 'Closed',
    nothing: 'No complaints',
  },
}

const wordsOf = (orderNo: string): string => `盖碗有一道裂纹，请问能退款吗？（${orderNo.slice(-4)}）`

async function complaint(): Promise<string> {
  const { cloud } = stage
  const { orderNo } = await cloud.newOrder()
  const { payInfo } = dataOf(await cloud.order('pay', { orderNo, provider: 'wechatpay', channel: 'jsapi' }))
  await cloud.post('/local/pay', { payInfo: JSON.parse(payInfo) })
  await cloud.advance(5_000)
  const [payment] = (await cloud.stored(orderNo)).payments
  await cloud.post('/local/complaints', {
    paymentNo: payment?.no,
    text: wordsOf(orderNo),
    about: 'REFUND',
    phone: '13812345678',
  })
  // Wait until the timer has read the complaint. On a busy machine it needs more than one run.
  for (let minutes = 0; minutes < 20; minutes++) {
    await cloud.advance(60_000)
    const { complaints } = dataOf(await adminOf(cloud)('complaints', { which: 'open' }))
    if (complaints.some((one) => one.orderNo === orderNo)) return orderNo
  }
  throw new Error('the complaint was not read')
}

describe.each(screens)('at $width px in $lang', (screen) => {
  const t = texts[screen.lang]

  it('staff answer a complaint and finish it', async () => {
    const orderNo = await complaint()
    const staff = await openAdmin(stage, screen, { path: 'today/index' })
    await staff.act(staff.shown.getByText(t.need))
    await staff.act(staff.shown.getByText(wordsOf(orderNo)))
    await staff.press(t.reply)
    await staff.press(t.send)
    await staff.sees(t.missing)
    await staff.shown.getByLabel(t.label).locator('textarea').fill('非常抱歉，马上为您退款')
    await staff.press(t.send)
    await staff.sees(t.sent)
    await staff.press(t.phone)
    await staff.sees('13812345678')
    const wide = await staff.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
    expect(wide).toBeLessThanOrEqual(0)
    await staff.act(staff.page.getByRole('link', { name: t.toOrder }).filter({ visible: true }))
    await staff.sees(orderNo.slice(-8))
    await staff.press(new RegExp(`^${t.refund}$`))
    await staff.press(/^(返回|Back)$/)
    await staff.press(t.finish)
    await staff.act(staff.page.getByRole('dialog').getByRole('button', { name: t.yes }))
    await staff.sees(t.done)
    await staff.end()
    const after = await openAdmin(stage, screen, { path: 'complaints/index' })
    await after.sees(t.nothing)
    await after.end()
  })
})
