// A delivery: one event for one endpoint. These functions decide what changes after each try. Pure functions; if one
// returns the same object, there is nothing to write.
import { leaseMs } from '../lease'
import { type EventType, nextTryAt } from '../outbox'

/** States of a delivery. `failed`: we have stopped trying, and staff decide what to do. */
export type DeliveryState = 'waiting' | 'done' | 'failed'

/** The types of deliveries. `endpoint.test`: a staff member sends it to see whether the endpoint answers. */
export type DeliveryType = EventType | 'endpoint.test'

/**
 * Why we got no answer from an endpoint. `address`: we did not call the endpoint, because its address is not allowed.
 */
export type SendFailure = 'address' | 'unreachable' | 'timeout'

export interface Attempt {
  at: number
  ms: number
  /** the HTTP status of the endpoint's answer; null: no answer */
  status: number | null
  /** the first 200 characters of the endpoint's answer */
  answer: string
  failure: SendFailure | null
}

export interface Delivery {
  /** the event's id, @ and the endpoint's id, so that the same event makes only one delivery to an endpoint */
  _id: string
  version: number
  endpoint: string
  eventId: string
  type: DeliveryType
  /**
   * the number of the order or contract that the event is about; a test event is about neither, so it carries the id of
   * the endpoint that receives it
   */
  subject: string
  /** when the event happened */
  at: number
  createdAt: number
  /** the text that we sign and send, the same at every try; for a `bgUrl`, the call's parameters as JSON */
  body: string
  /** the `bgUrl` that we call; absent: we call the endpoint's own address */
  url?: string
  state: DeliveryState
  /** when we next try this delivery; null: never */
  dueAt: number | null
  /** how often this delivery has failed since its first try; if staff sent it again, since then */
  tries: number
  /** the latest tries, oldest first */
  attempts: Attempt[]
}

/**
 * The id of a delivery. It is the same for the same event and endpoint, so that a repeated event makes no second
 * delivery.
 */
export const deliveryId = (eventId: string, endpoint: string): string => `${eventId}@${endpoint}`

/** A new delivery that was never tried. It is due at once. */
export const newDelivery = (
  about: Pick<Delivery, 'endpoint' | 'eventId' | 'type' | 'subject' | 'at' | 'body' | 'url'>,
  now: number,
): Delivery => ({
  _id: deliveryId(about.eventId, about.endpoint),
  version: 1,
  ...about,
  createdAt: now,
  state: 'waiting',
  dueAt: now,
  tries: 0,
  attempts: [],
})

const attemptsKept = 10
const answerLetters = 200

// biome-ignore lint/suspicious/noControlCharactersInRegex: the answer may hold any byte, and pages show it
const unprintable = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+/g

/** The part of an endpoint's answer that we store: its first printable characters. */
export const answerKept = (text: string): string =>
  Array.from(text.replace(unprintable, ' ').trim()).slice(0, answerLetters).join('')

/**
 * Takes the right to send a due delivery. The lease is longer than one try. If the sender is killed, the delivery is
 * due again when the lease ends.
 */
export const leaseDelivery = (delivery: Delivery, now: number): Delivery => ({
  ...delivery,
  version: delivery.version + 1,
  dueAt: now + leaseMs,
})

/** Records one try of a delivery, and when to try again. @param chance a random number from 0 to 1 */
export function afterTry(delivery: Delivery, attempt: Attempt, isSuccess: boolean, chance: number): Delivery {
  const tries = isSuccess ? delivery.tries : delivery.tries + 1
  const dueAt = isSuccess ? null : nextTryAt(tries, attempt.at + attempt.ms, chance)
  return {
    ...delivery,
    version: delivery.version + 1,
    state: isSuccess ? 'done' : dueAt === null ? 'failed' : 'waiting',
    dueAt,
    tries,
    attempts: [...delivery.attempts, attempt].slice(-attemptsKept),
  }
}

/** Since when all tries of a delivery have failed; undefined if its last try succeeded. */
export const failsSince = ({ state, attempts, tries }: Delivery): number | undefined =>
  state === 'done' ? undefined : attempts[attempts.length - tries]?.at

/** Begins a delivery again, even if it succeeded before. The receiver recognises the repeat by the event's id. */
export const replayed = (delivery: Delivery, now: number): Delivery => ({
  ...delivery,
  version: delivery.version + 1,
  state: 'waiting',
  dueAt: now,
  tries: 0,
})

/** Stops a delivery because its endpoint is switched off. Staff decide whether to send it again. */
export const stopped = (delivery: Delivery): Delivery => ({
  ...delivery,
  version: delivery.version + 1,
  state: 'failed',
  dueAt: null,
})
