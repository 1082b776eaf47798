// Tests the commands: help, unknown words and options, and a program that reads the output and stops early.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const root = resolve(__dirname, '../..')
const run = (tool: string, ...args: string[]) =>
  spawnSync(process.execPath, ['--import', 'tsx', `tools/${tool}.ts`, ...args], { cwd: root, encoding: 'utf8' })

it.each(['settings', 'sign'])('npm run %s -- --help prints the help text', (tool) => {
  const { status, stdout, stderr } = run(tool, '--help')
  expect({ status, stderr, isHelp: stdout.startsWith(`npm run ${tool} -- `) }).toEqual({
    status: 0,
    stderr: '',
    isHelp: true,
  })
})

it('an unknown word ends with the list of known ones', () => {
  const { status, stderr } = run('settings', 'lst')
  expect({ status, said: stderr.split('\n')[0] }).toEqual({
    status: 2,
    said: 'lst is not known. Known: list, put, remove, claim.',
  })
})

it.each(['settings', 'sign'])('npm run %s answers an unknown option with a sentence', (tool) => {
  const { status, stderr } = run(tool, 'list', '--colour')
  expect(status).toBe(2)
  expect(stderr).toContain("Unknown option '--colour'")
  expect(stderr).not.toMatch(/^ +at /m)
})

it('a reader that stops early is no error', () => {
  const line = `set -o pipefail; ${process.execPath} --import tsx tools/settings.ts --help | true`
  const { stderr } = spawnSync('bash', ['-c', line], { cwd: root, encoding: 'utf8' })
  expect(stderr).toBe('')
})

it('npm start refuses settings of an unknown code, and names it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mini-cashier-code-'))
  try {
    const file = join(folder, 'settings.json')
    writeFileSync(file, '{"midsa":{"offerId":"1"}}')
    const { status, stderr } = run('dev', '--still', '--port', '0', '--data', folder, '--settings', file)
    expect(status).toBe(1)
    expect(stderr).toContain('midsa is not a code. Known: shop, ')
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
