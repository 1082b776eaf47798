// Decides how an order's shipping report changes. Pure functions from order to order; if one returns the same order,
// there is nothing to write.
import { hourMs } from '../../../../miniprogram/rules/beijing'
import { carrierWithPhone, parcelsAtMost, type ShippingWay } from '../../../../miniprogram/rules/terms'
import { answeredClaim, asksFirst, claimSeen, takeClaim, unsentClaim } from '../claim'
import { AppError } from '../errors'
import { next } from '../machine'
import { isOpenRefund } from '../refund'
import { changed } from './order'
import { type Order, refundableFen } from './orderShape'
import {
  type Entered,
  firstSendMs,
  isHeld,
  needsNobody,
  nextSendAt,
  type Parcel,
  type Shipping,
  type ShippingNews,
  type ShippingOutcome,
  shippingMoves,
} from './shipping'

/** Makes the shipping report of a payment that was just paid. WeChat waits for this report. */
export const awaitedShipping = (paymentNo: string, way: ShippingWay, now: number): Shipping => ({
  paymentNo,
  state: needsNobody(way) ? 'sending' : 'waiting',
  way,
  parcels: [],
  since: now,
  enteredAt: needsNobody(way) ? now : null,
  by: 'system',
  checkAt: needsNobody(way) ? now + firstSendMs : null,
  tries: 0,
  reportedAt: null,
  receivedAt: null,
  code: null,
})

/** Whether all money of the payment was refunded. Then WeChat needs no shipping report. */
export const isGivenBack = (order: Order, { paymentNo }: Pick<Shipping, 'paymentNo'>): boolean =>
  refundableFen(order, paymentNo) <= 0

/** Whether staff may enter or correct how the goods are shipped. WeChat accepts one correction. */
export const mayEnter = (order: Order, shipping: Shipping | undefined, now: number): boolean =>
  order.state === 'paid' &&
  shipping !== undefined &&
  !isGivenBack(order, shipping) &&
  shipping.state !== 'received' &&
  !(shipping.state === 'reported' && shipping.isCorrected === true) &&
  !(shipping.claim && shipping.claim.until > now)

/**
 * Stores how an order is shipped. We report it to WeChat afterwards. Entering the same content again changes nothing.
 * @param begun the report to start with if the order was paid before the shop began to report shipping
 * @throws Conflict when nothing may be entered now; BadInput naming the field
 */
export function enterShipping(
  order: Order,
  { way, parcels, by, begun }: Entered & { by: string; begun?: Shipping | undefined },
  now: number,
): Order {
  checkParcels(way, parcels)
  const shipping = order.shipping ?? begun
  const entered: Entered = { way, parcels: way === 'parcel' ? parcels.map(plain) : [] }
  if (shipping && shipping.enteredAt !== null && shipping.state !== 'refused' && isSame(shipping, entered)) return order
  if (!shipping || !mayEnter(order, shipping, now)) throw new AppError('Conflict', 'the shipping cannot be entered now')
  return changed(order, now, {
    shipping: {
      ...shipping,
      ...entered,
      state: 'sending',
      // WeChat demands that the field upload_time grows from report to report.
      enteredAt: Math.max(now, (shipping.enteredAt ?? 0) + 1),
      by,
      checkAt: now,
      tries: 0,
      code: null,
      ...(shipping.held && { isCorrected: true }),
    },
    key: entered.parcels.map(({ trackingNo }) => trackingNo),
    entry: { at: now, what: 'shippingEntered', by, detail: detailOf(entered) },
  })
}

// Leave absent fields out, because the database cannot store a field whose value is undefined.
const plain = ({ carrier, trackingNo, phoneTail }: Parcel): Parcel => ({
  carrier,
  trackingNo,
  ...(phoneTail !== undefined && { phoneTail }),
})

function checkParcels(way: ShippingWay, parcels: Entered['parcels']): void {
  if (way !== 'parcel') return
  if (parcels.length === 0 || parcels.length > parcelsAtMost)
    throw new AppError('BadInput', `parcels: 1 to ${parcelsAtMost}`)
  if (new Set(parcels.map(({ trackingNo }) => trackingNo)).size < parcels.length)
    throw new AppError('BadInput', 'parcels: a number occurs twice')
  if (parcels.some(({ carrier, phoneTail }) => carrier === carrierWithPhone && phoneTail === undefined))
    throw new AppError('BadInput', 'parcels: this carrier needs the end of a phone number')
}

const isSame = (one: Entered, other: Entered): boolean => detailOf(one) === detailOf(other)

const detailOf = ({ way, parcels }: Entered): string =>
  [
    way,
    ...parcels.map(({ carrier, trackingNo, phoneTail = '' }) => `${carrier} ${trackingNo} ${phoneTail}`.trim()),
  ].join(', ')

/**
 * Whether we must ask WeChat before we send the shipping report, because an earlier sending may have reached WeChat.
 */
export const asksAboutShipping = ({ claim }: Shipping): boolean => claim !== undefined && asksFirst(claim)

/**
 * Takes the right to send the shipping report to WeChat, so that only one caller sends it.
 * @param seen the claim that the report had when the caller asked WeChat. If the report has another claim now, the
 * caller may not send
 */
export function claimShipping(
  order: Order,
  { id, seen }: { id: string; seen: string | null },
  now: number,
): { order: Order; isMine: boolean } {
  const { shipping } = order
  if (shipping?.state !== 'sending' || isGivenBack(order, shipping)) return { order, isMine: false }
  const claim = takeClaim(shipping.claim, { id, asks: asksAboutShipping(shipping), moves: false }, now)
  if (!claim) return { order, isMine: false }
  if (claim === shipping.claim) return { order, isMine: true }
  if (claimSeen(shipping) !== seen) return { order, isMine: false }
  return { order: { ...order, version: order.version + 1, shipping: { ...shipping, claim } }, isMine: true }
}

/**
 * Applies WeChat's answer about the shipping report to the order.
 * @param about the `enteredAt` of the content that we sent or asked about. If staff entered newer content since then,
 * the answer changes nothing
 */
export function applyShippingNews(order: Order, news: ShippingNews, about: number | null, now: number): Order {
  const { shipping } = order
  if (!shipping || (shipping.enteredAt !== about && news.outcome !== 'received')) return order
  const outcome = outcomeFor(shipping, news, now)
  const state = next(shippingMoves, shipping.state, outcome)
  if (outcome === 'later') return state === 'sending' ? postponed(order, shipping, news, now) : order
  if (state === shipping.state && state !== 'sending') return order
  if (outcome === 'refused') return refused(order, shipping, news.code, now)
  const isNew = shipping.reportedAt === null || shipping.state === 'sending'
  return changed(order, now, {
    shipping: {
      ...shipping,
      state,
      checkAt: null,
      tries: 0,
      code: null,
      reportedAt: shipping.reportedAt ?? now,
      receivedAt: state === 'received' ? now : null,
      ...(shipping.enteredAt !== null && { held: { way: shipping.way, parcels: shipping.parcels } }),
      ...(shipping.claim && { claim: answeredClaim(shipping.claim) }),
    },
    entry: {
      at: now,
      what: state === 'received' ? 'received' : 'shipped',
      by: isNew && state === 'reported' ? 'system' : 'provider',
      detail: '',
    },
  })
}

function outcomeFor(shipping: Shipping, news: ShippingNews, now: number): ShippingOutcome {
  // "already": WeChat accepts no more corrections, or the goods were received. If WeChat already had a report, it did
  // not take the correction that staff entered last. So staff must see the correction as refused.
  if (news.outcome === 'already' && shipping.held !== undefined) return 'refused'
  return news.outcome === 'later' && nextSendAt(shipping, now) === null ? 'refused' : news.outcome
}

function postponed(order: Order, shipping: Shipping, { code, isSure }: ShippingNews, now: number): Order {
  const { claim } = shipping
  return changed(order, now, {
    shipping: {
      ...shipping,
      code,
      tries: shipping.tries + 1,
      checkAt: Math.max(nextSendAt(shipping, now) ?? now, claim?.until ?? 0),
      ...(claim && isSure && { claim: unsentClaim(claim) }),
    },
  })
}

function refused(order: Order, shipping: Shipping, code: number | null, now: number): Order {
  const { held, claim } = shipping
  return changed(order, now, {
    shipping: {
      ...shipping,
      state: held ? 'reported' : 'refused',
      ...held,
      checkAt: null,
      code,
      ...(claim && { claim: unsentClaim(claim) }),
    },
    entry: { at: now, what: 'shippingRefused', by: 'provider', detail: code === null ? '' : String(code) },
  })
}

/**
 * Whether WeChat's answer is about the content that staff entered last. After a correction, WeChat may still answer
 * with the content from before the correction.
 */
export const settlesReport = (shipping: Shipping, news: ShippingNews): boolean =>
  news.outcome === 'received' ||
  (news.outcome === 'reported' && (shipping.held === undefined || isHeld(shipping, news)))

/**
 * Makes an order's shipping report due, because WeChat pushed that the shipping changed. The timer then asks WeChat
 * what changed. A report in the state `sending` stays as it is, because we ask WeChat anyway before we send it again.
 */
export function hearOfShipping(order: Order, paymentNo: string, now: number): Order {
  const { shipping } = order
  if (shipping?.paymentNo !== paymentNo || shipping.state === 'sending' || shipping.state === 'received') return order
  if (shipping.checkAt !== null && shipping.checkAt <= now) return order
  return changed(order, now, { shipping: { ...shipping, checkAt: now } })
}

/**
 * Applies WeChat's answer to our question about a shipping report that is not being sent.
 * @param about the `enteredAt` of the content that we asked about
 */
export function applyShippingLook(order: Order, news: ShippingNews, about: number | null, now: number): Order {
  const { shipping: before } = order
  if (!before || before.state === 'sending') return order
  if (before.enteredAt !== about && news.outcome !== 'received') return order
  const isNew = news.outcome === 'received' || (news.outcome === 'reported' && before.state !== 'reported')
  const after = isNew ? applyShippingNews(order, news, about, now) : order
  const { shipping = before } = after
  if (shipping.checkAt === null) return after
  // WeChat gave no answer, so we ask again later.
  const isSilent = news.outcome === 'later' && news.held === undefined
  const { tries } = shipping
  return changed(after, now, {
    shipping: isSilent
      ? { ...shipping, tries: tries + 1, checkAt: nextSendAt({ enteredAt: null, tries }, now) }
      : { ...shipping, tries: 0, checkAt: null },
  })
}

/**
 * Postpones or ends the sending of a shipping report, because the shopper's money was refunded. While refunds are still
 * unfinished we wait. When all money was refunded, WeChat needs no report.
 */
export function restShipping(order: Order, now: number): Order {
  const { shipping } = order
  if (shipping?.state !== 'sending') return order
  const isOver = isGivenBack(order, shipping) && !order.refunds.some(isOpenRefund)
  return changed(order, now, { shipping: { ...shipping, checkAt: isOver ? null : now + restMs } })
}

const restMs = hourMs
