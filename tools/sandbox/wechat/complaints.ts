// The complaints of WeChat Pay's fake server (消费者投诉2.0), as its documents describe them (docs/provider-facts.md
// 9.4): list, detail, history, reply, completion, and the decision on a refund request. Where a document is unclear,
// the fake server takes the stricter reading.

import * as crypto from 'node:crypto'
import { beijingInstant, dayMs } from '../../../miniprogram/rules/beijing'
import type { Desk } from '../twin'

type Fields = Record<string, unknown>

interface Complaint {
  complaint_id: string
  complaint_time: string
  complaint_detail: string
  complaint_state: 'PENDING' | 'PROCESSING' | 'PROCESSED'
  problem_description: string
  problem_type: 'REFUND' | 'SERVICE_NOT_WORK' | 'OTHERS'
  apply_refund_amount?: number
  /** stored in plain text by this fake server; each reply contains it encrypted */
  phone: string
  openid: string
  order: { transaction_id: string; out_trade_no: string; amount: number }
  incoming_user_response: boolean
  user_complaint_times: number
  complaint_full_refunded: boolean
}

interface Entry {
  log_id: string
  operator: string
  operate_time: string
  operate_type: string
  operate_details: string
}

/** An error reply. */
export interface Refused {
  status: number
  code: string
  message: string
}

/** The answer to an API call, or its error. */
export type Answered = { status: number; body?: object; no: string } | Refused

const refused = (message: string, code = 'PARAM_ERROR', status = 400): Refused => ({ status, code, message })
const unknownOne = refused('投诉单不存在', 'RESOURCE_NOT_EXISTS', 404)

const longestSpanMs = 30 * dayMs
const isText = (value: unknown, longest: number): value is string =>
  typeof value === 'string' && value.trim() !== '' && Array.from(value).length <= longest
const all = 'all'

const put = (one: Complaint, { ledger }: Desk): void => ledger.put('complaint', one.complaint_id, one, all)
const find = (id: string, { ledger }: Desk): Complaint | undefined => ledger.get<Complaint>('complaint', id)

function note(one: Complaint, operate_type: string, operate_details: string, { now, ledger }: Desk): void {
  const log_id = `${one.complaint_id}${String(ledger.serial()).padStart(6, '0')}`
  const operator = operate_type.startsWith('MERCHANT') ? '商户' : '投诉人'
  const entry: Entry = { log_id, operator, operate_time: beijingInstant(now), operate_type, operate_details }
  ledger.put('negotiation', log_id, entry, one.complaint_id)
}

/** What a shopper complains about. */
export interface Grievance {
  text: string
  problem: string
  about: Complaint['problem_type']
  phone: string
}

/**
 * Makes a complaint about a paid order. The fake server notifies the shop at once.
 * @returns the complaint's number
 */
export function complain(
  order: Complaint['order'],
  openid: string,
  { text, problem, about, phone }: Grievance,
  desk: Desk,
): string {
  const complaint_id = `2002${beijingInstant(desk.now).replace(/\D/g, '').slice(0, 14)}${String(desk.ledger.serial()).padStart(8, '0')}`
  const one: Complaint = {
    complaint_id,
    complaint_time: beijingInstant(desk.now),
    complaint_detail: text,
    complaint_state: 'PENDING',
    problem_description: problem,
    problem_type: about,
    ...(about === 'REFUND' && { apply_refund_amount: order.amount }),
    phone,
    openid,
    order,
    incoming_user_response: false,
    user_complaint_times: 1,
    complaint_full_refunded: false,
  }
  put(one, desk)
  note(one, 'USER_CREATE_COMPLAINT', text, desk)
  tell(complaint_id, 'CREATE_COMPLAINT', desk)
  return complaint_id
}

/**
 * The shopper writes again, possibly after the shop has completed the complaint. @returns false if the complaint does
 * not exist
 */
export function sayAgain(id: string, text: string, desk: Desk): boolean {
  const one = find(id, desk)
  if (!one) return false
  const isAgain = one.complaint_state === 'PROCESSED'
  const more = isAgain
    ? { complaint_state: 'PENDING' as const, user_complaint_times: one.user_complaint_times + 1 }
    : { incoming_user_response: true }
  put({ ...one, ...more }, desk)
  note(one, isAgain ? 'USER_CONTINUE_COMPLAINT' : 'USER_RESPONSE', text, desk)
  tell(id, isAgain ? 'CONTINUE_COMPLAINT' : 'USER_RESPONSE', desk)
  return true
}

const separator = '~'
const tell = (id: string, action: string, desk: Desk): void => desk.announce([id, action].join(separator), desk.now)

/** The content of a notification about a complaint; undefined if the number is not a complaint's. */
export function complaintNews(no: string, desk: Desk): { event: string; summary: string; plain: object } | undefined {
  const [id = '', action] = no.split(separator)
  if (action === undefined || !find(id, desk)) return undefined
  const isNew = action === 'CREATE_COMPLAINT'
  return {
    event: isNew ? 'COMPLAINT.CREATE' : 'COMPLAINT.STATE_CHANGE',
    summary: isNew ? '产生新投诉' : '投诉单状态变化',
    plain: { complaint_id: id, action_type: action },
  }
}

/** All complaints as this server stores them, for the devtools and for tests. */
export const allComplaints = (ledger: Desk['ledger']): object[] =>
  ledger.list<Complaint>('complaint', all).map(({ phone: _phone, ...one }) => ({
    ...one,
    history: ledger.list<Entry>('negotiation', one.complaint_id),
  }))

function shown({ phone, openid, order, ...one }: Complaint, desk: Desk, withPayer: boolean): object {
  return {
    ...one,
    complainted_mchid: desk.settings?.mchId,
    payer_phone: sealed(phone, desk),
    ...(withPayer && { payer_openid: openid }),
    complaint_order_info: [order],
    complaint_media_list: [],
    user_tag_list: [],
    service_order_info: [],
    in_platform_service: false,
    need_immediate_service: false,
  }
}

// Encrypts a text for the merchant's certificate: RSAES-OAEP with SHA-1.
function sealed(text: string, desk: Desk): string {
  const der = Buffer.from(String(desk.settings?.privateKey).replace(/-----[^-]+-----|\s/g, ''), 'base64')
  const key = crypto.createPublicKey(crypto.createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }))
  const padding = crypto.constants.RSA_PKCS1_OAEP_PADDING
  return crypto.publicEncrypt({ key, padding, oaepHash: 'sha1' }, Buffer.from(text)).toString('base64')
}

function pageOf(query: URLSearchParams, most: number, usual: number): { limit: number; offset: number } | undefined {
  const limit = Number(query.get('limit') ?? usual)
  const offset = Number(query.get('offset') ?? 0)
  const isFine = Number.isInteger(limit) && limit >= 1 && limit <= most && Number.isInteger(offset) && offset >= 0
  return isFine ? { limit, offset } : undefined
}

/** Plays the call that lists complaints (查询投诉单列表). */
export function listComplaints(query: URLSearchParams, desk: Desk): Answered {
  const page = pageOf(query, 50, 10)
  if (!page) return refused('参数错误：limit或offset')
  const [from, to] = ['begin_date', 'end_date'].map((name) => {
    const day = query.get(name) ?? ''
    return /^\d{4}-\d\d-\d\d$/.test(day) ? Date.parse(`${day}T00:00:00+08:00`) : Number.NaN
  }) as [number, number]
  if (Number.isNaN(from) || Number.isNaN(to) || to < from) return refused('参数错误：begin_date或end_date')
  if (to - from >= longestSpanMs) return refused('查询日期跨度不超过30天')
  const found = desk.ledger
    .list<Complaint>('complaint', all)
    .filter(({ complaint_time }) => {
      const at = Date.parse(complaint_time)
      return at >= from && at < to + dayMs
    })
    .reverse()
  const data = found.slice(page.offset, page.offset + page.limit).map((one) => shown(one, desk, false))
  return { status: 200, no: 'complaints', body: { data, ...page, total_count: found.length } }
}

/** Plays the call that returns one complaint (查询投诉单详情). */
export function readComplaint(id: string, desk: Desk): Answered {
  const one = find(id, desk)
  return one ? { status: 200, no: id, body: shown(one, desk, true) } : unknownOne
}

/** Plays the call that returns the history of a complaint (查询投诉单协商历史). */
export function readHistory(id: string, query: URLSearchParams, desk: Desk): Answered {
  const page = pageOf(query, 300, 100)
  if (!page) return refused('参数错误：limit或offset')
  if (!find(id, desk)) return unknownOne
  const found = desk.ledger.list<Entry>('negotiation', id).reverse()
  const data = found.slice(page.offset, page.offset + page.limit)
  return { status: 200, no: id, body: { data, ...page, total_count: found.length } }
}

/** Plays the call with which the merchant replies to the shopper (回复用户). */
export function reply(id: string, { complainted_mchid, response_content }: Fields, desk: Desk): Answered {
  const one = find(id, desk)
  if (!one) return unknownOne
  if (complainted_mchid !== desk.settings?.mchId) return refused('被诉商户号与投诉单不一致', 'INVALID_REQUEST')
  if (!isText(response_content, 500)) return refused('参数错误：response_content')
  const complaint_state = one.complaint_state === 'PENDING' ? 'PROCESSING' : one.complaint_state
  put({ ...one, complaint_state, incoming_user_response: false }, desk)
  note(one, 'MERCHANT_RESPONSE', response_content, desk)
  tell(id, 'MERCHANT_RESPONSE', desk)
  return { status: 204, no: id }
}

/** Plays the call with which the merchant completes a complaint (反馈处理完成). */
export function complete(id: string, { complainted_mchid }: Fields, desk: Desk): Answered {
  const one = find(id, desk)
  if (!one) return unknownOne
  if (complainted_mchid !== desk.settings?.mchId) return refused('被诉商户号与投诉单不一致', 'INVALID_REQUEST')
  if (one.complaint_state === 'PROCESSED') return refused('投诉单已处理完成', 'INVALID_REQUEST')
  put({ ...one, complaint_state: 'PROCESSED', incoming_user_response: false }, desk)
  note(one, 'MERCHANT_CONFIRM_COMPLETE', '', desk)
  tell(id, 'MERCHANT_CONFIRM_COMPLETE', desk)
  return { status: 204, no: id }
}

/** Plays the call with which the merchant decides on a refund request (更新退款审批结果). */
export function answerRefund(id: string, { action, launch_refund_day, reject_reason }: Fields, desk: Desk): Answered {
  const one = find(id, desk)
  if (!one) return unknownOne
  if (one.problem_type !== 'REFUND') return refused('该投诉单不是申请退款类型', 'INVALID_REQUEST')
  if (action === 'APPROVE') {
    if (!Number.isInteger(launch_refund_day) || (launch_refund_day as number) < 0)
      return refused('参数错误：launch_refund_day')
    note(one, 'MERCHANT_APPROVE_REFUND', `商户同意退款，预计${String(launch_refund_day)}天内退款`, desk)
    tell(id, 'MERCHANT_APPROVE_REFUND', desk)
  } else if (action === 'REJECT') {
    if (!isText(reject_reason, 200)) return refused('参数错误：reject_reason')
    note(one, 'MERCHANT_REFUSE_RERUND', reject_reason, desk)
    tell(id, 'MERCHANT_REJECT_REFUND', desk)
  } else return refused('参数错误：action')
  if (one.complaint_state === 'PENDING') put({ ...one, complaint_state: 'PROCESSING' }, desk)
  return { status: 204, no: id }
}
