// Decides which part of a query SQL can answer. The SQL finds all matching documents and perhaps others, which mingo
// then removes; `exact` means that the SQL finds no others.
import { type Fields, isFields } from './ejson'
import { type Collection, columnOf, isPlain } from './tables'

type Parameter = string | number | null

export interface Plan {
  where: string
  parameters: Parameter[]
  exact: boolean
}

interface Terms {
  terms: string[]
  /**
   * SQL conditions on the types of the compared values. They must come last in the WHERE clause. SQLite searches an
   * index by the first lower and the first upper bound in the clause. If a type condition came first, SQLite would read
   * all values of the type.
   */
  types?: string[]
  parameters: Parameter[]
  exact: boolean
}

const nothing = (): Terms => ({ terms: [], parameters: [], exact: false })

export function planQuery(collection: Collection, query: Fields): Plan {
  const found = all(collection, Object.entries(query))
  const { terms, parameters, exact } = found
  return { where: terms.length > 0 ? `WHERE ${joined(found)}` : '', parameters, exact }
}

/** ORDER BY for a sort that gives the same order in SQL and in mingo; undefined for any other sort. */
export function planSort(collection: Collection, order: Record<string, 1 | -1>): string | undefined {
  const parts: string[] = []
  for (const [field, direction] of Object.entries(order)) {
    if (!isServed(collection, field)) return undefined
    parts.push(direction === -1 ? `${columnOf(field)} DESC` : columnOf(field))
  }
  return parts.length > 0 ? `ORDER BY ${parts.join(', ')}` : ''
}

const isServed = (collection: Collection, field: string): boolean =>
  collection.columns.has(field) && !collection.odd.has(field) && !collection.arrays.has(field)

const joined = ({ terms, types = [] }: Terms): string => [...terms, ...new Set(types)].join(' AND ')

const together = (parts: Terms[]): Terms => ({
  terms: parts.flatMap(({ terms }) => terms),
  types: parts.flatMap(({ types = [] }) => types),
  parameters: parts.flatMap(({ parameters }) => parameters),
  exact: parts.every(({ exact }) => exact),
})

const all = (collection: Collection, conditions: [string, unknown][]): Terms =>
  together(conditions.map(([field, condition]) => one(collection, field, condition)))

function one(collection: Collection, field: string, condition: unknown): Terms {
  if (field === '$and' && Array.isArray(condition) && condition.every(isFields))
    return all(
      collection,
      condition.flatMap((branch) => Object.entries(branch)),
    )
  if (field === '$or' && Array.isArray(condition) && condition.every(isFields) && condition.length > 0)
    return any(condition.map((branch) => all(collection, Object.entries(branch))))
  const table = collection.arrays.get(field)
  if (table !== undefined) return elements(table, condition)
  if (!isServed(collection, field)) return nothing()
  if (!isFields(condition)) return comparison(field, '$eq', condition)
  const operators = Object.entries(condition)
  if (operators.length === 0) return nothing()
  return together(operators.map(([operator, operand]) => comparison(field, operator, operand)))
}

function any(branches: Terms[]): Terms {
  if (branches.some((branch) => branch.terms.length === 0)) return nothing()
  return {
    terms: [`(${branches.map((branch) => `(${joined(branch)})`).join(' OR ')})`],
    parameters: branches.flatMap((branch) => branch.parameters),
    exact: branches.every((branch) => branch.exact),
  }
}

const sqlOf = new Map([
  ['$gt', '>'],
  ['$gte', '>='],
  ['$lt', '<'],
  ['$lte', '<='],
])

function comparison(field: string, operator: string, operand: unknown): Terms {
  const sql = columnOf(field)
  if (operator === '$in') {
    if (!Array.isArray(operand) || !operand.every((value) => isPlain(value) && value != null)) return nothing()
    return { terms: [`${sql} IN (${operand.map(() => '?')})`], parameters: operand as Parameter[], exact: true }
  }
  if (!isPlain(operand)) return nothing()
  if (operator === '$eq')
    return operand == null
      ? { terms: [`${sql} IS NULL`], parameters: [], exact: true }
      : { terms: [`${sql} = ?`], parameters: [operand as Parameter], exact: true }
  const sign = sqlOf.get(operator)
  if (sign === undefined || operand == null) return nothing()
  // MongoDB compares values of one type only. SQLite sorts all numbers before all texts, so compare with the empty text
  // to stay within the type.
  const sameType = typeof operand === 'number' ? `${sql} < ''` : `${sql} >= ''`
  return { terms: [`${sql} ${sign} ?`], types: [sameType], parameters: [operand as Parameter], exact: true }
}

function elements(table: string, condition: unknown): Terms {
  const wanted = isFields(condition) && Object.keys(condition).length === 1 ? condition.$eq : condition
  const list = isFields(condition) && Object.keys(condition).length === 1 ? condition.$in : undefined
  const values = Array.isArray(list) ? list : [wanted]
  if (!values.every((value) => isPlain(value) && value != null)) return nothing()
  return {
    terms: [`id IN (SELECT id FROM ${table} WHERE value IN (${values.map(() => '?')}))`],
    parameters: values as Parameter[],
    exact: true,
  }
}
