// What admin pages say of money, times and people, in words.
import type { StaffOrderRow } from '../../../cloudfunctions/shared/api/admin'
import { inLanguage, messages } from '../../messages'
import { moneyText } from '../../money'
import { adminMessages, providerName } from './messages'

export interface OrderRow {
  orderNo: string
  /** the eight characters that the shopper sees */
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

/** The colour of each state's tag. */
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
    // The first of the goods, and how many pieces of all of them.
    title: order.pieces > 1 ? `${title} · ${messages.pieces(order.pieces)}` : title,
    amount: moneyText(order.amountFen, currency),
    state: adminMessages.orderStates[order.standing],
    tone: orderTones[order.standing],
    time: beijingTimeOf(order.createdAt),
    provider: order.provider === null ? '' : providerName(order.provider),
    // The state says it already where all went back.
    refunded:
      order.refundedFen > 0 && !(order.standing === 'refunded' && order.refundedFen === order.amountFen)
        ? moneyText(order.refundedFen, currency)
        : '',
    surplus: order.surplusFen > 0 ? moneyText(order.surplusFen, currency) : '',
  }
  return { ...row, label: [row.title, row.amount, row.state, row.time, row.short].join(inLanguage('，', ', ')) }
}

/** Yuan as somebody typed them to whole minor units, without floating point; undefined when it is no amount. */
export function fenOf(text: string, decimals = 2): number | undefined {
  const plain = text.replace(/[¥\s]/g, '').replace(/，/g, ',').replace('。', '.')
  // A comma only between thousands: "1,5" could mean one and a half.
  const match = /^(\d{1,9}|[1-9]\d{0,2}(?:,\d{3}){1,2})(?:\.(\d*))?$/.exec(plain)
  if (!match) return undefined
  const [, whole = '', fraction = ''] = match
  if (fraction.length > decimals) return undefined
  return Number(whole.replace(/,/g, '') + fraction.padEnd(decimals, '0'))
}

/** Minor units as a person would type them: "86.00". */
export function yuanOf(fen: number, decimals = 2): string {
  const digits = String(fen).padStart(decimals + 1, '0')
  return decimals === 0 ? digits : `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`
}

export const decimalsOf = (currency: string): number => (currency === 'JPY' || currency === 'KRW' ? 0 : 2)

const dayMs = 86_400_000
const beijingMs = 8 * 3_600_000

/** The Beijing day of a time, moved by some days: "2026-11-21". */
export const beijingDayOf = (at: number, daysLater = 0): string =>
  new Date(at + beijingMs + daysLater * dayMs).toISOString().slice(0, 10)

/** The time in Beijing, as days, filters and bills here have it: "2026-11-21 09:30". */
export const beijingTimeOf = (at: number): string =>
  new Date(at + beijingMs).toISOString().slice(0, 16).replace('T', ' ')

/** A fact and what it is called. */
export interface Line {
  name: string
  value: string
}

/** One fact as a list of lines, which is empty where there is no fact. */
export const line = (name: string, value: string | null): Line[] => (value === null ? [] : [{ name, value }])
