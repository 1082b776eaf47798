// The question of wx.requestSubscribeMessage: whether the person accepts one message of each template. What is accepted
// is told to the sandbox, which delivers nothing else.
import { post } from '../../../packages/miniprogram-web/src/browser/call'
import { h } from '../../../packages/miniprogram-web/src/browser/element'
import { openLayer } from '../../../packages/miniprogram-web/src/browser/phone/dialogs'
import { session } from '../../../packages/miniprogram-web/src/browser/session'
import { WxFailure } from '../../../packages/miniprogram-web/src/browser/wx'
import { words } from './words'

// WeChat's page of wx.requestSubscribeMessage: at most three templates.
const templatesAtMost = 3

/** The answer by template id, as the page has it: accept or reject. */
export async function askPermits(options: Record<string, unknown>): Promise<Record<string, string>> {
  const ids: unknown = options.tmplIds
  if (!Array.isArray(ids) || ids.length === 0 || ids.length > templatesAtMost)
    throw new WxFailure('TmplIds can’t be empty')
  // The person's main switch is off.
  if (new URLSearchParams(location.search).get('messages') === 'off')
    throw new WxFailure('The main switch is switched off')
  const isAccepted = await ask(ids.length)
  if (isAccepted) await post('/local/messages', { permit: ids }, undefined, { 'x-openid': session.identity.openid })
  return Object.fromEntries(ids.map((id) => [String(id), isAccepted ? 'accept' : 'reject']))
}

function ask(count: number): Promise<boolean> {
  return new Promise((resolve) => {
    const allow = h('button', { type: 'button', class: 'host-pay-confirm' }, words.permit)
    const refuse = h('button', { type: 'button', class: 'host-permit-refuse' }, words.permitNot)
    const sheet = h(
      'section',
      { class: 'host-pay', role: 'dialog', 'aria-modal': 'true', 'aria-label': words.permitTitle },
      h('header', {}, h('h3', {}, words.permitTitle), h('small', {}, words.sandbox)),
      h('div', { class: 'host-pay-form' }, h('p', { class: 'host-pay-to' }, words.permitText(count)), allow, refuse),
    )
    const close = openLayer(sheet, 'host-bottom')
    const end = (isAccepted: boolean) => () => {
      close()
      resolve(isAccepted)
    }
    allow.addEventListener('click', end(true))
    refuse.addEventListener('click', end(false))
    allow.focus({ preventScroll: true })
  })
}
