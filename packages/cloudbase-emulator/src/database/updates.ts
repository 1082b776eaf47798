// Applies update operators to one document. First refuses updates that MongoDB refuses and mingo would accept; then
// mingo does the work.
import { update } from 'mingo'
import { CloudFailure } from '../failures'
import { type Document, type Fields, fromStored, isFields } from './ejson'
import { checkUpdate } from './operators/supported'

const numeric = new Set(['$inc', '$mul'])
const onArrays = new Set(['$push', '$addToSet', '$pull', '$pullAll', '$pop'])

/**
 * Applies an update to one document.
 * @param text the stored text of the document
 * @returns the changed document
 */
export function applyModifier(text: string, change: Fields): Document {
  const document = fromStored(text)
  const operators = Object.keys(change)
  checkUpdate(change)
  if (operators.length === 1 && isFields(change.$set) && Object.keys(change.$set).every(isOwnField))
    return Object.assign(document, change.$set)
  for (const operator of operators)
    for (const path of Object.keys(change[operator] as Fields)) checkPath(document, operator, path)
  try {
    update(document, change, [], {}, { cloneMode: 'none' })
  } catch (error) {
    throw refused(error instanceof Error ? error.message : 'refused', 'DATABASE_INVALID_OPERRATOR')
  }
  return document
}

// Set a top-level field without mingo, which is faster.
const isOwnField = (path: string): boolean => path !== '_id' && /^[A-Za-z_]\w*$/.test(path) && path !== '__proto__'

function checkPath(document: Document, operator: string, path: string): void {
  if (path.includes('$')) return
  const parts = path.split('.')
  let value: unknown = document
  for (const part of parts) {
    if (typeof value !== 'object' || value === null || value instanceof Date) {
      if (operator === '$unset') return
      throw refused(`Cannot create field '${part}' in the path '${path}'`)
    }
    value = Object.hasOwn(value, part) ? (value as Fields)[part] : undefined
    if (value === undefined) return
  }
  if (numeric.has(operator) && typeof value !== 'number')
    throw refused(`Cannot apply ${operator} to the value of non-numeric type at '${path}'`)
  if (onArrays.has(operator) && !Array.isArray(value))
    throw refused(`Cannot apply ${operator} to the non-array value at '${path}'`)
}

const refused = (message: string, code = 'DATABASE_REQUEST_FAILED'): CloudFailure => new CloudFailure(code, message)
