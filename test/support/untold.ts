/**
 * An order or contract without what the timer changes at any moment: it hands events over to other systems and empties
 * the outbox. For tests that compare a document before and after.
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
