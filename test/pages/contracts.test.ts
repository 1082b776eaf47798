// Tests the list of the shopper's contracts: each contract's terms and next charge, and loading page after page.

import { placeContract } from '../../cloudfunctions/shared/domain/contract'
import type { Contract } from '../../cloudfunctions/shared/domain/contractShape'
import { termsOf } from '../../cloudfunctions/shared/store/plans'
import { monthly } from '../support/club'
import { createPhone, type OpenPage, type Phone, settle } from '../support/openPage'

let phone: Phone
beforeEach(() => {
  jest.useFakeTimers({ now: Date.parse('2026-03-01T04:00:00Z') })
  phone = createPhone()
})
afterEach(() => jest.clearAllTimers())

const open = (): Promise<OpenPage> => phone.open('pages/contracts/index')

/** Inserts contracts that were begun long ago and never signed. */
function putMany(count: number): void {
  for (let n = 1; n <= count; n++) {
    const contract = placeContract({
      contractNo: `202601010000${String(n).padStart(2, '0')}aaaaaaaa`,
      openid: 'shopper-a',
      provider: 'papay',
      terms: { ...termsOf(monthly), title: `方案${n}号` },
      displayName: '',
      now: Date.now(),
    })
    const failed: Contract = { ...contract, state: 'failed' }
    phone.club.db.put('contracts', failed)
  }
}

const shown = (page: OpenPage): number[] => [...page.text().matchAll(/方案(\d+)号/g)].map(([, n]) => Number(n))
const down = (from: number, to: number): number[] => Array.from({ length: from - to + 1 }, (_, index) => from - index)

test('none: a message and a link to the plans', async () => {
  const contracts = await open()
  expect(contracts.text()).toContain('暂无自动续费')
  await contracts.press('查看方案')
  expect(phone.went).toEqual(['/pages/plans/index'])
})

test('each shows its price, its state and its next charge, and can be opened', async () => {
  const contractNo = await phone.club.subscribe('weekly')
  const contracts = await open()
  for (const text of ['每周鲜花', '每周最高 ¥50.00，通常 ¥30.00', '试用中', '2026-03-08 扣款 ¥30.00'])
    expect(contracts.text()).toContain(text)
  await contracts.press('查看续费详情')
  expect(phone.went).toEqual([`/pages/contract/index?contractNo=${contractNo}`])
})

test('coming back shows the current state', async () => {
  const contractNo = await phone.club.subscribe('weekly')
  const contracts = await open()
  await contracts.hide()
  phone.club.papay.terminate(contractNo, phone.club.now)
  await phone.club.notifySigned(contractNo)
  await contracts.show()
  expect(contracts.text()).toContain('已结束')
})

test('newest first, page after page to the end, each once', async () => {
  putMany(45)
  const contracts = await open()
  expect(shown(contracts)).toEqual(down(45, 26))
  await contracts.reachBottom()
  await contracts.reachBottom()
  expect(shown(contracts)).toEqual(down(45, 1))
  await contracts.pullDown()
  expect(shown(contracts)).toEqual(down(45, 1))
})

test('an error while loading more is shown, and can be tried again', async () => {
  putMany(25)
  const contracts = await open()
  phone.fate = () => 'notSent'
  await contracts.reachBottom()
  await settle(5_000)
  expect(contracts.text()).toContain('加载失败')
  phone.fate = () => 'fine'
  await contracts.press('加载失败，点击重试')
  expect(shown(contracts)).toEqual(down(25, 1))
})

test('when nothing can be loaded, there is a message and a button', async () => {
  putMany(1)
  phone.fate = () => 'notSent'
  const contracts = await open()
  await settle(5_000)
  expect(contracts.text()).toContain('网络连接超时')
  phone.fate = () => 'fine'
  await contracts.press('重新加载')
  expect(shown(contracts)).toEqual([1])
})
