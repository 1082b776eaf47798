// Texts for an order: its card in a list and the lines of its page.
import type { OrderView } from '../cloudfunctions/shared/api/orders'
import { inLanguage, messages } from './messages'
import { moneyText } from './money'
import { beijingMinute } from './rules/beijing'
import { refundFen, type SheetAnswer, type Standing, standingOf, type Tone, tones } from './standing'

export interface OrderCard {
  orderNo: string
  time: string
  state: string
  tone: Tone
  titles: string
  pieces: string
  amountFen: number
  currency: string
  /** The whole card as one sentence, for screen readers. */
  label: string
}

export function orderCard(order: OrderView, answer: SheetAnswer | undefined): OrderCard {
  const standing = standingOf(order, answer)
  const state = stateText(order, standing)
  const names = order.items.map((item) => inLanguage(item.title, item.titleEn))
  const titles =
    names.length > 2 ? messages.andMore(names.slice(0, 2).join(listComma), names.length) : names.join(listComma)
  const pieces = messages.pieces(order.items.reduce((sum, { quantity }) => sum + quantity, 0))
  const time = beijingMinute(order.createdAt)
  return {
    orderNo: order.orderNo,
    time,
    state,
    tone: tones[standing],
    titles,
    pieces,
    amountFen: order.amountFen,
    currency: order.currency,
    label: [messages.orders.open, titles, moneyText(order.amountFen, order.currency), state, time].join(listComma),
  }
}

/**
 * The name of an order's state, for the list and the order's page. Includes the amount if the state is about a refund.
 */
export function stateText(order: OrderView, standing: Standing): string {
  const fen = refundFen(order, standing)
  const { title } = messages.standings[standing]
  return fen > 0 ? `${title} ${moneyText(fen, order.currency)}` : title
}

const listComma = inLanguage('、', ', ')

export interface LineView {
  sku: string
  title: string
  quantity: number
  amountFen: number
  currency: string
}

export const lineViews = (items: OrderView['items'], currency: string): LineView[] =>
  items.map(({ sku, title, titleEn, priceFen, quantity }) => ({
    sku,
    title: inLanguage(title, titleEn),
    quantity,
    amountFen: priceFen * quantity,
    currency,
  }))
