// One event on its way to one endpoint: what a try leads to. Pure functions; the same object means: nothing to write.
import { leaseMs } from '../lease'
import { type EventType, nextTryAt } from '../outbox'

/** `failed`: no more tries, a person decides. */
export type DeliveryState = 'waiting' | 'done' | 'failed'

/** `endpoint.test` is sent by a person to see whether an endpoint answers. */
export type DeliveryType = EventType | 'endpoint.test'

/** Why nothing was answered. `address`: the address is one that we do not call. */
export type SendFailure = 'address' | 'unreachable' | 'timeout'

export interface Attempt {
  at: number
  ms: number
  /** the HTTP status; null: no answer */
  status: number | null
  /** the first 200 characters of the answer */
  answer: string
  failure: SendFailure | null
}

export interface Delivery {
  /** the event's id, @ and the endpoint's id: a second hand-over finds the first one's */
  _id: string
  version: number
  endpoint: string
  eventId: string
  type: DeliveryType
  /** the order's or contract's number; the endpoint's id for a test */
  subject: string
  /** the time of the event */
  at: number
  createdAt: number
  /** the text that is signed and sent, the same at every try; for a `bgUrl` the JSON of its parameters */
  body: string
  /** the `bgUrl`; absent: the endpoint's own address */
  url?: string
  state: DeliveryState
  /** when to try (again), or null */
  dueAt: number | null
  /** failed tries since it was last begun */
  tries: number
  /** the last tries, the oldest first */
  attempts: Attempt[]
}

/** The same event for the same endpoint has the same id, so that a second hand-over finds the first one's delivery. */
export const deliveryId = (eventId: string, endpoint: string): string => `${eventId}@${endpoint}`

/** A delivery that was never tried, due at once. */
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

/** The part of an answer that is kept. */
export const answerKept = (text: string): string =>
  Array.from(text.replace(unprintable, ' ').trim()).slice(0, answerLetters).join('')

/** Takes the right to send a due delivery. Longer than one try; after a kill the next run sends it again. */
export const leaseDelivery = (delivery: Delivery, now: number): Delivery => ({
  ...delivery,
  version: delivery.version + 1,
  dueAt: now + leaseMs,
})

/** The delivery after one try. @param chance a random number from 0 to 1 */
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

/** Begins a delivery anew, whatever became of it: the receiver knows a repeat by the event's id. */
export const replayed = (delivery: Delivery, now: number): Delivery => ({
  ...delivery,
  version: delivery.version + 1,
  state: 'waiting',
  dueAt: now,
  tries: 0,
})

/** The delivery of an endpoint that is switched off: it waits for a person. */
export const stopped = (delivery: Delivery): Delivery => ({
  ...delivery,
  version: delivery.version + 1,
  state: 'failed',
  dueAt: null,
})
