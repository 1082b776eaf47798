// The developer tools beside the phone. They live in a shadow root, so that their styles and the mini-program's don't
// affect each other. In a narrow window they are a drawer.
import { h } from '../../../../packages/miniprogram-web/src/browser/element'
import { clockPanel } from './clockPanel'
import { consolePanel } from './consolePanel'
import { contractPanel } from './contractPanel'
import deskStyle from './desk.css'
import { orderPanel } from './orderPanel'
import { phonePanel, whoPanel } from './phonePanels'
import { sandboxPanel } from './sandboxPanel'
import { signingPanel } from './signingPanel'
import { tracePanel } from './tracePanel'
import { words } from './words'

const hintKey = 'desk:hint-read'

/**
 * A line that tells a new developer what to do first. It disappears after the first payment or when the developer
 * closes it. `onAway` is called when it disappears.
 */
function firstHint(onAway: () => void): HTMLElement {
  const putAway = () => {
    localStorage.setItem(hintKey, '1')
    hint.remove()
    onAway()
  }
  const close = h('button', { type: 'button', 'aria-label': words.closeHint, onclick: putAway }, '×')
  const hint = h(
    'p',
    { class: 'hint', role: 'note', hidden: localStorage.getItem(hintKey) !== null },
    words.hint,
    close,
  )
  window.addEventListener('preview-paid', putAway)
  return hint
}

export function mountDesk(phone: HTMLElement): void {
  const host = h('aside', { id: 'desk', 'aria-label': words.desk })
  const root = host.attachShadow({ mode: 'open' })
  const order = orderPanel()
  const sandbox = sandboxPanel()
  const contract = contractPanel()
  // When the phone shows an order or a contract, the panel opens its stored document.
  window.addEventListener('preview-page', (event) => {
    const { orderNo, contractNo } = (event as CustomEvent<Record<string, string>>).detail
    if (orderNo) order.choose(orderNo)
    if (contractNo) contract.choose(contractNo)
  })
  const trace = tracePanel({
    onOrder: (orderNo) => {
      order.choose(orderNo)
      order.element.scrollIntoView({ block: 'nearest' })
    },
    onWrite: () => {
      order.refresh()
      contract.refresh()
    },
    onProvider: () => sandbox.refresh(),
  })
  // In a narrow window the devtools are closed at first, so the bar shows the hint.
  const line = h('p', {}, localStorage.getItem(hintKey) === null ? words.hint : words.tagline)
  const hint = firstHint(() => {
    line.textContent = words.tagline
  })
  const drawer = h(
    'div',
    { class: 'desk', id: 'drawer' },
    h('header', {}, h('h1', {}, '小收银台 ', h('span', {}, 'Mini Cashier')), h('p', {}, words.tagline), hint),
    h('div', { class: 'controls' }, whoPanel(), sandbox.element, signingPanel(), clockPanel(), phonePanel()),
    h('div', { class: 'views' }, trace, h('div', { class: 'lower' }, order.element, contract.element, consolePanel())),
  )
  const toggle = h('button', {
    type: 'button',
    class: 'toggle',
    'aria-controls': 'drawer',
    onclick: () => setOpen(!isOpen),
  })
  let isOpen = false
  function setOpen(open: boolean): void {
    isOpen = open
    drawer.classList.toggle('open', open)
    toggle.textContent = open ? words.closeDesk : words.openDesk
    toggle.setAttribute('aria-expanded', String(open))
  }
  setOpen(false)
  const bar = h('div', { class: 'bar' }, line, toggle)
  root.append(h('style', {}, deskStyle), drawer, bar)
  document.body.append(h('div', { class: 'host-stage' }, phone), host)
}
