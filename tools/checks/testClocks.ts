// npm run test:clocks: runs the tests that depend on the time of day at three other hours of the shop's day.
import '../nodeVersion'
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { runTestFiles } from './testWorkers'

const root = resolve(__dirname, '../..')
// The hours, and why each of them is tested. 21:10: the day's bills are late. 23:58: a day ends during the test. 06:55:
// debits are not allowed before 7:00.
const clocks = ['21:10', '23:58', '06:55']
// Only these tests follow the machine's clock; tests of shops in memory start their own clock at a fixed time. The kill
// tests are left out, because they take two minutes and do the same at every hour.
const folder = 'test/functions'
const left = new Set(['kill.test.ts', 'auditKill.test.ts'])
const usesTime = /\badvance\(|Date\.now\(|new Date\(\)/

const files = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.test.ts') && !left.has(basename(name)))
  .map((name) => join(folder, name))
  .filter((file) => usesTime.test(readFileSync(join(root, file), 'utf8')))

const failed = clocks.filter((clock) => {
  console.log(`Tests begin at ${clock} in the shop: ${files.length} files.`)
  return !runTestFiles(files, { TEST_CLOCK: clock })
})
console.log(`${clocks.length - failed.length} passed, ${failed.length} failed`)
process.exitCode = failed.length === 0 ? 0 : 1
