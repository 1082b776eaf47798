// The devtools' calendar of one contract: its pre-debit notices, attempts, charges and failures by day, and the next
// time that it needs work. It reads the contract again after each write to the database.

import { dayMs, dayOf } from '../../../../miniprogram/rules/beijing'
import { h } from '../../../../packages/miniprogram-web/src/browser/element'
import { get, terminate } from '../backend'
import { beijingTime } from './clockPanel'
import { panel } from './panel'
import { words } from './words'

const settleTime = 150

type Mark = keyof typeof words.marks

interface Stored {
  _id: string
  state: string
  dueAt: number | null
  history: { at: number; what: string; detail: string }[]
}

const isMark = (what: string): what is Mark => Object.hasOwn(words.marks, what)

export function contractPanel() {
  const field = h('input', {
    name: 'contractNo',
    placeholder: words.contractNo,
    'aria-label': words.contractNo,
    spellcheck: 'false',
  })
  const form = h('form', { class: 'row' }, field, h('button', {}, words.show))
  const body = h('div', {}, h('p', { class: 'quiet' }, words.contractHint))
  let current = ''
  let timer: ReturnType<typeof setTimeout> | undefined

  async function read(): Promise<void> {
    const asked = current
    if (!asked) return
    try {
      const stored = (await get(`/local/contracts/${encodeURIComponent(asked)}`)) as Stored
      if (asked === current) body.replaceChildren(...draw(stored))
    } catch {
      if (asked === current) body.replaceChildren(h('p', { class: 'quiet' }, words.noContract))
    }
  }
  function choose(contractNo: string): void {
    current = contractNo
    field.value = contractNo
    void read()
  }
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    choose(field.value.trim())
  })
  return {
    element: panel(words.contract, form, body),
    choose,
    /** Called after a database write. Several writes of one step cause one read. */
    refresh() {
      clearTimeout(timer)
      timer = setTimeout(() => void read(), settleTime)
    },
  }
}

const lives = new Set(['active', 'pastDue'])

function draw({ _id, state, dueAt, history }: Stored): HTMLElement[] {
  const days = new Map<number, { what: Mark; at: number; detail: string }[]>()
  const mark = (what: Mark, at: number, detail: string) => {
    const day = dayOf(at)
    days.set(day, [...(days.get(day) ?? []), { what, at, detail }])
  }
  for (const { at, what, detail } of history) if (isMark(what)) mark(what, at, detail)
  if (dueAt !== null) mark('due', dueAt, '')
  const months = new Map<string, number[]>()
  for (const day of [...days.keys()].sort((a, b) => a - b)) {
    const month = new Date(day * dayMs).toISOString().slice(0, 7)
    months.set(month, [...(months.get(month) ?? []), day])
  }
  return [
    h('p', { class: 'quiet' }, h('b', {}, state), dueAt === null ? '' : ` · ${words.nextWork} ${beijingTime(dueAt)}`),
    ...(lives.has(state)
      ? [h('p', {}, h('button', { type: 'button', onclick: () => void terminate(_id) }, words.terminate))]
      : []),
    h(
      'p',
      { class: 'legend', 'aria-hidden': 'true' },
      ...(['announced', 'tried', 'charged', 'chargeFailed', 'due'] as const).map((what) =>
        h('span', { class: 'legend-mark' }, h('i', { class: `mark mark-${what}` }), words.marks[what]),
      ),
    ),
    ...[...months.keys()].reverse().map((month) => drawMonth(month, days)),
  ]
}

// The days of a month, one row per week, Monday first. Each day shows all its events.
function drawMonth(month: string, days: Map<number, { what: Mark; at: number; detail: string }[]>): HTMLElement {
  const first = Date.parse(`${month}-01T00:00:00Z`) / dayMs
  const next = new Date(first * dayMs)
  next.setUTCMonth(next.getUTCMonth() + 1)
  const length = next.getTime() / dayMs - first
  const gap = (new Date(first * dayMs).getUTCDay() + 6) % 7
  const cells = [
    ...Array.from({ length: gap }, () => h('span', {})),
    ...Array.from({ length }, (_, index) => drawDay(index + 1, days.get(first + index) ?? [])),
  ]
  return h(
    'figure',
    { class: 'month', 'aria-label': month },
    h('figcaption', {}, month),
    h('div', { class: 'days' }, ...cells),
  )
}

function drawDay(number: number, marks: { what: Mark; at: number; detail: string }[]): HTMLElement {
  const told = marks
    .map(({ what, at, detail }) => `${beijingTime(at)} ${words.marks[what]} ${detail}`.trim())
    .join('\n')
  return h(
    'span',
    { class: marks.length > 0 ? 'day busy-day' : 'day', ...(told && { title: told, 'aria-label': told }) },
    String(number),
    h('span', { class: 'marks' }, ...marks.map(({ what }) => h('i', { class: `mark mark-${what}` }))),
  )
}
