// What passes between phone, functions, database, providers and notices, drawn as it happens: one arrow per event,
// grouped by flow. The server tells the latest events again to a page that was loaded anew.
import { h } from '../element'
import { listen } from '../stream'
import { beijingTime } from './clockPanel'
import { orderNoShape } from './orderPanel'
import { words } from './words'

export interface TraceEvent {
  id: string | number
  at: number
  from: string
  to: string
  what: string
  ms?: number
  ok: boolean
  detail?: unknown
  flow?: string
}

type Lane = keyof typeof words.lanes

const laneOrder: Lane[] = ['phone', 'function', 'database', 'provider', 'notice']
const laneOf = new Map<string, Lane>([
  ['phone', 'phone'],
  ['order', 'function'],
  ['contract', 'function'],
  ['admin', 'function'],
  ['timer', 'function'],
  ['clock', 'function'],
  ['database', 'database'],
  ['notify', 'notice'],
])
const kept = 400
const clearedKey = 'desk:trace-cleared'

/** A name that is none of ours is a provider's. */
const columnOf = (name: string): number => laneOrder.indexOf(laneOf.get(name) ?? 'provider')

interface Group {
  element: HTMLElement
  rows: HTMLElement
  count: HTMLElement
  flow: string
}

export function tracePanel(options: { onOrder(orderNo: string): void; onWrite(): void }): HTMLElement {
  const events: TraceEvent[] = []
  const held: TraceEvent[] = []
  const seen = new Set<string>()
  let clearedUntil = Number(sessionStorage.getItem(clearedKey) ?? 0)
  let isPaused = false
  let last: Group | undefined

  const canvas = h('div', { class: 'canvas' })
  const list = h('div', { class: 'flows', role: 'log', 'aria-label': words.trace, tabindex: 0 }, canvas)
  const empty = h('p', { class: 'quiet empty' }, words.traceEmpty)
  const pause = h(
    'button',
    { type: 'button', 'aria-pressed': 'false', onclick: () => setPaused(!isPaused) },
    words.pause,
  )
  const filter = h('input', {
    type: 'search',
    placeholder: words.filter,
    'aria-label': words.filter,
    oninput: () => draw(),
  })
  const onlyErrors = h('input', { type: 'checkbox', onchange: () => draw() })
  const toolbar = h(
    'div',
    { class: 'row toolbar' },
    filter,
    h('label', {}, onlyErrors, words.onlyErrors),
    pause,
    h('button', { type: 'button', onclick: () => clear() }, words.clear),
  )
  const lanes = h(
    'div',
    { class: 'lanes', 'aria-hidden': 'true' },
    ...laneOrder.map((lane) => h('span', {}, words.lanes[lane])),
  )
  const panel = h(
    'section',
    { class: 'trace', 'aria-label': words.trace },
    h('div', { class: 'row head' }, h('h2', {}, words.trace), toolbar),
    lanes,
    list,
  )

  // Numbers begin at 1 again when the server does, so a number alone does not tell an event.
  function accept(event: TraceEvent): void {
    const key = `${event.id} ${event.at}`
    if (seen.has(key) || event.at <= clearedUntil) return
    seen.add(key)
    if (isPaused) {
      held.push(event)
      pause.textContent = `${words.resume} (${held.length} ${words.held})`
    } else take(event)
  }

  function take(event: TraceEvent): void {
    events.push(event)
    if (events.length > kept) events.shift()
    append(event)
    if (event.to === 'database') options.onWrite()
  }

  function setPaused(paused: boolean): void {
    isPaused = paused
    pause.setAttribute('aria-pressed', String(paused))
    pause.textContent = paused ? words.resume : words.pause
    if (paused) return
    for (const event of held.splice(0)) take(event)
  }

  function clear(): void {
    clearedUntil = Math.max(clearedUntil, ...[...events, ...held].map((event) => event.at))
    sessionStorage.setItem(clearedKey, String(clearedUntil))
    events.length = 0
    held.length = 0
    draw()
  }

  function isShown(event: TraceEvent): boolean {
    if (onlyErrors.checked && event.ok) return false
    const wanted = filter.value.trim().toLowerCase()
    return wanted === '' || JSON.stringify(event).toLowerCase().includes(wanted)
  }

  function draw(): void {
    last = undefined
    canvas.replaceChildren(empty)
    for (const event of events) append(event)
  }

  function append(event: TraceEvent): void {
    if (!isShown(event)) return
    empty.remove()
    const isAtEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 80
    const flow = event.flow ?? ''
    if (last?.flow !== flow) {
      last = startGroup(flow, event.at)
      canvas.append(last.element)
    }
    last.rows.append(row(event))
    last.count.textContent = String(last.rows.childElementCount)
    if (isAtEnd) list.scrollTop = list.scrollHeight
  }

  function startGroup(flow: string, at: number): Group {
    const orderNo = orderNoShape.exec(flow)?.[0]
    const name = orderNo
      ? h('button', { type: 'button', class: 'link', onclick: () => options.onOrder(orderNo) }, flow)
      : h('b', {}, flow || words.other)
    const count = h('small', { class: 'count' })
    const rows = h('ol', {})
    const element = h('section', { class: 'flow' }, h('h3', {}, name, h('time', {}, beijingTime(at)), count), rows)
    return { element, rows, count, flow }
  }

  draw()
  listen(
    '/local/trace',
    (data) => {
      try {
        accept(JSON.parse(data) as TraceEvent)
      } catch (error) {
        console.error(error)
      }
    },
    () => {
      empty.textContent = words.unavailable
    },
  )
  return panel
}

function row(event: TraceEvent): HTMLElement {
  const from = columnOf(event.from)
  const to = columnOf(event.to)
  const left = Math.min(from, to)
  const right = Math.max(from, to)
  const way = from === to ? 'self' : from < to ? 'right' : 'left'
  const label = h(
    'span',
    { class: 'label' },
    h('span', { class: 'what' }, event.what),
    event.ms === undefined ? undefined : h('small', {}, `${Math.round(event.ms)} ms`),
  )
  const arrow = h('span', { class: `arrow ${way}`, 'aria-hidden': 'true' })
  // Lanes are the middles of five equal columns, so an arrow starts and ends half a column in.
  arrow.style.setProperty('--from', String(left + 0.5))
  arrow.style.setProperty('--span', String(right - left))
  label.style.setProperty('--middle', String((left + right + 1) / 2))
  const names = `${event.from} → ${event.to}`
  const summary = h('summary', { title: names, 'aria-label': `${names}: ${event.what}` }, label, arrow)
  const detail = event.detail === undefined ? names : `${names}\n${JSON.stringify(event.detail, null, 2)}`
  return h('li', { class: event.ok ? '' : 'failed' }, h('details', {}, summary, h('pre', {}, detail)))
}
