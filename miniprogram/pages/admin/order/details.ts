// Details of an entry in an order's history: our numbers, our codes in words, and the provider's message marked as a
// quotation.
import type { StaffOrderView } from '../../../../cloudfunctions/shared/api/admin'
import { t } from './messages'

type Entry = StaffOrderView['history'][number]

// Matches the start that our server puts before a provider's message ("Jubao refused the payment: code 40107 …"). The
// page removes this start, because the name of the history entry already says the same.
const ourStart =
  /^(?:the charge failed|(?:Midas|Jubao|Paymax|Wisecashier|WeChat Pay|Virtual payment|the platform) (?:refused(?: the payment| the signing)?|took no payment)): /
const missing = /^Jubao was not asked: (\S+) is missing$/
const quotes = new Set<Entry['what']>(['refused', 'paymentFailed', 'paymentClosed', 'refundFailed', 'refunded'])

const isRefundEnd = (what: Entry['what']): what is 'refunded' | 'refundFailed' =>
  what === 'refunded' || what === 'refundFailed'

/**
 * Name of a history entry. When staff cancelled the order or recorded a result, the name says that the shop did so; the
 * staff member's name is shown beside the entry.
 */
export function whatText({ what, by }: Pick<Entry, 'what' | 'by'>): string {
  if (what === 'cancelled' && by !== 'shopper') return t.cancelledByShop
  if (isRefundEnd(what) && by !== 'provider') return t.recorded[what]
  return t.whats[what]
}

export function detailText({ what, by, detail }: Pick<Entry, 'what' | 'by' | 'detail'>): string {
  const [, no = '', rest = ''] = /^(\d{14}[0-9a-z]{8}r?\d\d)? ?(.*)$/.exec(detail) ?? []
  // Do not mark a staff member's note as a quotation from the provider.
  return [no, isRefundEnd(what) && by !== 'provider' ? rest : wordsOf(what, rest)].filter(Boolean).join(' · ')
}

function wordsOf(what: Entry['what'], text: string): string {
  const ours = t.details.get(text)
  if (ours !== undefined) return ours
  const field = missing.exec(text)?.[1]
  if (field !== undefined) return t.notAsked(field)
  return text === '' || !quotes.has(what) ? text : t.quoted(text.replace(ourStart, ''))
}
