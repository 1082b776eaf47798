// The payment dialog: a native modal <dialog> in a shadow root. The page's styles cannot change it, the rest of the
// page is inert, and the focus stays inside. The dialog never sets HTML. It adds a style element only if the browser
// has no other way, because a strict content security policy forbids both.
import { qrCode } from './qrCode'
import { isChinese, texts } from './texts'

/** The content of the payment dialog. */
export interface View {
  /** the price as text, such as ¥172.00 */
  amount?: string
  title?: string
  /** the content of the QR code to show */
  code?: string
  status: string
  /** Called when the user presses 已完成支付 (payment done). Without this function the dialog has no such button. */
  onDone?(): void
  /** Called when the user presses 继续支付 (continue paying). Without this function the dialog has no such button. */
  onAgain?(): void
}

export interface Dialog {
  show(view: View): void
  close(): void
}

const style = `dialog{box-sizing:border-box;width:22em;max-width:calc(100vw - 2em);max-height:calc(100vh - 2em);overflow:auto;padding:1.5em;border:0;border-radius:.75em;background:#fff;color:#1b1f23;font:1rem/1.5 system-ui,"PingFang SC","Noto Sans CJK SC","Noto Sans SC",sans-serif;text-align:center;overflow-wrap:anywhere}dialog::backdrop{background:rgba(0,0,0,.5)}h2,p{margin:0;font-size:1em;font-weight:400}h2{font-weight:600}.amount{font-size:2em;font-weight:600}svg{width:100%;max-width:14em;margin:.5em 0}.status{margin:.5em 0 1em;color:#555}button:not([hidden]){display:block;width:100%;min-height:44px;margin-top:.75em;padding:.5em;border:0;border-radius:.5em;background:#eee;color:#333;font:inherit;cursor:pointer}button.main:not([hidden]){background:#07863f;color:#fff}button:focus-visible{outline:3px solid #576b95;outline-offset:2px}p:empty,[hidden]{display:none}`

const svgSpace = 'http://www.w3.org/2000/svg'

/** Opens the dialog. @param onLeave called when the user closes the dialog with Esc or the last button */
export function openDialog(onLeave: () => void): Dialog {
  const words = texts()
  const host = document.createElement('div')
  const root = host.attachShadow({ mode: 'open' })
  try {
    const sheet = new CSSStyleSheet()
    sheet.replaceSync(style)
    root.adoptedStyleSheets = [sheet]
  } catch {
    root.append(element('style', style))
  }
  const dialog = element('dialog')
  const title = element('h2', words.title)
  const name = element('p')
  const amount = element('p')
  const picture = element('div')
  const status = element('p')
  const done = element('button', words.done)
  const again = element('button', words.again)
  const leave = element('button', words.close)
  dialog.lang = isChinese() ? 'zh-CN' : 'en'
  dialog.ariaLabel = words.title
  amount.className = 'amount'
  status.className = 'status'
  status.role = 'status'
  dialog.append(title, name, amount, picture, status, done, again, leave)
  root.append(dialog)
  document.body.append(host)
  dialog.oncancel = (event) => {
    event.preventDefault()
    onLeave()
  }
  // At a second Esc, a browser may close the dialog without firing `cancel`. Listen to `close` too.
  dialog.onclose = onLeave
  leave.onclick = onLeave
  dialog.showModal()
  let drawn: string | undefined
  return {
    show(view) {
      name.textContent = view.title ?? ''
      amount.textContent = view.amount ?? ''
      if (status.textContent !== view.status) status.textContent = view.status
      if (view.code !== drawn) {
        drawn = view.code
        picture.replaceChildren(...(drawn === undefined ? [] : [drawing(drawn, words.code)]))
      }
      done.hidden = !view.onDone
      again.hidden = !view.onAgain
      done.className = 'main'
      done.onclick = view.onDone ?? null
      again.onclick = view.onAgain ?? null
    },
    close() {
      dialog.onclose = null
      // Closing the dialog, before removing it, returns the focus to the element that had it.
      dialog.close()
      host.remove()
    },
  }
}

function element<Tag extends keyof HTMLElementTagNameMap>(tag: Tag, text = ''): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag)
  made.textContent = text
  return made
}

function drawing(text: string, label: string): Element {
  const rows = qrCode(text) ?? []
  const svg = document.createElementNS(svgSpace, 'svg')
  const path = document.createElementNS(svgSpace, 'path')
  const shape = rows.flatMap((row, y) => row.map((isDark, x) => (isDark ? `M${x} ${y}h1v1h-1` : ''))).join('')
  // A QR code needs an empty margin of four modules, or scanners may not find it.
  const size = rows.length + 8
  svg.setAttribute('viewBox', `-4 -4 ${size} ${size}`)
  svg.setAttribute('role', 'img')
  svg.setAttribute('aria-label', label)
  svg.setAttribute('shape-rendering', 'crispEdges')
  path.setAttribute('d', shape)
  svg.append(path)
  return svg
}
