// The emulator's clock, in Beijing time, and the buttons that move it.

import { h } from '../../../../packages/miniprogram-web/src/browser/element'
import { get, post } from '../backend'
import { panel, unavailable } from './panel'
import { isEnglish, words } from './words'

const minute = 60_000
const moveTimeout = 300_000
const steps = [
  { ms: minute, zh: '+1 分钟', en: '+1 min' },
  { ms: 10 * minute, zh: '+10 分钟', en: '+10 min' },
  { ms: 60 * minute, zh: '+1 小时', en: '+1 h' },
  { ms: 24 * 60 * minute, zh: '+1 天', en: '+1 day' },
  { ms: 30 * 24 * 60 * minute, zh: '+30 天', en: '+30 days' },
]

const beijing = new Intl.DateTimeFormat('sv-SE', {
  timeZone: 'Asia/Shanghai',
  dateStyle: 'short',
  timeStyle: 'medium',
})

export const beijingTime = (at: number): string => beijing.format(at)

function offsetText(offsetMs: number): string {
  const minutes = Math.round(offsetMs / minute)
  if (minutes === 0) return words.onTime
  const days = Math.floor(minutes / 1440)
  const hours = Math.floor((minutes % 1440) / 60)
  const units = isEnglish ? ['d', 'h', 'min'] : ['天', '小时', '分钟']
  const parts = [days, hours, minutes % 60].flatMap((count, index) => (count > 0 ? [`${count} ${units[index]}`] : []))
  return `${words.ahead} ${parts.join(' ')}`
}

export function clockPanel(): HTMLElement {
  const now = h('output', { class: 'clock', 'aria-label': words.clock })
  const offset = h('p', { class: 'quiet' })
  const bar = h('div', { class: 'busy', role: 'progressbar', 'aria-label': words.running, hidden: true })
  const custom = h('input', { type: 'number', min: 1, max: 525_600, step: 1, value: 5, 'aria-label': words.custom })
  const buttons = steps.map(({ ms, zh, en }) =>
    h('button', { type: 'button', onclick: () => void advance(ms) }, isEnglish ? en : zh),
  )
  const form = h('form', { class: 'row' }, custom, h('span', {}, words.minutes), h('button', {}, words.advance))
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    const minutes = Math.floor(custom.valueAsNumber)
    if (minutes > 0) void advance(minutes * minute)
  })
  const controls = h('div', { class: 'stack' }, h('div', { class: 'row' }, ...buttons), form)
  let ahead: number | undefined

  const show = (state: { now: number; offsetMs: number }) => {
    ahead = state.now - Date.now()
    offset.textContent = `${isEnglish ? 'Beijing time, ' : '北京时间，'}${offsetText(state.offsetMs)}`
    tick()
  }
  const tick = () => {
    if (ahead !== undefined) now.textContent = beijingTime(Date.now() + ahead)
  }
  async function advance(ms: number): Promise<void> {
    bar.hidden = false
    controls.inert = true
    try {
      await post('/local/clock', { advanceMs: ms }, moveTimeout)
      window.dispatchEvent(new Event('preview-clock'))
    } catch (error) {
      console.error(error)
    }
    controls.inert = false
    bar.hidden = true
    await read()
  }
  const read = () =>
    get('/local/clock').then(
      (state) => show(state as { now: number; offsetMs: number }),
      () => {
        controls.replaceChildren(unavailable())
      },
    )
  void read()
  setInterval(tick, 1000)
  window.addEventListener('focus', () => void read())
  return panel(words.clock, now, offset, bar, controls, h('p', { class: 'quiet' }, words.clockHint))
}
