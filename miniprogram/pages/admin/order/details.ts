// What an entry of an order's history says beside its name: numbers of ours, our own codes in words, and what the
// provider said, as the provider's words.
import type { StaffOrderView } from '../../../../cloudfunctions/shared/api/admin'
import { t } from './messages'

type Entry = StaffOrderView['history'][number]

// "Jubao refused the payment: code 40107 …": what comes before the colon is ours, and the entry's name says it already.
const ourStart =
  /^(?:the charge failed|(?:Midas|Jubao|Paymax|Wisecashier|WeChat Pay|the platform) (?:refused(?: the payment)?|took no payment)): /
const missing = /^Jubao was not asked: (\S+) is missing$/
const quotes = new Set<Entry['what']>(['refused', 'paymentFailed', 'paymentClosed', 'refundFailed', 'refunded'])

const isRefundEnd = (what: Entry['what']): what is 'refunded' | 'refundFailed' =>
  what === 'refunded' || what === 'refundFailed'

/** Staff cancel and record results too: then the entry says that the shop did, and who of it stands beside. */
export function whatText({ what, by }: Pick<Entry, 'what' | 'by'>): string {
  if (what === 'cancelled' && by !== 'shopper') return t.cancelledByShop
  if (isRefundEnd(what) && by !== 'provider') return t.recorded[what]
  return t.whats[what]
}

export function detailText({ what, by, detail }: Pick<Entry, 'what' | 'by' | 'detail'>): string {
  const [, no = '', rest = ''] = /^(\d{14}[0-9a-z]{8}r?\d\d)? ?(.*)$/.exec(detail) ?? []
  // A note of staff is their own, not the provider's words.
  return [no, isRefundEnd(what) && by !== 'provider' ? rest : wordsOf(what, rest)].filter(Boolean).join(' · ')
}

function wordsOf(what: Entry['what'], text: string): string {
  const ours = t.details.get(text)
  if (ours !== undefined) return ours
  const field = missing.exec(text)?.[1]
  if (field !== undefined) return t.notAsked(field)
  return text === '' || !quotes.has(what) ? text : t.quoted(text.replace(ourStart, ''))
}
