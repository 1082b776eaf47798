// Tests the pages for subscribers and the staff pages about contracts: what staff see, and that each action is
// confirmed once.
import type { Contract } from '../../../cloudfunctions/shared/domain/contractShape'
import { createPhone, developerText, type Phone, settle } from '../../support/openPage'
import { answerLate } from '../lateAnswers'

let phone: Phone
beforeEach(() => {
  jest.useFakeTimers({ now: Date.parse('2026-03-01T04:00:00Z') })
  phone = createPhone()
  phone.role = 'operator'
})
afterEach(() => jest.clearAllTimers())

const stored = (contractNo: string): Contract | undefined =>
  phone.club.db.all<Contract>('contracts').find(({ _id }) => _id === contractNo)

test('a subscription is listed by its state, and can be opened', async () => {
  const contractNo = await phone.club.subscribe('weekly')
  const page = await phone.open('pages/admin/contracts/index')
  for (const text of ['每周鲜花', '试用中', '没有更多了']) expect(page.text()).toContain(text)
  await page.choose('欠费')
  await page.hide()
  expect(page.text()).toContain('没有符合条件的自动续费')
  const one = await phone.open('pages/admin/contract/index', { contractNo })
  for (const text of ['每周最高 ¥50.00，通常 ¥30.00', '签约成功', contractNo]) expect(one.text()).toContain(text)
  expect(one.text()).not.toContain('shopper-a')
})

test('a subscription is ended once, after a confirmation, however often the button is tapped', async () => {
  const contractNo = await phone.club.subscribe('weekly')
  const page = await phone.open('pages/admin/contract/index', { contractNo })
  phone.confirms = false
  await page.press('取消自动续费')
  expect(stored(contractNo)?.state).toBe('active')
  phone.confirms = true
  await page.pressTwice('取消自动续费')
  expect(phone.calls.filter(({ action }) => action === 'endContract')).toHaveLength(1)
  expect(phone.modals).toHaveLength(2)
  expect(page.has('取消自动续费')).toBe(false)
})

test('an ended subscription stays ended when an older answer arrives after it', async () => {
  const contractNo = await phone.club.subscribe('weekly')
  const page = await phone.open('pages/admin/contract/index', { contractNo })
  answerLate('contracts', 1_000)
  const anew = page.pullDown()
  await page.press('取消自动续费')
  await anew
  await settle(2_000)
  expect(stored(contractNo)?.state).not.toBe('active')
  expect(page.has('取消自动续费')).toBe(false)
})

test('a viewer sees a subscription without the button; an outsider sees nothing', async () => {
  const contractNo = await phone.club.subscribe('weekly')
  phone.role = 'viewer'
  expect((await phone.open('pages/admin/contract/index', { contractNo })).has('取消自动续费')).toBe(false)
  phone.role = 'stranger'
  const page = await phone.open('pages/admin/contract/index', { contractNo })
  expect(page.text()).toContain('仅限店员访问')
  expect(page.said()).not.toContain(developerText)
})

test('a number of no subscription shows a message', async () => {
  const page = await phone.open('pages/admin/contract/index', { contractNo: '20260101000000abcdefgh' })
  expect(page.text()).toContain('没有找到')
})
