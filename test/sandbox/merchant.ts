// A merchant and a clock for the sandbox's tests. The merchant signs calls with its own code, written from the
// document, and records the notifications.
import * as crypto from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSandbox, type Sandbox, type SandboxOptions, type SandboxTrace } from '../../tools/sandbox/index'
import type { NoticeAnswer, NoticeRequest } from '../../tools/sandbox/twin'
import vector from '../providers/vectors/midas.json'

export const offerId = 'TC100008'
const thanks = { status: 200, headers: {}, body: '{"ret":0,"msg":"ok"}' }
const key = crypto.createPrivateKey({
  key: Buffer.from(vector.privateKeyPkcs8Base64, 'base64'),
  format: 'der',
  type: 'pkcs8',
})

const textOf = (fields: Record<string, unknown>): string =>
  Object.keys(fields)
    .sort()
    .map((name) => `${name}=${fields[name]}`)
    .join('&') + vector.offerKey

export const signed = (fields: Record<string, string>): string =>
  crypto.sign('RSA-SHA256', Buffer.from(textOf(fields)), key).toString('base64')

interface Received {
  at: number
  fields: Record<string, unknown>
  genuine: boolean
}

export interface Merchant {
  sandbox: Sandbox
  clock: { at: number }
  received: Received[]
  traces: SandboxTrace[]
  /** the merchant's answer to a notification */
  answer: (request: NoticeRequest) => NoticeAnswer | Promise<NoticeAnswer>
  /** Calls one of the provider's interfaces. Adds ts and sign unless the test gives them. */
  call(name: string, fields: Record<string, string>, how?: { method?: string; body?: string }): Promise<Reply>
  order(fields?: Record<string, string>): Promise<string>
  state(no?: string): Promise<unknown>
  exchange(payInfo: string): Promise<Reply>
  /** Moves the clock from one due time to the next, as the emulator does. */
  advance(ms: number): Promise<void>
  /** Waits until the notifications that the fake server sends without a delay have arrived. */
  settled(): Promise<void>
  /** Opens a new sandbox with the same data folder, as after kill -9. */
  restart(): void
  close(): void
}

interface Reply {
  status: number
  type: string | undefined
  // biome-ignore lint/suspicious/noExplicitAny: tests read replies of many shapes
  json: any
}

export const sampleOrder = {
  user_id: 'rickenwang',
  out_trade_no: '20260101120000abcdefgh01',
  product_id: 'tea.sku-1',
  currency_type: 'CNY',
  amount: '8800',
  product_name: '明前龙井',
  product_detail: '明前龙井 × 1',
  channel: 'wechat',
}

export function createMerchant(more: Partial<SandboxOptions> = {}): Merchant {
  const dataDir = mkdtempSync(join(tmpdir(), 'sandbox-'))
  const clock = { at: Date.parse('2026-01-01T04:00:00Z') }
  const received: Received[] = []
  const traces: SandboxTrace[] = []
  const open = (): Sandbox =>
    createSandbox({
      clock: { now: () => clock.at },
      dataDir,
      settings: (code) =>
        code === 'midas'
          ? { baseUrl: 'http://x', offerId, offerKey: vector.offerKey, privateKey: vector.privateKeyPkcs8Base64 }
          : undefined,
      noticeUrl: (provider) => `http://merchant.test/notify/${provider}`,
      trace: (event) => void traces.push(event),
      deliver: async (request) => {
        const { sign, ...fields } = JSON.parse(request.body)
        const genuine = crypto.verify('RSA-SHA256', Buffer.from(textOf(fields)), key, Buffer.from(sign, 'base64'))
        received.push({ at: clock.at, fields, genuine })
        return merchant.answer(request)
      },
      ...more,
    })

  const merchant: Merchant = {
    sandbox: open(),
    clock,
    received,
    traces,
    answer: () => thanks,
    async call(name, fields, { method = 'POST', body = '' } = {}) {
      const all: Record<string, string> = { ts: String(Math.floor(clock.at / 1000)), ...fields }
      const query = new URLSearchParams({ sign: signed(all), ...all })
      const path = `/v1/r/${offerId}/${name}`
      return replied(
        await merchant.sandbox.handle('midas', { method, path, query, headers: {}, body: Buffer.from(body) }),
      )
    },
    async order(fields = {}) {
      const { json } = await merchant.call('unified_order', { ...sampleOrder, ...fields })
      return json.pay_info
    },
    async state(no = sampleOrder.out_trade_no) {
      const fields = { user_id: sampleOrder.user_id, type: 'by_order', out_trade_no: no }
      return (await merchant.call('query_order', fields)).json?.order_state
    },
    async exchange(payInfo) {
      const body = Buffer.from(JSON.stringify({ payInfo }))
      const query = new URLSearchParams()
      return replied(
        await merchant.sandbox.handle('midas', { method: 'POST', path: '/jsapi', query, headers: {}, body }),
      )
    },
    async advance(ms) {
      const target = clock.at + ms
      for (let due = merchant.sandbox.nextAt(); due !== null && due <= target; due = merchant.sandbox.nextAt()) {
        clock.at = Math.max(clock.at, due)
        await merchant.sandbox.run(clock.at)
      }
      clock.at = target
    },
    async settled() {
      await new Promise((resolve) => setImmediate(resolve))
      await merchant.sandbox.run(clock.at)
    },
    restart() {
      merchant.sandbox = open()
    },
    close() {
      merchant.sandbox.close()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
  return merchant
}

function replied(answer: Awaited<ReturnType<Sandbox['handle']>>): Reply {
  if (answer === 'reset') return { status: 0, type: undefined, json: undefined }
  let json: unknown
  try {
    json = JSON.parse(answer.body)
  } catch {
    json = undefined
  }
  return { status: answer.statusCode, type: answer.headers['content-type'], json }
}
