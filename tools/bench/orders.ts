// Bench: measures how many orders a second the local cloud takes. Each order is created and paid (up to the open payment
// sheet) by one call over HTTP, as the checkout calls. Also measures the rate with a call for each of the two, as later
// taps call, and the processor time of an order, which other work on the machine changes less than the rate.
import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { join } from 'node:path'
import { beijingDigits } from '../../miniprogram/rules/beijing'
import type { LocalCloud } from '../localCloud'
import { ratePerSecond, round } from './measure'

// The first calls of an instance run code that V8 has not compiled yet, and take several times as long. After 3,000
// calls it still compiles: the next 3,000 take a tenth longer than those after them.
const warming = 6_000
const orders = 1_500
const inFlight = 16
const cores = 2
// A very busy machine may answer a call of the database too late. Then the shopper tries again.
const mostTries = 5
const limitMs = 30_000
// The unit of the times in /proc/<pid>/stat: a hundredth of a second.
const tickMs = 10

/**
 * @param calls 1: one call creates an order and begins its payment; 2: a call for each
 * @returns orders a second; the processor time of an order in the functions, and in the local cloud together with this
 * client; and the rate that two idle cores of this machine would reach by these times
 */
export async function measureOrders({ url, emulator }: LocalCloud, calls: 1 | 2 = 1) {
  const agent = new Agent({ keepAlive: true })
  const { hostname, port } = new URL(url)
  let serial = 0
  const take = async () => {
    const orderNo = beijingDigits(emulator.clock.now()) + String(++serial).padStart(8, '0')
    // Each shopper places one order, because a shopper may have only some open orders.
    const call = (action: string, input: object) =>
      callOrder({ hostname, port, agent, openid: `oMiniCashier_bench_${orderNo.slice(-8)}` }, { action, input })
    const items = [{ sku: 'tasting', quantity: 1 }]
    const way = { provider: 'midas', channel: 'wechat' }
    const pay = { ...way, amountFen: 1, currency: 'CNY' }
    const { payInfo } =
      calls === 1
        ? ((await call('create', { orderNo, items, pay })).pay ?? {})
        : await call('create', { orderNo, items }).then(() => call('pay', { orderNo, ...way }))
    if (!payInfo) throw new Error('the payment did not begin')
  }
  await ratePerSecond(warming, inFlight, take)
  const before = { functions: functionsMs(), cloud: process.cpuUsage() }
  const rate = await ratePerSecond(orders, inFlight, take)
  const { user, system } = process.cpuUsage(before.cloud)
  const functions = (functionsMs() - before.functions) / orders
  const cloud = (user + system) / 1_000 / orders
  agent.destroy()
  return {
    ordersPerSecond: round(rate, 0),
    functionsMsPerOrder: round(functions),
    localCloudMsPerOrder: round(cloud),
    onIdleCoresPerSecond: round((cores * 1_000) / (functions + cloud), 0),
  }
}

/**
 * Makes a program that starts Node without kept connections, as the SDK's calls are on Node 18. @returns its path, for
 * `nodePath`
 */
export function nodeWithoutKeepAlive(folder: string): string {
  const agent = join(folder, 'ownConnections.cjs')
  const program = join(folder, 'node.sh')
  writeFileSync(agent, "const http = require('node:http')\nhttp.globalAgent = new http.Agent({ keepAlive: false })\n")
  writeFileSync(program, `#!/bin/sh\nexec "${process.execPath}" --require "${agent}" "$@"\n`)
  chmodSync(program, 0o755)
  return program
}

interface Shopper {
  hostname: string
  port: string
  agent: Agent
  openid: string
}

interface Begun {
  payInfo?: string
  pay?: { payInfo: string }
}

async function callOrder(shopper: Shopper, event: object, tries = mostTries): Promise<Begun> {
  const text = await send(shopper, event)
  const reply = JSON.parse(text) as { ok?: boolean; data?: Begun; error?: { code: string } }
  if (reply.ok === true && reply.data) return reply.data
  if (reply.error?.code !== 'Internal' || tries === 1) throw new Error(`the order was not taken: ${text.slice(0, 300)}`)
  return callOrder(shopper, event, tries - 1)
}

async function send({ hostname, port, agent, openid }: Shopper, event: object): Promise<string> {
  return new Promise<string>((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'x-openid': openid }
    const options = { hostname, port, path: '/call/order', method: 'POST', agent, headers, timeout: limitMs }
    const sent = request(options, (response) => {
      let said = ''
      response.setEncoding('utf8')
      response.on('data', (piece: string) => {
        said += piece
      })
      response.on('end', () => resolve(said))
    })
    sent.on('error', reject)
    sent.on('timeout', () => sent.destroy(new Error('no answer in time')))
    sent.end(JSON.stringify(event))
  })
}

/** The processor time that the functions' processes have used so far, in ms. */
function functionsMs(): number {
  const used = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        // After the program's name in brackets: the state, the parent's id; user and system time are the 12th and 13th.
        const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? []
        return Number(fields[1]) === process.pid ? (Number(fields[11]) + Number(fields[12])) * tickMs : 0
      } catch {
        // The process has ended meanwhile.
        return 0
      }
    })
  return used.reduce((all, one) => all + one, 0)
}
