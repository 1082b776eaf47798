// Draws the trace: one arrow for each message between phone, functions, database and providers, grouped by flow. After
// a reload of the page the server sends the latest events again.
import { h } from '../../../../packages/miniprogram-web/src/browser/element'
import { listen } from '../../../../packages/miniprogram-web/src/browser/stream'
import { beijingTime } from './clockPanel'
import { groupEvents, laneNamed, laneOrder, type TraceEvent } from './flows'
import { orderNoShape } from './orderPanel'
import { words } from './words'

const kept = 400
// While the clock moves on by days, hundreds of events arrive in a second, and the browser needs long to lay out all
// rows. So the rows are drawn at most this often.
const drawEveryMs = 250
const clearedKey = 'desk:trace-cleared'

export function tracePanel(options: {
  onOrder(orderNo: string): void
  onWrite(): void
  onProvider(): void
}): HTMLElement {
  const events: TraceEvent[] = []
  const held: TraceEvent[] = []
  const seen = new Set<string>()
  let clearedUntil = Number(sessionStorage.getItem(clearedKey) ?? 0)
  let isPaused = false
  let drawing: ReturnType<typeof setTimeout> | undefined
  let drawnAt = Number.NEGATIVE_INFINITY

  const canvas = canvasOfFlows(options.onOrder)
  const list = h('div', { class: 'flows', role: 'log', 'aria-label': words.trace, tabindex: 0 }, canvas.element)
  const toEnd = followerOf(list)
  const empty = h('p', { class: 'quiet empty' }, words.traceEmpty)
  const { pause, filter, onlyErrors, panel } = panelAround(list, { drawSoon, clear, turn: () => setPaused(!isPaused) })

  function accept(event: TraceEvent): void {
    const key = keyOf(event)
    if (seen.has(key) || event.at <= clearedUntil) return
    seen.add(key)
    if (isPaused) {
      held.push(event)
      pause.textContent = `${words.resume} (${held.length} ${words.held})`
    } else take(event)
  }

  function take(event: TraceEvent): void {
    events.push(event)
    const dropped = events.length > kept ? events.shift() : undefined
    if (dropped) canvas.forget(dropped)
    if (event.to === 'database') options.onWrite()
    if (laneNamed(event.to) === 'provider') options.onProvider()
    drawSoon()
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
    canvas.clear()
    drawSoon()
  }

  function isShown(event: TraceEvent): boolean {
    if (onlyErrors.checked && event.ok) return false
    const wanted = filter.value.trim().toLowerCase()
    return wanted === '' || JSON.stringify(event).toLowerCase().includes(wanted)
  }

  function drawSoon(): void {
    if (drawing === undefined) drawing = setTimeout(draw, Math.max(0, drawnAt + drawEveryMs - performance.now()))
  }

  function draw(): void {
    drawing = undefined
    const groups = groupEvents(events)
      .map((group) => ({ group, shown: group.filter(isShown) }))
      .filter(({ shown }) => shown.length > 0)
    canvas.draw(groups)
    if (groups.length === 0) canvas.element.append(empty)
    toEnd()
    drawnAt = performance.now()
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

/**
 * Keeps a list at its end until the developer scrolls away from there, also when the list becomes smaller because
 * another panel grows.
 * @returns a function that scrolls to the end, unless the developer has scrolled away
 */
function followerOf(list: HTMLElement): () => void {
  let isFollowing = true
  let height = 0
  const toEnd = () => {
    if (isFollowing) list.scrollTop = list.scrollHeight
  }
  list.addEventListener('scroll', () => {
    // With another height the distance to the end says nothing about the developer.
    if (list.clientHeight === height) isFollowing = list.scrollHeight - list.scrollTop - height < 80
  })
  new ResizeObserver(() => {
    height = list.clientHeight
    toEnd()
  }).observe(list)
  return toEnd
}

/** The panel's frame: its title, its toolbar and the names of the lanes around the list of flows. */
function panelAround(list: HTMLElement, acts: { drawSoon(): void; clear(): void; turn(): void }) {
  const pause = h('button', { type: 'button', 'aria-pressed': 'false', onclick: acts.turn }, words.pause)
  const filter = h('input', {
    type: 'search',
    placeholder: words.filter,
    'aria-label': words.filter,
    oninput: acts.drawSoon,
  })
  const onlyErrors = h('input', { type: 'checkbox', onchange: acts.drawSoon })
  const toolbar = h(
    'div',
    { class: 'row toolbar' },
    filter,
    h('label', {}, onlyErrors, words.onlyErrors),
    pause,
    h('button', { type: 'button', onclick: acts.clear }, words.clear),
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
  return { pause, filter, onlyErrors, panel }
}

interface Flow {
  /** the keys of its rows */
  content: string
  element: HTMLElement
}

/**
 * The list of flows. A flow without a change stays untouched, and rows are used again, so that a row that the developer
 * has opened stays open.
 */
function canvasOfFlows(onOrder: (orderNo: string) => void) {
  const element = h('div', { class: 'canvas' })
  const rows = new Map<string, HTMLElement>()
  let flows = new Map<string, Flow>()

  function draw(groups: { group: TraceEvent[]; shown: TraceEvent[] }[]): void {
    flows = new Map(
      groups.map(({ group, shown }) => {
        const key = keyOf(group[0] as TraceEvent)
        const content = shown.map(keyOf).join()
        const known = flows.get(key)
        return [
          key,
          known?.content === content ? known : { content, element: section(group, shown, { rows, onOrder }) },
        ]
      }),
    )
    // Moving an element would start the fade of its new rows again, so leave those that are in their place.
    const wanted = new Set([...flows.values()].map((flow) => flow.element))
    for (const child of [...element.children]) if (!wanted.has(child as HTMLElement)) child.remove()
    let next = element.firstElementChild
    for (const one of wanted)
      if (one === next) next = next.nextElementSibling
      else element.insertBefore(one, next)
  }

  return {
    element,
    draw,
    forget: (event: TraceEvent): void => void rows.delete(keyOf(event)),
    clear: (): void => rows.clear(),
  }
}

/** One flow. */
function section(
  group: TraceEvent[],
  shown: TraceEvent[],
  { rows, onOrder }: { rows: Map<string, HTMLElement>; onOrder(orderNo: string): void },
): HTMLElement {
  const first = group[0] as TraceEvent
  const orderNo = orderNoShape.exec(JSON.stringify(group))?.[0]
  const title = h('b', {}, `${first.from} → ${first.to} · ${first.what}`)
  const link = orderNo && h('button', { type: 'button', class: 'link', onclick: () => onOrder(orderNo) }, orderNo)
  const time = h('time', {}, beijingTime(first.at))
  const list = h('ol', {})
  for (const event of shown) {
    const key = keyOf(event)
    const known = rows.get(key)
    // Only a row that was not there before fades in.
    known?.classList.remove('fresh')
    const drawn = known ?? row(event)
    rows.set(key, drawn)
    list.append(drawn)
  }
  return h('section', { class: 'flow' }, h('h3', {}, title, link, time), list)
}

// The numbers start again at 1 when the server restarts, so the key of an event also contains its time.
const keyOf = (event: TraceEvent): string => `${event.id} ${event.at}`

function row(event: TraceEvent): HTMLElement {
  const from = laneOrder.indexOf(laneNamed(event.from))
  // A log line has no receiver, so its row stays in the lane of the function.
  const to = event.to === 'log' ? from : laneOrder.indexOf(laneNamed(event.to))
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
  // The lanes are five columns of equal width. An arrow starts and ends in the middle of a column.
  arrow.style.setProperty('--from', String(left + 0.5))
  arrow.style.setProperty('--span', String(right - left))
  label.style.setProperty('--middle', String((left + right + 1) / 2))
  const names = `${event.from} → ${event.to}`
  const summary = h('summary', { title: names, 'aria-label': `${names}: ${event.what}` }, label, arrow)
  const detail =
    event.detail === undefined
      ? names
      : `${names}\n${typeof event.detail === 'string' ? event.detail : JSON.stringify(event.detail, null, 2)}`
  return h('li', { class: event.ok ? 'fresh' : 'fresh failed' }, h('details', {}, summary, h('pre', {}, detail)))
}
