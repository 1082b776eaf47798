// A lease reserves a due document for one run of the timer: the run that succeeds in writing the lease works on the
// document. For other runs the document is not due while the lease lasts.
import { dayMs } from '../../../miniprogram/rules/beijing'

export const leaseMs = 60_000

interface Leasable {
  version: number
  /** how many times a run of the timer has leased the document since the last progress */
  tries: number
  dueAt: number | null
}

/**
 * Leases a due document. If work on a document keeps failing, it becomes due after longer and longer waits, at most one
 * day.
 */
export function takeLease<T extends Leasable>(document: T, now: number): T & { dueAt: number } {
  // A damaged document may lack `tries`. Count from 0 then, so that the document becomes due again and staff finally
  // get a case.
  const tries = (Number.isSafeInteger(document.tries) ? document.tries : 0) + 1
  const waitMs = Math.min(leaseMs * 2 ** Math.max(0, tries - 3), dayMs)
  return { ...document, version: document.version + 1, tries, dueAt: now + waitMs }
}
