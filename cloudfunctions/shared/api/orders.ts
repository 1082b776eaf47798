// The order function's interface with the mini-program: the inputs and results of shoppers' actions.
import * as z from 'zod/mini'
import type { ProductKind } from '../domain/orders/goods'
import type { HistoryEntry, OrderItem, OrderState } from '../domain/orders/orderShape'
import type { ShippingWay } from '../domain/orders/shipping'
import type { PayInfoKind, PaymentState } from '../domain/payment'
import type { RefundState } from '../domain/refund'
import { address, orderNo, pageLimit, sku, word } from './fields'
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
  /**
   * `callbackUrl`: where OpenMidas sends the shopper's browser after the payment, on one of the shop's sites.
   * `loginCode`: the code of wx.login, for channels of the kind `virtual`
   */
  pay: z.strictObject({
    orderNo,
    provider: word,
    channel: word,
    callbackUrl: z.optional(address),
    loginCode: z.optional(z.string().check(z.regex(/^[\w-]{1,128}$/))),
  }),
  read: z.strictObject({ orderNo, refresh: z.optional(z.boolean()) }),
  list: z.strictObject({
    state: z.optional(z.enum(['open', 'paid', 'closed'])),
    cursor: z.optional(orderNo),
    limit: z.optional(pageLimit),
  }),
  cancel: z.strictObject({ orderNo }),
  /** asks WeChat whether the shopper has confirmed that the goods arrived */
  received: z.strictObject({ orderNo }),
} satisfies Api

export interface OrderResults {
  /** `virtualAlone`: a virtual product cannot be ordered together with another product here */
  catalog: { now: number; products: ProductView[]; virtualAlone: boolean }
  /** `messages`: the templates that the shopper may permit with the tap on pay */
  channels: { channels: ChannelView[]; messages: string[] }
  create: { order: OrderView }
  /**
   * payInfo is opaque. `jsapi`: pass it to OpenMidas.pay. `virtual`: the JSON of wx.requestVirtualPayment's parameters. `link`: let the shopper copy it. `qrcode`: show `image`, the
   * data URL of a PNG, which is absent only if the text is too long for a QR code
   */
  pay: { order: OrderView; paymentNo: string; payInfo: string; kind: PayInfoKind; image?: string }
  read: { order: OrderView }
  /** newest first; `cursor` is null on the last page */
  list: { orders: OrderView[]; cursor: string | null }
  cancel: { order: OrderView }
  received: { order: OrderView }
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
  kind: ProductKind
}

export interface ChannelView {
  provider: string
  channel: string
  name: string
  nameEn: string
  /** the provider's name, shown if two ways to pay have the same name */
  providerName: string
  kind: PayInfoKind
  /** the kinds of orders that it takes where the shopper is */
  takes: ProductKind[]
  usable: boolean
  /** why this way cannot be used, such as `notInMiniProgram`; `onlyOutside`: the shop offers it in browsers only */
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
  /** the provider reports a payment of another amount or currency: staff must decide */
  disputed: boolean
  /** how the shopper continues this payment; null before it is known */
  kind: PayInfoKind | null
}

/** Who did something, in the words that a shopper may see. */
export type Doer = 'shopper' | 'shop' | 'provider' | 'system'

export interface RefundView {
  refundNo: string
  amountFen: number
  state: RefundState
  by: Doer
  /** the reason that staff wrote; empty if there is none */
  reason: string
  /** the refund gives back an overpayment */
  ofSurplus: boolean
  createdAt: number
  doneAt: number | null
}

/** How the goods go out, for the shopper. */
export interface ShippingView {
  state: 'sending' | 'reported' | 'received'
  way: ShippingWay
  parcels: { carrier: string; trackingNo: string }[]
  /** WeChat's number of the payment, with which its page for confirming the receipt opens; null: nothing to confirm */
  confirmBy: string | null
}

/** An order as its shopper sees it. All times in epoch ms, all amounts in minor units of `currency`. */
export interface OrderView {
  orderNo: string
  state: OrderState
  items: OrderItem[]
  kind: ProductKind
  amountFen: number
  currency: string
  createdAt: number
  expiresAt: number
  paidAt: number | null
  closedAt: number | null
  refundedFen: number
  payments: PaymentView[]
  refunds: RefundView[]
  /** what happened, in order of time; `refundNo` for entries about a refund */
  timeline: { at: number; what: HistoryEntry['what']; by: Doer; refundNo?: string }[]
  /** a payment attempt was sent and its result is not known yet */
  confirming: boolean
  /** the contract that charges this order; while a debit is open, mayPay and mayCancel are false */
  contractNo?: string
  /** how the order is shipped; absent: staff have not entered it yet, or nothing is shipped */
  shipping?: ShippingView
  mayPay: boolean
  mayCancel: boolean
  /** the server's clock when this was read */
  now: number
}
