// The wire protocol of wx-server-sdk 4.0.2: takes an action with its parameters and returns the reply. The shapes were
// read from @cloudbase/database 1.4.3 and @cloudbase/node-sdk 3.17.2, which wx-server-sdk uses to send its requests.
import { find } from 'mingo'
import type { Database } from './database/database'
import { type DocumentId, type Fields, fromStored, isFields, readEjson, storedText } from './database/ejson'
import { translated } from './database/meaning'
import { type Find, idOf } from './database/reading'
import type { Transactions } from './database/transactions'
import { CloudFailure, invalid } from './failures'
import type { Files } from './files'

interface Reply {
  data?: unknown
  transactionId?: string
}

export interface Services {
  database: Database
  transactions: Transactions
  now(): number
  invoke(name: string, event: unknown): Promise<unknown>
  files: Files
  /** base URL of the links for uploading and downloading files */
  origin(): string
}

type Action = (services: Services, parameters: Fields) => Reply | Promise<Reply>

export const actions = new Map<string, Action>([
  ['database.getDocument', getDocument],
  ['database.insertDocument', insertDocument],
  ['database.modifyDocument', modifyDocument],
  ['database.removeDocument', removeDocument],
  ['database.calculateDocument', calculateDocument],
  ['database.aggregateDocuments', aggregateDocuments],
  ['database.startTransaction', ({ transactions }) => ({ transactionId: transactions.start() })],
  ['database.commitTransaction', commitTransaction],
  ['database.abortTransaction', abortTransaction],
  ['database.addCollection', addCollection],
  ['functions.invokeFunction', invokeFunction],
  ['storage.getUploadMetadata', ({ files, origin }, { path }) => ({ data: files.toPut(origin(), path) })],
  ['storage.batchGetDownloadUrl', getDownloadUrls],
  ['storage.batchDeleteFile', deleteFiles],
])

function getDocument({ database, transactions, now }: Services, parameters: Fields): Reply {
  const name = textOf(parameters, 'collectionName')
  const where = fieldsOf(parameters, 'query', now())
  const transaction = transactionOf(parameters)
  let texts: string[]
  if (transaction !== undefined) {
    const text = transactions.read(transaction, name, documentOf(where))
    texts = text === undefined ? [] : [text]
  } else texts = database.texts(name, { where, ...pageOf(parameters, now()) })
  if (parameters.projection === undefined) return { data: { list: texts } }
  const projection = fieldsOf(parameters, 'projection', now())
  const documents = translated(() => find(texts.map(fromStored), {}, projection).all())
  return { data: { list: documents.map(storedText) } }
}

function pageOf(parameters: Fields, now: number): Find {
  const page: Find = {}
  if (parameters.order !== undefined) {
    const order = fieldsOf(parameters, 'order', now)
    if (!Object.values(order).every((direction) => direction === 1 || direction === -1)) throw invalid('order')
    page.orderBy = order as Record<string, 1 | -1>
  }
  if (parameters.offset !== undefined) page.skip = wholeOf(parameters, 'offset')
  if (parameters.limit !== undefined) page.limit = wholeOf(parameters, 'limit')
  return page
}

function insertDocument({ database, transactions, now }: Services, parameters: Fields): Reply {
  const name = textOf(parameters, 'collectionName')
  const data = parameters.data
  if (!Array.isArray(data) || data.length === 0) throw invalid('data')
  const documents = data.map((text) => {
    const document = typeof text === 'string' ? readEjson(text, now()) : undefined
    if (!isFields(document)) throw invalid('data')
    return document
  })
  const transaction = transactionOf(parameters)
  const insertedIds =
    transaction === undefined
      ? database.insert(name, ...documents)
      : documents.map((document) => transactions.insert(transaction, name, document))
  return { data: { insertedIds } }
}

function modifyDocument({ database, transactions, now }: Services, parameters: Fields): Reply {
  const name = textOf(parameters, 'collectionName')
  const where = fieldsOf(parameters, 'query', now())
  const change = fieldsOf(parameters, 'data', now())
  const replace = parameters.merge === false
  const transaction = transactionOf(parameters)
  const { updated, upsertedId } =
    transaction === undefined
      ? database.modify(name, {
          where,
          change,
          replace,
          multi: parameters.multi !== false,
          upsert: parameters.upsert === true,
        })
      : transactions.modify(transaction, name, documentOf(where), { change, replace })
  return { data: { updated, upsert_id: upsertedId } }
}

function removeDocument({ database, transactions, now }: Services, parameters: Fields): Reply {
  const name = textOf(parameters, 'collectionName')
  const where = fieldsOf(parameters, 'query', now())
  const transaction = transactionOf(parameters)
  const deleted =
    transaction === undefined
      ? database.remove(name, where, parameters.multi !== false)
      : transactions.remove(transaction, name, documentOf(where))
  return { data: { deleted } }
}

function calculateDocument({ database, now }: Services, parameters: Fields): Reply {
  const total = database.count(textOf(parameters, 'collectionName'), fieldsOf(parameters, 'query', now()))
  return { data: { total } }
}

function aggregateDocuments({ database, now }: Services, parameters: Fields): Reply {
  if (!Array.isArray(parameters.stages)) throw invalid('stages')
  const stages = parameters.stages.map((stage: unknown) => {
    if (!isFields(stage) || typeof stage.stageKey !== 'string' || typeof stage.stageValue !== 'string')
      throw invalid('stages')
    return { [stage.stageKey]: readEjson(stage.stageValue, now()) }
  })
  const list = database.aggregate(textOf(parameters, 'collectionName'), stages)
  return { data: { list: list.map(storedText) } }
}

function commitTransaction({ transactions }: Services, parameters: Fields): Reply {
  transactions.commit(textOf(parameters, 'transactionId'))
  return { data: { committed: 1 } }
}

function abortTransaction({ transactions }: Services, parameters: Fields): Reply {
  transactions.abort(textOf(parameters, 'transactionId'))
  return { data: { aborted: 1 } }
}

function addCollection({ database }: Services, parameters: Fields): Reply {
  const name = textOf(parameters, 'collectionName')
  if (!/^[A-Za-z][A-Za-z0-9_-]{0,63}$/.test(name)) throw invalid('collectionName')
  database.createCollection(name)
  return { data: {} }
}

async function invokeFunction({ invoke }: Services, parameters: Fields): Promise<Reply> {
  const data: unknown = JSON.parse(String(parameters.request_data || '{}'))
  const result = await invoke(textOf(parameters, 'function_name'), data)
  return { data: { response_data: JSON.stringify(result ?? null) } }
}

function getDownloadUrls({ files, origin }: Services, { file_list }: Fields): Reply {
  if (!Array.isArray(file_list) || !isFileCount(file_list.length) || !file_list.every(isFields))
    throw invalid('file_list')
  const download_list = file_list.map(({ fileid, max_age }) => files.toGet(origin(), fileid, max_age))
  return { data: { download_list } }
}

function deleteFiles({ files }: Services, { fileid_list }: Fields): Reply {
  if (!Array.isArray(fileid_list) || !isFileCount(fileid_list.length)) throw invalid('fileid_list')
  return { data: { delete_list: fileid_list.map((id: unknown) => files.remove(id)) } }
}

// CloudBase accepts at most 50 files in one call.
const isFileCount = (count: number): boolean => count > 0 && count <= 50

function textOf(parameters: Fields, name: string): string {
  const text = parameters[name]
  if (typeof text !== 'string' || text === '') throw invalid(`${name} is missing`)
  return text
}

function wholeOf(parameters: Fields, name: string): number {
  const number = parameters[name]
  if (typeof number !== 'number' || !Number.isSafeInteger(number) || number < 0) throw invalid(name)
  return number
}

/** Reads a parameter that was sent as an EJSON object. An absent or empty parameter counts as an empty object. */
function fieldsOf(parameters: Fields, name: string, now: number): Fields {
  const text = parameters[name]
  if (text === undefined || text === '') return {}
  const fields = typeof text === 'string' ? readEjson(text, now) : undefined
  if (!isFields(fields)) throw invalid(name)
  return fields
}

const transactionOf = (parameters: Fields): string | undefined =>
  typeof parameters.transactionId === 'string' ? parameters.transactionId : undefined

// CloudBase's transactions can only read and write single documents, and each call must name its document by the id.
function documentOf(where: Fields): DocumentId {
  const id = idOf(where)
  if (id !== undefined && Object.keys(where).length === 1) return id
  throw new CloudFailure('DATABASE_TRANSACTION_FAIL', 'a transaction reads and writes documents by doc(id) only')
}
