// Shows one stored order, which the developer chooses in the trace or by its number. Reads the order again after each
// database write. In this panel the developer can also pay a QR code or link, as another person would with another
// phone.

import { h } from '../../../../packages/miniprogram-web/src/browser/element'
import { confirmPayment, get } from '../backend'
import { panel } from './panel'
import { isEnglish, words } from './words'

/** The number of an order. A paymentNo or refundNo begins with it. */
export const orderNoShape = /(?<!\d)20\d{12}[0-9a-z]{8}/
const settleTime = 150

export function orderPanel() {
  const field = h('input', {
    name: 'orderNo',
    placeholder: words.orderNo,
    'aria-label': words.orderNo,
    spellcheck: 'false',
  })
  const form = h('form', { class: 'row' }, field, h('button', {}, words.show))
  const body = h('div', {}, h('p', { class: 'quiet' }, words.orderHint))
  let current = ''
  let timer: ReturnType<typeof setTimeout> | undefined

  async function read(): Promise<void> {
    const asked = current
    if (!asked) return
    try {
      const stored = await get(`/local/orders/${encodeURIComponent(asked)}`)
      if (asked === current) body.replaceChildren(...payButtons(stored), tree(stored))
    } catch {
      if (asked === current) body.replaceChildren(h('p', { class: 'quiet' }, words.noOrder))
    }
  }
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    choose(field.value.trim())
  })
  function choose(orderNo: string): void {
    current = orderNo
    field.value = orderNo
    void read()
  }
  return {
    element: panel(words.order, form, body),
    choose,
    /** Called after a database write. Several writes of one step cause one read. */
    refresh() {
      clearTimeout(timer)
      timer = setTimeout(() => void read(), settleTime)
    },
  }
}

interface Attempt {
  no: string
  state: string
  payInfo: string | null
}

const waiting = new Set(['created', 'pending'])
// A payInfo that is an address is a link or the content of a QR code. Any other payInfo opens the payment sheet.
const addressShape = /^[a-z]+:\/\//i

/** The page that opens for a person who scans the code or opens the link. */
const pageOf = (payInfo: string): string =>
  `/local/pay?${new URLSearchParams({ payInfo, lang: isEnglish ? 'en' : 'zh' })}`

function payButtons(stored: unknown): HTMLElement[] {
  const { payments = [] } = stored as { payments?: Attempt[] }
  return payments.flatMap(({ no, state, payInfo }) => {
    if (!waiting.has(state) || payInfo === null || !addressShape.test(payInfo)) return []
    const note = h('span', { class: 'quiet', role: 'status' })
    const say = (text: string) => {
      note.textContent = text
    }
    const pay = () =>
      confirmPayment(payInfo).then(
        ({ errMsg }) => {
          say(errMsg)
          window.dispatchEvent(new Event('preview-paid'))
        },
        (error: Error) => say(error.message),
      )
    return [
      h(
        'p',
        { class: 'row' },
        h('button', { type: 'button', onclick: pay }, `${words.payCode} ${no.slice(-2)}`),
        h('a', { href: pageOf(payInfo), target: '_blank', rel: 'noopener' }, words.openPayPage),
        note,
      ),
    ]
  })
}

function tree(value: unknown): HTMLElement {
  const document = h('dl', { class: 'document' })
  for (const [name, field] of Object.entries((value ?? {}) as Record<string, unknown>)) {
    const isLong = field !== null && typeof field === 'object' && Object.keys(field).length > 0
    const text = JSON.stringify(field, null, isLong ? 2 : undefined)
    const isTime = typeof field === 'number' && name.endsWith('At')
    document.append(
      h('dt', {}, name),
      h(
        'dd',
        {},
        isLong ? h('pre', {}, text) : h('span', { title: isTime ? new Date(field).toISOString() : undefined }, text),
      ),
    )
  }
  return document
}
