// Runs many lives in one process, one after the other. What happens in a life depends only on its seed.
import { setFlagsFromString } from 'node:v8'
import { Script } from 'node:vm'
import { createLife, type Kind } from './lives/kinds'
import type { Life } from './lives/life'
import type { RareState } from './reached'
import { Reached } from './reached'
import type { Violation } from './world'

export interface RunOptions {
  from: number
  lives: number
  /** the distance between two seeds of this process, because other processes run the seeds between them */
  stride: number
  kind: Kind | undefined
  /** starts no more lives after this time. For a repeatable run limit the number of lives instead */
  mostSeconds: number
  /** true: stops after the first life that breaks an invariant */
  stopsAtFirst: boolean
  /** seeds that do not count, because a life of such a seed breaks an invariant even without a mutant */
  known: ReadonlySet<number>
}

export interface Found extends Violation {
  seed: number
}

export interface RunResult {
  lives: number
  events: number
  seconds: number
  /** processor time in seconds; on a busy machine less than the real time */
  coreSeconds: number
  /** hash of all histories; the same however the seeds are spread over processes */
  hash: number
  found: Found[]
  reached: Partial<Record<RareState, number>>
  /** the most memory that the process has used, in MB, and the least after the first ten thousand lives */
  megabytes: number
  leastMegabytes: number
}

const mostFound = 1_000
const livesPerLine = 10_000

/**
 * Runs each `await` chain of the code under test up to its next call to the outside. Does not wait for a turn of the
 * event loop, because a turn takes more time than all that runs here. V8 offers this function for its own tests, in all
 * versions that the project supports.
 */
const settle: () => void = (() => {
  setFlagsFromString('--allow-natives-syntax')
  return new Script('() => %PerformMicrotaskCheckpoint()').runInThisContext() as () => void
})()

/**
 * Runs a life to its end. Call this from a turn of the event loop, because inside of an `await` chain no other chain
 * can continue.
 */
function toTheEnd(life: Life): void {
  do settle()
  while (life.step())
  life.end()
}

export function runLives(
  { from, lives, stride, kind, stopsAtFirst, known, mostSeconds }: RunOptions,
  onProgress?: (sofar: RunResult, megabytes: number) => void,
): Promise<RunResult> {
  const reached = new Reached()
  const result: RunResult = {
    lives: 0,
    events: 0,
    seconds: 0,
    coreSeconds: 0,
    hash: 0,
    found: [],
    reached: {},
    megabytes: 0,
    leastMegabytes: Number.MAX_SAFE_INTEGER,
  }
  const startedAt = process.hrtime.bigint()
  const coreBefore = process.cpuUsage()
  const secondsSince = () => Number(process.hrtime.bigint() - startedAt) / 1e9
  const count = ({ seed, steps, hash, violation }: Life['world']) => {
    result.lives += 1
    result.events += steps
    result.hash = (result.hash + Math.imul(hash ^ seed, 0x9e3779b1)) | 0
    if (violation && !known.has(seed) && result.found.length < mostFound) result.found.push({ seed, ...violation })
    if (result.lives % livesPerLine === 0) onProgress?.(result, measureMemory(result))
  }
  const isOver = () =>
    result.lives >= lives ||
    (stopsAtFirst && result.found.length > 0) ||
    (result.lives % 100 === 0 && secondsSince() > mostSeconds)
  return new Promise((resolve) => {
    const turn = () => {
      if (!isOver()) {
        const life = createLife({ seed: from + result.lives * stride, reached }, kind)
        toTheEnd(life)
        count(life.world)
        return void setImmediate(turn)
      }
      result.seconds = secondsSince()
      const { user, system } = process.cpuUsage(coreBefore)
      result.coreSeconds = (user + system) / 1e6
      measureMemory(result)
      result.reached = Object.fromEntries(reached.counts)
      resolve(result)
    }
    setImmediate(turn)
  })
}

/** Updates the highest and lowest memory use. @returns the memory that the process uses now */
function measureMemory(result: RunResult): number {
  const megabytes = Math.round(process.memoryUsage.rss() / 2 ** 20)
  result.megabytes = Math.max(result.megabytes, megabytes)
  result.leastMegabytes = Math.min(result.leastMegabytes, megabytes)
  return megabytes
}

/** Runs one life to its end. */
export function runLife(life: Life): Promise<Life> {
  return new Promise((resolve) => {
    setImmediate(() => {
      toTheEnd(life)
      resolve(life)
    })
  })
}
