// The queue of what is due, orders or contracts: taken in batches, the longest waiting first, several at a time.

const firstBatch = 100
const largestBatch = 1_000
const inParallel = 20

interface Queue<T> {
  /** what is due from `since` on, the longest waiting first */
  find(since: number, limit: number): Promise<T[]>
  /** never throws; false when it failed */
  work(one: T): Promise<boolean>
}

/** Works once on each thing that is due, until there is no more or no time. */
export async function workQueue<T extends { _id: string; dueAt: number | null }>(
  hasTime: () => boolean,
  { find, work }: Queue<T>,
): Promise<{ worked: number; failed: number }> {
  const tally = { worked: 0, failed: 0 }
  const seen = new Set<string>()
  let limit = firstBatch
  let since = 0
  while (hasTime()) {
    const due = await find(since, limit)
    const queue = due.filter(({ _id }) => !seen.has(_id))
    for (const { _id } of queue) seen.add(_id)
    const worker = async () => {
      for (let one = queue.shift(); one && hasTime(); one = queue.shift())
        tally[(await work(one)) ? 'worked' : 'failed'] += 1
    }
    const isLast = due.length < limit
    if (queue.length === 0 && !isLast) limit *= 2
    await Promise.all(Array.from({ length: Math.min(inParallel, queue.length) }, worker))
    since = due.at(-1)?.dueAt ?? since
    if (isLast || limit > largestBatch) break
  }
  return tally
}
