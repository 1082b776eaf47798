// Jest's global set-up: builds the functions once before all tests, in the form in which they are deployed.
import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'

const root = resolve(__dirname, '../..')

module.exports = () => {
  const script =
    "require('./tools/build.ts').buildFunctions().catch((error) => { console.error(error); process.exit(1) })"
  const run = spawnSync(process.execPath, ['--import', 'tsx', '-e', script], { cwd: root, encoding: 'utf8' })
  if (run.status !== 0) throw new Error(`the functions cannot be built:\n${run.stderr}`)
}
