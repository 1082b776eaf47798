// Shrinks a failing life: removes actors, faults and steps as long as the same invariant still breaks.
import { createLife, type Kind } from './lives/kinds'
import type { Life } from './lives/life'
import { Reached } from './reached'
import { runLife } from './runner'
import type { Cut } from './world'

export async function live(seed: number, kind: Kind | undefined, cut: Cut, tells: boolean): Promise<Life> {
  return runLife(createLife({ seed, reached: new Reached(), cut, tells }, kind))
}

/** @returns the keys of everything that can be removed, and how many lives were run to find that out */
export async function shrink(
  seed: number,
  kind: Kind | undefined,
  mostLives = 1_500,
): Promise<{ cut: Cut; lives: number }> {
  const first = await live(seed, kind, new Set(), true)
  const wanted = first.world.violation?.invariant
  let cut: Cut = new Set()
  let lives = 1
  if (wanted === undefined) return { cut, lives }
  let keys = [...new Set(first.world.keys)]
  let size = Math.max(1, keys.length >> 1)
  while (size >= 1 && lives < mostLives) {
    let isSmaller = false
    for (let from = 0; from < keys.length && lives < mostLives; from += size) {
      const without = new Set([...cut, ...keys.slice(from, from + size)])
      const life = await live(seed, kind, without, true)
      lives += 1
      if (life.world.violation?.invariant !== wanted) continue
      cut = without
      isSmaller = true
      // A step that the smaller life never reaches need not be removed.
      const left = new Set(life.world.keys)
      keys = keys.filter((key) => left.has(key) && !without.has(key))
      from -= size
    }
    // A step that could not be removed may become removable after other steps are gone, so try again.
    if (size === 1 && !isSmaller) break
    size = Math.max(1, size >> 1)
  }
  return { cut, lives }
}
