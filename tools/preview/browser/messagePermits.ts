// Plays wx.requestSubscribeMessage: asks whether the user accepts one message of each template, and tells the sandbox.
// The sandbox delivers only accepted messages.
import { post } from '../../../packages/miniprogram-web/src/browser/call'
import { h } from '../../../packages/miniprogram-web/src/browser/element'
import { openLayer } from '../../../packages/miniprogram-web/src/browser/phone/dialogs'
import { session } from '../../../packages/miniprogram-web/src/browser/session'
import { WxFailure } from '../../../packages/miniprogram-web/src/browser/wx/api'
import { words } from './words'

// WeChat's page of wx.requestSubscribeMessage allows at most three templates.
const templatesAtMost = 3

/** Asks the user. @returns accept or reject for each template id, as WeChat's page describes */
export async function askPermits(options: Record<string, unknown>): Promise<Record<string, string>> {
  const ids: unknown = options.tmplIds
  if (!Array.isArray(ids) || ids.length === 0 || ids.length > templatesAtMost)
    throw new WxFailure('TmplIds can’t be empty')
  // `?messages=off` stands for a user who has switched off all subscribe messages.
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
