// Tests payments by QR code and link in Chromium: the page shows them, still shows them when the shopper comes back,
// and another person pays them in the devtools.
import { openStage, type Stage, walk } from '../support/browser/walk'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
}, 90_000)
afterAll(() => stage.close())

describe('a shopper who does not pay in WeChat’s payment sheet', () => {
  it('shows a code, saves it, comes back to it, and sees it paid in the devtools', async () => {
    const shopper = await walk(stage, { phoneOnly: false, width: 1_280 })
    await shopper.toCheckout()
    await shopper.press('更多支付方式')
    await shopper.press(/微信扫码/, 'radio')
    await shopper.press(/^支付/)
    await shopper.sees('请使用微信扫码付款')
    const code = shopper.page.getByRole('img', { name: '付款二维码' })
    const { width = 0 } = (await code.boundingBox()) ?? {}
    expect(width).toBeGreaterThan(200)
    const download = shopper.page.waitForEvent('download')
    await shopper.press('保存到相册')
    expect((await download).suggestedFilename()).toBe('pay-code.png')
    await shopper.page.reload()
    await shopper.sees('请使用微信扫码付款')
    const orderNo = shopper.orderNo()
    await shopper.page.getByLabel('订单号', { exact: true }).fill(orderNo)
    await shopper.page.getByRole('region', { name: '订单文档' }).getByRole('button', { name: '查看' }).click()
    await shopper.page.getByRole('button', { name: /扫码或打开链接付款/ }).click()
    await shopper.sees('已支付')
    expect((await shopper.stored()).payments).toMatchObject([{ provider: 'paymax', state: 'paid' }])
    await shopper.end()
  })

  it('copies a link, changes the method, and pays with a code', async () => {
    const shopper = await walk(stage, { hand: 'touch', lang: 'en' })
    await shopper.toCheckout()
    await shopper.press('More payment methods')
    await shopper.press(/Pay on a page in the browser/, 'radio')
    await shopper.press(/^Pay/)
    await shopper.sees('can’t be opened in WeChat')
    await shopper.press('Copy link')
    await shopper.press('More payment methods')
    await shopper.press(/WeChat Pay QR code/, 'radio')
    await shopper.press(/^Pay/)
    await shopper.sees('Scan this code with WeChat Pay')
    const { payInfo } = (await shopper.stored()).payments.at(-1) ?? {}
    await stage.cloud.post('/local/pay', { payInfo })
    await shopper.sees('We’ve received your payment')
    await shopper.end()
  })
})
