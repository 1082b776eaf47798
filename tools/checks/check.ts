// npm run check: checks types for each runtime, lint and format, imports, and unused code. tools/checks/test.ts runs
// the same checks.
import '../nodeVersion'
import { spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'

const root = resolve(__dirname, '../..')

export interface Check {
  name: string
  ok: boolean
  output: string
  seconds: number
}

const bin = (name: string): string => join(root, 'node_modules/.bin', name)

// The folders whose imports are checked. .dependency-cruiser.cjs has the rules.
const cruised = ['cloudfunctions', 'miniprogram', 'packages', 'test', 'tools', 'typings', 'web']

const typeChecks = (): [string, string[]][] =>
  readdirSync(join(root, 'typings'))
    .filter((file) => file.startsWith('tsconfig.'))
    .map((file) => [`types ${file.slice(9, -5)}`, [bin('tsc'), '-p', join('typings', file), ...remembers(file)]])

// Check only what has changed since the last check. A second run then takes a third of the time.
const remembers = (file: string): string[] => [
  '--incremental',
  '--tsBuildInfoFile',
  join('node_modules/.cache/types', `${file}.tsbuildinfo`),
]

/** Runs all checks, two at the same time. */
export async function runChecks(onDone: (check: Check) => void): Promise<Check[]> {
  const waiting: [string, string[]][] = [
    ['lint and format', [bin('biome'), 'check', '--error-on-warnings', '.']],
    ['imports', [bin('depcruise'), ...cruised]],
    ['unused code', [bin('knip')]],
    ['WeChat’s compilers', [bin('tsx'), 'tools/checks/wechatCompilers.ts']],
    ['code quality', [bin('tsx'), 'tools/checks/codeQuality.ts']],
    ...typeChecks(),
  ]
  const done: Check[] = []
  const worker = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const check = await run(...next)
      done.push(check)
      onDone(check)
    }
  }
  await Promise.all([worker(), worker()])
  return done
}

async function run(name: string, [command = '', ...args]: string[]): Promise<Check> {
  const startedAt = performance.now()
  const child = spawn(command, args, { cwd: root, env: { ...process.env, NO_COLOR: '1' } })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      output += chunk
    })
  const code = await new Promise<number | null>((done) => child.once('close', done))
  return { name, ok: code === 0, output, seconds: (performance.now() - startedAt) / 1_000 }
}

export function printCheck({ name, ok, output, seconds }: Check): void {
  console.log(`${ok ? 'ok  ' : 'FAIL'} ${name} (${seconds.toFixed(1)} s)`)
  if (!ok) console.log(output)
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === __filename)
  runChecks(printCheck).then((checks) => {
    process.exitCode = checks.every(({ ok }) => ok) ? 0 : 1
  })
