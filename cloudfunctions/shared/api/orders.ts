// The order function's part of the contract with the mini-program: what shoppers send and get.
import * as z from 'zod/mini'
import type { HistoryEntry, OrderItem, OrderState } from '../domain/orders/orderShape'
import type { PayInfoKind, PaymentState } from '../domain/payment'
import type { RefundState } from '../domain/refund'
import { orderNo, pageLimit, sku, word } from './fields'
import type { Api } from './reply'

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
    limit: z.optional(pageLimit),
  }),
  cancel: z.strictObject({ orderNo }),
} satisfies Api

export interface OrderResults {
  catalog: { now: number; products: ProductView[] }
  channels: { channels: ChannelView[] }
  create: { order: OrderView }
  /**
   * payInfo is opaque: for `jsapi` hand it to OpenMidas.pay, for `link` let it be copied; for `qrcode` show `image`, a
   * data URL of a PNG, which is absent only where the text does not fit into a code
   */
  pay: { order: OrderView; paymentNo: string; payInfo: string; kind: PayInfoKind; image?: string }
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
  /** the provider's own name, for shops in which two ways have the same one */
  providerName: string
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
  /** the provider says paid, but not what was asked: a person of the shop looks into it */
  disputed: boolean
  /** how the shopper goes on with it; null before that is known */
  kind: PayInfoKind | null
}

/** Who did it, as far as a shopper has to know. */
export type Doer = 'shopper' | 'shop' | 'provider' | 'system'

export interface RefundView {
  refundNo: string
  amountFen: number
  state: RefundState
  by: Doer
  /** what a person of the shop wrote; empty where it was nobody's words */
  reason: string
  /** it gives back money that this order did not need */
  ofSurplus: boolean
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
  /** `refundNo` where it is about a refund */
  timeline: { at: number; what: HistoryEntry['what']; by: Doer; refundNo?: string }[]
  /** an attempt is under way and its result is not known yet */
  confirming: boolean
  /** the contract that charges this order; while a debit is on its way neither mayPay nor mayCancel */
  contractNo?: string
  mayPay: boolean
  mayCancel: boolean
  /** the server's clock when this was read */
  now: number
}
