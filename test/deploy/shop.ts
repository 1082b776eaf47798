// Runs deployments one after another against the fake of Tencent Cloud's API, as a merchant's developer would.
import { type ChildProcess, fork } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { readDatabaseFile, readFunctionsFile } from '../../packages/cloudbase-emulator/src/functions/declarations'
import { startProxy } from './proxy'
import type { Order, Report } from './runner'
import { createTencent, environmentId, type Tencent } from './tencent'

const root = resolve(__dirname, '../..')
export const builtFunctions = join(root, 'dist/cloudfunctions')

export const secretId = 'AKIDtestshop'
export const secretKey = 'secret-of-the-test-shop'

// The machine's real time, which the runner and TLS use. The test suite's clock is shifted (shopClock.cjs).
const realNow = () => Date.now() - Number(process.env.TEST_CLOCK_SHIFT_MS)

export interface TestShop {
  tencent: Tencent
  /** the difference between Tencent Cloud's clock and this machine's clock */
  clock: { offMs: number }
  /** starts with a new, empty environment */
  reset(): void
  /** hosts to which the proxy refused a connection */
  strangers: string[]
  /** a folder of one-line functions with the shop's names, because packing the real functions takes a second */
  smallFunctions: string
  /** changes the code of some functions */
  edit(names: string[], code: string): void
  /** makes a folder of website files */
  website(files: Record<string, string>): string
  deploy(changed?: Partial<Order>): Promise<Report>
  close(): Promise<void>
}

export async function openTestShop(): Promise<TestShop> {
  let tencent = createTencent()
  const clock = { offMs: 0 }
  const proxy = await startProxy(
    () => tencent,
    new Map([[secretId, secretKey]]),
    () => realNow() + clock.offMs,
  )
  const folder = mkdtempSync(join(tmpdir(), 'mini-cashier-deploy-'))
  const certificate = join(folder, 'ca.pem')
  writeFileSync(certificate, proxy.certificate)
  const functions = readFunctionsFile(builtFunctions)
  const smallFunctions = join(folder, 'functions')
  for (const name of Object.keys(functions)) mkdirSync(join(smallFunctions, name), { recursive: true })
  const runner: ChildProcess = fork(join(__dirname, 'runner.ts'), {
    cwd: root,
    execArgv: ['--import', 'tsx'],
    env: { PATH: process.env.PATH, NODE_EXTRA_CA_CERTS: certificate },
    silent: true,
  })
  let errors = ''
  runner.stderr?.on('data', (text) => {
    errors += text
  })
  return {
    get tencent() {
      return tencent
    },
    clock,
    reset: () => {
      clock.offMs = 0
      tencent = createTencent()
    },
    strangers: proxy.strangers,
    smallFunctions,
    edit: (names, code) => {
      for (const name of names)
        writeFileSync(join(smallFunctions, name, 'index.js'), `exports.main = async () => '${name} ${code}'\n`)
    },
    website: (files) => {
      const web = mkdtempSync(join(folder, 'web-'))
      for (const [path, text] of Object.entries(files)) {
        mkdirSync(dirname(join(web, path)), { recursive: true })
        writeFileSync(join(web, path), text)
      }
      return web
    },
    deploy: (changed = {}) => {
      tencent.writes = []
      const order: Order = {
        envId: environmentId,
        secretId,
        secretKey,
        proxy: proxy.url,
        dryRun: false,
        functionsDir: smallFunctions,
        functions,
        collections: readDatabaseFile(builtFunctions) ?? {},
        functionRules: JSON.parse(readFileSync(join(builtFunctions, 'functionRules.json'), 'utf8')),
        providers: ['wechatpay', 'midas'],
        rollback: false,
        isPublic: false,
        database: { adminUrl: 'http://127.0.0.1:9' },
        answers: false,
        ...changed,
      }
      return new Promise<Report>((answered, failed) => {
        runner.once('exit', () => failed(new Error(`the runner ended:\n${errors}`)))
        runner.once('message', (report) => {
          runner.removeAllListeners('exit')
          answered(report as Report)
        })
        runner.send(order)
      })
    },
    close: async () => {
      runner.removeAllListeners('exit')
      runner.kill()
      await proxy.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
