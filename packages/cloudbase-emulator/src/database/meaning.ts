// The meaning of conditions, sorts and pipelines, for documents in memory. mingo does most of the work; operators/
// corrects it where CloudBase answers otherwise. SQL (plan.ts, grouping.ts) gives the same answers faster.
import { Aggregator } from 'mingo/aggregator'
import { Context } from 'mingo/core'
import * as accumulators from 'mingo/operators/accumulator'
import * as expressions from 'mingo/operators/expression'
import * as stages from 'mingo/operators/pipeline'
import * as projections from 'mingo/operators/projection'
import * as conditions from 'mingo/operators/query'
import { Query } from 'mingo/query'
import type { Options } from 'mingo/types'
import { CloudFailure, invalid } from '../failures'
import { type Document, type Fields, isFields } from './ejson'
import { ownConditions } from './operators/conditions'
import { ownAccumulators, ownExpressions } from './operators/expressions'
import { sortDocuments } from './operators/order'
import { checkCondition, checkPipeline } from './operators/supported'

const context = Context.init({
  expression: { ...expressions, ...ownExpressions } as never,
  query: { ...conditions, ...ownConditions } as never,
  accumulator: { ...accumulators, ...ownAccumulators } as never,
  pipeline: stages,
  projection: projections,
})
const options: Partial<Options> = { context, scriptEnabled: false }

/**
 * Runs `work` and turns mingo's errors into CloudFailure.
 * @throws CloudFailure
 */
export function translated<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (error instanceof CloudFailure) throw error
    throw new CloudFailure('DATABASE_INVALID_OPERRATOR', error instanceof Error ? error.message : 'refused')
  }
}

/** Compiles a condition that tests documents. @throws CloudFailure for a condition that CloudBase refuses */
export function queryOf(where: Fields): { test(document: Document): boolean } {
  checkCondition(where)
  const query = translated(() => new Query(where, options))
  return { test: (document) => translated(() => query.test(document)) }
}

function checkedSort(order: unknown): Record<string, 1 | -1> {
  const isOrder = isFields(order) && Object.values(order).every((direction) => direction === 1 || direction === -1)
  if (!isOrder || Object.keys(order).length === 0) throw invalid('sort')
  return order as Record<string, 1 | -1>
}

// Rewrites $bucket into other stages: each document goes into the group whose _id is the lower boundary of the
// document's range.
function bucketStages(bucket: Fields): Fields[] {
  const { groupBy, boundaries, output = { count: { $sum: 1 } } } = bucket
  if (!Array.isArray(boundaries) || boundaries.length < 2) throw invalid('boundaries')
  const branches = boundaries.slice(0, -1).map((from: unknown, at: number) => ({
    case: { $and: [{ $gte: [groupBy, { $literal: from }] }, { $lt: [groupBy, { $literal: boundaries[at + 1] }] }] },
    // biome-ignore lint/suspicious/noThenProperty: `then` is a field of $switch
    then: { $literal: from },
  }))
  const isAscending = sortDocuments(
    boundaries.map((v: unknown) => ({ v })),
    { v: 1 },
  ).every(({ v }, at) => v === boundaries[at])
  if (!isAscending) throw invalid('boundaries must rise')
  const other = 'default' in bucket ? { default: { $literal: bucket.default } } : {}
  return [{ $group: { _id: { $switch: { branches, ...other } }, ...(output as Fields) } }, { $sort: { _id: 1 } }]
}

/** Rewrites a stage into stages that mingo answers as CloudBase does. */
function simpler(stage: Fields): Fields[] {
  const [name = '', operand] = Object.entries(stage)[0] ?? []
  if (name === '$bucket' && isFields(operand)) return bucketStages(operand)
  if (name === '$count') {
    if (typeof operand !== 'string' || !/^[^$.][^.]*$/.test(operand)) throw invalid('count')
    // Like CloudBase, $count returns no document if it counts zero.
    return [{ $group: { _id: null, [operand]: { $sum: 1 } } }, { $project: { _id: 0 } }]
  }
  if (name === '$limit' && !(Number.isSafeInteger(operand) && (operand as number) > 0)) throw invalid('limit')
  if (name === '$unwind') {
    const path = isFields(operand) ? operand.path : operand
    if (typeof path !== 'string' || !path.startsWith('$')) throw invalid('the path of unwind begins with $')
  }
  return [stage]
}

/**
 * Runs a pipeline and returns its documents.
 * @param others answers a pipeline over another collection, for `$lookup`
 * @throws CloudFailure
 */
export function runPipeline(
  input: readonly Fields[],
  pipeline: readonly Fields[],
  others: (collection: string, pipeline: readonly Fields[]) => Fields[],
): Fields[] {
  checkPipeline(pipeline)
  let documents: Fields[] = [...input]
  for (const stage of pipeline.flatMap(simpler)) {
    const join = plainJoin(stage)
    if (join) {
      // The joined list is the same for every document, so read it once. That read can use the other collection's
      // indexes.
      const list = documents.length > 0 ? others(join.from, join.pipeline) : []
      documents = documents.map((document) => ({ ...document, [join.as]: list }))
      continue
    }
    documents =
      '$sort' in stage
        ? sortDocuments(documents, checkedSort(stage.$sort))
        : translated(
            () =>
              new Aggregator([stage], { ...options, collectionResolver: (other) => others(other, []) }).run(
                documents,
              ) as Fields[],
          )
  }
  return documents
}

/** Recognises a `$lookup` whose pipeline does not depend on the document to which the results are joined. */
function plainJoin({ $lookup: join }: Fields): { from: string; pipeline: Fields[]; as: string } | undefined {
  if (!isFields(join) || !Array.isArray(join.pipeline) || join.let !== undefined) return undefined
  const { from, as, localField, foreignField } = join
  if (localField !== undefined || foreignField !== undefined) return undefined
  if (typeof from !== 'string' || typeof as !== 'string' || !/^[^$.][^.]*$/.test(as)) throw invalid('lookup')
  return { from, as, pipeline: join.pipeline as Fields[] }
}
