// What the next payment does at each provider's sandbox twin.
import { get, post } from '../backend'
import { h } from '../element'
import { panel, unavailable } from './panel'
import { isEnglish, words } from './words'

interface SandboxState {
  providers: {
    provider: string
    name: string
    scenarios: { id: string; label: string; labelEn: string }[]
    next: string
  }[]
}

export function sandboxPanel(): HTMLElement {
  const body = h('div', { class: 'stack' })
  const note = h('p', { class: 'quiet', role: 'status' })
  const show = (state: SandboxState) => {
    body.replaceChildren(
      ...state.providers.map(({ provider, name, scenarios, next }) => {
        const select = h(
          'select',
          {},
          ...scenarios.map(({ id, label, labelEn }) =>
            h('option', { value: id, selected: id === next }, isEnglish ? labelEn : label),
          ),
        )
        select.addEventListener('change', () => {
          const failed = (error: Error) => {
            note.textContent = error.message
          }
          note.textContent = ''
          post('/local/sandbox', { provider, scenario: select.value }).catch(failed)
        })
        return h('label', { class: 'choice' }, h('span', { class: 'quiet' }, name), select)
      }),
    )
  }
  const refresh = () =>
    get('/local/sandbox').then(
      (state) => show(state as SandboxState),
      () => body.replaceChildren(unavailable()),
    )
  void refresh()
  // A scenario is used up by the payment that meets it.
  window.addEventListener('focus', () => void refresh())
  window.addEventListener('preview-paid', () => void refresh())
  return panel(words.sheet, body, h('p', { class: 'quiet' }, words.sheetHint), note)
}
