// The outbox: events about orders and contracts for other systems of the merchant. We write an event together with the
// change that causes it, so that no event gets lost and no event reports a change that was not stored.
import { dayMs } from '../../../miniprogram/rules/beijing'

/** The names of the events for other systems. They are a public interface, listed in docs/webhooks.md. */
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
  /**
   * counts the events of one document from 1. The event's id contains this number, so that other systems recognise a
   * repeated event
   */
  seq: number
  type: EventType
  at: number
  /**
   * the number of the payment, refund or order that the event is about; absent: the event is about the document as a
   * whole
   */
  no?: string
}

/** The fields of an order or contract that hold its events for other systems. */
export interface Telling {
  _id: string
  version: number
  /** the events for which we have not yet made deliveries to the endpoints; absent: none */
  outbox?: OutboxEntry[]
  /** the number of the document's last event; absent: no event yet */
  outboxSeq?: number
  /** when the timer makes deliveries of the events that are left in the outbox; null: the outbox is empty */
  outboxAt?: number | null
}

/** An event that has no number and time yet. */
export type Happening = Pick<OutboxEntry, 'type' | 'no'>

// The call that wrote an event also delivers it at once. So the timer leaves the event alone for this long (ms).
const ownMs = 15_000

/** Adds events to a document that the caller is about to write. */
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

/**
 * The fields that we write to a document after we have made deliveries of all its events.
 * @param version the document's version before this write
 */
export const handedOver = (version: number): Pick<Telling, 'version' | 'outbox' | 'outboxAt'> => ({
  version: version + 1,
  outbox: [],
  outboxAt: null,
})

/** The id of an event. It is the same in every delivery of the event, so that other systems recognise a repeat. */
export const eventId = ({ _id }: Telling, { seq }: OutboxEntry): string => `${_id}.${seq}`

const second = 1_000
const minute = 60 * second
const hour = 60 * minute

// How long to wait after the first failed try of a delivery, the second, and so on: three days in all, as the Standard
// Webhooks page proposes (github.com/standard-webhooks/standard-webhooks, spec, "Deliverability and reliability").
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
 * When to try a delivery again, epoch ms; null: we stop trying, and staff decide.
 * @param tries how often the delivery has failed so far
 * @param chance a random number from 0 to 1, which makes each wait up to a tenth shorter or longer, so that retries do
 * not come all at once
 */
export function nextTryAt(tries: number, now: number, chance: number): number | null {
  const wait = waits[tries - 1]
  return wait === undefined ? null : now + Math.round(wait * (0.9 + 0.2 * chance))
}

// We switch an endpoint off if all deliveries to it have failed for this long, and one of them for a day (endpoint.ts).
const patienceMs = 5 * dayMs

/** Whether every delivery to an endpoint since `failingSince` has failed for so long that the endpoint may be dead. */
export const isGivenUp = (failingSince: number, now: number): boolean => now - failingSince >= patienceMs
