// The contract between mini-program and functions: the schema of every action's input, and its result type.
// The mini-program imports types from here and nothing else.
import * as z from 'zod/mini'
import type { ErrorCode } from './domain/errors'
import type { HistoryEntry, OrderItem, OrderState } from './domain/order'
import type { PayInfoKind, PaymentState } from './domain/payment'
import type { RefundState } from './domain/refund'

/** What every action answers. `message` is for developers; the phone chooses its sentence by `code`. */
export type Reply<T> = { ok: true; data: T } | { ok: false; error: { code: ErrorCode; message: string } }

/** Action name → input schema; results are listed beside it by the same names. */
export type Api = Record<string, z.ZodMiniType>

const orderNo = z.string().check(z.regex(/^\d{14}[0-9a-z]{8}$/))
const sku = z.string().check(z.regex(/^[0-9A-Za-z_.-]{1,64}$/))
const word = z.string().check(z.regex(/^[\p{L}\p{N}_.-]{1,32}$/u))

export const orderApi = {
  catalog: z.strictObject({}),
  channels: z.strictObject({}),
  create: z.strictObject({
    orderNo,
    items: z
      .array(z.strictObject({ sku, quantity: z.int().check(z.gte(1), z.lte(999)) }))
      .check(z.minLength(1), z.maxLength(100)),
  }),
  pay: z.strictObject({ orderNo, provider: word, channel: word }),
  read: z.strictObject({ orderNo, refresh: z.optional(z.boolean()) }),
  list: z.strictObject({
    state: z.optional(z.enum(['open', 'paid', 'closed'])),
    cursor: z.optional(orderNo),
    limit: z.optional(z.int().check(z.gte(1), z.lte(50))),
  }),
  cancel: z.strictObject({ orderNo }),
} satisfies Api

export interface OrderResults {
  catalog: { now: number; products: ProductView[] }
  channels: { channels: ChannelView[] }
  create: { order: OrderView }
  /** payInfo is opaque: for `jsapi` hand it to OpenMidas.pay, for `qrcode` draw it, for `link` let it be copied */
  pay: { order: OrderView; paymentNo: string; payInfo: string; kind: PayInfoKind }
  read: { order: OrderView }
  /** newest first; `cursor` is null on the last page */
  list: { orders: OrderView[]; cursor: string | null }
  cancel: { order: OrderView }
}

export interface ProductView {
  sku: string
  title: string
  titleEn: string
  /** one line under the title */
  note: string
  noteEn: string
  priceFen: number
  currency: string
}

export interface ChannelView {
  provider: string
  channel: string
  name: string
  nameEn: string
  kind: PayInfoKind
  usable: boolean
  /** why not, a key of messages.ts: `notInMiniProgram` */
  reason?: string
}

export interface PaymentView {
  paymentNo: string
  provider: string
  channel: string
  state: PaymentState
  amountFen: number
  createdAt: number
  paidAt: number | null
  surplus: boolean
}

export interface RefundView {
  refundNo: string
  amountFen: number
  state: RefundState
  createdAt: number
  doneAt: number | null
}

/** An order as its shopper may see it. All times in epoch ms, all amounts in minor units of `currency`. */
export interface OrderView {
  orderNo: string
  state: OrderState
  items: OrderItem[]
  amountFen: number
  currency: string
  createdAt: number
  expiresAt: number
  paidAt: number | null
  closedAt: number | null
  refundedFen: number
  payments: PaymentView[]
  refunds: RefundView[]
  timeline: { at: number; what: HistoryEntry['what'] }[]
  /** an attempt is under way and its result is not known yet */
  confirming: boolean
  mayPay: boolean
  mayCancel: boolean
  /** the server's clock when this was read */
  now: number
}
