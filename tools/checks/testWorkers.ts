// Runs some of the test files, and decides how many test files run at the same time.
import { spawnSync } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'

/**
 * How many test files run at the same time: two more than there are cores, because a test with a browser or a local
 * cloud spends much of its time waiting, for another process or for a page that waits by itself. No test depends on how
 * busy the machine is.
 */
export const testWorkers = availableParallelism() + 2

/**
 * Runs test files with additional environment variables.
 * @returns true if all of them passed; false also if the run was killed
 */
export function runTestFiles(files: readonly string[], env: Record<string, string>): boolean {
  const args = [
    'node_modules/jest/bin/jest.js',
    '-c',
    'test/jest.config.cjs',
    `--maxWorkers=${testWorkers}`,
    '--silent',
    ...files,
  ]
  const { status } = spawnSync(process.execPath, args, {
    cwd: resolve(__dirname, '../..'),
    stdio: 'inherit',
    env: { ...process.env, ...env },
  })
  return status === 0
}
