import fc from 'fast-check'
import {
  beijingDay,
  beijingDigits,
  beijingText,
  fromBeijingDigits,
  fromBeijingText,
} from '../../miniprogram/rules/beijing'

describe('Beijing time', () => {
  it('is eight hours ahead, across midnight and the year', () => {
    const at = Date.parse('2025-12-31T16:00:05Z')
    expect(beijingDigits(at)).toBe('20260101000005')
    expect(beijingDay(at)).toBe('2026-01-01')
    expect(beijingText(at)).toBe('2026-01-01 00:00:05')
  })

  it('converts every second and back', () => {
    const seconds = fc.integer({ min: 0, max: 4_102_444_800 })
    fc.assert(
      fc.property(seconds, (second) => {
        const at = second * 1_000
        return fromBeijingDigits(beijingDigits(at)) === at && fromBeijingText(beijingText(at)) === at
      }),
    )
  })

  it.each([
    '20260230000000',
    '20261301000000',
    '20260101240000',
    '20260101006000',
    '2026010100000',
    '2026010100000a',
    '',
  ])('does not accept %s as a time', (digits) => expect(fromBeijingDigits(digits)).toBeUndefined())
})
