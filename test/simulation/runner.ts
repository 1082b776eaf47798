// Runs many lives in one process. Each turn of the event loop makes one step in each life, so that the lives share the
// cost of a turn. What happens in a life depends only on its seed.

import { createLife, type Kind } from './kinds'
import type { Life } from './life'
import type { RareState } from './reached'
import { Reached } from './reached'
import type { Violation } from './world'

export interface RunOptions {
  from: number
  lives: number
  /** distance between two seeds of this process; the seeds between belong to other processes */
  stride: number
  width: number
  kind: Kind | undefined
  /** starts no more lives after this time. For a repeatable run limit the number of lives instead */
  mostSeconds: number
  /** true: stops after the first life that breaks an invariant */
  stopsAtFirst: boolean
  /** seeds whose violations do not count, because the code breaks them without a mutant too */
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
  /** hash of all histories; the same however the lives are packed */
  hash: number
  found: Found[]
  reached: Partial<Record<RareState, number>>
  /** the most memory that the process has used, in MB */
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

/** Updates the highest memory use. @returns the memory that the process uses now */
function measureMemory(result: RunResult): number {
  const megabytes = Math.round(process.memoryUsage.rss() / 2 ** 20)
  result.megabytes = Math.max(result.megabytes, megabytes)
  return megabytes
}

/** Runs one life to its end. */
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
