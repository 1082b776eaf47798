// The interface between the function `order` and the mini-program: the inputs and results of shoppers' actions.
import * as z from 'zod/mini'
import {
  type OrderState,
  orderStates,
  type PaymentState,
  type ProductKind,
  type RefundState,
  type ShippingWay,
} from '../../../miniprogram/rules/terms'
import type { ErrorCode, LimitName } from '../domain/errors'
import type { HistoryEntry, OrderItem } from '../domain/orders/orderShape'
import type { PayInfoKind } from '../domain/payment'
import { address, fen, orderNo, pageLimit, sku, word } from './fields'
import type { Api } from './reply'

export const orderApi = {
  catalog: z.strictObject({}),
  channels: z.strictObject({}),
  /**
   * Creates an order. `pay`: also begins its payment, if the order is new, costs what the shopper saw (`amountFen` in
   * `currency`), and the channel accepts it
   */
  create: z.strictObject({
    orderNo,
    items: z
      .array(z.strictObject({ sku, quantity: z.int().check(z.gte(1), z.lte(999)) }))
      .check(z.minLength(1), z.maxLength(100)),
    pay: z.optional(z.strictObject({ provider: word, channel: word, amountFen: fen, currency: word })),
  }),
  /**
   * Begins or continues a payment. `callbackUrl`: the page on one of the shop's sites to which OpenMidas sends the
   * shopper's browser after paying. `loginCode`: the code from wx.login, needed for channels of the kind `virtual`
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
    state: z.optional(z.enum(orderStates)),
    cursor: z.optional(orderNo),
    limit: z.optional(pageLimit),
  }),
  cancel: z.strictObject({ orderNo }),
  /** asks WeChat whether the shopper has confirmed that the goods arrived */
  received: z.strictObject({ orderNo }),
} satisfies Api

export interface OrderResults {
  /**
   * `virtualAlone`: whether an order with a virtual product may contain no other product. In the mini-program and in
   * browsers this can differ
   */
  catalog: { now: number; products: ProductView[]; virtualAlone: boolean }
  /**
   * `messages`: the ids of the message templates for which the phone asks the shopper's permission when they tap on pay
   */
  channels: { channels: ChannelView[]; messages: string[] }
  /**
   * `pay`: the payment that was begun with the order. `failure`: why it could not begin; the order exists all the same.
   * Without both, no payment was begun
   */
  create: { order: OrderView; pay?: Omit<OrderResults['pay'], 'order'>; failure?: PayFailure }
  /**
   * What the phone does with payInfo depends on `kind`. `jsapi`: pass payInfo to OpenMidas.pay. `virtual`: payInfo is
   * the JSON of the parameters for wx.requestVirtualPayment. `link`: let the shopper copy it. `qrcode`: show `image`,
   * the data URL of a PNG, which is absent only if the text is too long for a QR code
   */
  pay: { order: OrderView; paymentNo: string; payInfo: string; kind: PayInfoKind; image?: string }
  read: { order: OrderView }
  /**
   * the caller's orders, newest first. `cursor` says where the next page of the list continues; null on the last page
   */
  list: { orders: OrderView[]; cursor: string | null }
  cancel: { order: OrderView }
  received: { order: OrderView }
}

export interface PayFailure {
  code: ErrorCode
  limit?: LimitName
}

export interface ProductView {
  sku: string
  title: string
  titleEn: string
  /** one line of text under the product's title */
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
  /** the name of the provider, which is shown if two ways to pay have the same name */
  providerName: string
  kind: PayInfoKind
  /** the kinds of orders that this channel accepts where the shopper is (mini-program or browser) */
  takes: ProductKind[]
  usable: boolean
  /**
   * true: a link to WeChat's H5 page. The page to which it returns may query the payment only when the shopper presses a
   * button (pay.weixin.qq.com/doc/v2/merchant/4011936869)
   */
  isWechatPage: boolean
  /**
   * why the shopper cannot use this channel, such as `notInMiniProgram`; `onlyOutside`: the shop offers it only in
   * browsers
   */
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
  /** whether the provider reported another amount or currency than we requested; if so, staff must decide */
  disputed: boolean
  /** what the phone opens to continue this payment; null before that is known */
  kind: PayInfoKind | null
}

/** Who did something, in words that a shopper may see. `shop` stands for any staff member. */
export type Doer = 'shopper' | 'shop' | 'provider' | 'system'

export interface RefundView {
  refundNo: string
  amountFen: number
  state: RefundState
  by: Doer
  /** the reason that staff wrote; empty if there is none */
  reason: string
  /** whether the refund gives an overpayment back */
  ofSurplus: boolean
  createdAt: number
  doneAt: number | null
}

export interface ShippingView {
  state: 'sending' | 'reported' | 'received'
  way: ShippingWay
  parcels: { carrier: string; trackingNo: string }[]
  /**
   * WeChat's number of the payment, with which the phone opens WeChat's page for confirming the receipt; null if the
   * shopper has nothing to confirm
   */
  confirmBy: string | null
}

/** An order as its shopper sees it. All times are epoch ms, all amounts are in minor units of `currency`. */
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
  /** what happened to the order, oldest first; `refundNo` is set if the entry is about a refund */
  timeline: { at: number; what: HistoryEntry['what']; by: Doer; refundNo?: string }[]
  /** whether an attempt to pay waits for its result */
  confirming: boolean
  /**
   * the contract to whose charge this order belongs; absent if the order belongs to no contract. While a debit is open,
   * mayPay and mayCancel are false
   */
  contractNo?: string
  /** how the order is shipped; absent if staff have not entered it yet, or if nothing is shipped */
  shipping?: ShippingView
  mayPay: boolean
  mayCancel: boolean
  /** the server's time when it read the order */
  now: number
}
