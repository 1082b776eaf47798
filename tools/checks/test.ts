// npm test: checks, builds, and runs every test. The last line is "N passed, N failed". A skipped test counts as
// failed.
import '../nodeVersion'
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { findChromium } from '../chromium'
import { printCheck, runChecks } from './check'
import { nodeOf, runtimes } from './nodeRuntimes'
import { isHere, otherRuntimes } from './otherRuntimes'
import { testWorkers } from './testWorkers'

const root = resolve(__dirname, '../..')

interface JestResults {
  numPassedTests: number
  numFailedTests: number
  numRuntimeErrorTestSuites: number
  numPendingTests: number
  numTodoTests: number
}

const node = (args: string[]): Promise<number> =>
  new Promise((done) => {
    const child = spawn(process.execPath, args, { cwd: root, stdio: 'inherit' })
    child.once('close', (code) => done(code ?? 1))
  })

async function main(): Promise<void> {
  console.log(`Browser: ${findChromium()}`)
  for (const runtime of runtimes)
    if (nodeOf(runtime) === undefined)
      console.log(`Not run here: functions on Node ${runtime}. npm has its binary for Linux on x64 only.`)
  for (const runtime of otherRuntimes.filter((one) => !isHere(one)))
    console.log(
      `Not run here: examples in ${runtime}. This machine has none that is new enough; their text is checked.`,
    )
  const checks = await runChecks(printCheck)
  const built = (await node(['--import', 'tsx', 'tools/build.ts'])) === 0
  console.log(`${built ? 'ok  ' : 'FAIL'} build`)
  const tests = await runTests()
  const checksPassed = checks.filter(({ ok }) => ok).length + (built ? 1 : 0)
  const passed = checksPassed + tests.numPassedTests
  // A skipped test counts as failed.
  const failed =
    checks.length +
    1 -
    checksPassed +
    tests.numFailedTests +
    tests.numRuntimeErrorTestSuites +
    tests.numPendingTests +
    tests.numTodoTests
  process.exitCode = failed === 0 ? 0 : 1
  console.log(`${passed} passed, ${failed} failed`)
}

async function runTests(): Promise<JestResults> {
  const folder = mkdtempSync(join(tmpdir(), 'mini-cashier-test-'))
  const outputFile = join(folder, 'results.json')
  try {
    await node([
      'node_modules/jest/bin/jest.js',
      '-c',
      'test/jest.config.cjs',
      '--json',
      '--outputFile',
      outputFile,
      `--maxWorkers=${testWorkers}`,
      '--silent',
    ])
    return JSON.parse(readFileSync(outputFile, 'utf8')) as JestResults
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  console.log('0 passed, 1 failed')
  process.exit(1)
})
