// The part of the simulator that runs in npm test. It runs a fixed number of lives: no invariant may break, and every
// rare state must occur. It also proves that the simulator can fail: each mutant fits the code, and one mutant is
// found, shrunk and printed as a story. See docs/simulator.md.
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { nodeOf, runtimes } from '../../tools/checks/nodeRuntimes'
import { bundleSimulator, nodeFlags, simulatorNode } from './bundle'
import { mutated } from './mutants/mutant'
import { mutants } from './mutants/mutants'
import { rareStates } from './reached'
import type { RunResult } from './runner'

const execute = promisify(execFile)
// The number of lives is fixed instead of the time, so that every machine runs the same lives. They take about half a
// minute on a busy machine.
const budget = 12_000
// A very long limit, so that no test fails because a machine is slow.
const longMs = 1_200_000

const folder = mkdtempSync(join(tmpdir(), 'mini-cashier-simulation-'))
const simulator = join(folder, 'simulator.cjs')
beforeAll(() => bundleSimulator(simulator))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function runOn(node: string, ...args: string[]): Promise<RunResult> {
  const { stdout } = await execute(node, [...nodeFlags, simulator, ...args], { maxBuffer: 1e8 })
  return JSON.parse(stdout) as RunResult
}

const run = (...args: string[]): Promise<RunResult> => runOn(simulatorNode, ...args)

test(
  'thousands of simulated lives break no invariant, and reach every rare state',
  async () => {
    const { lives, found, reached } = await run(`lives=${budget}`)
    expect({ lives, found }).toEqual({ lives: budget, found: [] })
    expect(rareStates.filter((state) => reached[state] === undefined)).toEqual([])
  },
  longMs,
)

// Seeds that broke an invariant before commit cd0f70a repaired the code.
test.each([
  ['numbers of its charges taken by a shopper do not hold a charge off', 5],
  ['switching a provider off drops no money that is under way', 54],
  ['who signs what somebody else opened does not pay for it', 65],
  ['a refund leaves once, whoever asks and however often', 83],
  ['money that comes after the provider said declined is found', 119],
])('%s (seed %i)', async (_, seed) => {
  expect((await run(`from=${seed}`, 'lives=1')).found).toEqual([])
})

test('the same seeds give the same histories on each Node, however they are spread over processes', async () => {
  const lives = 300
  const nodes = runtimes.flatMap((runtime) => nodeOf(runtime) ?? [])
  const whole = await Promise.all([process.execPath, ...nodes].map((node) => runOn(node, `lives=${lives}`)))
  const thirds = await Promise.all([1, 2, 3].map((from) => run(`from=${from}`, `lives=${lives / 3}`, 'stride=3')))
  const hash = thirds.reduce((sum, third) => (sum + third.hash) | 0, 0)
  const events = thirds.reduce((sum, third) => sum + third.events, 0)
  expect(whole.map((one) => [one.hash, one.events])).toEqual(whole.map(() => [hash, events]))
})

test.each(mutants.map((mutant) => [mutant.name, mutant] as const))('the mutant fits the code: %s', (_, mutant) => {
  const source = readFileSync(resolve(__dirname, '../../cloudfunctions/shared', mutant.file), 'utf8')
  expect(mutated(mutant, source)).not.toBe(source)
})

test(
  'a fault in the code is found, shrunk, and printed in at most 40 lines with the command that runs it again',
  async () => {
    const mutant = mutants.find(({ name }) => name === 'late money on a closed attempt is dropped')
    await bundleSimulator(join(folder, 'mutant.cjs'), mutant)
    const { stdout } = await execute(simulatorNode, [join(folder, 'mutant.cjs'), 'lives=4000', 'stop=1'])
    const [first] = (JSON.parse(stdout) as RunResult).found
    const told = await execute(simulatorNode, [join(folder, 'mutant.cjs'), `seed=${first?.seed}`]).catch(
      (failed: { stdout: string }) => failed,
    )
    const lines = told.stdout.trim().split('\n')
    expect(lines.length).toBeLessThanOrEqual(41)
    expect(told.stdout).toContain(`BROKEN: ${first?.invariant}`)
    expect(told.stdout).toContain(`npm run simulate -- --seed ${first?.seed}`)
  },
  longMs,
)

test('code inside the simulator cannot use the machine’s clock or random numbers', async () => {
  const pay = 'usecases/orders/payOrder.ts'
  const find = 'const current = order.payments.findLast(isWaiting)'
  await bundleSimulator(join(folder, 'leak.cjs'), {
    name: 'leak',
    file: pay,
    find,
    replace: `${find}\n  Math.random()`,
  })
  const leaking = execute(simulatorNode, [join(folder, 'leak.cjs'), 'lives=10'])
  await expect(leaking).rejects.toThrow('used outside of the context: Math.random')
})
