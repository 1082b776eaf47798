// Tests CloudBase's timer expressions, which use Beijing time.
import { parseCron } from '../src/functions/cron'

const at = (beijing: string): number => Date.parse(`${beijing}+08:00`)

test.each([
  ['0 * * * * * *', '2024-02-28T23:59:00', '2024-02-29T00:00:00'],
  ['0 * * * * * *', '2024-02-28T23:59:59.500', '2024-02-29T00:00:00'],
  ['*/15 * * * * * *', '2024-01-01T00:00:10', '2024-01-01T00:00:15'],
  ['0 30 3 * * * *', '2024-01-01T03:30:00', '2024-01-02T03:30:00'],
  ['0 0 0 1 * * *', '2024-01-31T12:00:00', '2024-02-01T00:00:00'],
  ['0 0 0 29 2 * *', '2024-03-01T00:00:00', '2028-02-29T00:00:00'],
  ['0 0 9-17/4 * * MON-FRI *', '2024-06-07T17:00:00', '2024-06-10T09:00:00'],
  ['0 0 12 * JUL,DEC 0 *', '2024-06-30T12:00:00', '2024-07-07T12:00:00'],
  ['0 5/20 * * * * *', '2024-01-01T10:26:00', '2024-01-01T10:45:00'],
  ['0 0 12 15 * MON *', '2024-01-01T00:00:00', '2024-01-15T12:00:00'],
  ['0 0 8 ? * SAT *', '2024-01-01T00:00:00', '2024-01-06T08:00:00'],
  ['5 4 3 2 1 * 2030', '2024-01-01T00:00:00', '2030-01-02T03:04:05'],
])('%s after %s is %s', (expression, after, expected) => {
  expect(parseCron(expression).next(at(after))).toBe(at(expected))
})

test('an expression that never matches gives null', () => {
  expect(parseCron('0 0 0 1 1 * 2020').next(at('2024-01-01T00:00:00'))).toBeNull()
  expect(parseCron('0 0 0 31 2 * *').next(at('2024-01-01T00:00:00'))).toBeNull()
})

test.each(['* * * * *', '60 * * * * * *', '0 x * * * * *', '0 */0 * * * * *', '0 5-1 * * * * *', '0 0 0 L * * *'])(
  '%s is refused',
  (expression) => {
    expect(() => parseCron(expression)).toThrow(/timer/)
  },
)
