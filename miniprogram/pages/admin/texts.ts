// Formats money, times and people for the admin pages.

import type { StaffOrderRow } from '../../../cloudfunctions/shared/api/admin'
import { inLanguage, messages } from '../../messages'
import { moneyText } from '../../money'
import { beijingMinute } from '../../rules/beijing'
import { fenFromParts } from '../../rules/money'
import { adminMessages } from './messages'
import { providerName } from './service'

export interface OrderRow {
  orderNo: string
  /** The last eight characters of the order number. The shopper sees the same characters. */
  short: string
  title: string
  amount: string
  state: string
  tone: 'good' | 'warn' | 'bad' | ''
  time: string
  provider: string
  refunded: string
  surplus: string
  label: string
}

/** Colour of the tag for each order state. */
export const orderTones = {
  open: 'warn',
  closing: 'warn',
  paid: 'good',
  partlyRefunded: 'warn',
  refunded: '',
  closed: '',
} as const satisfies Record<StaffOrderRow['standing'], string>

export function orderRow(order: StaffOrderRow): OrderRow {
  const { orderNo, currency } = order
  const title = inLanguage(order.title, order.titleEn)
  const row = {
    orderNo,
    short: orderNo.slice(-8),
    // Title of the first item, and the total number of pieces.
    title: order.pieces > 1 ? `${title} · ${messages.pieces(order.pieces)}` : title,
    amount: moneyText(order.amountFen, currency),
    state: adminMessages.orderStates[order.standing],
    tone: orderTones[order.standing],
    time: beijingMinute(order.createdAt),
    provider: order.provider === null ? '' : providerName(order.provider),
    // Leave the amount out after a full refund, because the order's state already says that everything was refunded.
    refunded:
      order.refundedFen > 0 && !(order.standing === 'refunded' && order.refundedFen === order.amountFen)
        ? moneyText(order.refundedFen, currency)
        : '',
    surplus: order.surplusFen > 0 ? moneyText(order.surplusFen, currency) : '',
  }
  return { ...row, label: [row.title, row.amount, row.state, row.time, row.short].join(inLanguage('，', ', ')) }
}

/**
 * Parses a typed amount in major units (such as yuan) to whole minor units, without floating point; undefined when
 * invalid.
 */
export function fenOf(text: string, decimals = 2): number | undefined {
  const plain = text.replace(/[¥\s]/g, '').replace(/，/g, ',').replace('。', '.')
  // Accept commas only as thousands separators ("1,500"), because "1,5" could mean one and a half.
  const match = /^(\d{1,9}|[1-9]\d{0,2}(?:,\d{3}){1,2})(?:\.(\d*))?$/.exec(plain)
  if (!match) return undefined
  const [, whole = '', fraction = ''] = match
  if (fraction.length > decimals) return undefined
  return fenFromParts(whole.replace(/,/g, ''), fraction, decimals)
}

/** A value with its label. */
export interface Line {
  name: string
  value: string
}

/** One labelled value as a list, so that callers can join lists. The list is empty when the value is null. */
export const line = (name: string, value: string | null): Line[] => (value === null ? [] : [{ name, value }])
