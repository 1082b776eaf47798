// A lease: whoever wins the write of it works on the document; for everybody else it is not due.
import { dayMs } from './period'

export const leaseMs = 60_000

interface Leasable {
  version: number
  /** how often it was taken since it last got on */
  tries: number
  dueAt: number | null
}

/** Takes a document that is due. What keeps failing comes back later and later, at last once a day. */
export function takeLease<T extends Leasable>(document: T, now: number): T & { dueAt: number } {
  // A broken document may have no tries at all; it must come back, and at last be listed, like everything else.
  const tries = (Number.isSafeInteger(document.tries) ? document.tries : 0) + 1
  const waitMs = Math.min(leaseMs * 2 ** Math.max(0, tries - 3), dayMs)
  return { ...document, version: document.version + 1, tries, dueAt: now + waitMs }
}
