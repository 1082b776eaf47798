// Sorts traced events for the trace panel: which events belong to one flow, and in which column (lane) the panel shows
// each program.

export interface TraceEvent {
  id: string | number
  /** when the event ended */
  at: number
  from: string
  to: string
  what: string
  ms?: number
  ok: boolean
  detail?: unknown
  /** the id of the flow: all events that one call of a function has caused share it */
  flow?: string
}

export type Lane = 'phone' | 'function' | 'database' | 'provider' | 'notice'

export const laneOrder: Lane[] = ['phone', 'function', 'database', 'provider', 'notice']
const laneOf = new Map<string, Lane>([
  ['phone', 'phone'],
  ['order', 'function'],
  ['contract', 'function'],
  ['admin', 'function'],
  ['timer', 'function'],
  ['functions', 'function'],
  ['clock', 'function'],
  ['agenda', 'function'],
  ['database', 'database'],
  ['notify', 'notice'],
])
/** The lane of a program. A name that the table does not have is a provider's. */
export const laneNamed = (name: string): Lane => laneOf.get(name) ?? 'provider'

const beganAt = (event: TraceEvent): number => event.at - (event.ms ?? 0)

const isEntry = (event: TraceEvent): boolean =>
  ['function', 'notice'].includes(laneNamed(event.to)) && !['function', 'notice'].includes(laneNamed(event.from))

/**
 * Groups the events by flow. Each group begins with the call that started the flow. A provider's events have no flow
 * id, because the provider does not know our ids. Such an event goes into the flow that was running when the event
 * happened, or into a flow that ran while the event lasted.
 */
export function groupEvents(events: TraceEvent[]): TraceEvent[][] {
  const flows = new Map<string, TraceEvent[]>()
  for (const event of events) {
    if (event.flow === undefined) continue
    const flow = flows.get(event.flow)
    if (flow) flow.push(event)
    else flows.set(event.flow, [event])
  }
  const spans = [...flows.values()].map((group) => ({
    group,
    from: Math.min(...group.map(beganAt)) - 1,
    to: Math.max(...group.map((event) => event.at)) + 1,
  }))
  const alone: TraceEvent[][] = []
  for (const event of events) {
    if (event.flow !== undefined) continue
    const home = spans.find(
      ({ from, to }) =>
        (beganAt(event) >= from && event.at <= to) || (beganAt(event) <= from + 2 && event.at >= to - 2),
    )
    if (home && laneNamed(event.from) !== 'phone') home.group.push(event)
    else alone.push([event])
  }
  const groups = [...flows.values(), ...alone]
  for (const group of groups) {
    group.sort((a, b) => Number(isEntry(b)) - Number(isEntry(a)) || beganAt(a) - beganAt(b))
  }
  return groups.sort((a, b) => beganAt(a[0] as TraceEvent) - beganAt(b[0] as TraceEvent))
}
