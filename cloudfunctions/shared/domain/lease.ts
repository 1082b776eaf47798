// A lease: the timer run that succeeds in writing it works on the document. Other runs see the document as not due.
import { dayMs } from './period'

export const leaseMs = 60_000

interface Leasable {
  version: number
  /** number of leases since the last progress */
  tries: number
  dueAt: number | null
}

/** Leases a due document. A document that keeps failing becomes due at longer and longer intervals, at most one day. */
export function takeLease<T extends Leasable>(document: T, now: number): T & { dueAt: number } {
  // A damaged document may lack `tries`. It must still become due again, and finally be listed as a case.
  const tries = (Number.isSafeInteger(document.tries) ? document.tries : 0) + 1
  const waitMs = Math.min(leaseMs * 2 ** Math.max(0, tries - 3), dayMs)
  return { ...document, version: document.version + 1, tries, dueAt: now + waitMs }
}
