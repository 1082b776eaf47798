// Tests that the sandbox loses nothing after kill -9: every order for which the sandbox had already sent an answer must
// still exist.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { createMerchant } from './merchant'

const worker = resolve(__dirname, 'worker.ts')

/**
 * Starts a process that makes and pays orders endlessly, and prints the number of each order that the sandbox has
 * answered.
 */
function start(dataDir: string): { child: ChildProcess; answered: string[] } {
  const child = spawn(process.execPath, ['--import', 'tsx', worker, dataDir], { stdio: ['ignore', 'pipe', 'inherit'] })
  const answered: string[] = []
  if (child.stdout) createInterface(child.stdout).on('line', (line) => answered.push(line))
  return { child, answered }
}

test('every payment that was answered is paid after kill -9, and its notification is still sent', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'sandbox-killed-'))
  const { child, answered } = start(dataDir)
  const ended = new Promise((wait) => child.once('close', wait))
  while (answered.length < 40 && child.exitCode === null) await new Promise((wait) => setTimeout(wait, 5))
  child.kill('SIGKILL')
  await ended
  expect(answered.length).toBeGreaterThanOrEqual(40)
  const merchant = createMerchant({ dataDir })
  const states = await Promise.all(answered.map((no) => merchant.state(no)))
  expect(states.filter((state) => state !== '2')).toEqual([])
  await merchant.advance(3_600_000)
  const told = new Set(merchant.received.map(({ fields }) => fields.out_trade_no))
  expect(answered.filter((no) => !told.has(no))).toEqual([])
  merchant.close()
  rmSync(dataDir, { recursive: true, force: true })
})
