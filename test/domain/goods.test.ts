// Tests, cell by cell, which payment method can pay for which kind of product, and which products can be in one order.
import { areOneOrder, kindOfAll, type Rail, railOf, takes } from '../../cloudfunctions/shared/domain/orders/goods'
import { productKinds } from '../../miniprogram/rules/terms'

// The columns: goods, service, virtual product, and virtual product in a shop that WeChat has exempted.
const table: Record<Rail, readonly boolean[]> = {
  miniprogram: [true, true, false, true],
  browser: [true, true, true, true],
  contract: [true, true, false, true],
  virtual: [false, false, true, true],
}

it.each(Object.entries(table))('by %s', (rail, cells) => {
  const found = productKinds.map((kind) => takes(rail as Rail, kind, { virtualExempt: false }))
  expect([...found, takes(rail as Rail, 'virtual', { virtualExempt: true })]).toEqual(cells)
})

it('in the mini-program a sheet, a code and a link follow the same rule; virtual payment has its own rule', () => {
  expect(['jsapi', 'qrcode', 'link'].map((kind) => railOf(kind as 'jsapi', 'miniprogram'))).toEqual(
    Array(3).fill('miniprogram'),
  )
  expect(railOf('virtual', 'miniprogram')).toBe('virtual')
  expect(railOf('jsapi', 'wechat')).toBe('browser')
})

it('an order is virtual only if everything in it is', () => {
  expect(kindOfAll(['virtual'])).toBe('virtual')
  expect(kindOfAll(['virtual', 'service'])).toBe('service')
  expect(kindOfAll(['service', 'goods', 'virtual'])).toBe('goods')
  expect(kindOfAll([])).toBe('goods')
})

it('a virtual product is ordered alone, unless another way to pay accepts virtual products', () => {
  const bound = { virtualExempt: false }
  expect(areOneOrder(['goods', 'service'], {}, bound)).toBe(true)
  expect(areOneOrder(['virtual'], {}, bound)).toBe(true)
  for (const other of productKinds) {
    expect(areOneOrder(['virtual', other], {}, bound)).toBe(false)
    expect(areOneOrder([other, 'virtual'], {}, { virtualExempt: true })).toBe(true)
    expect(areOneOrder(['virtual', other], { place: 'pc' }, bound)).toBe(true)
  }
})
