// Works on due documents (orders, contracts and others) in batches: the longest waiting first, several at the same
// time.

const firstBatch = 100
// After a full batch, the next batch is twice as large, up to this size, so that a long queue costs few reads.
const longBatch = 400
const largestBatch = 1_000
const inParallel = 20

interface Queue<T> {
  /** finds the documents that became due at `since` or later, the longest waiting first */
  find(since: number, limit: number): Promise<T[]>
  /** when a document is due in this queue */
  dueAt?(one: T): number | null
  /** works on one document. Returns false if the work failed. Never throws */
  work(one: T): Promise<boolean>
  /** finishes all documents of a batch whose work did not fail. Never throws */
  finish?(worked: readonly T[]): Promise<void>
}

/**
 * Works once on each due document, until none is left or the time is over.
 * @param seen the ids of documents that other queues, running at the same time, have begun to work on
 */
export async function workQueue<T extends { _id: string; dueAt: number | null }>(
  hasTime: () => boolean,
  { find, work, finish, dueAt = (one) => one.dueAt }: Queue<T>,
  seen = new Set<string>(),
): Promise<{ worked: number; failed: number }> {
  const tally = { worked: 0, failed: 0 }
  let limit = firstBatch
  let since = 0
  while (hasTime()) {
    const due = await find(since, limit)
    const queue = due.filter(({ _id }) => !seen.has(_id))
    const worked: T[] = []
    const worker = async () => {
      for (let one = queue.shift(); one && hasTime(); one = queue.shift()) {
        // Another queue may have begun to work on this document meanwhile.
        if (seen.has(one._id)) continue
        seen.add(one._id)
        const isDone = await work(one)
        tally[isDone ? 'worked' : 'failed'] += 1
        if (isDone) worked.push(one)
      }
    }
    const isLast = due.length < limit
    if (!isLast && (queue.length === 0 || limit < longBatch)) limit *= 2
    if (queue.length > 0) await Promise.all(Array.from({ length: Math.min(inParallel, queue.length) }, worker))
    if (finish && worked.length > 0) await finish(worked)
    const last = due.at(-1)
    since = (last && dueAt(last)) ?? since
    if (isLast || limit > largestBatch) break
  }
  return tally
}
