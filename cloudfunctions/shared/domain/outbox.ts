// What other systems of the merchant must be told, and when. An event is part of the write that makes it true, so
// nothing can happen without being told, and nothing is told that did not happen.
import { dayMs } from './period'

/** The names are a public interface: docs/webhooks.md lists them. */
export const eventTypes = [
  'order.paid',
  'order.closed',
  'order.overpaid',
  'refund.done',
  'refund.failed',
  'contract.signed',
  'contract.charged',
  'contract.past_due',
  'contract.ended',
] as const

export type EventType = (typeof eventTypes)[number]

export interface OutboxEntry {
  /** counts the events of one document from 1; part of the event's id, so a repeat has the same id */
  seq: number
  type: EventType
  at: number
  /** the payment, refund or order of the event, if it is not about the document as a whole */
  no?: string
}

/** The fields of an order or contract from which other systems are told. */
export interface Telling {
  _id: string
  version: number
  /** the events that are not yet handed over to deliveries; absent: none */
  outbox?: OutboxEntry[]
  /** the number of the document's last event; absent: no event yet */
  outboxSeq?: number
  /** when the timer hands the events over, or null */
  outboxAt?: number | null
}

/** An event before it has its number. */
export type Happening = Pick<OutboxEntry, 'type' | 'no'>

// The call that wrote the event tells it at once. The timer leaves the event to that call for this long.
const ownMs = 15_000

/** Adds events to the document that is about to be written. */
export function withEvents<T extends Telling>(document: T, happened: readonly Happening[], now: number): T {
  if (happened.length === 0) return document
  const { outbox = [], outboxSeq = 0, outboxAt } = document
  return {
    ...document,
    outbox: [...outbox, ...happened.map((one, index) => ({ seq: outboxSeq + index + 1, ...one, at: now }))],
    outboxSeq: outboxSeq + happened.length,
    outboxAt: outboxAt ?? now + ownMs,
  }
}

/** The document without the events up to a number: they are handed over. */
export function handedOver<T extends Telling>(document: T, seq: number): T {
  const outbox = (document.outbox ?? []).filter((entry) => entry.seq > seq)
  const outboxAt = outbox.length > 0 ? (document.outboxAt ?? null) : null
  return { ...document, version: document.version + 1, outbox, outboxAt }
}

/** The id of an event: other systems recognise a repeat by it. */
export const eventId = ({ _id }: Telling, { seq }: OutboxEntry): string => `${_id}.${seq}`

const second = 1_000
const minute = 60 * second
const hour = 60 * minute

// The waits after the first failed try, the second and so on, as the Standard Webhooks page proposes them
// (github.com/standard-webhooks/standard-webhooks, spec, "Deliverability and reliability"): three days in all.
const waits = [
  5 * second,
  5 * minute,
  30 * minute,
  2 * hour,
  5 * hour,
  10 * hour,
  14 * hour,
  20 * hour,
  24 * hour,
] as const

/**
 * When to try a delivery again, in epoch ms; null: no more, a person decides.
 * @param tries the failed tries so far
 * @param chance a random number from 0 to 1: each wait is up to a tenth shorter or longer
 */
export function nextTryAt(tries: number, now: number, chance: number): number | null {
  const wait = waits[tries - 1]
  return wait === undefined ? null : now + Math.round(wait * (0.9 + 0.2 * chance))
}

// An endpoint that has only failed for this long is switched off.
const patienceMs = 5 * dayMs

/** Whether an endpoint that has failed since a time, without one success, is given up. */
export const isGivenUp = (failingSince: number, now: number): boolean => now - failingSince >= patienceMs
