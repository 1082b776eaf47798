// npm run simulate: many seeded worlds on the real use cases, one process a core. See docs/simulator.md.
//   -- --lives 1e6 [--from N] [--minutes M] [--kind orders]   runs that many lives, or as many as fit; ends with 1 when an invariant broke
//   -- --seed N [--whole]                       plays one life again and tells it, made small unless --whole
//   -- --mutant NAME [--seed N]                 the same with a fault put into the code
//   -- --mutants [--lives 20000]                tries every mutant and prints the table
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { bundleSimulator, nodeFlags, simulatorNode } from '../test/simulation/bundle'
import { mutants } from '../test/simulation/mutants/mutants'
import type { RunResult } from '../test/simulation/runner'

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    whole: { type: 'boolean' },
    lives: { type: 'string' },
    from: { type: 'string' },
    kind: { type: 'string' },
    mutant: { type: 'string' },
    mutants: { type: 'boolean' },
    cores: { type: 'string' },
    minutes: { type: 'string' },
  },
})

const folder = mkdtempSync(join(tmpdir(), 'mini-cashier-simulate-'))
const file = join(folder, 'simulator.cjs')
const kind = values.kind === undefined ? [] : [`kind=${values.kind}`]

/** Runs the simulator once. @returns its output */
function run(bundle: string, args: readonly string[], isHeard: boolean): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(simulatorNode, [...nodeFlags, bundle, ...args, ...kind], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let output = ''
    child.stdout.on('data', (chunk) => {
      output += chunk
      if (isHeard) process.stdout.write(chunk)
    })
    child.once('close', (code) => (output === '' ? reject(new Error(`ended with ${code}`)) : resolve(output)))
  })
}

async function many(bundle: string, lives: number, from: number, cores: number): Promise<RunResult[]> {
  const each = Array.from({ length: cores }, (_, core) => Math.floor((lives - core + cores - 1) / cores))
  const seconds = values.minutes === undefined ? [] : [`seconds=${Number(values.minutes) * 60}`]
  const outputs = await Promise.all(
    each.map((count, core) =>
      run(bundle, [`from=${from + core}`, `lives=${count}`, `stride=${cores}`, ...seconds], false),
    ),
  )
  return outputs.map((output) => JSON.parse(output) as RunResult)
}

/** @param from the first seed of the run; the output's last seed tells where the next run can continue */
function report(results: readonly RunResult[], from: number): void {
  const sum = (of: (result: RunResult) => number) => results.reduce((total, result) => total + of(result), 0)
  const seconds = Math.max(...results.map((result) => result.seconds))
  const found = results.flatMap((result) => result.found).sort((a, b) => a.seed - b.seed)
  const hash = results.reduce((total, result) => (total + result.hash) | 0, 0)
  const coreSeconds = sum((result) => result.coreSeconds)
  // Each process runs every n-th seed. Up to `last` every seed has been run, also by the slowest process.
  const last = from - 1 + Math.min(...results.map(({ lives }, core) => core + lives * results.length))
  const most = Math.max(...results.map(({ megabytes }) => megabytes))
  const least = Math.min(...results.map(({ leastMegabytes }) => leastMegabytes))
  const perCore = (count: number) => Math.round(count / coreSeconds).toLocaleString('en')
  console.log(
    `${sum(({ lives }) => lives).toLocaleString('en')} lives, ${sum(({ events }) => events).toLocaleString('en')} events ` +
      `in ${seconds.toFixed(0)} s, ${coreSeconds.toFixed(0)} s of a core; a second of a core: ${perCore(sum(({ lives }) => lives))} lives, ` +
      `${perCore(sum(({ events }) => events))} events; ${least} to ${most} MB; ` +
      `hash ${(hash >>> 0).toString(16)}`,
  )
  const byName = new Map<string, number[]>()
  for (const { invariant, seed } of found) byName.set(invariant, [...(byName.get(invariant) ?? []), seed])
  for (const [name, seeds] of byName) console.log(`BROKEN ${seeds.length} times: ${name}; seeds ${seeds.slice(0, 5)}`)
  console.log(`${found.length} violations; all seeds from ${from} to ${last}`)
  process.exitCode = found.length === 0 ? 0 : 1
}

async function tryMutants(most: number, cores: number): Promise<void> {
  // Run the lives without a mutant first. A seed that breaks an invariant even then does not show whether a mutant was
  // found.
  await bundleSimulator(file)
  const own = await many(file, most, 1, cores)
  const known = own.flatMap(({ found }) => found.map(({ seed }) => seed))
  console.error(`${known.length} seeds break without a mutant; they are not counted`)
  const rows = new Map<string, string>()
  let caught = 0
  const waiting = [...mutants]
  const tryNext = async (core: number): Promise<void> => {
    const mutant = waiting.shift()
    if (!mutant) return
    const bundle = join(folder, `mutant${core}.cjs`)
    await bundleSimulator(bundle, mutant)
    const output = await run(bundle, [`lives=${most}`, 'stop=1', `known=${known.join()}`], false)
    const { found, lives } = JSON.parse(output) as RunResult
    const [first] = found
    if (first) caught += 1
    const result = first ? `${lives} | ${first.invariant}` : `survived ${lives} | –`
    rows.set(mutant.name, `| ${mutant.name} | ${result} |`)
    console.error(rows.get(mutant.name))
    return tryNext(core)
  }
  await Promise.all(Array.from({ length: cores }, (_, core) => tryNext(core)))
  console.log('| mutant | lives until caught | invariant |\n|---|---|---|')
  for (const { name } of mutants) console.log(rows.get(name))
  console.log(`${caught} of ${mutants.length} mutants are caught within ${most} lives`)
}

async function main(): Promise<void> {
  const cores = Number(values.cores ?? cpus().length)
  if (values.mutants) return tryMutants(Number(values.lives ?? 20_000), cores)
  const mutant = mutants.find(({ name }) => name === values.mutant)
  if (values.mutant !== undefined && !mutant)
    throw new Error(`no such mutant; there are:\n${mutants.map(({ name }) => `  ${name}`).join('\n')}`)
  await bundleSimulator(file, mutant)
  if (values.seed !== undefined) {
    const whole = values.whole ? ['whole=1'] : []
    const command = ['npm run simulate -- --seed', values.seed, ...(mutant ? [`--mutant "${mutant.name}"`] : [])].join(
      ' ',
    )
    const told = await run(file, [`seed=${values.seed}`, `command=${command}`, ...whole], true)
    process.exitCode = told.includes('BROKEN') ? 1 : 0
    return
  }
  const from = Number(values.from ?? 1)
  report(await many(file, Number(values.lives ?? 10_000), from, cores), from)
}

main()
  .catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
  })
  .finally(() => rmSync(folder, { recursive: true, force: true }))
