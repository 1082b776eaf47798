// A test shop at the sandbox: our client of one provider talks to that provider's fake server and verifies its
// notifications. The test controls the clock, the data folder and the answers to notifications.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isAppError } from '../../cloudfunctions/shared/domain/errors'
import {
  type Http,
  HttpFailure,
  type Notice,
  type PaymentRef,
  type PrepareInput,
  type Provider,
  type ProviderDefinition,
  type RawRequest,
  type RefundInput,
} from '../../cloudfunctions/shared/providers/provider'
import { createSandbox, type Sandbox } from '../../tools/sandbox'
import type { NoticeRequest } from '../../tools/sandbox/twin'
import { twins } from '../../tools/sandbox/twins'
import { testOpenid } from '../providers/contract'

export interface Counter {
  sandbox: Sandbox
  provider: Provider
  settings: Record<string, unknown>
  clock: { at: number }
  /** sends a request to the fake server, for a client with other settings */
  http: Http
  /** all notifications, as they arrived */
  received: RawRequest[]
  /** all verified notifications, the oldest first */
  notices: { at: number; notice: Notice }[]
  forged: number
  /** whether the shop confirms notifications that it can verify */
  thanks: boolean
  prepareInput(paymentNo: string, changes?: Partial<PrepareInput>): PrepareInput
  refundInput(payment: PaymentRef, refundNo: string, amountFen: number): RefundInput
  /** Moves the clock from one due time to the next, as the emulator does. */
  advance(ms: number): Promise<void>
  /** Waits until the notifications that the fake server sends without a delay have arrived. */
  settled(): Promise<void>
  /** Opens a new sandbox with the same data folder, as after kill -9. */
  restart(): void
  close(): void
}

// All tests of a provider share one key pair, because making one takes half a second.
const seeds = new Map<string, Record<string, unknown>>()

function seedOf(code: string, base: string): Record<string, unknown> {
  const seed = seeds.get(code) ?? twins.find(({ provider }) => provider === code)?.seed(base) ?? {}
  seeds.set(code, seed)
  return seed
}

/** Opens a test shop with the settings that the fake server makes. */
export function openCounter<Settings>(
  definition: ProviderDefinition<Settings>,
  changes: Record<string, unknown> = {},
): Counter {
  const dataDir = mkdtempSync(join(tmpdir(), 'counter-'))
  const clock = { at: Date.parse('2026-07-01T04:00:00Z') }
  const base = `http://sandbox.test/sandbox/${definition.code}`
  const settings = { ...seedOf(definition.code, base), ...changes }
  const http: Http = async ({ method, url, headers = {}, body = '' }) => {
    const { pathname, searchParams } = new URL(url)
    const answer = await counter.sandbox.handle(definition.code, {
      method,
      path: pathname.slice(new URL(base).pathname.length),
      query: searchParams,
      headers,
      body: Buffer.from(body),
    })
    if (answer === 'reset') throw new HttpFailure('reset', true)
    const names = Object.entries(answer.headers).map(([name, value]) => [name.toLowerCase(), value])
    return { status: answer.statusCode, headers: Object.fromEntries(names), body: Buffer.from(answer.body) }
  }
  const receive = ({ method, url, headers, body }: NoticeRequest) => {
    const { pathname, searchParams } = new URL(url)
    const query = Object.fromEntries(searchParams)
    const named = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
    const request = { method, path: pathname, query, headers: named, body: Buffer.from(body) }
    counter.received.push(request)
    try {
      counter.notices.push({ at: clock.at, notice: counter.provider.parseNotice(request, clock.at) })
      return counter.provider.answer(counter.thanks ? 'accepted' : 'rejected')
    } catch (error) {
      if (!isAppError(error)) throw error
      counter.forged += 1
      return counter.provider.answer('rejected')
    }
  }
  const open = (): Sandbox =>
    createSandbox({
      clock: { now: () => clock.at },
      dataDir,
      settings: (code) => (code === definition.code ? settings : undefined),
      noticeUrl: (provider) => `http://shop.test/notify/${provider}`,
      trace: () => undefined,
      deliver: async (request) => {
        const { statusCode: status, headers, body } = receive(request)
        return { status, headers, body }
      },
    })
  const counter: Counter = {
    sandbox: open(),
    provider: definition.create(definition.settings.parse(settings), http),
    settings,
    clock,
    http,
    received: [],
    notices: [],
    forged: 0,
    thanks: true,
    prepareInput: (paymentNo, more) => ({
      paymentNo,
      theirNo: null,
      channel: definition.channels[0]?.code ?? '',
      amountFen: 8_800,
      currency: 'CNY',
      openid: testOpenid,
      createdAt: clock.at,
      now: clock.at,
      title: '明前龙井 & 茶具',
      appId: 'wx0000000000000000',
      noticeUrl: `http://shop.test/notify/${definition.code}`,
      expiresAt: clock.at + 1_800_000,
      ...more,
    }),
    refundInput: (payment, refundNo, amountFen) => ({
      payment: { ...payment, now: clock.at },
      refundNo,
      theirRefundNo: null,
      amountFen,
      reason: '不想要了',
      noticeUrl: `http://shop.test/notify/${definition.code}`,
      now: clock.at,
    }),
    async advance(ms) {
      const end = clock.at + ms
      await counter.settled()
      for (let next = counter.sandbox.nextAt(); next !== null && next <= end; next = counter.sandbox.nextAt()) {
        clock.at = Math.max(clock.at, next)
        await counter.sandbox.run(clock.at)
      }
      clock.at = end
    },
    async settled() {
      for (let turn = 0; turn < 3; turn += 1) await new Promise((wait) => setTimeout(wait, 5))
    },
    restart() {
      counter.sandbox.close()
      counter.sandbox = open()
    },
    close() {
      counter.sandbox.close()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
  return counter
}

export const firstNo = '20260701120000ab12cd3401'
export const secondNo = '20260701120000ab12cd3402'
export const firstRefundNo = '20260701120000ab12cd34r01'
export const secondRefundNo = '20260701120000ab12cd34r02'
