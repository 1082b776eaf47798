// The panel for choosing what happens in the next payment at each provider's fake server, and whether the payments
// after it do the same.

import { h } from '../../../../packages/miniprogram-web/src/browser/element'
import { get, post } from '../backend'
import { panel, unavailable } from './panel'
import { isEnglish, words } from './words'

const settleTime = 150

interface SandboxState {
  keep: boolean
  providers: {
    provider: string
    name: string
    scenarios: { id: string; label: string; labelEn: string }[]
    next: string
  }[]
}

export function sandboxPanel() {
  const body = h('div', { class: 'stack' })
  const note = h('p', { class: 'quiet', role: 'status' })
  const keep = h('input', { type: 'checkbox' })
  const selects = new Map<string, HTMLSelectElement>()
  let timer: ReturnType<typeof setTimeout> | undefined

  const send = (change: object) => {
    note.textContent = ''
    post('/local/sandbox', change)
      .then((state) => show(state as SandboxState))
      .catch((error: Error) => {
        note.textContent = error.message
      })
  }
  keep.addEventListener('change', () => send({ keep: keep.checked }))

  function choice({ provider, name, scenarios }: SandboxState['providers'][number]): HTMLElement {
    const select = h(
      'select',
      {},
      ...scenarios.map(({ id, label, labelEn }) => h('option', { value: id }, isEnglish ? labelEn : label)),
    )
    select.addEventListener('change', () => send({ provider, scenario: select.value }))
    selects.set(provider, select)
    return h('label', { class: 'choice' }, h('span', { class: 'quiet' }, name), select)
  }
  // Keep the select elements, because replacing one would close its open list.
  const show = (state: SandboxState) => {
    if (selects.size === 0)
      body.replaceChildren(...state.providers.map(choice), h('label', { class: 'row' }, keep, words.keep))
    keep.checked = state.keep
    for (const { provider, next } of state.providers) {
      const select = selects.get(provider)
      if (select) select.value = next
    }
  }
  const read = () =>
    get('/local/sandbox').then(
      (state) => show(state as SandboxState),
      () => {
        if (selects.size === 0) body.replaceChildren(unavailable())
      },
    )
  /** Reads the scenarios again, because a payment may have used one up. Several events of one step cause one read. */
  const refresh = () => {
    clearTimeout(timer)
    timer = setTimeout(() => void read(), settleTime)
  }
  void read()
  window.addEventListener('focus', refresh)
  window.addEventListener('preview-paid', refresh)
  return { element: panel(words.sheet, body, h('p', { class: 'quiet' }, words.sheetHint), note), refresh }
}
