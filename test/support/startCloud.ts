// A separate local cloud for a test: `npm start` as a child process, on a free port, with its data in a new folder.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { OrderResults, OrderView, orderApi } from '../../cloudfunctions/shared/api/orders'
import type { Reply } from '../../cloudfunctions/shared/api/reply'
import type { Order } from '../../cloudfunctions/shared/domain/orders/orderShape'
import { beijingDigits } from '../../miniprogram/rules/beijing'
import { nodeOf } from '../../tools/checks/nodeRuntimes'
import { builtFolder, localCloudArgs } from './builtCloud'

const root = resolve(__dirname, '../..')
const startMs = 60_000

export interface TestCloud {
  url: string
  dataDir: string
  /** calls the order function as a shopper */
  order<A extends keyof typeof orderApi>(action: A, input: unknown, openid?: string): Promise<Reply<OrderResults[A]>>
  call(name: string, event: unknown, openid?: string, headers?: Record<string, string>): Promise<Response>
  /** creates an order of 2 × 86.00 yuan; throws if that fails */
  newOrder(openid?: string): Promise<OrderView>
  /** starts a payment, and lets the payment sheet do what the scenario says */
  pay(orderNo: string, scenario?: string): Promise<{ errMsg: string }>
  post(path: string, body: unknown): Promise<Response>
  notify(request: {
    provider?: string
    method?: string
    body?: Uint8Array | string
    headers?: Record<string, string>
  }): Promise<Response>
  stored(orderNo: string): Promise<Order>
  advance(ms: number): Promise<void>
  /** moves the clock forward to this hour in the shop's time zone */
  toHour(hour: number): Promise<void>
  /** kills all processes (kill -9) and starts again with the same data folder */
  restart(): Promise<void>
  kill(): Promise<void>
  stop(): Promise<void>
}

export const shopperA = 'oMiniCashier_shopper_A_0000'
export const shopperB = 'oMiniCashier_shopper_B_0000'

// Run functions on CloudBase's oldest Node version, if npm has it for this machine. If npm does not have it,
// tools/checks/test.ts prints that.
const oldestRuntime = '18.15'
const runtimeArgs = (runtime: string): string[] => (nodeOf(runtime) === undefined ? [] : ['--runtime', runtime])

/**
 * Starts a local cloud whose clock the test controls (shopClock.cjs).
 * @param settings replace the seeded settings
 * @param runtime the Node version for the functions
 */
export async function startCloud(
  settings: Record<string, object> = {},
  runtime: string = oldestRuntime,
): Promise<TestCloud> {
  const dataDir = mkdtempSync(join(tmpdir(), 'mini-cashier-'))
  const file = join(dataDir, 'overrides.json')
  writeFileSync(file, JSON.stringify(settings))
  for (const pages of ['preview', 'web']) symlinkSync(join(builtFolder, pages), join(dataDir, pages), 'junction')
  const args = ['--port', '0', '--data', dataDir, '--settings', file, ...runtimeArgs(runtime)]
  let { child, url } = await launch(args)
  let serial = 0

  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    fetch(url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    })
  const call: TestCloud['call'] = (name, event, openid = shopperA, headers = {}) =>
    post(`/call/${name}`, event, { 'x-openid': openid, ...headers })
  const cloud: TestCloud = {
    get url() {
      return url
    },
    dataDir,
    post,
    call,
    order: async (action, input, openid) => (await call('order', { action, input }, openid)).json() as never,
    async newOrder(openid) {
      const catalog = dataOf(await cloud.order('catalog', {}))
      serial += 1
      const tail = (Date.now() * 1_000 + serial).toString(36).slice(-8)
      const created = await cloud.order(
        'create',
        { orderNo: beijingDigits(catalog.now) + tail, items: [{ sku: 'gaiwan', quantity: 2 }] },
        openid,
      )
      return dataOf(created).order
    },
    async pay(orderNo, scenario) {
      const { payInfo } = dataOf(await cloud.order('pay', { orderNo, provider: 'midas', channel: 'wechat' }))
      return (await post('/local/pay', { payInfo, ...(scenario !== undefined && { scenario }) })).json() as Promise<{
        errMsg: string
      }>
    },
    notify: ({ provider = 'midas', method = 'POST', body, headers = {} }) =>
      fetch(`${url}/notify/${provider}`, { method, headers, ...(body !== undefined && { body: body as string }) }),
    stored: async (orderNo) => (await fetch(`${url}/local/orders/${orderNo}`)).json() as Promise<Order>,
    async advance(ms) {
      const response = await post('/local/clock', { advanceMs: ms })
      if (!response.ok) throw new Error(await response.text())
    },
    async toHour(hour) {
      const { now } = dataOf(await cloud.order('catalog', {}))
      const day = 24 * 3_600_000
      await cloud.advance((hour * 3_600_000 - ((now + 8 * 3_600_000) % day) + day) % day)
    },
    kill: () => end(child, 'SIGKILL'),
    async restart() {
      await end(child, 'SIGKILL')
      ;({ child, url } = await launch(args))
    },
    async stop() {
      await end(child, 'SIGTERM')
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
  await cloud.advance(Number(process.env.TEST_CLOCK_SHIFT_MS))
  return cloud
}

/** The data of a reply. @throws if the reply is an error */
export function dataOf<T>(reply: Reply<T>): T {
  if (!reply.ok) throw new Error(`${reply.error.code}: ${reply.error.message}`)
  return reply.data
}

/**
 * Starts the code of `npm start` (buildForTests.ts) and waits for the line that says it is ready. @throws with the
 * printed text if that line does not come
 */
export function launch(
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<{ child: ChildProcess; url: string; said: string }> {
  const child = spawn(process.execPath, [...localCloudArgs, ...args], {
    cwd: root,
    env: { ...process.env, ...env },
  })
  let said = ''
  return new Promise((ready, fail) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL')
      fail(new Error(`not ready after ${startMs} ms: ${said}`))
    }, startMs)
    const hear = (chunk: unknown) => {
      said += String(chunk)
      const url = /Mini Cashier ready: (http:\S+)/.exec(said)?.[1]
      if (url === undefined) return
      clearTimeout(timer)
      ready({ child, url, said })
    }
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
    child.once('exit', (code) => {
      clearTimeout(timer)
      fail(new Error(`ended with ${code}: ${said}`))
    })
  })
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise((done) => child.once('exit', done))
  child.kill(signal)
  await ended
}
