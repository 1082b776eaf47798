// What one function instance remembers about callers. It keeps recent answers, because many pages ask the same thing
// every few seconds, and reading it once is enough. It also counts which network addresses guess numbers.

const shareMs = 1_000
const missesEachMinute = 30
const minuteMs = 60_000
const most = 1_000

interface Poll {
  at: number
  answer: Promise<unknown>
}

export class Polls {
  private readonly shared = new Map<string, Poll>()
  private readonly misses = new Map<string, { since: number; count: number }>()

  /** Reads a thing only once for all callers that ask for it within one second. */
  share<T>(key: string, now: number, read: () => Promise<T>): Promise<T> {
    const last = this.shared.get(key)
    if (last && Math.abs(now - last.at) < shareMs) return last.answer as Promise<T>
    const answer = read()
    keep(this.shared, key, { at: now, answer })
    // Forget a failed read, so that the next caller tries again.
    answer.catch(() => this.shared.delete(key))
    return answer
  }

  /** Whether a caller probably tries numbers at random: it has asked for too many things that do not exist. */
  isGuessing(address: string, now: number): boolean {
    const known = this.misses.get(address)
    return known !== undefined && Math.abs(now - known.since) < minuteMs && known.count >= missesEachMinute
  }

  /** Notes that a caller asked for something that does not exist. */
  miss(address: string, now: number): void {
    const known = this.misses.get(address)
    const isFresh = known !== undefined && Math.abs(now - known.since) < minuteMs
    keep(this.misses, address, isFresh ? { ...known, count: known.count + 1 } : { since: now, count: 1 })
  }
}

/** Stores an entry as the newest. If there are too many entries, removes the oldest one, to limit the memory. */
function keep<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key)
  map.set(key, value)
  const [oldest] = map.keys()
  if (map.size > most && oldest !== undefined) map.delete(oldest)
}
