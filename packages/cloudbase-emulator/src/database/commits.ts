// Lets all writes of one turn of the event loop share one SQL transaction, because a commit costs more than the write
// itself. A reply must wait for `kept`. Otherwise a caller could get a success, and a kill of the process could then
// lose the write.

// After this many statements the transaction is committed before the turn ends, so that a long loop of writes cannot
// fill the memory.
const mostShared = 10_000

interface Turn {
  promise: Promise<void>
  resolve(): void
  reject(error: unknown): void
}

/** @param execute runs one SQL statement */
export function shareCommits(execute: (sql: string) => void) {
  let turn: Turn | undefined
  let statements = 0

  /** Commits everything that was written so far. @throws SQLite's error; in that case none of the writes is kept */
  const commit = (): void => {
    const ending = turn
    if (!ending) return
    turn = undefined
    statements = 0
    try {
      execute('COMMIT')
      ending.resolve()
    } catch (error) {
      ending.reject(error)
      rollBack()
      throw error
    }
  }

  const rollBack = (): void => {
    try {
      execute('ROLLBACK')
    } catch {
      // After some errors SQLite has rolled back already.
    }
  }

  const commitAtEnd = (): void => {
    try {
      commit()
    } catch {
      // The error is thrown to the callers that wait for `kept`.
    }
  }

  const begin = (): void => {
    execute('BEGIN IMMEDIATE')
    const { promise, resolve, reject } = newPromise()
    // A tool in this process may write without waiting for `kept`. A failed commit must then not become an unhandled
    // rejection.
    promise.catch(() => undefined)
    turn = { promise, resolve, reject }
    setImmediate(commitAtEnd)
  }

  return {
    /**
     * To be called before each writing statement. @param isPart true: the statement is one of several writes of which
     * all or none must be kept
     */
    join(isPart: boolean): void {
      if (!isPart && statements >= mostShared) commit()
      statements += 1
      if (!turn) begin()
    },
    commit,
    /** Waits until the writes of this turn are committed. @throws SQLite's error if they are not kept */
    kept: async (): Promise<void> => turn?.promise,
  }
}

function newPromise(): Turn {
  let resolve: () => void = () => undefined
  let reject: (error: unknown) => void = () => undefined
  const promise = new Promise<void>((done, fail) => {
    resolve = done
    reject = fail
  })
  return { promise, resolve, reject }
}
