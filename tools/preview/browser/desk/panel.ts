// The frame of each devtools panel: a heading, a body, and a line that shows when the local cloud does not answer.
import { h } from '../../../../packages/miniprogram-web/src/browser/element'
import { words } from './words'

export function panel(title: string, ...content: (Node | string)[]): HTMLElement {
  return h('section', { class: 'panel', 'aria-label': title }, h('h2', {}, title), ...content)
}

export const unavailable = (): HTMLElement => h('p', { class: 'quiet' }, words.unavailable)

let nextName = 0

/** Radio buttons drawn as a row of pills. */
export function pills<T extends string>(
  label: string,
  choices: { value: T; text: string }[],
  chosen: T,
  onChoice: (value: T) => void,
): HTMLElement {
  const name = `pills-${nextName++}`
  return h(
    'fieldset',
    { class: 'pills' },
    h('legend', {}, label),
    ...choices.map(({ value, text }) =>
      h(
        'label',
        {},
        h('input', { type: 'radio', name, checked: value === chosen, onchange: () => onChoice(value) }),
        h('span', {}, text),
      ),
    ),
  )
}
