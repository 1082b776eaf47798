// npm run test:long: runs the tests that repeat one check with many seeds or kills, with all of these seeds and kills
// (test/support/howOften.ts).
import '../nodeVersion'
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { runTestFiles } from './testWorkers'

const root = resolve(__dirname, '../..')
const usesSeeds = /\bhowOften\(/

const files = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.test.ts'))
  .map((name) => join('test', name))
  .filter((file) => usesSeeds.test(readFileSync(join(root, file), 'utf8')))

console.log(`All seeds: ${files.length} files.`)
process.exitCode = runTestFiles(files, { TEST_LONG: '1' }) ? 0 : 1
