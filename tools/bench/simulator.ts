// Bench: measures how many lives per second the simulator runs on one core; see docs/simulator.md.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bundleSimulator, nodeFlags, simulatorNode } from '../../test/simulation/bundle'
import type { RunResult } from '../../test/simulation/runner'

/**
 * Runs the simulator in one process. @returns how many lives and events it ran per second of processor time, and its
 * peak memory
 */
export async function measureSimulator(lives: number) {
  const folder = mkdtempSync(join(tmpdir(), 'mini-cashier-bench-'))
  try {
    const file = join(folder, 'simulator.cjs')
    await bundleSimulator(file)
    const { stdout } = spawnSync(simulatorNode, [...nodeFlags, file, `lives=${lives}`], { encoding: 'utf8' })
    const { events, coreSeconds, found, megabytes } = JSON.parse(stdout) as RunResult
    const perSecond = (count: number) => Math.round(count / coreSeconds)
    return {
      lives,
      livesPerSecondAndCore: perSecond(lives),
      eventsPerSecondAndCore: perSecond(events),
      megabytes,
      violations: found.length,
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
