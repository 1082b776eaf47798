// What this instance remembers of pages that poll, so that many of them cost few reads, and of callers that guess.

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

  /** Reads the same thing once for all who ask within a second. */
  share<T>(key: string, now: number, read: () => Promise<T>): Promise<T> {
    const last = this.shared.get(key)
    if (last && Math.abs(now - last.at) < shareMs) return last.answer as Promise<T>
    const answer = read()
    keep(this.shared, key, { at: now, answer })
    // A failure is nobody else's.
    answer.catch(() => this.shared.delete(key))
    return answer
  }

  /** Whether a caller asked for too many things that do not exist. */
  isGuessing(address: string, now: number): boolean {
    const known = this.misses.get(address)
    return known !== undefined && Math.abs(now - known.since) < minuteMs && known.count >= missesEachMinute
  }

  /** A caller asked for something that does not exist. */
  miss(address: string, now: number): void {
    const known = this.misses.get(address)
    const isFresh = known !== undefined && Math.abs(now - known.since) < minuteMs
    keep(this.misses, address, isFresh ? { ...known, count: known.count + 1 } : { since: now, count: 1 })
  }
}

/** Puts an entry last; the oldest one goes if there are too many. */
function keep<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key)
  map.set(key, value)
  const [oldest] = map.keys()
  if (map.size > most && oldest !== undefined) map.delete(oldest)
}
