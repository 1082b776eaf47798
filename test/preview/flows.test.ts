// Tests that the trace shows a payment's events in the order in which they began, although each event is reported at
// its end.
import { groupEvents, laneNamed, type TraceEvent } from '../../tools/preview/browser/desk/flows'

let id = 0
const event = (from: string, to: string, what: string, at: number, ms: number, flow?: string): TraceEvent => ({
  id: id++,
  at,
  from,
  to,
  what,
  ms,
  ok: true,
  ...(flow !== undefined && { flow }),
})
const told = (events: TraceEvent[]) => groupEvents(events).map((group) => group.map(({ what }) => what))

test('a call comes before the events that it caused, and the provider that it called is inside', () => {
  const events = [
    event('order', 'database', 'read', 1010, 1, 'f1'),
    event('functions', 'midas', 'unified_order', 1050, 30),
    event('order', 'database', 'update', 1060, 2, 'f1'),
    event('phone', 'order', 'pay', 1065, 60, 'f1'),
  ]
  expect(told(events)).toEqual([['pay', 'read', 'unified_order', 'update']])
})

test('a notification is grouped with the call of the function that received it', () => {
  const events = [
    event('notify', 'database', 'update', 2030, 2, 'f2'),
    event('http', 'notify', '/notify/midas', 2040, 30, 'f2'),
    event('midas', 'notify', 'notice', 2042, 36),
  ]
  expect(told(events)).toEqual([['notice', '/notify/midas', 'update']])
})

test('events of the phone itself, and calls at other times, are separate flows in order', () => {
  const events = [
    event('phone', 'order', 'read', 3100, 10, 'f4'),
    event('phone', 'midas', 'sheet', 3050, 0),
    event('phone', 'order', 'create', 3020, 10, 'f3'),
    event('functions', 'midas', 'query_order', 9000, 5),
  ]
  expect(told(events)).toEqual([['create'], ['sheet'], ['read'], ['query_order']])
})

test('an unknown name is a provider', () => {
  expect(['phone', 'timer', 'database', 'notify', 'paymax'].map(laneNamed)).toEqual([
    'phone',
    'function',
    'database',
    'notice',
    'provider',
  ])
})
