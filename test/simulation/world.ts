// One simulated world: virtual time and a heap of future events. Time advances only from one event to the next. After
// each event the runner lets all `await` chains of the tested code continue to their next call to the outside.
import { Random, seedOf } from './random'
import type { Reached } from './reached'

export const minute = 60_000
export const hour = 60 * minute
export const day = 24 * hour

/** The earlier of two times; null if there is neither. */
export const earliest = (one: number | null, other: number | null): number | null =>
  one === null || (other !== null && other < one) ? other : one

const noon = Date.parse('2026-03-01T04:00:00Z')

interface Event {
  at: number
  /** a random number that decides the sequence of events in the same millisecond */
  tie: number
  run: () => void
}

export interface Violation {
  invariant: string
  detail: string
}

/** How important a line of the story is. 1: always printed; 2: printed if there is room; 3: a call that succeeded. */
export type Weight = 1 | 2 | 3

export interface Line {
  at: number
  weight: Weight
  text: string
}

/** The keys of the actors, faults and steps that the shrinker has removed. */
export type Cut = ReadonlySet<string>
const nothingCut: Cut = new Set()

export interface WorldOptions {
  seed: number
  reached: Reached
  cut?: Cut
  /** true: records the story, and the keys of everything that the shrinker can remove */
  tells?: boolean
}

export class World {
  now: number
  steps = 0
  hash: number
  readonly startAt: number
  readonly seed: number
  readonly random: Random
  readonly reached: Reached
  readonly tells: boolean
  readonly lines: Line[] = []
  readonly keys: string[] = []
  violation: Violation | undefined
  /** true: the shopper waited so long for the end of an earlier attempt that the server opened a second attempt */
  lostPatience = false
  /** how many calls about the audit took too long */
  slowAudits = 0
  /** Fault level. 0 means no faults; a higher level means more. */
  faults = 0
  /** the database refuses every write until this time, but answers reads */
  noWritesUntil = 0
  /** the database refuses every new document until this time, but takes changes of documents */
  noInsertsUntil = 0
  private readonly cut: Cut
  private readonly heap: Event[] = []

  constructor({ seed, reached, cut = nothingCut, tells = false }: WorldOptions, beginsMs: number) {
    this.startAt = noon + beginsMs
    this.now = this.startAt
    this.seed = seed
    this.reached = reached
    this.cut = cut
    this.tells = tells
    this.random = new Random(seedOf(seed, 'world'))
    this.hash = seedOf(seed, 'hash')
  }

  /** A source of random numbers for one actor, process or provider. */
  randomOf(name: string): Random {
    return new Random(seedOf(this.seed, name))
  }

  /** Whether an actor, fault or step happens. It always happens unless the shrinker has removed its key. */
  may(key: string): boolean {
    if (this.tells) this.keys.push(key)
    return this.cut.size === 0 || !this.cut.has(key)
  }

  /** Adds a line to the story. @param text a function that makes the line, because most stories are never printed */
  say(weight: Weight, text: () => string): void {
    if (this.tells) this.lines.push({ at: this.now, weight, text: text() })
  }

  /** Records a broken invariant. The world ends when the first invariant is broken. */
  fail(invariant: string, detail: string): void {
    this.violation ??= { invariant, detail }
  }

  /** Adds a fact to the hash of the world's history. */
  mix(fact: number): void {
    this.hash = Math.imul(this.hash ^ (fact | 0), 0x9e3779b1) ^ (this.hash >>> 15)
  }

  at(when: number, run: () => void): void {
    const event: Event = { at: when, tie: this.random.next(), run }
    const { heap } = this
    let index = heap.length
    heap.push(event)
    while (index > 0) {
      const parent = (index - 1) >> 1
      const above = heap[parent] as Event
      if (isBefore(above, event)) break
      heap[index] = above
      index = parent
    }
    heap[index] = event
  }

  after(ms: number, run: () => void): void {
    this.at(this.now + ms, run)
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.at(this.now + ms, resolve))
  }

  /** Runs the next event. @returns false if no event is left or an invariant is broken */
  step(): boolean {
    const { heap } = this
    const first = heap[0]
    if (first === undefined || this.violation !== undefined) return false
    const last = heap.pop() as Event
    const size = heap.length
    if (size > 0) {
      let index = 0
      for (;;) {
        let child = 2 * index + 1
        if (child >= size) break
        if (child + 1 < size && isBefore(heap[child + 1] as Event, heap[child] as Event)) child += 1
        const below = heap[child] as Event
        if (isBefore(last, below)) break
        heap[index] = below
        index = child
      }
      heap[index] = last
    }
    if (first.at > this.now) this.now = first.at
    this.steps += 1
    this.mix(this.now)
    first.run()
    return true
  }
}

const isBefore = (a: Event, b: Event): boolean => a.at < b.at || (a.at === b.at && a.tie < b.tie)
