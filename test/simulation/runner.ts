// Runs many lives packed into one process: each turn of the event loop makes one step in each of them, so that the cost
// of a turn is shared. What a life does depends on its seed alone, not on how many are packed together.

import { createLife, type Kind } from './kinds'
import type { Life } from './life'
import type { RareState } from './reached'
import { Reached } from './reached'
import type { Violation } from './world'

export interface RunOptions {
  from: number
  lives: number
  /** every so many seeds one is run: for several processes */
  stride: number
  width: number
  kind: Kind | undefined
  /** begins no more lives after so long; a number of lives is what makes a run the same everywhere */
  mostSeconds: number
  /** ends with the first life that breaks an invariant */
  stopsAtFirst: boolean
  /** seeds whose violations are not counted: those of the code without a mutant */
  known: ReadonlySet<number>
}

export interface Found extends Violation {
  seed: number
}

export interface RunResult {
  lives: number
  events: number
  seconds: number
  /** time of a core that it took: on a busy machine less than its seconds */
  coreSeconds: number
  /** of all histories; the same at any packing */
  hash: number
  found: Found[]
  reached: Partial<Record<RareState, number>>
  /** the most memory that the process has had: `rss` */
  megabytes: number
}

const mostFound = 1_000
const livesPerLine = 10_000

export function runLives(
  options: RunOptions,
  onProgress?: (sofar: RunResult, megabytes: number) => void,
): Promise<RunResult> {
  const { from, lives, stride, width, kind, stopsAtFirst, known, mostSeconds } = options
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
  }
  const packed: Life[] = []
  const startedAt = process.hrtime.bigint()
  const coreBefore = process.cpuUsage()
  const secondsSince = () => Number(process.hrtime.bigint() - startedAt) / 1e9
  let isOver = false
  let begun = 0
  const finish = (life: Life) => {
    life.end()
    const { seed, steps, hash, violation } = life.world
    result.lives += 1
    result.events += steps
    result.hash = (result.hash + Math.imul(hash ^ seed, 0x9e3779b1)) | 0
    if (violation && !known.has(seed) && result.found.length < mostFound) result.found.push({ seed, ...violation })
    if (result.lives % 100 === 0) isOver = secondsSince() > mostSeconds
    if (result.lives % livesPerLine === 0) onProgress?.(result, measureMemory(result))
  }
  return new Promise((resolve) => {
    const turn = () => {
      while (packed.length < width && begun < lives && !isOver) {
        packed.push(createLife({ seed: from + begun * stride, reached }, kind))
        begun += 1
      }
      for (let index = 0; index < packed.length; index++) {
        const life = packed[index] as Life
        if (life.step()) continue
        finish(life)
        packed[index] = packed[packed.length - 1] as Life
        packed.pop()
        index -= 1
      }
      if (packed.length > 0 || (begun < lives && !isOver)) {
        if (!(stopsAtFirst && result.found.length > 0)) return void setImmediate(turn)
      }
      result.seconds = secondsSince()
      const { user, system } = process.cpuUsage(coreBefore)
      result.coreSeconds = (user + system) / 1e6
      measureMemory(result)
      result.found.sort((a, b) => a.seed - b.seed)
      result.reached = Object.fromEntries(reached.counts)
      resolve(result)
    }
    turn()
  })
}

/** @returns the memory that the process has now */
function measureMemory(result: RunResult): number {
  const megabytes = Math.round(process.memoryUsage.rss() / 2 ** 20)
  result.megabytes = Math.max(result.megabytes, megabytes)
  return megabytes
}

/** Runs one life to its end, alone. */
export function runLife(life: Life): Promise<Life> {
  return new Promise((resolve) => {
    const turn = () => {
      if (life.step()) return void setImmediate(turn)
      life.end()
      resolve(life)
    }
    turn()
  })
}
