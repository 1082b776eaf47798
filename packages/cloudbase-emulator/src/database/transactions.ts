// Optimistic transactions on single documents. A transaction remembers its reads and holds back its writes. The commit
// and each write fail with CloudBase's conflict error when a document has changed since the transaction first used it.
import { randomUUID } from 'node:crypto'
import { CloudFailure } from '../failures'
import { checkId, checkNames, checkSize, type Modified } from './database'
import { type DocumentId, type Fields, fromStored, storedText } from './ejson'
import type { Storage } from './storage'
import type { Collection } from './tables'
import { applyModifier } from './updates'

interface Touched {
  collection: Collection
  id: DocumentId
  before: string | undefined
  after: string | undefined
}

interface Transaction {
  touched: Map<string, Touched>
  endsAt: number
}

// CloudBase aborts a transaction that stays open for more than 30 s.
const lifeMs = 30_000
const mostOpen = 1000

const conflict = ({ name }: Collection): CloudFailure =>
  new CloudFailure('DATABASE_TRANSACTION_CONFLICT', `[ResourceUnavailable.TransactionConflict] ${name}`)

export type Transactions = ReturnType<typeof createTransactions>

interface Change {
  change: Fields
  replace: boolean
}

export function createTransactions(storage: Storage) {
  const open = new Map<string, Transaction>()

  const transactionOf = (id: string): Transaction => {
    const transaction = open.get(id)
    if (transaction && transaction.endsAt > performance.now()) return transaction
    open.delete(id)
    throw new CloudFailure('DATABASE_TRANSACTION_NOT_EXIST', 'the transaction has ended')
  }

  const touch = (transaction: string, name: string, id: DocumentId): Touched => {
    const { touched } = transactionOf(transaction)
    const collection = storage.collectionOf(name)
    const key = JSON.stringify([name, id])
    const known = touched.get(key)
    if (known) return known
    const before = storage.read(collection, id)
    const fresh: Touched = { collection, id, before, after: before }
    touched.set(key, fresh)
    return fresh
  }

  /**
   * Prepares a document for writing.
   * @throws CloudFailure DATABASE_TRANSACTION_CONFLICT if the document has changed since this transaction first used
   *   it, or if another open transaction has written it. The error also ends this transaction
   */
  const touchToWrite = (transaction: string, name: string, id: DocumentId): Touched => {
    const one = touch(transaction, name, id)
    const key = JSON.stringify([name, id])
    const isWrittenByOther = [...open].some(([other, { touched, endsAt }]) => {
      const theirs = other === transaction || endsAt <= performance.now() ? undefined : touched.get(key)
      return theirs !== undefined && theirs.after !== theirs.before
    })
    if (!isWrittenByOther && storage.read(one.collection, id) === one.before) return one
    open.delete(transaction)
    throw conflict(one.collection)
  }

  const apply = ({ collection, id, before, after }: Touched): void => {
    if (before === after) return
    if (after === undefined) storage.remove(collection, id)
    else if (before === undefined) storage.insert(collection, fromStored(after), after)
    else storage.replace(collection, before, fromStored(after), after)
  }

  return {
    start(): string {
      for (const [id, { endsAt }] of open) if (endsAt <= performance.now()) open.delete(id)
      if (open.size >= mostOpen) throw new CloudFailure('EXCEED_CONCURRENT_REQUEST_LIMIT', 'too many transactions')
      const id = randomUUID()
      open.set(id, { touched: new Map(), endsAt: performance.now() + lifeMs })
      return id
    },
    read: (transaction: string, name: string, id: DocumentId): string | undefined => touch(transaction, name, id).after,
    insert(transaction: string, name: string, document: Fields): DocumentId {
      const _id = checkId(document._id ?? randomUUID().replaceAll('-', ''))
      checkNames(document)
      const one = touchToWrite(transaction, name, _id)
      if (one.after !== undefined)
        throw new CloudFailure('DATABASE_DUPLICATE_WRITE', `E11000 duplicate key error collection: ${name}`)
      one.after = storedText({ ...document, _id })
      checkSize(one.after)
      return _id
    },
    modify(transaction: string, name: string, id: DocumentId, { change, replace }: Change): Modified {
      const one = touchToWrite(transaction, name, id)
      if (replace) checkNames(change)
      else if (one.after === undefined) return { updated: 0, upsertedId: null }
      const created = one.after === undefined
      const after = storedText(replace ? { _id: id, ...change } : applyModifier(one.after ?? '{}', change))
      checkSize(after)
      const updated = !created && (replace || after !== one.after) ? 1 : 0
      one.after = after
      return { updated, upsertedId: created ? id : null }
    },
    remove(transaction: string, name: string, id: DocumentId): number {
      const one = touchToWrite(transaction, name, id)
      const removed = one.after === undefined ? 0 : 1
      one.after = undefined
      return removed
    },
    /**
     * Writes the changes of a transaction. @throws CloudFailure DATABASE_TRANSACTION_CONFLICT; then nothing was written
     */
    commit(id: string): void {
      const { touched } = transactionOf(id)
      open.delete(id)
      storage.atomically(() => {
        for (const one of touched.values())
          if (storage.read(one.collection, one.id) !== one.before) throw conflict(one.collection)
        for (const one of touched.values()) apply(one)
      })
    },
    abort(id: string): void {
      transactionOf(id)
      open.delete(id)
    },
  }
}
