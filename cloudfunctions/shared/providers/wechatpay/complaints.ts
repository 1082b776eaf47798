// Reads and answers WeChat Pay's complaints (消费者投诉2.0) by API v3. Sources: docs/provider-facts.md 9.4.
import type { ComplaintEntry } from '../../domain/complaints/complaint'
import { AppError, type ErrorCode } from '../../domain/errors'
import type { ComplaintAnswerInput, Complaints } from '../complaints'
import { HttpFailure, unreadable } from '../provider'
import { openRsa, type PrivateKey } from '../signing'
import { meaningOf, type WechatError } from './wire'
import { readComplaint, readComplaintPage, readHistory } from './wireComplaints'

type Reply = { ok: true; value: unknown } | { ok: false; error: WechatError }

/** The functions of the WeChat Pay connection that complaints need. */
interface Line {
  ask(method: 'GET' | 'POST', path: string, now: number, body?: object): Promise<Reply>
  wordsOf(error: WechatError): string
}

const place = '/v3/merchant-service/complaints-v2'
const pathOf = (id: string): string => `${place}/${encodeURIComponent(id)}`

// The limits of WeChat Pay's list of complaints (查询投诉单列表): at most 50 complaints on a page, and at most 30 days.
const listPage = 50
const daysAtOnce = 30
// The limit of WeChat Pay's history of a complaint (查询投诉单协商历史): at most 300 entries on a page.
const historyPage = 300
const historyPages = 3

const interfaces: Record<ComplaintAnswerInput['what'], string> = {
  reply: 'response',
  finish: 'complete',
  approveRefund: 'update-refund-progress',
  rejectRefund: 'update-refund-progress',
}

function bodyOf({ what, merchant, text, days }: ComplaintAnswerInput): object {
  if (what === 'reply') return { complainted_mchid: merchant, response_content: text }
  if (what === 'finish') return { complainted_mchid: merchant }
  if (what === 'rejectRefund') return { action: 'REJECT', reject_reason: text }
  return { action: 'APPROVE', launch_refund_day: days ?? 0 }
}

/** Makes the functions for complaints. @param key the merchant's private key, which decrypts phone numbers */
export function createComplaints({ ask, wordsOf }: Line, key: PrivateKey): Complaints {
  const get = async (path: string, now: number): Promise<unknown> => {
    const reply = await ask('GET', path, now)
    if (reply.ok) return reply.value
    const code: ErrorCode = meaningOf(reply.error) ?? 'ProviderUnavailable'
    throw new AppError(code, `WeChat Pay gave no complaints: ${wordsOf(reply.error)}`)
  }

  return {
    daysAtOnce,

    async list({ from, to }, offset, now) {
      const query = `limit=${listPage}&offset=${offset}&begin_date=${from}&end_date=${to}`
      return readComplaintPage(await get(`${place}?${query}`, now))
    },

    async read(id, now) {
      const { id: said, told } = readComplaint(await get(pathOf(id), now))
      if (said !== id) throw unreadable('another complaint')
      return told
    },

    async history(id, now) {
      const found: ComplaintEntry[] = []
      for (let page = 0; page < historyPages; page++) {
        const query = `limit=${historyPage}&offset=${page * historyPage}`
        const { entries, total } = readHistory(await get(`${pathOf(id)}/negotiation-historys?${query}`, now))
        found.push(...entries)
        if (entries.length === 0 || found.length >= total) break
      }
      return found.sort((one, other) => other.at - one.at)
    },

    async answer(input, now) {
      try {
        const reply = await ask('POST', `${pathOf(input.id)}/${interfaces[input.what]}`, now, bodyOf(input))
        if (reply.ok) return { outcome: 'sent' }
        const reason = wordsOf(reply.error)
        const meaning = meaningOf(reply.error)
        if (meaning === 'ProviderRefused') return { outcome: 'refused', reason }
        return { outcome: meaning === 'ProviderUnavailable' ? 'notSent' : 'unknown', reason }
      } catch (error) {
        const isUnsent = error instanceof HttpFailure && !error.sent
        return { outcome: isUnsent ? 'notSent' : 'unknown', reason: error instanceof Error ? error.name : 'error' }
      }
    },

    openPhone: (sealed) => openRsa(sealed, key),
  }
}
