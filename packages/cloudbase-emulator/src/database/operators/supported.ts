// The operators that the emulator supports: all that wx-server-sdk 4.0.2 can send (its dependency @cloudbase/database
// 1.4.3 lists them). The emulator refuses every other operator, because a wrong answer would be worse than an error.
import { CloudFailure } from '../../failures'
import { type Fields, isFields } from '../ejson'

const words = (text: string): ReadonlySet<string> => new Set(text.split(/\s+/).map((word) => `$${word}`))

const conditions = words(`eq ne lt lte gt gte in nin and or nor not exists mod all elemMatch size regex options expr`)
const updates = words(`set unset inc mul push pull pullAll pop addToSet rename max min`)
const updateModifiers = words(`each position sort slice`)
const stages = words(
  `addFields bucket bucketAuto count group limit lookup match project replaceRoot sample skip sort sortByCount unwind`,
)
const accumulators = words(`addToSet avg first last max mergeObjects min push stdDevPop stdDevSamp sum`)
const expressions = words(`abs add ceil divide exp floor ln log log10 mod multiply pow sqrt subtract trunc
  arrayElemAt arrayToObject concatArrays filter in indexOfArray isArray map range reduce reverseArray size slice zip
  and not or cmp eq gt gte lt lte ne cond ifNull switch
  dateFromParts dateFromString dateToString dayOfMonth dayOfWeek dayOfYear hour isoDayOfWeek isoWeek isoWeekYear
  millisecond minute month second week year
  literal let mergeObjects objectToArray
  allElementsTrue anyElementTrue setDifference setEquals setIntersection setIsSubset setUnion
  concat indexOfBytes indexOfCP split strLenBytes strLenCP strcasecmp substr substrBytes substrCP toLower toUpper
  avg max min stdDevPop stdDevSamp sum`)

/** The names of the supported operators by kind, for docs/emulator.md and its test. */
export const supported = { conditions, updates, updateModifiers, stages, accumulators, expressions }

const refuse = (name: string, kind: string): never => {
  throw new CloudFailure('DATABASE_INVALID_OPERRATOR', `the emulator does not support the ${kind} ${name}`)
}

function checkNamed(value: Fields, names: ReadonlySet<string>, kind: string): void {
  for (const name of Object.keys(value)) if (name.startsWith('$') && !names.has(name)) refuse(name, kind)
}

/** Checks the operators of a condition. @throws CloudFailure for an operator that is not supported */
export function checkCondition(condition: unknown): void {
  if (Array.isArray(condition)) for (const one of condition) checkCondition(one)
  if (!isFields(condition)) return
  checkNamed(condition, conditions, 'condition')
  for (const [name, inner] of Object.entries(condition)) {
    if (name === '$expr') checkExpression(inner)
    else if (!/^\$(eq|ne|gte?|lte?|in|nin)$/.test(name)) checkCondition(inner)
  }
}

/** Checks the operators of an update. @throws CloudFailure for an operator that is not supported */
export function checkUpdate(update: Fields): void {
  for (const [name, change] of Object.entries(update)) {
    if (!name.startsWith('$') || !isFields(change) || !updates.has(name)) refuse(name, 'update')
    for (const value of Object.values(change as Fields))
      if (/^\$(push|addToSet)$/.test(name) && isFields(value))
        checkNamed(value, updateModifiers, 'modifier of an update')
  }
}

function checkExpression(expression: unknown, names: ReadonlySet<string> = expressions): void {
  if (Array.isArray(expression)) for (const one of expression) checkExpression(one)
  if (!isFields(expression)) return
  checkNamed(expression, names, 'operator')
  for (const [name, inner] of Object.entries(expression)) if (name !== '$literal') checkExpression(inner)
}

const checkFields = (fields: unknown): void => {
  if (!isFields(fields)) return
  for (const [name, value] of Object.entries(fields))
    checkExpression(value, name === '_id' ? expressions : accumulators)
}

/** Checks the stages of a pipeline. @throws CloudFailure for a stage or an operator that is not supported */
export function checkPipeline(pipeline: readonly Fields[]): void {
  for (const stage of pipeline) {
    const [name = '', ...more] = Object.keys(stage)
    if (more.length > 0 || !stages.has(name)) refuse(name, 'stage')
    checkStage(name, stage[name])
  }
}

function checkStage(name: string, operand: unknown): void {
  if (name === '$match') checkCondition(operand)
  else if (name === '$group') checkFields(operand)
  else if (/^\$(addFields|project|replaceRoot|sortByCount)$/.test(name)) checkExpression(operand)
  else if (name === '$lookup' && isFields(operand) && Array.isArray(operand.pipeline)) checkPipeline(operand.pipeline)
  else if (/^\$bucket/.test(name) && isFields(operand)) {
    checkExpression(operand.groupBy)
    checkFields(operand.output)
  }
}
