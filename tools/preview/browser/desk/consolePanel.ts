// The devtools' console: the warnings of the build, and the phone's errors since it started.

import { h } from '../../../../packages/miniprogram-web/src/browser/element'
import { clearPhoneErrors, onPhoneErrors, phoneErrors } from '../../../../packages/miniprogram-web/src/browser/errors'
import type { Problem } from '../../../../packages/miniprogram-web/src/problems'
import { get } from '../backend'
import { panel } from './panel'
import { words } from './words'

export function consolePanel(): HTMLElement {
  const problems = h('ul', { class: 'problems' })
  const list = h('ol', { class: 'errors', role: 'log', 'aria-label': words.console })
  const clear = h('button', { type: 'button', onclick: clearPhoneErrors }, words.clear)
  const draw = () => {
    list.replaceChildren(
      ...(phoneErrors.length === 0
        ? [h('li', { class: 'quiet' }, words.consoleEmpty)]
        : phoneErrors.slice(-50).map(({ kind, message }) => h('li', { class: kind }, message))),
    )
    clear.hidden = phoneErrors.length === 0
  }
  onPhoneErrors(draw)
  draw()
  get('/__problems').then(
    (found) => {
      for (const { severity, file, line, message } of found as Problem[]) {
        problems.append(h('li', { class: severity }, `${file}${line === undefined ? '' : `:${line}`} ${message}`))
      }
    },
    (error: Error) => console.warn(error.message),
  )
  return panel(words.console, problems, list, clear)
}
