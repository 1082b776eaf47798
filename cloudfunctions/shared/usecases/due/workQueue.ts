// The queue of what is due, orders or contracts: taken in batches, the longest waiting first, several at a time.

const firstBatch = 100
const largestBatch = 1_000
const inParallel = 20

interface Queue<T> {
  /** what is due from `since` on, the longest waiting first */
  find(since: number, limit: number): Promise<T[]>
  /** its due time in this queue */
  dueAt?(one: T): number | null
  /** never throws; false when it failed */
  work(one: T): Promise<boolean>
}

/**
 * Works once on each thing that is due, until there is no more or no time.
 * @param seen what is worked on already, where several queues run side by side
 */
export async function workQueue<T extends { _id: string; dueAt: number | null }>(
  hasTime: () => boolean,
  { find, work, dueAt = (one) => one.dueAt }: Queue<T>,
  seen = new Set<string>(),
): Promise<{ worked: number; failed: number }> {
  const tally = { worked: 0, failed: 0 }
  let limit = firstBatch
  let since = 0
  while (hasTime()) {
    const due = await find(since, limit)
    const queue = due.filter(({ _id }) => !seen.has(_id))
    const worker = async () => {
      for (let one = queue.shift(); one && hasTime(); one = queue.shift()) {
        // Another queue may have taken it meanwhile.
        if (seen.has(one._id)) continue
        seen.add(one._id)
        tally[(await work(one)) ? 'worked' : 'failed'] += 1
      }
    }
    const isLast = due.length < limit
    if (queue.length === 0 && !isLast) limit *= 2
    await Promise.all(Array.from({ length: Math.min(inParallel, queue.length) }, worker))
    const last = due.at(-1)
    since = (last && dueAt(last)) ?? since
    if (isLast || limit > largestBatch) break
  }
  return tally
}
