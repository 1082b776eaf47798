// npm run test:long: the tests that repeat one promise with many seeds or kills, with all of them
// (test/support/howOften.ts).
import './nodeVersion'
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { testWorkers } from './testWorkers'

const root = resolve(__dirname, '..')
const usesSeeds = /\bhowOften\(/

const files = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.test.ts'))
  .map((name) => join('test', name))
  .filter((file) => usesSeeds.test(readFileSync(join(root, file), 'utf8')))

console.log(`All seeds: ${files.length} files.`)
const args = [
  'node_modules/jest/bin/jest.js',
  '-c',
  'test/jest.config.cjs',
  `--maxWorkers=${testWorkers}`,
  '--silent',
  ...files,
]
const { status } = spawnSync(process.execPath, args, {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, TEST_LONG: '1' },
})
process.exitCode = status === 0 ? 0 : 1
