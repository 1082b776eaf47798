// The shipping report tells WeChat how an order's goods are shipped. WeChat keeps the money of a mini-program payment
// until the shop has sent this report (docs/provider-facts.md 9.2). This file has the report's states, their table, and
// when to send again.
import type { ShippingWay } from '../../../../miniprogram/rules/terms'
import type { Claim } from '../claim'
import type { Moves } from '../machine'

/**
 * Whether this way of shipping needs no entry by staff, because nothing is sent by a carrier. Then we send the report
 * as soon as the order is paid.
 */
export const needsNobody = (way: ShippingWay): boolean => way === 'virtual' || way === 'pickup'

export interface Parcel {
  /** the carrier's code in WeChat's list of carriers: `SF` */
  carrier: string
  trackingNo: string
  /** the last four digits of the receiver's phone number, which WeChat demands for the carrier SF Express */
  phoneTail?: string | undefined
}

/**
 * States of a shipping report. `waiting`: staff must enter how the order is shipped. `sending`: staff entered it, and
 * WeChat has not confirmed the report yet. `refused`: WeChat refused the report, and staff must correct it. `reported`:
 * WeChat has the report. `received`: the shopper has received the goods.
 */
export type ShippingState = 'waiting' | 'sending' | 'refused' | 'reported' | 'received'

/**
 * What WeChat's answer means for the shipping report. `already`: WeChat has another report and accepts no new one.
 * `later`: we must try again later.
 */
export type ShippingOutcome = 'reported' | 'already' | 'later' | 'refused' | 'received'

// The new state of a shipping report. The row is the state now, and the column is WeChat's answer. A report that the
// merchant made in WeChat's own console also makes ours `reported`. If WeChat refuses a correction, the first report
// stays in force.
export const shippingMoves = {
  waiting: { reported: 'reported', already: 'reported', later: 'waiting', refused: 'waiting', received: 'received' },
  sending: { reported: 'reported', already: 'reported', later: 'sending', refused: 'refused', received: 'received' },
  refused: { reported: 'reported', already: 'reported', later: 'refused', refused: 'refused', received: 'received' },
  reported: {
    reported: 'reported',
    already: 'reported',
    later: 'reported',
    refused: 'reported',
    received: 'received',
  },
  received: {
    reported: 'received',
    already: 'received',
    later: 'received',
    refused: 'received',
    received: 'received',
  },
} as const satisfies Moves<ShippingState, ShippingOutcome>

/** How the goods are shipped, as staff entered it. */
export interface Entered {
  way: ShippingWay
  /** the parcels with their tracking numbers; empty unless the way is `parcel` */
  parcels: Parcel[]
}

export interface Shipping extends Entered {
  /** the payment whose money WeChat keeps until WeChat has this report */
  paymentNo: string
  state: ShippingState
  /** since when WeChat waits for the shipping report: the time when the order was paid */
  since: number
  /** when staff entered the present content; we send this as WeChat's upload_time; null: nothing entered yet */
  enteredAt: number | null
  /** the openid of the staff member who entered the content, or `system` */
  by: string
  /** when to send the report to WeChat; null: nothing to send */
  checkAt: number | null
  /** how often we have tried to send the present content */
  tries: number
  reportedAt: number | null
  receivedAt: number | null
  /** the error code of WeChat's last answer; null: no error */
  code: number | null
  /**
   * the content that WeChat has confirmed. It can differ from the present content, because staff may have entered a
   * correction since; WeChat accepts one correction
   */
  held?: Entered
  isCorrected?: boolean
  /** the right to send the report to WeChat; absent: no caller has taken it yet */
  claim?: Claim
}

/** WeChat's answer to a shipping report, or to our question about one. */
export interface ShippingNews {
  outcome: ShippingOutcome
  /** WeChat's error code; null: no error */
  code: number | null
  /** whether WeChat certainly did nothing with the report; then we may send the report again without asking first */
  isSure?: boolean
  /** the content of the report that WeChat has, if this is the answer to a question */
  held?: { way: ShippingWay | undefined; trackingNos: readonly string[] }
}

/** Whether the report that WeChat has contains this way and these parcels. */
export const isHeld = ({ way, parcels }: Entered, { held }: ShippingNews): boolean =>
  held !== undefined &&
  held.way === way &&
  (way !== 'parcel' || keyOf(held.trackingNos) === keyOf(parcels.map(({ trackingNo }) => trackingNo)))

const keyOf = (numbers: readonly string[]): string => [...numbers].sort().join()

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

/**
 * How long to wait before the first sending of a shipping report, in ms. WeChat stores a payment only some seconds
 * after it tells us about the payment, and WeChat's staff advise to wait a minute.
 */
export const firstSendMs = minute

const patienceMs = 15 * day

/**
 * When to send a shipping report again: after 1, 2, 4 … minutes, then every hour. So after an outage of a day, all
 * reports are sent within an hour. Null after 15 days: staff must look at the report.
 */
export const nextSendAt = ({ enteredAt, tries }: Pick<Shipping, 'enteredAt' | 'tries'>, now: number): number | null =>
  enteredAt !== null && now - enteredAt > patienceMs ? null : now + Math.min(minute * 2 ** Math.min(tries, 6), hour)
