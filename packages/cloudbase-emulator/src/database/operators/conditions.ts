// Operators of conditions for which mingo's answer differs from CloudBase's. Each has its cases in test/stageCases.ts.
import { $elemMatch, $eq, $gte, $lte, $regex } from 'mingo/operators/query'
import { Query } from 'mingo/query'
import type { Options } from 'mingo/types'
import { resolve } from 'mingo/util'
import { invalid } from '../../failures'
import { isFields } from '../ejson'

type Test = (document: unknown) => boolean
type Condition = (selector: string, operand: unknown, options: Options) => Test

// mingo's types expect operands that were checked before. We pass operands as the caller sent them, so their type is
// unknown.
const original = { $elemMatch, $eq, $gte, $lte, $regex } as unknown as Record<
  '$elemMatch' | '$eq' | '$gte' | '$lte' | '$regex',
  Condition
>

const valuesAt = (document: unknown, selector: string): unknown[] => {
  const found: unknown = resolve(document as never, selector, { unwrapArray: true })
  return Array.isArray(found) ? found : [found]
}

const isOperator = (name: string): boolean => name.startsWith('$') && !/^\$(and|or|nor)$/.test(name)

const elemMatch: Condition = (selector, operand, options) => {
  if (!isFields(operand)) throw invalid('elemMatch needs a condition')
  if (Object.keys(operand).some(isOperator)) return original.$elemMatch(selector, operand, options)
  // A condition on fields, such as { a: 1 }, matches objects only.
  const query = new Query(operand, options)
  return (document) => {
    const found: unknown = resolve(document as never, selector, { unwrapArray: true })
    return Array.isArray(found) && found.some((one) => isFields(one) && query.test(one))
  }
}

const all: Condition = (selector, operand, options) => {
  if (!Array.isArray(operand)) throw invalid('all needs a list')
  const tests = operand.map((one: unknown) => {
    if (isFields(one) && isFields(one.$elemMatch)) return elemMatch(selector, one.$elemMatch, options)
    return original[one instanceof RegExp ? '$regex' : '$eq'](selector, one, options)
  })
  return (document) => tests.length > 0 && tests.every((test) => test(document))
}

const mod: Condition = (selector, operand) => {
  const [divisor, remainder] = Array.isArray(operand) && operand.length === 2 ? operand.map(Number) : []
  if (divisor === undefined || remainder === undefined || Number.isNaN(divisor) || Number.isNaN(remainder))
    throw invalid('mod needs a divisor and a remainder')
  if (Math.trunc(divisor) === 0) throw invalid('mod cannot divide by 0')
  // $mod cuts off fractions before the division; the remainder has the sign of the value, and −0 counts as 0.
  return (document) =>
    valuesAt(document, selector).some(
      (value) => typeof value === 'number' && (Math.trunc(value) % Math.trunc(divisor)) + 0 === Math.trunc(remainder),
    )
}

const orEqualNull =
  (name: '$gte' | '$lte'): Condition =>
  (selector, operand, options) =>
    original[operand === null ? '$eq' : name](selector, operand, options)

/** The corrected operators, by name. */
export const ownConditions: Record<`$${string}`, Condition> = {
  $all: all,
  $elemMatch: elemMatch,
  $gte: orEqualNull('$gte'),
  $lte: orEqualNull('$lte'),
  $mod: mod,
}
