// One world: virtual time, a heap of what happens next, and nothing else that moves. An `await` chain of the code under
// test has ended when one setImmediate has passed, so each turn of the runner makes one step in each of many worlds.
import { Random, seedOf } from './random'
import type { Reached } from './reached'

export const minute = 60_000
export const hour = 60 * minute
export const day = 24 * hour

const noon = Date.parse('2026-03-01T04:00:00Z')

interface Event {
  at: number
  /** decides between events of the same millisecond */
  tie: number
  run: () => void
}

export interface Violation {
  invariant: string
  detail: string
}

/** How much a line of the story matters: 1 always, 2 when there is room, 3 the calls that went well. */
export type Weight = 1 | 2 | 3

export interface Line {
  at: number
  weight: Weight
  text: string
}

/** What the shrinker took away: actors, faults and steps, by their keys. */
export type Cut = ReadonlySet<string>
const nothingCut: Cut = new Set()

export interface WorldOptions {
  seed: number
  reached: Reached
  cut?: Cut
  /** keeps the story and the keys of everything that could be taken away */
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
  /** somebody at the phone waited long enough for an attempt to end: another one was opened beside it */
  lostPatience = false
  /** 0: no bad luck. Higher: more of it. */
  faults = 0
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

  /** A source of chance for one actor, process or provider. */
  randomOf(name: string): Random {
    return new Random(seedOf(this.seed, name))
  }

  /** Whether something that could be taken away happens: the shrinker may have cut it. */
  may(key: string): boolean {
    if (this.tells) this.keys.push(key)
    return this.cut.size === 0 || !this.cut.has(key)
  }

  /** @param text a function, because most worlds are never told */
  say(weight: Weight, text: () => string): void {
    if (this.tells) this.lines.push({ at: this.now, weight, text: text() })
  }

  /** The first broken invariant ends the world. */
  fail(invariant: string, detail: string): void {
    this.violation ??= { invariant, detail }
  }

  /** Mixes a fact into the history's hash. */
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

  /** Makes the next thing happen. False when nothing is left, or an invariant is broken. */
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
