// Script of the page `GET /web/pay/sheet`. It gets the payment sheet's parameters with the call that the server wrote
// into the page, opens WeChat's payment sheet, and returns to the order. The page may run under a provider's address.
import { paySheet } from './messages'
import { openSheet, readyBridge } from './wx/bridge'

interface SheetPage {
  title: string
  titleEn: string
  /** the amount in major units, such as yuan */
  amount: string
  currency: string
  back: string
  call?: { url: string; headers: Record<string, string>; body: string }
}

const words = navigator.language.toLowerCase().startsWith('zh') ? paySheet.zh : paySheet.en
const { title, titleEn, amount, currency, back, call } = JSON.parse(
  document.querySelector('#payment')?.textContent ?? '{}',
) as SheetPage

const price = currency === 'CNY' ? `¥${amount}` : `${currency} ${amount}`

function add<Name extends 'h1' | 'p' | 'button' | 'a'>(name: Name, text: string): HTMLElementTagNameMap[Name] {
  const element = document.createElement(name)
  element.textContent = text
  document.querySelector('main')?.append(element)
  return element
}

document.documentElement.lang = words.lang
document.title = words.title
add('h1', words.lang === 'en' ? titleEn : title)
add('p', price).className = 'amount'
const state = add('p', call ? '' : words.over)
state.setAttribute('role', 'status')
const button = add('button', `${words.pay} ${price}`)
button.hidden = !call
add('a', words.back).href = back

// The provider answers each payment number only once. Store the parameters, so that a reloaded page can open the sheet
// again.
const kept = `sheet ${call?.body ?? ''}`

function keptSheet(): object | undefined {
  try {
    return sheetIn(JSON.parse(sessionStorage.getItem(kept) ?? 'null'))
  } catch {
    return undefined
  }
}

function keep(sheet: object): void {
  try {
    sessionStorage.setItem(kept, JSON.stringify(sheet))
  } catch {
    // Without storage the page still works, but not after a reload.
  }
}

/**
 * Finds the payment sheet's parameters in a provider's reply. Each provider wraps them in another envelope, and some send
 * them as a text of JSON.
 */
function sheetIn(reply: unknown): object | undefined {
  if (typeof reply === 'string' && reply.startsWith('{')) return sheetIn(JSON.parse(reply))
  if (typeof reply !== 'object' || reply === null) return undefined
  if ('paySign' in reply) return reply
  return Object.values(reply).map(sheetIn).find(Boolean)
}

async function askSheet({ url, headers, body }: NonNullable<SheetPage['call']>): Promise<object> {
  const there = keptSheet()
  if (there) return there
  const response = await fetch(url, { method: 'POST', headers, body })
  const sheet = sheetIn(await response.json())
  if (!sheet) throw new Error('no parameters')
  keep(sheet)
  return sheet
}

async function pay(): Promise<void> {
  if (!call || button.disabled) return
  button.disabled = true
  state.textContent = words.opening
  try {
    const [bridge, sheet] = await Promise.all([readyBridge(), askSheet(call)])
    const result = (await openSheet(bridge, sheet)).replace(/^[^:]*:/, '')
    // WeChat's answer "fail" alone does not say whether money was taken.
    state.textContent = result === 'cancel' ? words.cancelled : words.unclear
    if (result === 'ok') location.assign(back)
  } catch {
    state.textContent = words.failed
  }
  button.disabled = false
}

button.onclick = pay
void pay()
