// Tests the page of one contract. The page shows the state from our record, and does not believe the answer that WeChat
// gives on the phone. The page also shows charges and failures, and how to end the contract.
import { day, minute } from '../support/club'
import { createPhone, developerText, type OpenPage, type Phone, settle } from '../support/openPage'

let phone: Phone
beforeEach(() => {
  // Sunday noon in Beijing, when debits are allowed.
  jest.useFakeTimers({ now: Date.parse('2026-03-01T04:00:00Z') })
  phone = createPhone()
})
afterEach(() => jest.clearAllTimers())

const openPage = (contractNo: string, word?: string): Promise<OpenPage> =>
  phone.open('pages/contract/index', { contractNo, ...(word && { word }) })

/** Starts to sign a contract on this phone and stops at WeChat's page. */
async function begin(plan = '每月一茶'): Promise<string> {
  const plans = await phone.open('pages/plans/index')
  await plans.choose(plan)
  await plans.choose('同意到期自动扣款续费')
  await plans.press('去微信签约')
  await settle(300)
  await plans.leave()
  return String(phone.jumps.at(-1)?.extraData.contract_code)
}

const agree = (contractNo: string, template = '100001') =>
  phone.club.papay.sign(contractNo, template, 'shopper-a', phone.club.now)

/**
 * Lets time pass and runs the timer when work is due. The timer's work waits with setTimeout, so fake time must go on
 * while the timer runs.
 */
async function pass(ms: number): Promise<void> {
  let isOver = false
  const run = phone.club.until(phone.club.now + ms).finally(() => {
    isOver = true
  })
  while (!isOver) await settle(1_000)
  await run
}

describe('back from WeChat’s page', () => {
  test('signed, and WeChat confirms it in a query: the page says so without a notification', async () => {
    const contractNo = await begin()
    agree(contractNo)
    const page = await openPage(contractNo, 'signed')
    expect(page.text()).toContain('续费中')
    expect(phone.calls.at(-1)).toMatchObject({ action: 'read', input: { contractNo, refresh: true } })
  })

  test('WeChat says “signed before”: the page says so too, and links to the existing contract', async () => {
    const contractNo = await begin()
    const page = await openPage(contractNo, 'already')
    expect(page.text()).toContain('已经签约')
    expect(page.text()).not.toContain('签约未成功')
    expect(page.has('继续签约')).toBe(false)
    await page.press('查看已开通的方案')
    expect(phone.went.at(-1)).toBe('/pages/contracts/index')
  })

  test('WeChat says “signed before” about this very contract: it is active as soon as WeChat is queried', async () => {
    const contractNo = await begin()
    agree(contractNo)
    expect((await openPage(contractNo, 'already')).text()).toContain('续费中')
  })

  test('“success” on the phone alone signs nothing', async () => {
    const contractNo = await begin()
    const page = await openPage(contractNo, 'signed')
    expect(page.text()).toContain('正在确认')
    expect(page.text()).not.toContain('续费中')
    await settle(20_000)
    agree(contractNo)
    await settle(5_000)
    expect(page.text()).toContain('续费中')
  })

  test('no answer for a minute: the page says so, and one tap queries again', async () => {
    const contractNo = await begin()
    const page = await openPage(contractNo, 'signed')
    await settle(70_000)
    expect(page.text()).toContain('暂未收到签约结果')
    agree(contractNo)
    await page.press('刷新结果')
    await settle(4_000)
    expect(page.text()).toContain('续费中')
  })

  test('left by the back arrow: the contract may be signed all the same', async () => {
    const contractNo = await begin()
    agree(contractNo)
    const page = await openPage(contractNo, 'left')
    expect(page.text()).toContain('续费中')
  })

  test('left or refused: nothing is charged, and signing can be continued with the same contract', async () => {
    const contractNo = await begin()
    const page = await openPage(contractNo, 'left')
    expect(page.text()).toContain('您已离开微信签约页')
    await page.press('继续签约')
    await settle(300)
    expect(phone.jumps.map(({ extraData }) => extraData.contract_code)).toEqual([contractNo, contractNo])
    phone.appShown({ scene: 1038, referrerInfo: { appId: 'wxbd687630cd02ce1d', extraData: { return_code: 'FAIL' } } })
    await settle(400)
    expect(page.text()).toContain('签约未完成')
    agree(contractNo)
    await settle(5_000)
    expect(page.text()).toContain('续费中')
  })

  test('continuing fails to open WeChat’s page: a message, and it can be tried again', async () => {
    const contractNo = await begin()
    const page = await openPage(contractNo, 'left')
    phone.jump = 'fails'
    await page.press('继续签约')
    await settle(500)
    expect(page.text()).toContain('在微信弹窗中选择“允许”')
    expect(page.said()).not.toContain(developerText)
    phone.jump = 'goes'
    await page.press('再试一次')
    await settle(300)
    expect(phone.jumps).toHaveLength(3)
  })

  test('an expired signing says so, and links to the plans', async () => {
    const contractNo = await begin()
    phone.club.now += 40 * minute
    await pass(2 * minute)
    const page = await openPage(contractNo)
    expect(page.text()).toContain('签约未完成，不会扣款')
    await page.press('重新签约')
    expect(phone.went).toEqual(['/pages/plans/index'])
  })

  test('WeChat cannot be queried: the record is shown, and queries continue', async () => {
    const contractNo = await begin()
    phone.fate = (action, nth) => (action === 'read' && nth === 1 ? { code: 'ProviderUnavailable' } : 'fine')
    const page = await openPage(contractNo, 'signed')
    await settle(400)
    expect(page.text()).toContain('正在确认')
    agree(contractNo)
    await settle(4_000)
    expect(page.text()).toContain('续费中')
  })
})

describe('charging', () => {
  test('the first charge follows signing; the page shows it, and the next one', async () => {
    const contractNo = await phone.club.subscribe()
    const page = await openPage(contractNo)
    await pass(2 * minute)
    await settle(4_000)
    expect(page.text()).toContain('已扣款')
    expect(page.text()).toContain('¥38.00')
    expect(page.text()).toContain('2026-04-01')
    expect(page.text()).toContain('扣款前，微信会通知您')
    await page.press('查看订单')
    expect(phone.went[0]).toMatch(/^\/pages\/order\/index\?orderNo=20260301\d{6}/)
  })

  test('a trial: nothing is charged yet, and the day of the first charge is shown', async () => {
    const contractNo = await phone.club.subscribe('weekly')
    const page = await openPage(contractNo)
    expect(page.text()).toContain('试用中')
    expect(page.text()).toContain('2026-03-08')
    expect(page.text()).toContain('暂无扣款记录')
  })

  test('a failed charge says why, when it is tried again, and can be paid by hand', async () => {
    phone.club.papay.word = () => 'NOTENOUGH'
    const contractNo = await phone.club.subscribe()
    await pass(10 * minute)
    const page = await openPage(contractNo)
    expect(page.text()).toContain('待重新扣款')
    expect(page.text()).toContain('余额不足')
    expect(page.text()).toContain('自动重试')
    expect((await phone.open('pages/contracts/index')).text()).toMatch(/扣款失败，将于 2026-\d\d-\d\d 重试/)
    await page.press('立即支付 ¥38.00')
    const orderNo = phone.club.contract(contractNo).charges[0]?.orderNo
    expect(phone.went).toEqual([`/pages/order/index?orderNo=${orderNo}`])
  })

  test('past due: the page says until when to pay, and what happens otherwise; an unpaid contract ends', async () => {
    phone.club.papay.word = () => 'NOTENOUGH'
    const contractNo = await phone.club.subscribe()
    while (phone.club.contract(contractNo).state !== 'pastDue') await pass(day)
    const page = await openPage(contractNo)
    expect(page.text()).toContain('待支付')
    expect(page.text()).toMatch(/请在 2026-\d\d-\d\d \d\d:\d\d 前支付，否则自动续费将结束/)
    const list = () => phone.open('pages/contracts/index')
    expect((await list()).text()).toMatch(/请在 2026-\d\d-\d\d \d\d:\d\d 前支付/)
    await pass(9 * day)
    await page.pullDown()
    expect(page.text()).toContain('因有一期逾期未支付')
    expect((await list()).text()).not.toContain('前支付')
    expect(page.has('立即支付')).toBe(false)
  })
})

describe('the end', () => {
  test('one confirmation that says what happens, and nothing is charged any more', async () => {
    const contractNo = await phone.club.subscribe()
    await pass(2 * minute)
    const page = await openPage(contractNo)
    phone.confirms = false
    await page.press('取消自动续费')
    expect(phone.modals).toEqual([expect.stringContaining('取消后立即生效，不再扣款')])
    expect(phone.club.contract(contractNo).state).toBe('active')
    phone.confirms = true
    await page.press('取消自动续费')
    expect(page.text()).toContain('您已取消自动续费')
    expect(page.has('取消自动续费')).toBe(false)
    const taken = phone.club.papay.taken.length
    await pass(70 * day)
    expect(phone.club.papay.taken).toHaveLength(taken)
  })

  test('WeChat cannot be told yet: the contract has ended here, and the page updates when WeChat agrees', async () => {
    const contractNo = await phone.club.subscribe()
    phone.club.papay.line = () => 'down'
    const page = await openPage(contractNo)
    await page.press('取消自动续费')
    expect(page.text()).toContain('自动续费已取消，不会再扣款')
    phone.club.papay.line = () => 'fine'
    await pass(10 * minute)
    await settle(5_000)
    expect(page.text()).toContain('您已取消自动续费')
  })

  test('a lost reply: the record shows that the contract has ended', async () => {
    const contractNo = await phone.club.subscribe()
    const page = await openPage(contractNo)
    phone.fate = (action) => (action === 'end' ? 'lostReply' : 'fine')
    await page.press('取消自动续费')
    await settle(5_000)
    expect(page.text()).toContain('您已取消自动续费')
  })

  test('the request did not arrive: a message, and it can be tried again', async () => {
    const contractNo = await phone.club.subscribe()
    const page = await openPage(contractNo)
    phone.fate = (action) => (action === 'end' ? 'notSent' : 'fine')
    await page.press('取消自动续费')
    await settle(5_000)
    expect(page.text()).toContain('网络连接超时')
    phone.fate = () => 'fine'
    await page.press('再试一次')
    await settle(1_000)
    expect(page.text()).toContain('您已取消自动续费')
  })

  test('ended in WeChat: the page says so', async () => {
    const contractNo = await phone.club.subscribe()
    phone.club.papay.terminate(contractNo, phone.club.now)
    await phone.club.notifySigned(contractNo)
    const page = await openPage(contractNo)
    expect(page.text()).toContain('已在微信中解约')
  })
})

test('somebody else’s contract, or none: nothing is shown of it, and there is a button to go on', async () => {
  const contractNo = await phone.club.subscribe()
  const other = phone.club.as('shopper-b')
  Object.assign(phone.club.ctx, { openid: other.openid })
  const page = await openPage(contractNo)
  expect(page.text()).toContain('没有找到')
  await page.press('我的自动续费')
  expect(phone.went).toEqual(['/pages/contracts/index'])
  const none = await openPage('1234')
  expect(none.text()).toContain('没有找到')
})

test('leaving the page stops the queries', async () => {
  const contractNo = await begin()
  const page = await openPage(contractNo, 'signed')
  await page.hide()
  const asked = phone.calls.length
  await settle(30_000)
  expect(phone.calls).toHaveLength(asked)
})

test('in English', async () => {
  phone.language = 'en'
  phone.club.papay.word = () => 'NOTENOUGH'
  const contractNo = await phone.club.subscribe()
  await pass(10 * minute)
  const page = await openPage(contractNo)
  expect(page.text()).toContain('Payment failed')
  expect(page.text()).toContain('Your balance was too low')
  await page.press('Cancel subscription')
  expect(phone.modals[0]).toContain('you won’t be charged again')
  expect(page.said()).not.toMatch(/\p{Script=Han}/u)
})
