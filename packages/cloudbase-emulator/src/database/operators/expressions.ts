// Operators of aggregation expressions for which mingo's answer differs from CloudBase's. Each has its cases in
// test/expressionCases.ts.
import { evalExpr } from 'mingo/core'
import { $avg, $max, $min, $stdDevPop, $stdDevSamp, $sum } from 'mingo/operators/accumulator'
import { $dateFromString, $setUnion, $slice } from 'mingo/operators/expression'
import type { Options } from 'mingo/types'
import { invalid } from '../../failures'
import { type Fields, isFields } from '../ejson'
import { type DateParts, dateFromParts, datePart, datePartNames, dateText } from './dates'
import { compareValues } from './order'

type Expression = (document: never, operand: never, options: Options) => unknown
type Own = (document: unknown, operand: unknown, options: Options) => unknown

const isMissing = (value: unknown): value is null | undefined => value === null || value === undefined

/** Makes an operator with a fixed number of operands. The caller may pass a single operand without a list. */
const operands =
  (work: (...values: unknown[]) => unknown): Own =>
  (document, operand, options) => {
    const list = Array.isArray(operand) ? operand : [operand]
    return work(...list.map((one) => evalExpr(document, one, options)))
  }

/** Makes an operator that returns null if an operand is null or missing. */
const orNull = (work: (...values: unknown[]) => unknown): Own =>
  operands((...values) => (values.some(isMissing) ? null : work(...values)))

/** Makes an operator that first runs our check of the operands; if the check gives no answer, mingo's operator runs. */
const before =
  (original: unknown, check: (...values: unknown[]) => { answer: unknown } | undefined): Own =>
  (document, operand, options) => {
    const list = Array.isArray(operand) ? operand : [operand]
    const known = check(...list.map((one) => evalExpr(document, one, options)))
    return known ? known.answer : (original as Expression)(document as never, operand as never, options)
  }

function numberOf(value: unknown): number {
  if (typeof value !== 'number') throw invalid('a number is needed')
  return value
}

function textOf(value: unknown): string {
  if (typeof value !== 'string') throw invalid('a text is needed')
  return value
}

function listOf(value: unknown): unknown[] {
  if (!Array.isArray(value)) throw invalid('an array is needed')
  return value
}

function wholeFrom(value: unknown, least: number): number {
  if (!Number.isSafeInteger(value) || (value as number) < least) throw invalid(`a whole number from ${least} is needed`)
  return value as number
}

function logarithm(value: unknown, base: number): number {
  const number = numberOf(value)
  if (number <= 0) throw invalid('a logarithm needs a number above 0')
  if (base <= 0 || base === 1) throw invalid('a base must be above 0 and not 1')
  const result = Math.log(number) / Math.log(base)
  // Returns a whole number if the logarithm is exactly whole, because floating point is not exact: Math.log(1000) /
  // Math.log(10) is a little below 3.
  const whole = Math.round(result)
  return base ** whole === number ? whole : result
}

const compared = (fits: (order: number) => boolean): Own => operands((one, other) => fits(compareValues(one, other)))

const isTrue = (value: unknown): boolean => !isMissing(value) && value !== false && value !== 0

/** Finds a part within a list of units (bytes, characters, elements). @returns −1 if the part is not there */
function placeIn<T>(
  units: readonly T[],
  part: readonly T[],
  [from, to]: readonly [from: unknown, to: unknown],
  same: (a: T, b: T) => boolean,
) {
  const first = from === undefined ? 0 : wholeFrom(from, 0)
  const end = Math.min(to === undefined ? units.length : wholeFrom(to, 0), units.length)
  for (let at = first; at + part.length <= end; at++)
    if (part.every((one, offset) => same(units[at + offset] as T, one))) return at
  return -1
}

const indexOf = (unitsOf: (text: string) => readonly (string | number)[]): Own =>
  operands((text, part, from, to) =>
    isMissing(text) ? null : placeIn(unitsOf(textOf(text)), unitsOf(textOf(part)), [from, to], Object.is),
  )

const bytesOf = (text: string): number[] => [...Buffer.from(text)]

const substringOfBytes: Own = operands((text, from, length) => {
  const bytes = Buffer.from(isMissing(text) ? '' : String(text))
  const start = wholeFrom(from, 0)
  const count = numberOf(length)
  const part = count < 0 ? bytes.subarray(start) : bytes.subarray(start, start + count)
  const cut = part.toString()
  if (!Buffer.from(cut).equals(part)) throw invalid('a character may not be cut')
  return cut
})

const switched: Own = (document, operand, options) => {
  const { branches, ...rest } = operand as { branches: { case: unknown; then: unknown }[] } & Fields
  const branch = branches.find((one) => isTrue(evalExpr(document, one.case, options)))
  if (branch) return evalExpr(document, branch.then, options)
  if (!('default' in rest)) throw invalid('$switch has no branch that fits, and no default')
  return evalExpr(document, rest.default, options)
}

const ownDatePart =
  (name: string): Own =>
  (document, operand, options) => {
    const hasZone = isFields(operand) && 'date' in operand
    const value = evalExpr(document, hasZone ? operand.date : Array.isArray(operand) ? operand[0] : operand, options)
    const zone = hasZone ? evalExpr(document, operand.timezone, options) : undefined
    return datePart(name, value, zone === undefined ? undefined : textOf(zone))
  }

const evaluatedFields = (document: unknown, operand: unknown, options: Options): Fields =>
  Object.fromEntries(Object.entries(operand as Fields).map(([field, one]) => [field, evalExpr(document, one, options)]))

const ownDateFromParts: Own = (document, operand, options) => {
  const { timezone, ...parts } = evaluatedFields(document, operand, options)
  if (Object.values(parts).some(isMissing)) return null
  return dateFromParts(parts as DateParts, timezone as string | undefined)
}

const ownDateToString: Own = (document, operand, options) => {
  const { date, format, timezone, onNull } = evaluatedFields(document, operand, options)
  if (isMissing(date)) return onNull ?? null
  if (!(date instanceof Date)) throw invalid('$dateToString needs a date')
  return dateText(date, format as string | undefined, timezone as string | undefined)
}

const ownDateFromString: Own = (document, operand, options) => {
  const date = ($dateFromString as Expression)(document as never, operand as never, options)
  const isDate = date instanceof Date && !Number.isNaN(date.getTime())
  const { dateString, onError } = evaluatedFields(document, operand, options)
  if (isDate || isMissing(dateString)) return date
  if (onError === undefined) throw invalid('$dateFromString cannot read the text')
  return onError
}

/** Evaluates an expression for each document of a group. Leaves out missing values. */
const collected = (documents: readonly unknown[], expression: unknown, { context }: Options): unknown[] =>
  documents
    // The documents of a group share one options object, so each evaluation gets a copy.
    .map((document) => evalExpr(document, expression, { context } as Options))
    .filter((value) => value !== undefined)

/**
 * `$sum` and similar operators. In `$group` they combine the values of all documents in the group. Elsewhere they
 * combine their operands; if the only operand is an array, they combine the elements of the array.
 */
const folded =
  (original: unknown, ofNothing: unknown): Own =>
  (document, operand, options) => {
    const single = Array.isArray(operand) && operand.length === 1 ? operand[0] : operand
    const value = Array.isArray(document) ? collected(document, operand, options) : evalExpr(document, single, options)
    const list = (Array.isArray(value) ? value : [value]).filter((one) => !isMissing(one))
    if (list.length === 0) return ofNothing
    const result = (original as Expression)(list as never, null as never, options)
    return Number.isNaN(result) ? ofNothing : result
  }

const merged: Own = (document, operand, options) => {
  const values = Array.isArray(document) ? collected(document, operand, options) : evalExpr(document, operand, options)
  const list = listOf(values).filter((one) => !isMissing(one))
  if (!list.every(isFields)) throw invalid('$mergeObjects needs objects')
  return Object.assign({}, ...list)
}

/** The corrected accumulators of `$group` that are not expressions, by name. */
export const ownAccumulators: Record<
  `$${string}`,
  (documents: unknown[], operand: unknown, options: Options) => unknown
> = {
  $push: collected,
  $addToSet: (documents, operand, options) =>
    collected(documents, operand, options).filter(
      (value, at, all) => all.findIndex((other) => compareValues(other, value) === 0) === at,
    ),
}

/** The corrected expression operators, by name. */
export const ownExpressions: Record<`$${string}`, Own> = {
  ...Object.fromEntries(datePartNames.map((name) => [name, ownDatePart(name)])),
  $cmp: operands((one, other) => Math.sign(compareValues(one, other))),
  $eq: compared((order) => order === 0),
  $ne: compared((order) => order !== 0),
  $gt: compared((order) => order > 0),
  $gte: compared((order) => order >= 0),
  $lt: compared((order) => order < 0),
  $lte: compared((order) => order <= 0),
  $not: operands((value) => !isTrue(value)),
  $switch: switched,
  $ln: orNull((value) => logarithm(value, Math.E)),
  $log: orNull((value, base) => logarithm(value, numberOf(base))),
  $log10: orNull((value) => logarithm(value, 10)),
  $mod: orNull((value, divisor) => {
    if (numberOf(divisor) === 0) throw invalid('$mod cannot divide by 0')
    return numberOf(value) % (divisor as number)
  }),
  $trunc: orNull((value, places = 0) => {
    const factor = 10 ** numberOf(places)
    return Math.trunc(numberOf(value) * factor) / factor
  }),
  $size: operands((value) => listOf(value).length),
  $slice: before($slice, (list) => (isMissing(list) ? { answer: null } : undefined)),
  $indexOfArray: operands((list, wanted, from, to) =>
    isMissing(list) ? null : placeIn(listOf(list), [wanted], [from, to], (a, b) => compareValues(a, b) === 0),
  ),
  $mergeObjects: merged,
  $setUnion: before($setUnion, (...lists) => (lists.some(isMissing) ? { answer: null } : undefined)),
  $indexOfBytes: indexOf(bytesOf),
  $indexOfCP: indexOf((text) => [...text]),
  $strcasecmp: operands((one, other) =>
    Math.sign(compareValues(String(one ?? '').toUpperCase(), String(other ?? '').toUpperCase())),
  ),
  $substr: substringOfBytes,
  $substrBytes: substringOfBytes,
  $toLower: operands((value) => String(value ?? '').toLowerCase()),
  $toUpper: operands((value) => String(value ?? '').toUpperCase()),
  $dateFromParts: ownDateFromParts,
  $dateFromString: ownDateFromString,
  $dateToString: ownDateToString,
  $sum: folded($sum, 0),
  $avg: folded($avg, null),
  $max: folded($max, null),
  $min: folded($min, null),
  $stdDevPop: folded($stdDevPop, null),
  $stdDevSamp: folded($stdDevSamp, null),
}
