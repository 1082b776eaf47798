// Tests the page of plans: what the shopper must know before signing, the consent, and each way in which signing can
// end on this page.
import type { Plan } from '../../cloudfunctions/shared/store/plans'
import { createPhone, developerText, type OpenPage, type Phone, settle } from '../support/openPage'

let phone: Phone
beforeEach(() => {
  jest.useFakeTimers({ now: Date.parse('2026-03-01T04:00:00Z') })
  phone = createPhone()
})
afterEach(() => jest.clearAllTimers())

const open = (): Promise<OpenPage> => phone.open('pages/plans/index')
const signing = 'wxbd687630cd02ce1d'
const fromSigning = (extraData?: object) => ({
  scene: 1038,
  referrerInfo: { appId: signing, ...(extraData && { extraData }) },
})
const back = (extraData?: object) => phone.appShown(fromSigning(extraData))

async function agreeAndSign(plans: OpenPage): Promise<void> {
  await plans.choose('同意到期自动扣款续费')
  await plans.press('去微信签约')
  await settle(300)
}

function withdraw(plan: Plan): void {
  const withdrawn: Plan = { ...plan, onSale: false }
  phone.club.db.put('plans', withdrawn)
}

const contractNo = (): string => String(phone.jumps[0]?.extraData.contract_code)

describe('before signing', () => {
  test('all required facts are on the page: price, period, renewal, how to cancel', async () => {
    const plans = await open()
    for (const text of [
      '每月一茶',
      '每月 ¥38.00',
      '金额固定',
      '签约后立即扣款 ¥38.00',
      '每月同一天扣款，第二次扣款日期为 2026-04-01',
    ])
      expect(plans.text()).toContain(text)
    for (const text of ['在您取消之前', '每次扣款前至少两天', '第 1、3、5 天重试', '7 天内手动支付', '随时'])
      expect(plans.text()).toContain(text)
  })

  test('a plan with a ceiling and a trial says what may be charged at most, and when charges begin', async () => {
    const plans = await open()
    await plans.choose('每周鲜花')
    expect(plans.text()).toContain('每周最高 ¥50.00，通常 ¥30.00')
    expect(plans.text()).toContain('先免费试用 7 天，2026-03-08 首次扣款 ¥30.00')
    expect(plans.text()).toContain('每次扣款前 24 小时，微信都会通知您')
  })

  test('first charge, period and cancelling are shown right above the button, at any scroll position', async () => {
    const plans = await open()
    const above = (): string =>
      plans.text().slice(plans.text().lastIndexOf('关闭。立即生效'), plans.text().indexOf('我已阅读'))
    expect(above()).toContain('签约后立即扣款 ¥38.00，之后每月 ¥38.00，可随时取消。')
    await plans.choose('每周鲜花')
    expect(above()).toContain(
      '免费试用 7 天，2026-03-08 首次扣款 ¥30.00，之后每周最高 ¥50.00，通常 ¥30.00，可随时取消。',
    )
  })

  test('a shopper who returns on another day sees the days of that day, and agrees to them', async () => {
    const plans = await open()
    await plans.choose('每周鲜花')
    await plans.choose('同意到期自动扣款续费')
    jest.setSystemTime(Date.now() + 86_400_000)
    await plans.hide()
    await plans.show()
    expect(plans.text()).toContain('2026-03-09 首次扣款')
    await plans.press('去微信签约')
    await settle(300)
    // The date of the first charge has changed, so the shopper must agree again.
    expect(phone.jumps).toEqual([])
  })

  test('nothing is signed without consent, and consent to one plan is no consent to another', async () => {
    const plans = await open()
    await plans.press('去微信签约')
    await plans.choose('同意到期自动扣款续费')
    await plans.choose('每周鲜花')
    await plans.press('去微信签约')
    await settle(300)
    expect(phone.jumps).toEqual([])
    expect(phone.calls.map(({ action }) => action)).toEqual(['plans'])
  })

  test('no plans: a message, and a link to the existing subscriptions', async () => {
    for (const plan of phone.club.db.all<Plan>('plans')) withdraw(plan)
    const plans = await open()
    expect(plans.text()).toContain('暂无方案')
    await plans.press('我的自动续费')
    expect(phone.went).toEqual(['/pages/contracts/index'])
  })

  test('when nothing can be loaded, there is a message and a button', async () => {
    phone.fate = () => 'notSent'
    const plans = await open()
    await settle(5_000)
    expect(plans.text()).toContain('网络连接超时')
    phone.fate = () => 'fine'
    await plans.press('重新加载')
    expect(plans.text()).toContain('每月一茶')
  })
})

describe('signing', () => {
  test('passes the server’s signed data to WeChat’s page, and returns to the contract’s page', async () => {
    const plans = await open()
    await agreeAndSign(plans)
    expect(phone.club.contract(contractNo())).toMatchObject({ state: 'signing', openid: 'shopper-a' })
    expect(phone.jumps).toHaveLength(1)
    back({ return_code: 'SUCCESS', return_msg: 'OK', contract_id: '1' })
    await settle()
    expect(phone.went).toEqual([`/pages/contract/index?contractNo=${contractNo()}&word=signed`])
  })

  test.each([
    ['left by the arrow', 'left', () => back()],
    ['an empty answer', 'left', () => back({})],
    ['refused', 'refused', () => back({ return_code: 'FAIL', return_msg: 'no' })],
    ['signed before', 'already', () => back({ return_code: 'FAIL', return_msg: '已签约，无法重复签约' })],
    ['back another way', 'left', () => phone.appShown({ scene: 1001 })],
    [
      'back from another mini-program, whatever that says',
      'left',
      () => phone.appShown({ scene: 1038, referrerInfo: { appId: 'wx1', extraData: { return_code: 'SUCCESS' } } }),
    ],
  ])('%s: the contract’s page queries the server', async (_, word, comeBack) => {
    const plans = await open()
    await agreeAndSign(plans)
    comeBack()
    await settle()
    expect(phone.went).toEqual([`/pages/contract/index?contractNo=${contractNo()}&word=${word}`])
  })

  test('a double tap is one contract', async () => {
    const plans = await open()
    await plans.choose('同意到期自动扣款续费')
    await plans.pressTwice('去微信签约')
    await settle(300)
    expect(phone.jumps).toHaveLength(1)
    expect(phone.club.db.all('contracts')).toHaveLength(1)
  })

  test('a lost reply, and a restart before the answer: still one contract', async () => {
    phone.fate = (action) => (action === 'open' ? 'lostReply' : 'fine')
    const plans = await open()
    await agreeAndSign(plans)
    await settle(5_000)
    expect(plans.text()).toContain('请重试，不会重复签约')
    await plans.leave()
    phone.fate = () => 'fine'
    const again = await open()
    await agreeAndSign(again)
    expect(phone.jumps).toHaveLength(1)
    expect(phone.club.db.all('contracts')).toHaveLength(1)
  })

  test('the app was closed while WeChat’s page was open: coming back leads to the contract’s page', async () => {
    const plans = await open()
    await agreeAndSign(plans)
    await plans.leave()
    phone.cameFrom = fromSigning({ return_code: 'SUCCESS' })
    await phone.open('pages/shop/index')
    expect(phone.went).toEqual([`/pages/contract/index?contractNo=${contractNo()}&word=signed`])
  })

  test('an unfinished signing is continued, and after it expired there is a new contract', async () => {
    const plans = await open()
    await agreeAndSign(plans)
    back()
    await plans.leave()
    const again = await open()
    await agreeAndSign(again)
    expect(phone.club.db.all('contracts')).toHaveLength(1)
    back()
    await again.leave()
    phone.club.now += 40 * 60_000
    const later = await open()
    await agreeAndSign(later)
    expect(phone.club.db.all('contracts')).toHaveLength(2)
    expect(phone.jumps).toHaveLength(3)
  })
})

describe('signing that does not begin shows a message and a button', () => {
  test.each([
    ['Android 6.5.9', { platform: 'android', version: '6.5.9' }, true],
    ['iOS 6.5.8', { platform: 'ios', version: '6.5.8' }, true],
    ['a client without the jump', { platform: 'ios', version: '6.5.9' }, false],
  ])('402-1-2-1, %s: how to update WeChat; nothing was sent', async (_, client, knowsJump) => {
    phone.client = client
    phone.knowsJump = knowsJump
    const plans = await open()
    await agreeAndSign(plans)
    expect(plans.text()).toContain('请在应用商店更新微信')
    expect(plans.has('再试一次')).toBe(true)
    expect(phone.calls.map(({ action }) => action)).toEqual(['plans'])
  })

  test('402-1-2-2: the page did not open, try again; the second try works with the same contract', async () => {
    phone.jump = 'fails'
    const plans = await open()
    await agreeAndSign(plans)
    expect(plans.text()).toContain('在微信弹窗中选择“允许”')
    phone.jump = 'goes'
    await plans.press('再试一次')
    await settle(300)
    expect(phone.jumps).toHaveLength(2)
    expect(phone.club.db.all('contracts')).toHaveLength(1)
  })

  test('−101: signed already, and that contract can be opened', async () => {
    const existing = await phone.club.subscribe()
    const plans = await open()
    await agreeAndSign(plans)
    expect(plans.text()).toContain('您已签约该方案')
    await plans.press('查看已开通的方案')
    expect(phone.went).toEqual([`/pages/contract/index?contractNo=${existing}`])
    expect(phone.jumps).toEqual([])
  })

  test('−1: the server cannot be reached', async () => {
    const plans = await open()
    phone.fate = () => 'notSent'
    await agreeAndSign(plans)
    await settle(5_000)
    expect(plans.text()).toContain('网络连接超时')
    phone.fate = () => 'fine'
    await plans.press('再试一次')
    await settle(300)
    expect(phone.jumps).toHaveLength(1)
  })

  test('−1: a plan that was withdrawn meanwhile is not signed, and the list is read again', async () => {
    const plans = await open()
    const [first] = phone.club.db.all<Plan>('plans')
    if (first) withdraw(first)
    await agreeAndSign(plans)
    expect(plans.text()).toContain('方案信息有变动')
    expect(plans.text()).not.toContain('每月一茶')
    expect(plans.text()).toContain('每周鲜花')
  })

  test('−1: no text for developers is shown', async () => {
    for (const code of ['Internal', 'ProviderRefused', 'ProviderUnavailable', 'Unsupported', 'SomethingNew']) {
      const plans = await open()
      phone.fate = (action) => (action === 'open' ? { code } : 'fine')
      await agreeAndSign(plans)
      await settle(5_000)
      expect(plans.said()).not.toMatch(new RegExp(`${developerText}|mc-|402-|rejected`))
      expect(plans.text()).toMatch(/请稍后再试|请再试一次|联系商家/)
      await plans.leave()
    }
  })
})

test('in English', async () => {
  phone.language = 'en'
  const plans = await open()
  expect(plans.text()).toContain('¥38.00 a month. The amount doesn’t change.')
  expect(plans.text()).toContain('Before you subscribe')
  expect(plans.text()).toContain('¥38.00 when you subscribe, then ¥38.00 a month. Cancel anytime.')
  await plans.choose('Flowers each week')
  expect(plans.text()).toContain('Up to ¥50.00 a week, usually ¥30.00.')
  await plans.choose('agree to automatic renewal')
  phone.jump = 'fails'
  await plans.press('Subscribe with WeChat Pay')
  await settle(300)
  expect(plans.text()).toContain('tap Allow when WeChat asks')
  expect(plans.said()).not.toMatch(/\p{Script=Han}/u)
})
