// The wire format of WeChat Pay's complaints (消费者投诉2.0): its field names and formats, and their translation into our
// own terms. Sources: docs/provider-facts.md 9.4.
import * as z from 'zod/mini'
import type { AnswerKind, ComplaintEntry, ComplaintState, ToldComplaint } from '../../domain/complaints/complaint'
import type { ComplaintPage } from '../complaints'
import { unreadable } from '../provider'

const states = new Map<string, ComplaintState>([
  ['PENDING', 'pending'],
  ['PROCESSING', 'processing'],
  ['PROCESSED', 'processed'],
])

const abouts = new Map<string, ToldComplaint['about']>([
  ['REFUND', 'refund'],
  ['SERVICE_NOT_WORK', 'service'],
])

const text = (longest: number) =>
  z.pipe(
    z.string(),
    z.transform((value) => value.slice(0, longest)),
  )

const complaintSchema = z.looseObject({
  complaint_id: z.string().check(z.regex(/^[\w-]{1,64}$/)),
  complaint_time: z.string(),
  complaint_detail: text(600),
  complaint_state: z.string(),
  complainted_mchid: z.string(),
  payer_phone: z.optional(z.string().check(z.maxLength(1_024))),
  complaint_order_info: z.optional(
    z.array(
      z.looseObject({
        transaction_id: z.string(),
        out_trade_no: z.string(),
        amount: z.int().check(z.gte(0)),
      }),
    ),
  ),
  complaint_full_refunded: z.boolean(),
  incoming_user_response: z.boolean(),
  user_complaint_times: z.int(),
  problem_description: z._default(text(256), ''),
  problem_type: z.optional(z.string()),
  apply_refund_amount: z.optional(z.int()),
  complaint_media_list: z.optional(z.array(z.unknown())),
})

function told(fields: z.output<typeof complaintSchema>): { id: string; told: ToldComplaint } {
  const complainedAt = Date.parse(fields.complaint_time)
  const state = states.get(fields.complaint_state)
  if (Number.isNaN(complainedAt) || state === undefined) throw unreadable('complaint_state or complaint_time')
  const orders = fields.complaint_order_info ?? []
  return {
    id: fields.complaint_id,
    told: {
      state,
      complainedAt,
      text: fields.complaint_detail,
      problem: fields.problem_description,
      about: abouts.get(fields.problem_type ?? '') ?? 'other',
      payments: orders.slice(0, 20).map(({ transaction_id, out_trade_no, amount }) => ({
        no: out_trade_no,
        theirNo: transaction_id,
        amountFen: amount,
      })),
      refundAskedFen: fields.apply_refund_amount ?? null,
      isRefunded: fields.complaint_full_refunded,
      awaitsReply: fields.incoming_user_response,
      times: fields.user_complaint_times,
      merchant: fields.complainted_mchid,
      sealedPhone: fields.payer_phone || null,
      pictures: fields.complaint_media_list?.length ?? 0,
    },
  }
}

/** Reads one complaint. @throws HttpFailure for an unreadable complaint */
export function readComplaint(value: unknown): { id: string; told: ToldComplaint } {
  const parsed = complaintSchema.safeParse(value)
  if (!parsed.success) throw unreadable(parsed.error.issues[0]?.path.join('.') || 'a complaint')
  return told(parsed.data)
}

// Reads one complaint of a list. Undefined if the complaint cannot be read, so that the rest of the list is still
// shown.
function readable(row: unknown): ReturnType<typeof readComplaint> | undefined {
  try {
    return readComplaint(row)
  } catch {
    return undefined
  }
}

const pageSchema = z.looseObject({
  data: z.optional(z.array(z.unknown())),
  total_count: z.optional(z.int()),
})

/** Reads one page of a list of complaints. @throws HttpFailure for an unreadable page */
export function readComplaintPage(value: unknown): ComplaintPage {
  const parsed = pageSchema.safeParse(value)
  if (!parsed.success) throw unreadable('a list of complaints')
  const rows = parsed.data.data ?? []
  const complaints = rows.flatMap((row) => readable(row) ?? [])
  const total = parsed.data.total_count ?? rows.length
  return { complaints, rows: rows.length, total }
}

// Who made an entry of a complaint's history (查询投诉单协商历史), for each value of operate_type. An entry with any other value
// was made by WeChat Pay.
const whos = new Map<string, ComplaintEntry['who']>([
  ['USER_CREATE_COMPLAINT', 'shopper'],
  ['USER_CONTINUE_COMPLAINT', 'shopper'],
  ['USER_RESPONSE', 'shopper'],
  ['USER_CLICK_RESPONSE', 'shopper'],
  ['USER_REVOKE_COMPLAINT', 'shopper'],
  ['USER_COMFIRM_COMPLAINT', 'shopper'],
  ['USER_SUBMIT_SATISFACTION', 'shopper'],
  ['USER_APPLY_PLATFORM_HELP', 'shopper'],
  ['USER_APPLY_PLATFORM_SERVICE', 'shopper'],
  ['USER_CANCEL_PLATFORM_SERVICE', 'shopper'],
  ['MERCHANT_RESPONSE', 'shop'],
  ['MERCHANT_CONFIRM_COMPLETE', 'shop'],
  ['MERCHANT_APPROVE_REFUND', 'shop'],
  // RERUND is the spelling on WeChat Pay's page.
  ['MERCHANT_REFUSE_RERUND', 'shop'],
])

const kinds = new Map<string, AnswerKind>([
  ['MERCHANT_RESPONSE', 'reply'],
  ['MERCHANT_CONFIRM_COMPLETE', 'finish'],
  ['MERCHANT_APPROVE_REFUND', 'approveRefund'],
  ['MERCHANT_REFUSE_RERUND', 'rejectRefund'],
])

const entrySchema = z.looseObject({
  operate_time: z.string(),
  operate_type: z.string(),
  operate_details: z.optional(z.string()),
  normal_message: z.optional(
    z.looseObject({
      blocks: z.optional(z.array(z.looseObject({ text: z.optional(z.looseObject({ text: z.optional(z.string()) })) }))),
    }),
  ),
})

/** Reads one page of a complaint's history. @throws HttpFailure for an unreadable page */
export function readHistory(value: unknown): { entries: ComplaintEntry[]; total: number } {
  const parsed = pageSchema.safeParse(value)
  if (!parsed.success) throw unreadable('a history')
  const entries = (parsed.data.data ?? []).map((one): ComplaintEntry => {
    const entry = entrySchema.safeParse(one)
    if (!entry.success) throw unreadable('an entry of a history')
    const { operate_time, operate_type, operate_details = '', normal_message } = entry.data
    const said = (normal_message?.blocks ?? []).flatMap((block) => block.text?.text ?? []).join('\n')
    const at = Date.parse(operate_time)
    if (Number.isNaN(at)) throw unreadable('operate_time')
    return {
      at,
      who: whos.get(operate_type) ?? 'platform',
      what: kinds.get(operate_type) ?? null,
      type: operate_type.slice(0, 64),
      text: (operate_details || said).slice(0, 1_000),
    }
  })
  return { entries, total: parsed.data.total_count ?? entries.length }
}
