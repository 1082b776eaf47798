// Sends hostile requests to the webhook function, and measures how long a genuine notification waits during an attack
// of a hundred hostile requests per second.
import { request } from 'node:http'
import type { Emulator } from '../../packages/cloudbase-emulator/src'
import { median, round } from './measure'
import { delivery, type MidasFields, send, waitingOrder } from './midasNotices'

export interface HostileRequest {
  path: string
  type: string
  body: Buffer
}

const perSecond = 100
const genuine = 30
const pauseMs = 100
const timeoutMs = 20_000
const mb = 1024 * 1024
const filled = (piece: string, size: number): Buffer => Buffer.alloc(size, piece)

/**
 * Requests that used to block all notifications: texts that a parser reads many times, and bodies of the largest size
 * that the gateway accepts.
 */
export const hostileRequests: readonly HostileRequest[] = [
  { path: '/notify/wechatpay', type: 'text/xml', body: filled('<![CDATA[', 64 * 1024 - 9) },
  { path: '/notify/wechatpay', type: 'application/octet-stream', body: filled('<![CDATA[', 6 * mb) },
  { path: '/notify/midas', type: 'application/octet-stream', body: filled('{"a":1,', 6 * mb) },
  { path: '/notify/midas', type: 'application/json', body: filled('[', 64 * 1024) },
  { path: '/notify/jubao', type: 'application/json', body: filled('{"a":"b",', 5.9 * mb) },
  { path: '/notify/jubao', type: 'application/x-www-form-urlencoded', body: filled('a=b&', 64 * 1024) },
  { path: '/notify/wisecashier', type: 'application/x-www-form-urlencoded', body: filled('%e4', 99 * 1024) },
  { path: '/notify/paymax', type: 'image/png', body: filled('\u0000', 3 * mb) },
  { path: `/notify/unified?${'a=b&'.repeat(2_000)}`, type: 'text/plain', body: Buffer.alloc(0) },
]

/** Sends one request and ignores the answer. Ends when the connection closes, or after 20 s. */
export const sendHostile = (url: string, { path, type, body }: HostileRequest): Promise<void> =>
  new Promise((done) => {
    const sent = request(
      `${url}${path}`,
      { method: 'POST', agent: false, headers: { 'content-type': type, 'content-length': body.length } },
      (response) => response.resume().on('close', () => done()),
    )
    sent.on('error', () => done())
    sent.setTimeout(timeoutMs, () => sent.destroy())
    sent.end(body)
  })

/**
 * @param midas contains the shopper's id at Midas
 * @param openid the same shopper's openid
 * @returns the median and longest time, in ms, until a genuine notification is answered, and the attack’s real rate
 */
export async function measureFlood(
  { url, emulator }: { url: string; emulator: Emulator },
  { midas, openid }: { midas: MidasFields; openid: string },
) {
  const notices = Array.from({ length: genuine }, (_, index) => {
    const order = waitingOrder(emulator, openid, `f${String(index).padStart(7, '0')}`)
    emulator.database.insert('orders', { ...order })
    return delivery(midas, `${order._id}01`, 1)
  })
  const flood: Promise<void>[] = []
  const startedAt = performance.now()
  const flooding = setInterval(() => {
    while (flood.length < ((performance.now() - startedAt) / 1_000) * perSecond) {
      const hostile = hostileRequests[flood.length % hostileRequests.length]
      if (hostile) flood.push(sendHostile(url, hostile))
    }
  }, 10)
  const times: number[] = []
  try {
    await new Promise((later) => setTimeout(later, 1_000))
    for (const notice of notices) {
      const sentAt = performance.now()
      await send(emulator, notice)
      times.push(performance.now() - sentAt)
      await new Promise((later) => setTimeout(later, pauseMs))
    }
  } finally {
    clearInterval(flooding)
  }
  const seconds = (performance.now() - startedAt) / 1_000
  await Promise.all(flood)
  return {
    genuineMedianMs: round(median(times), 0),
    genuineLongestMs: round(Math.max(...times), 0),
    hostilePerSecond: round(flood.length / seconds, 0),
  }
}
