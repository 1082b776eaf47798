// Decides how the report of an order's shipping changes. Pure functions, as in order.ts.
import { answeredClaim, asksFirst, claimSeen, takeClaim, unsentClaim } from '../claim'
import { AppError } from '../errors'
import { next } from '../machine'
import { isOpenRefund } from '../refund'
import { changed } from './orderChange'
import { type Order, refundableFen } from './orderShape'
import {
  carrierWithPhone,
  type Entered,
  firstSendMs,
  isHeld,
  needsNobody,
  nextSendAt,
  type Parcel,
  parcelLimit,
  type Shipping,
  type ShippingNews,
  type ShippingOutcome,
  type ShippingWay,
  shippingMoves,
} from './shipping'

/** The report that a payment begins to wait for when it is paid. */
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

/** Whether all money of the reported payment has gone back: then WeChat waits for nothing. */
export const isGivenBack = (order: Order, { paymentNo }: Pick<Shipping, 'paymentNo'>): boolean =>
  refundableFen(order, paymentNo) <= 0

/** Whether staff may enter or correct the goods' way now. WeChat takes one correction. */
export const mayEnter = (order: Order, shipping: Shipping | undefined, now: number): boolean =>
  order.state === 'paid' &&
  shipping !== undefined &&
  !isGivenBack(order, shipping) &&
  shipping.state !== 'received' &&
  !(shipping.state === 'reported' && shipping.isCorrected === true) &&
  !(shipping.claim && shipping.claim.until > now)

/**
 * Stores how an order is shipped, before WeChat is told. Entering the same content again changes nothing.
 * @param begun the report to start with for an order that was paid before the shop reported shipping
 * @throws Conflict when nothing may be entered; BadInput naming the field
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
      // upload_time must grow from report to report.
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

// The database keeps no field whose value is undefined.
const plain = ({ carrier, trackingNo, phoneTail }: Parcel): Parcel => ({
  carrier,
  trackingNo,
  ...(phoneTail !== undefined && { phoneTail }),
})

function checkParcels(way: ShippingWay, parcels: Entered['parcels']): void {
  if (way !== 'parcel') return
  if (parcels.length === 0 || parcels.length > parcelLimit)
    throw new AppError('BadInput', `parcels: 1 to ${parcelLimit}`)
  if (new Set(parcels.map(({ trackingNo }) => trackingNo)).size < parcels.length)
    throw new AppError('BadInput', 'parcels: a number stands twice')
  if (parcels.some(({ carrier, phoneTail }) => carrier === carrierWithPhone && phoneTail === undefined))
    throw new AppError('BadInput', 'parcels: this carrier needs the end of a phone number')
}

const isSame = (one: Entered, other: Entered): boolean => detailOf(one) === detailOf(other)

const detailOf = ({ way, parcels }: Entered): string =>
  [
    way,
    ...parcels.map(({ carrier, trackingNo, phoneTail = '' }) => `${carrier} ${trackingNo} ${phoneTail}`.trim()),
  ].join(', ')

/** Whether WeChat must be asked before the report is sent, because an earlier sending may have arrived. */
export const asksAboutShipping = ({ claim }: Shipping): boolean => claim !== undefined && asksFirst(claim)

/**
 * Takes the right to send the report, as `claimRefund` does for a refund.
 * @param seen the claim that the caller saw when it asked WeChat
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
 * Applies WeChat's answer.
 * @param about the `enteredAt` of the content that was sent or asked about: an answer about older content is dropped
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
  // WeChat has used up the correction, or the goods are received: what was entered last did not arrive.
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

/** Whether an answer to a question settles the report, or only the content that WeChat had before a correction. */
export const settlesReport = (shipping: Shipping, news: ShippingNews): boolean =>
  news.outcome === 'received' ||
  (news.outcome === 'reported' && (shipping.held === undefined || isHeld(shipping, news)))

/**
 * WeChat pushed that something became of a payment's shipping: what, the timer asks. A report that is on its way asks by
 * itself.
 */
export function hearOfShipping(order: Order, paymentNo: string, now: number): Order {
  const { shipping } = order
  if (shipping?.paymentNo !== paymentNo || shipping.state === 'sending' || shipping.state === 'received') return order
  if (shipping.checkAt !== null && shipping.checkAt <= now) return order
  return changed(order, now, { shipping: { ...shipping, checkAt: now } })
}

/**
 * Applies WeChat's answer to a question about a report that is not on its way.
 * @param about the `enteredAt` of the content that was asked about
 */
export function applyShippingLook(order: Order, news: ShippingNews, about: number | null, now: number): Order {
  const { shipping: before } = order
  if (!before || before.state === 'sending') return order
  if (before.enteredAt !== about && news.outcome !== 'received') return order
  const isNew = news.outcome === 'received' || (news.outcome === 'reported' && before.state !== 'reported')
  const after = isNew ? applyShippingNews(order, news, about, now) : order
  const { shipping = before } = after
  if (shipping.checkAt === null) return after
  // Nobody answered, so the question stays.
  const isSilent = news.outcome === 'later' && news.held === undefined
  const { tries } = shipping
  return changed(after, now, {
    shipping: isSilent
      ? { ...shipping, tries: tries + 1, checkAt: nextSendAt({ enteredAt: null, tries }, now) }
      : { ...shipping, tries: 0, checkAt: null },
  })
}

/** No report is sent while all money is on its way back, and none when it went back. */
export function restShipping(order: Order, now: number): Order {
  const { shipping } = order
  if (shipping?.state !== 'sending') return order
  const isOver = isGivenBack(order, shipping) && !order.refunds.some(isOpenRefund)
  return changed(order, now, { shipping: { ...shipping, checkAt: isOver ? null : now + restMs } })
}

const restMs = 3_600_000
