// The panel that chooses the result of the next contract signing.
import { h } from '../../../../packages/miniprogram-web/src/browser/element'
import { chooseSigning, nextSigning, signingScenarios } from '../signingScenario'
import { panel } from './panel'
import { words } from './words'

export function signingPanel(): HTMLElement {
  const select = h(
    'select',
    { 'aria-label': words.signing },
    ...signingScenarios.map((one) => h('option', { value: one }, words.signings[one])),
  )
  const show = () => {
    select.value = nextSigning()
  }
  show()
  select.addEventListener('change', () => {
    const chosen = signingScenarios.find((one) => one === select.value)
    if (chosen) chooseSigning(chosen)
  })
  // After one signing the chosen scenario no longer applies, so show the default again.
  window.addEventListener('preview-signed', show)
  return panel(words.signing, select, h('p', { class: 'quiet' }, words.signingHint))
}
