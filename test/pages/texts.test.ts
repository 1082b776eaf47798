// Tests how amounts, times and sentences are shown to people.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { yuanFromFen } from '../../cloudfunctions/shared/domain/money'
import { moneyText } from '../../miniprogram/money'
import { beijingDigits, beijingDigits as serverDigits } from '../../miniprogram/rules/beijing'
import { leftText } from '../../miniprogram/time'

test.each([
  [0, 'CNY', '¥0.00'],
  [7, 'CNY', '¥0.07'],
  [1_250, 'CNY', '¥12.50'],
  [129_900, 'CNY', '¥1,299.00'],
  [123_456_789_01, 'CNY', '¥123,456,789.01'],
  [1_500, 'JPY', 'JP¥1,500'],
  [100, 'HKD', 'HK$1.00'],
  [100, 'THB', 'THB 1.00'],
])('%d fen of %s reads %s', (amountFen, currency, text) => {
  expect(moneyText(amountFen, currency)).toBe(text)
})

test('every amount is written as the backend would write it, except for its commas', () => {
  fc.assert(
    fc.property(fc.nat(Number.MAX_SAFE_INTEGER), fc.constantFrom('CNY', 'JPY', 'EUR'), (amountFen, currency) => {
      const text = moneyText(amountFen, currency).replace(/^\D+/, '').replace(/,/g, '')
      expect(text).toBe(yuanFromFen(amountFen, currency === 'JPY' ? 0 : 2))
    }),
  )
})

test('the phone writes Beijing time as the server reads it', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 4_000_000_000_000 }), (at) => {
      expect(beijingDigits(at)).toBe(serverDigits(at))
    }),
  )
})

test.each([
  [1_799_500, '30:00'],
  [61_000, '01:01'],
  [0, '00:00'],
  [-5_000, '00:00'],
  [3_661_000, '1:01:01'],
  [86_399_000, '23:59:59'],
  [30 * 3_600_000 + 51 * 60_000 + 56_000, '1 天 6 小时'],
  [7 * 86_400_000, '7 天 0 小时'],
  [90 * 86_400_000, ''],
])('%d ms left reads %s', (ms, text) => {
  expect(leftText(ms)).toBe(text)
})

test('sentences that readers found unclear are gone', () => {
  const folder = join(__dirname, '../../miniprogram')
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
    /[mM]essages\.ts$/.test(file),
  )
  expect(files.length).toBeGreaterThan(10)
  const all = files.map((file) => readFileSync(join(folder, file), 'utf8')).join()
  for (const gone of [
    '支付没有成功',
    '稍后更新',
    '扫这个码',
    'Sign in WeChat',
    'Sign anew',
    'pay each period by itself',
  ])
    expect(all).not.toContain(gone)
})
