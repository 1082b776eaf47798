// Answers a $group stage of counts and sums with one SQL statement, because reports over many orders use such stages.
// mingo answers every other $group stage.
import { type Fields, isFields } from './ejson'
import { isPlain } from './tables'

type Scalar = string | number | null
type ReadRows = (columns: string, tail: string) => Record<string, Scalar>[]

export interface GroupPlan {
  /** Returns the groups, or undefined when the stored values cannot be grouped by SQL and need mingo. */
  read(rows: ReadRows): Fields[] | undefined
}

const fieldOf = (expression: unknown): string | undefined =>
  typeof expression === 'string' ? /^\$([A-Za-z_]\w*)$/.exec(expression)?.[1] : undefined

const value = (field: string): string => `json_extract(doc,'$.${field}')`
const type = (field: string): string => `json_type(doc,'$.${field}')`

// Whether JSON has to escape a text (NUL, half a surrogate pair). SQLite would change such a text or crash the process,
// so mingo groups it.
const isEscaped = (field: string): string => `instr(ifnull(doc -> '$.${field}', ''), '\\u') > 0`

// SQL reads true as 1 and an object as its text. MongoDB puts true and 1, or an object and its text, in different
// groups.
const simpleTypes = new Set<Scalar | undefined>(['text', 'integer', null])

/**
 * Returns the SQL plan of a stage whose `_id` is null or one field and whose other fields all count or sum; undefined
 * for any other stage.
 */
export function planGroup(stage: Fields | undefined): GroupPlan | undefined {
  const group = stage?.$group
  if (!isFields(group) || !('_id' in group)) return undefined
  const { _id, ...rest } = group
  const key = fieldOf(_id)
  if (key === undefined && _id !== null) return undefined
  const names = Object.keys(rest)
  const sums = Object.values(rest).map(sumOf)
  if (!sums.every((sum) => sum !== undefined)) return undefined
  const columns = ['count(*) AS n', ...sums.map((sum, at) => `${sum} AS s${at}`)]
  // MongoDB puts a missing field and null into one group.
  if (key !== undefined)
    columns.push(
      `CASE WHEN NOT ${isEscaped(key)} THEN ${value(key)} END AS k`,
      `nullif(${type(key)}, 'null') AS t`,
      `max(${isEscaped(key)}) AS escaped`,
    )
  const tail = key === undefined ? 'HAVING count(*) > 0' : 'GROUP BY t, k ORDER BY min(rowid)'
  return {
    read(rows) {
      let found: Record<string, Scalar>[]
      try {
        found = rows(columns.join(', '), tail)
      } catch (error) {
        if (error instanceof Error && error.message.includes('integer overflow')) return undefined
        throw error
      }
      const usable = found.every(
        (row) =>
          (key === undefined || (simpleTypes.has(row.t) && isPlain(row.k) && !row.escaped)) &&
          sums.every((_, at) => Number.isSafeInteger(row[`s${at}`])),
      )
      if (!usable) return undefined
      return found.map((row) => ({
        _id: row.k ?? null,
        ...Object.fromEntries(names.map((name, at) => [name, row[`s${at}`]])),
      }))
    },
  }
}

function sumOf(expression: unknown): string | undefined {
  if (!isFields(expression) || Object.keys(expression).length !== 1) return undefined
  if (expression.$sum === 1) return 'count(*)'
  const field = fieldOf(expression.$sum)
  if (field === undefined) return undefined
  // SQL sums whole numbers only, because a sum of fractions depends on the order in which they are added.
  const sum = `ifnull(sum(CASE ${type(field)} WHEN 'integer' THEN ${value(field)} END), 0)`
  return `CASE WHEN ifnull(sum(${type(field)} = 'real'), 0) = 0 THEN ${sum} END`
}
