// Helpers of the bench for measuring rates and loading times.
import { spawnSync } from 'node:child_process'

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

export const lowerQuartile = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 4)] ?? Number.NaN
}

export const round = (value: number, digits = 2): number => Number(value.toFixed(digits))

/** Measures how many calls succeed per second while `inFlight` calls run at the same time. */
export async function ratePerSecond(
  calls: number,
  inFlight: number,
  call: (index: number) => Promise<void>,
): Promise<number> {
  let next = 0
  const worker = async () => {
    for (let index = next++; index < calls; index = next++) await call(index)
  }
  const startedAt = performance.now()
  await Promise.all(Array.from({ length: inFlight }, worker))
  return calls / ((performance.now() - startedAt) / 1_000)
}

const requireScript = `const start = performance.now(); require(process.argv[1]); console.log(performance.now() - start)`

/**
 * The shortest time, in ms, in which a new process loads each file. The files take turns, so that other work on the
 * machine affects all of them equally.
 */
export function requireMs(files: readonly string[], runs: number, env: Record<string, string>): number[] {
  const times = files.map(() => [] as number[])
  for (let run = 0; run < runs; run++)
    for (const [index, file] of files.entries()) {
      const { stdout, stderr, status } = spawnSync(process.execPath, ['-e', requireScript, file], {
        encoding: 'utf8',
        env: { PATH: process.env.PATH ?? '', ...env },
      })
      if (status !== 0) throw new Error(`${file} does not load: ${stderr.slice(0, 400)}`)
      times[index]?.push(Number(stdout))
    }
  return times.map((one) => round(Math.min(...one), 1))
}
