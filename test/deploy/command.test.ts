// Tests that npm run deploy, when it is started with wrong options, prints one sentence before it builds or sends
// anything.
import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'

const root = resolve(__dirname, '../..')
const run = (args: string[], keys: Record<string, string> = {}) =>
  spawnSync(process.execPath, ['--import', 'tsx', 'tools/deploy/main.ts', ...args], {
    cwd: root,
    encoding: 'utf8',
    env: { PATH: process.env.PATH, ...keys },
  })

it('--help lists what the command needs', () => {
  const { status, stdout } = run(['--help'])
  expect(status).toBe(0)
  expect(stdout).toContain('--rollback')
})

it('the environment must be named', () => {
  const { status, stderr } = run(['--dry-run'])
  expect(status).toBe(2)
  expect(stderr).toContain('Name the environment: --env ID.')
})

it('both keys must be set', () => {
  const { status, stderr } = run(['--env', 'shop-1a2b3c'], { TENCENTCLOUD_SECRETID: 'AKIDtest' })
  expect(status).toBe(1)
  expect(stderr).toBe('TENCENTCLOUD_SECRETKEY must be set. docs/deploy.md says where to get it.\n')
})
