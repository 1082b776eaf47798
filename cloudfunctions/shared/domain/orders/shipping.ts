// The report of how an order's goods go out. WeChat keeps the money of a payment in the mini-program until the shop has
// reported it (docs/provider-facts.md 9.2). States, the table that moves them, and when to send again.
import type { Claim } from '../claim'
import type { Moves } from '../machine'

/** How the goods reach the shopper; WeChat's logistics_type 1 to 4. */
export const shippingWays = ['parcel', 'city', 'virtual', 'pickup'] as const
export type ShippingWay = (typeof shippingWays)[number]

/** Kinds of shipping without anything to enter: the report is sent as soon as the order is paid. */
export const needsNobody = (way: ShippingWay): boolean => way === 'virtual' || way === 'pickup'

export interface Parcel {
  /** the carrier's code in WeChat's list of carriers: `SF` */
  carrier: string
  trackingNo: string
  /** the last four digits of the receiver's phone number; SF Express needs them */
  phoneTail?: string | undefined
}

/** WeChat takes at most this many parcels of one payment. */
export const parcelLimit = 15

/** The carrier for which WeChat wants a phone number. */
export const carrierWithPhone = 'SF'

/**
 * `waiting`: staff must enter how the order is shipped; `sending`: entered, and WeChat has not confirmed it yet;
 * `refused`: WeChat refused it, and staff must correct it; `reported`: WeChat has it; `received`: the shopper has
 * received the goods.
 */
export type ShippingState = 'waiting' | 'sending' | 'refused' | 'reported' | 'received'

/** What WeChat's answer means for the report. `already`: WeChat has a report and takes no other one. */
export type ShippingOutcome = 'reported' | 'already' | 'later' | 'refused' | 'received'

// A report that the merchant made in WeChat's own console counts as well. A refusal of a correction leaves WeChat with
// the first report.
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

/** The goods' way as it was entered. */
export interface Entered {
  way: ShippingWay
  /** empty unless the way is `parcel` */
  parcels: Parcel[]
}

export interface Shipping extends Entered {
  /** the payment whose money waits */
  paymentNo: string
  state: ShippingState
  /** since when the report is due: when the order was paid */
  since: number
  /** when this content was entered, and WeChat's upload_time; null while nothing is entered */
  enteredAt: number | null
  /** the openid of the staff member, or `system` */
  by: string
  /** when to send it; null: not to be sent */
  checkAt: number | null
  /** tries since the content was entered */
  tries: number
  reportedAt: number | null
  receivedAt: number | null
  /** WeChat's last error code, or null */
  code: number | null
  /** what WeChat has, after the first report; WeChat takes one correction of it */
  held?: Entered
  isCorrected?: boolean
  /** the right to send it; absent: never taken */
  claim?: Claim
}

/** WeChat's answer to a report or to a question about it. */
export interface ShippingNews {
  outcome: ShippingOutcome
  /** WeChat's error code, or null */
  code: number | null
  /** whether WeChat has certainly done nothing, so that the report may be sent without asking first */
  isSure?: boolean
  /** in the answer to a question: what WeChat has */
  held?: { way: ShippingWay | undefined; trackingNos: readonly string[] }
}

/** Whether WeChat has this content. */
export const isHeld = ({ way, parcels }: Entered, { held }: ShippingNews): boolean =>
  held !== undefined &&
  held.way === way &&
  (way !== 'parcel' || keyOf(held.trackingNos) === keyOf(parcels.map(({ trackingNo }) => trackingNo)))

const keyOf = (numbers: readonly string[]): string => [...numbers].sort().join()

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

/** WeChat stores a payment some seconds after it tells us of it; its staff advise to wait a minute. */
export const firstSendMs = minute

const patienceMs = 15 * day

/**
 * When to send a report again: after 1, 2, 4 … minutes, then every hour, so that an outage of a day is made up for
 * within an hour. Null after 15 days: somebody has to look.
 */
export const nextSendAt = ({ enteredAt, tries }: Pick<Shipping, 'enteredAt' | 'tries'>, now: number): number | null =>
  enteredAt !== null && now - enteredAt > patienceMs ? null : now + Math.min(minute * 2 ** Math.min(tries, 6), hour)
