// Tests a contract in Chromium, by mouse and by touch. A subscriber signs after some failed tries, is charged, pays a
// missed period by hand, and ends the contract.
import type { Contract } from '../../cloudfunctions/shared/domain/contractShape'
import { type Hand, openStage, type Stage, type Walk, type WalkOptions, walk } from '../support/browser/walk'

const minute = 60_000
const day = 24 * 60 * minute

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
}, 90_000)
afterAll(() => stage.close())

// WeChat takes debits from 7:00 to 22:00 in Beijing, so each walk begins in the morning.
async function toMorning(): Promise<void> {
  const { now } = (await (await fetch(`${stage.cloud.url}/local/clock`)).json()) as { now: number }
  const midnight = Math.floor((now + 8 * 60 * minute) / day) * day - 8 * 60 * minute
  const nine = midnight + 9 * 60 * minute
  await stage.cloud.advance((now < nine ? nine : nine + day) - now)
}

let people = 0

/** Opens the plans as a new user, and agrees to the first plan. */
async function toAgreed(options: WalkOptions = {}): Promise<Walk> {
  people += 1
  const one = await walk(stage, { as: `oMiniCashier_subscriber_${people}`, ...options })
  const zh = options.lang !== 'en'
  await one.press(zh ? /^自动续费/ : /^Subscriptions/)
  const agree = one.page.getByRole('checkbox', { name: zh ? /同意到期自动扣款/ : /agree to automatic renewal/ })
  await agree.waitFor()
  await (options.hand === 'touch' ? agree.tap() : agree.click())
  return one
}

/** Continues to WeChat's signing page. */
async function toSigning(one: Walk): Promise<void> {
  await one.press('去微信签约')
  await one.press('允许')
  await one.sees('申请自动扣款')
}

async function toSigned(options: WalkOptions = {}): Promise<Walk> {
  const one = await toAgreed(options)
  await toSigning(one)
  await one.press('同意并签约')
  await one.sees('续费中')
  return one
}

function contractNo(one: Walk): string {
  const found = /contractNo=(\w+)/.exec(one.page.url())?.[1]
  if (found === undefined) throw new Error(`not on a contract's page: ${one.page.url()}`)
  return found
}

const stored = async (no: string): Promise<Contract> =>
  (await fetch(`${stage.cloud.url}/local/contracts/${no}`)).json() as Promise<Contract>

const next = (scenario: string) => stage.cloud.post('/local/sandbox', { provider: 'wechatpay', scenario })
const hands: Hand[] = ['mouse', 'touch']

// Run this test first, because the scenario that it chooses applies to the next debit of any contract.
it('a year in the devtools: the calendar shows announcements, charges and failures', async () => {
  await toMorning()
  const one = await toSigned({ phoneOnly: false, width: 1500 })
  const no = contractNo(one)
  const calendar = one.page.getByRole('region', { name: '续费日历' })
  await calendar.getByText('active').waitFor()
  for (let month = 0; month < 12; month++) {
    if (month === 6) await next('not-enough')
    await one.page.getByRole('button', { name: '+30 天' }).click()
    await one.page.getByRole('progressbar').waitFor({ state: 'hidden', timeout: 60_000 })
  }
  const { charges } = await stored(no)
  expect(charges.length).toBeGreaterThanOrEqual(12)
  expect(charges.slice(0, 12).every(({ state }) => state === 'paid')).toBe(true)
  await calendar.getByLabel(/成功/).nth(5).waitFor()
  await calendar.getByLabel(/通知/).nth(5).waitFor()
  await calendar.getByLabel(/失败/).first().waitFor()
  await one.end()
}, 180_000)

describe.each(hands)('a subscriber by %s', (hand) => {
  it('signs, and the first charge follows', async () => {
    await toMorning()
    const one = await toSigned({ hand })
    await stage.cloud.advance(2 * minute)
    await one.sees('已扣款')
    expect(await stored(contractNo(one))).toMatchObject({
      state: 'active',
      charges: [{ state: 'paid', byHand: false }],
    })
    await one.end()
  })

  it('leaves WeChat’s page by the back arrow, and continues with the same contract', async () => {
    const one = await toAgreed({ hand })
    await toSigning(one)
    await one.page.getByRole('dialog').getByRole('button', { name: '返回' }).click()
    await one.sees('您已离开微信签约页')
    const first = contractNo(one)
    expect((await stored(first)).state).toBe('signing')
    await one.press('继续签约')
    await one.press('允许')
    await one.press('同意并签约')
    await one.sees('续费中')
    expect(contractNo(one)).toBe(first)
    await one.end()
  })

  it('402-1-2-2: WeChat’s page does not open at first, and opens the second time', async () => {
    const one = await toAgreed({ hand })
    await one.press('去微信签约')
    await one.page.getByRole('dialog').getByRole('button', { name: '取消' }).click()
    await one.sees('在微信弹窗中选择“允许”')
    await one.press('再试一次')
    await one.press('允许')
    await one.sees('申请自动扣款')
    await one.end()
  })

  it('ends it with one confirmation, and nothing is charged any more', async () => {
    await toMorning()
    const one = await toSigned({ hand })
    await stage.cloud.advance(2 * minute)
    await one.sees('已扣款')
    await one.press('取消自动续费')
    await one.sees('取消后立即生效，不再扣款')
    await one.page.getByRole('dialog').getByRole('button', { name: '确定取消', exact: true }).click()
    await one.sees('您已取消自动续费')
    await stage.cloud.advance(65 * day)
    expect(await stored(contractNo(one))).toMatchObject({ state: 'ended', endedBy: 'subscriber', charges: [{}] })
    await one.end()
  })
})

describe('a subscriber', () => {
  it.each([
    ['iOS 6.5.8', '&wechat=6.5.8&platform=ios'],
    ['Android 6.5.9', '&wechat=6.5.9&platform=android'],
  ])('402-1-2-1, %s: sees how to update WeChat, and no page was opened', async (_, extra) => {
    const one = await toAgreed({ extra })
    await one.press('去微信签约')
    await one.sees('请在应用商店更新微信')
    await one.end()
  })

  it('402-1-2-2, because WeChat cannot open the page', async () => {
    const one = await toAgreed({ extra: '&signing=jump-fails' })
    await one.press('去微信签约')
    await one.sees('在微信弹窗中选择“允许”')
    await one.end()
  })

  it('−101: sees the existing subscription', async () => {
    const one = await toSigned({ as: 'oMiniCashier_signed_before_1' })
    const existing = contractNo(one)
    await one.end()
    const again = await toAgreed({ as: 'oMiniCashier_signed_before_1' })
    await again.press('去微信签约')
    await again.sees('您已签约该方案')
    await again.press('查看已开通的方案')
    await again.sees('续费中')
    expect(contractNo(again)).toBe(existing)
    await again.end()
  })

  it('refuses on WeChat’s page: nothing is signed', async () => {
    const one = await toAgreed()
    await toSigning(one)
    await one.press('不同意')
    await one.sees('签约未完成')
    expect((await stored(contractNo(one))).state).toBe('signing')
    await one.end()
  })

  it('signs, and leaves by the back arrow: the server knows', async () => {
    const one = await toAgreed({ extra: '&signing=signed-and-back' })
    await toSigning(one)
    await one.press('同意并签约')
    await one.sees('续费中')
    await one.end()
  })

  it('misses a period, and pays it by hand: the subscription continues', async () => {
    await toMorning()
    const one = await toSigned()
    const no = contractNo(one)
    await stage.cloud.advance(2 * minute)
    await one.sees('已扣款')
    await next('empty-wallet')
    await stage.cloud.advance(40 * day)
    expect((await stored(no)).state).toBe('pastDue')
    await next('pay')
    await one.page.reload()
    await one.sees('待支付')
    await one.sees(/前支付，否则自动续费将结束/)
    await one.press(/^立即支付/)
    await one.press(/^支付 ?¥/)
    await one.confirm()
    await one.sees('已收到您的付款')
    await one.press('返回')
    await one.sees('续费中')
    const after = await stored(no)
    expect(after.state).toBe('active')
    expect(after.charges).toMatchObject([{ state: 'paid' }, { state: 'paid', byHand: true }])
    await one.end()
  })

  it('ends it in WeChat, and the page says so', async () => {
    const one = await toSigned()
    const no = contractNo(one)
    await stage.cloud.post('/local/sign', { contractNo: no, scenario: 'terminate' })
    await stage.cloud.advance(minute)
    await one.page.reload()
    await one.sees('已在微信中解约')
    await one.end()
  })

  it('moves the clock in the devtools: the phone shows the days of the new day', async () => {
    const one = await walk(stage, { phoneOnly: false, width: 1280 })
    await one.press(/自动续费/)
    await one.pressText('每周试饮')
    const summary = one.page
      .getByText(/免费试用 7 天，\d{4}-\d\d-\d\d 首次扣款/)
      .filter({ visible: true })
      .last()
    const before = (await summary.textContent()) ?? ''
    await one.page.getByRole('button', { name: '+1 天' }).click()
    await one.page.waitForFunction(
      (text) => !Array.from(document.querySelectorAll('.wx-page')).some((page) => page.textContent?.includes(text)),
      before,
    )
    expect(await summary.textContent()).toMatch(/免费试用 7 天，\d{4}-\d\d-\d\d 首次扣款/)
    await one.end()
  })

  it('reads everything in English', async () => {
    const one = await toAgreed({ lang: 'en' })
    const page = one.page.locator('.wx-page').filter({ visible: true }).last()
    expect(await page.textContent()).not.toMatch(/\p{Script=Han}/u)
    await one.press('Subscribe with WeChat Pay')
    await one.press('Allow')
    await one.press('Agree and sign')
    await one.sees('Active')
    expect(await page.textContent()).not.toMatch(/\p{Script=Han}/u)
    await one.end()
  })
})
