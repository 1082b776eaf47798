// Tests the pages on which owners change products and plans: one tap makes one change, a lost reply causes no second
// change, and each error is shown beside its field.
import type { Contract } from '../../../cloudfunctions/shared/domain/contractShape'
import type { Plan } from '../../../cloudfunctions/shared/store/plans'
import type { Product } from '../../../cloudfunctions/shared/store/products'
import { createPhone, developerText, type OpenPage, type Phone, settle } from '../../support/openPage'

let phone: Phone
beforeEach(() => {
  jest.useFakeTimers({ now: Date.parse('2026-03-01T04:00:00Z') })
  phone = createPhone()
  phone.role = 'owner'
})
afterEach(() => jest.clearAllTimers())

const products = (): Product[] => phone.shop.db.all<Product>('products')
const sent = (action: string): number => phone.calls.filter((call) => call.action === action).length

const cup: Product = {
  _id: 'cup',
  version: 1,
  title: '手作茶杯',
  titleEn: 'Handmade cup',
  note: '',
  noteEn: '',
  priceFen: 128_000,
  currency: 'CNY',
  onSale: true,
  rank: 2,
}

const openCup = (): Promise<OpenPage> => {
  phone.shop.db.put('products', cup)
  return phone.open('pages/admin/product/index', { sku: 'cup' })
}

async function newVase(): Promise<OpenPage> {
  const page = await phone.open('pages/admin/product/index')
  await page.type('编号', 'vase')
  await page.type('名称（中文）', '花瓶')
  await page.type('名称（英文）', 'Vase')
  await page.type('价格', '88.5')
  return page
}

describe('a product', () => {
  test('that is new is added once, after a confirmation of its price, however often Save is tapped', async () => {
    const page = await newVase()
    phone.confirms = false
    await page.press('保存')
    expect(phone.modals[0]).toContain('¥88.50')
    expect(products()).toEqual([])
    phone.confirms = true
    await page.pressTwice('保存')
    expect(phone.modals).toHaveLength(2)
    expect(products()).toEqual([
      { ...cup, kind: 'goods', _id: 'vase', title: '花瓶', titleEn: 'Vase', priceFen: 8_850, rank: 100, version: 1 },
    ])
    expect(page.text()).toContain('在售')
    expect(phone.toasts).toEqual(['已保存'])
  })

  test('whose answer was lost is added once', async () => {
    const page = await newVase()
    phone.fate = (action, nth) => (action === 'saveProduct' && nth === 1 ? 'lostReply' : 'fine')
    await page.press('保存')
    await settle(5_000)
    expect(products()).toMatchObject([{ _id: 'vase', version: 1 }])
    expect(page.text()).toContain('下架')
  })

  test.each(['0', '', '1e3', '-5', '0.001', '1,5', 'abc', '1.2.3'])(
    'with the price "%s" is refused beside the price',
    async (price) => {
      const page = await newVase()
      await page.type('价格', price)
      await page.press('保存')
      expect(page.text()).toContain('请填写大于 0 的金额')
      expect(sent('saveProduct')).toBe(0)
    },
  )

  test('without names or with a wrong code shows each error', async () => {
    const page = await phone.open('pages/admin/product/index')
    await page.type('编号', '../etc')
    await page.press('保存')
    for (const text of ['编号只能包含', '请填写名称', '请填写大于 0 的金额']) expect(page.text()).toContain(text)
    expect(sent('saveProduct')).toBe(0)
  })

  test('gets another price after a confirmation that shows both prices', async () => {
    const page = await openCup()
    await page.type('价格', '1300')
    phone.confirms = false
    await page.press('保存')
    expect(phone.modals[0]).toContain('¥1,280.00')
    expect(phone.modals[0]).toContain('¥1,300.00')
    expect(products()).toMatchObject([{ priceFen: 128_000 }])
    phone.confirms = true
    await page.press('保存')
    expect(products()).toMatchObject([{ priceFen: 130_000, version: 2 }])
  })

  test('is retired after a confirmation, and restored with one tap; typed texts stay', async () => {
    const page = await openCup()
    await page.type('价格', '1')
    await page.press('下架')
    expect(products()).toMatchObject([{ onSale: false, priceFen: 128_000 }])
    expect(phone.modals).toHaveLength(1)
    await page.press('重新上架')
    expect(phone.modals).toHaveLength(1)
    expect(products()).toMatchObject([{ onSale: true, priceFen: 128_000 }])
    await page.press('保存')
    expect(products()).toMatchObject([{ priceFen: 100 }])
  })

  test('that somebody else changed is not overwritten, and can be loaded again', async () => {
    const page = await openCup()
    phone.shop.db.put('products', { ...cup, version: 2, priceFen: 5_000 })
    await page.type('排序', '7')
    await page.press('保存')
    expect(page.text()).toContain('其他人刚刚修改过')
    expect(products()).toMatchObject([{ version: 2, priceFen: 5_000, rank: 2 }])
    await page.press('重新加载')
    await page.type('排序', '7')
    await page.press('保存')
    expect(products()).toMatchObject([{ version: 3, priceFen: 5_000, rank: 7 }])
  })

  test('is shown to an operator without buttons, and an operator cannot add one', async () => {
    phone.role = 'operator'
    const page = await openCup()
    expect(page.text()).toContain('只有店主可以修改')
    expect(page.has('保存') || page.has('下架')).toBe(false)
    const denied = await phone.open('pages/admin/product/index')
    expect(denied.text()).toContain('你没有这项权限')
    expect(denied.text()).not.toContain('仅限店员访问')
  })
})

describe('the list of goods', () => {
  test('has products and plans, on sale or not, each with its price', async () => {
    phone.shop.db.put('products', { ...cup, onSale: false, title: '<b>杯</b>' })
    const page = await phone.open('pages/admin/goods/index')
    for (const text of ['<b>杯</b>', '¥1,280.00', '已下架']) expect(page.text()).toContain(text)
    expect(page.dom.querySelector('b')).toBeNull()
    await page.choose('续费方案')
    await settle(200)
    for (const text of ['每周鲜花', '每周最高 ¥50.00，通常 ¥30.00']) expect(page.text()).toContain(text)
    await page.press('添加方案')
    expect(phone.went).toEqual(['/pages/admin/plan/index'])
  })

  test.each(['goods', 'settings'])('of %s stays when it cannot be read again, and a message says so', async (name) => {
    phone.shop.db.put('products', cup)
    const page = await phone.open(`pages/admin/${name}/index`)
    const before = page.text()
    phone.fate = () => ({ code: 'NotFound' })
    await page.show()
    expect(page.text()).toBe(before)
    expect(phone.toasts).toEqual(['没有找到'])
  })

  test('is hidden from an outsider', async () => {
    phone.role = 'stranger'
    const page = await phone.open('pages/admin/goods/index')
    expect(page.text()).toContain('仅限店员访问')
    expect(page.said()).not.toContain(developerText)
  })
})

describe('a plan', () => {
  const weekly = (): Plan | undefined => phone.club.db.all<Plan>('plans').find(({ _id }) => _id === 'weekly')

  test('shows the notification address for WeChat’s template, with a button that copies it', async () => {
    const page = await phone.open('pages/admin/plan/index', { plan: 'weekly' })
    expect(page.text()).toContain('解约回调地址')
    await page.press('复制 解约回调地址')
    expect(phone.clipboard).toMatch(/^https?:\/\/[^/]+\/notify\/\w+$/)
    expect(page.text()).toContain(phone.clipboard)
  })

  test('gets another ceiling, and existing subscribers keep the old one', async () => {
    const contractNo = await phone.club.subscribe('weekly')
    const page = await phone.open('pages/admin/plan/index', { plan: 'weekly' })
    await page.type('每期最高', '60')
    await page.press('保存')
    expect(phone.modals[0]).toContain('¥60.00')
    expect(weekly()).toMatchObject({ ceilingFen: 6_000, amountFen: 3_000 })
    const contract = phone.club.db.all<Contract>('contracts').find(({ _id }) => _id === contractNo)
    expect(contract?.terms.ceilingFen).toBe(5_000)
  })

  test.each([
    ['每期金额', '31', '每周最高 ¥50.00，通常 ¥30.00', '每周最高 ¥50.00，通常 ¥31.00'],
    ['首期金额', '9', '免费试用 7 天', '首期 ¥9.00'],
    ['免费试用天数', '14', '免费试用 7 天', '免费试用 14 天'],
  ])('with another %s needs a confirmation that shows before and after', async (field, text, before, after) => {
    const page = await phone.open('pages/admin/plan/index', { plan: 'weekly' })
    await page.type(field, text)
    phone.confirms = false
    await page.press('保存')
    expect(phone.modals).toHaveLength(1)
    expect(phone.modals[0]).toContain(before)
    expect(phone.modals[0]).toContain(after)
    expect(sent('savePlan')).toBe(0)
  })

  test('with another period needs a confirmation, with another name it does not', async () => {
    const page = await phone.open('pages/admin/plan/index', { plan: 'weekly' })
    await page.type('名称（中文）', '每周花')
    await page.press('保存')
    expect(phone.modals).toEqual([])
    await page.choose('每月')
    await page.press('保存')
    expect(phone.modals).toEqual([expect.stringMatching(/每周最高.*每月最高/)])
    expect(weekly()).toMatchObject({ title: '每周花', period: 'month' })
  })

  test.each([
    ['每期最高', '20', '上限不能低于每期金额'],
    ['每期最高', '100000.01', '金额过高'],
    ['首期金额', '51', '首期金额不能高于上限'],
    ['免费试用天数', '366', '试用天数须为'],
    ['签约模板编号', 'abc', '模板编号只能是数字'],
  ])('with %s %s is refused beside that field', async (field, text, problem) => {
    const page = await phone.open('pages/admin/plan/index', { plan: 'weekly' })
    await page.type(field, text)
    await page.press('保存')
    expect(page.text()).toContain(problem)
    expect(sent('savePlan')).toBe(0)
  })

  test('with a fixed amount has no field for a ceiling', async () => {
    const page = await phone.open('pages/admin/plan/index', { plan: 'weekly' })
    await page.choose('每期固定')
    expect(page.text()).not.toContain('每期最高')
    await page.press('保存')
    expect(weekly()).toMatchObject({ amountKind: 'fixed', amountFen: 3_000, ceilingFen: 3_000, firstAmountFen: null })
  })

  test('for a provider without subscriptions is refused with a message', async () => {
    const page = await phone.open('pages/admin/plan/index')
    for (const [field, text] of Object.entries({
      编号: 'x',
      '名称（中文）': '茶',
      '名称（英文）': 'Tea',
      每期金额: '1',
      签约模板编号: '1',
    }))
      await page.type(field, text)
    await page.press('保存')
    expect(phone.modals).toEqual([expect.stringContaining('每月 ¥1.00')])
    expect(page.text()).toContain('保存失败')
    expect(page.said()).not.toContain(developerText)
  })
})
