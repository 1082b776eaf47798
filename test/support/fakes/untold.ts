/**
 * Returns an order or contract without the fields for event delivery, which the timer may change at any moment. For
 * tests that compare a document before and after an action.
 */
export function untold<T extends object>(document: T): object {
  const {
    version: _version,
    outbox: _outbox,
    outboxAt: _outboxAt,
    ...rest
  } = document as T & {
    version?: unknown
    outbox?: unknown
    outboxAt?: unknown
  }
  return rest
}
