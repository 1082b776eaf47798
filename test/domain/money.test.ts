import fc from 'fast-check'
import { AppError } from '../../cloudfunctions/shared/domain/errors'
import { decimalsOf, fenFromWire, fenFromYuan, isFen, yuanFromFen } from '../../cloudfunctions/shared/domain/money'

const amounts = fc.integer({ min: 0, max: 1_000_000_000_000 })

describe('money', () => {
  it('reads yuan exactly, where floating point would be wrong', () => {
    expect(fenFromYuan('0.07')).toBe(7)
    expect(fenFromYuan('1.10')).toBe(110)
    expect(fenFromYuan('19.99')).toBe(1_999)
    expect(fenFromYuan('0.1')).toBe(10)
    expect(fenFromYuan('100')).toBe(10_000)
    expect(fenFromYuan('0.070')).toBe(7)
    expect(fenFromYuan('120', 0)).toBe(120)
  })

  it('converts every amount and back, with 0 and 2 decimals', () => {
    fc.assert(
      fc.property(
        amounts,
        fc.constantFrom(0, 2),
        (fen, decimals) => fenFromYuan(yuanFromFen(fen, decimals), decimals) === fen,
      ),
    )
  })

  it.each([
    '',
    '-1',
    '+1',
    '1e3',
    '0.075',
    '1.',
    '.5',
    '01',
    '1,000',
    '１',
    'NaN',
    'Infinity',
    '9'.repeat(20),
    ' 1',
    '0x10',
  ])('refuses %j as an amount in yuan', (text) => expect(() => fenFromYuan(text)).toThrow(AppError))

  it.each([
    -1,
    -0,
    1.5,
    0.1 + 0.2,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    2 ** 53,
    '1e3',
    '010',
    '',
    ' 1',
    '1.0',
    null,
    undefined,
    true,
    [1],
    {},
  ])('refuses %p as fen in a message', (value) => expect(() => fenFromWire(value)).toThrow(AppError))

  it('accepts whole fen as number or text', () => {
    fc.assert(fc.property(amounts, (fen) => fenFromWire(fen) === fen && fenFromWire(String(fen)) === fen && isFen(fen)))
  })

  it('knows the decimals of each currency and refuses unknown ones', () => {
    expect(decimalsOf('CNY')).toBe(2)
    expect(decimalsOf('JPY')).toBe(0)
    for (const word of ['constructor', '__proto__', 'cny', '']) expect(() => decimalsOf(word)).toThrow(AppError)
  })
})
