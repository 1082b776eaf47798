// Jest's global set-up: builds once, before all tests, what tests start: the functions, in the form in which they are
// deployed, and the local cloud.
import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'

const root = resolve(__dirname, '../../..')

module.exports = () => {
  const run = spawnSync(process.execPath, ['--import', 'tsx', 'test/support/jest/buildForTests.ts'], {
    cwd: root,
    encoding: 'utf8',
  })
  if (run.status !== 0) throw new Error(`what tests start cannot be built:\n${run.stderr}`)
}
