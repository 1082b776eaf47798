// Counts how often each rare state occurred. The run fails if a rare state never occurred, because such a run proves
// nothing about it.

export const rareStates = [
  'lost reply of a write',
  'write that never arrived',
  'write that lands after its caller gave up',
  'process that died between two awaits',
  'process that died between sending a refund and storing its result',
  'lost insert that had landed',
  'late money on a closed order',
  'overpayment',
  'two payments of one order',
  'notice with a wrong amount',
  'forged notice',
  'notice that came twice',
  'notice that came again long after',
  'call that hung on its way',
  'database that takes no writes',
  'database that takes no new documents',
  'two timers at once',
  'timer stopped for days',
  'lease taken over',
  'clock that differs by minutes',
  'clock that jumped back',
  'stale settings',
  'stale catalogue',
  'declined attempt that was paid',
  'one number charged twice',
  'two refunds asked at once',
  'refund that failed',
  'refund made outside',
  'order closed without the provider’s word',
  'provider switched off',
  'keys renewed',
  'another merchant of a provider',
  'settings ended by hand',
  'person called',
  'debit that found no money',
  'contract signed by a stranger',
  'number of a charge taken by a shopper',
  'charge paid by hand',
  'bill that differs from our record',
  'difference that was repaired',
  'money near midnight that waits for the next bill',
  'endpoint that is down',
  'endpoint that was switched off by itself',
  'delivery that was given up',
  'event that another system heard twice',
  'request sent twice at once',
  'connected system that heard of its payment',
] as const

export type RareState = (typeof rareStates)[number]

export class Reached {
  readonly counts = new Map<RareState, number>()

  add(state: RareState, times = 1): void {
    this.counts.set(state, (this.counts.get(state) ?? 0) + times)
  }

  /** The states that never occurred. */
  missing(): RareState[] {
    return rareStates.filter((state) => !this.counts.has(state))
  }
}
