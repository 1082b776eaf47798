// Imitates WeChat's signing mini-program for recurring contracts: the terms, a button to accept, one to refuse, and a
// back arrow that passes nothing to the app. The sandbox's fake server decides the result.

import { h } from '../../../packages/miniprogram-web/src/browser/element'
import { openLayer } from '../../../packages/miniprogram-web/src/browser/phone/dialogs'
import { session } from '../../../packages/miniprogram-web/src/browser/session'
import { inspectSigning, type Signed, type SigningSummary, sign } from './backend'
import { amountText } from './money'
import type { SigningScenario } from './signingScenario'
import { words } from './words'

/** What App.onShow gets beside the appId. It is empty if the person left with the back arrow. */
export interface SigningAnswer {
  extraData?: unknown
}

const flashTime = 700

/** Opens the signing page over the phone. @returns what the page passes to the app when the person leaves it */
export async function openSigningPage(extraData: unknown, scenario: SigningScenario): Promise<SigningAnswer> {
  const contractNo = String((extraData as { contract_code?: unknown } | undefined)?.contract_code ?? '')
  const terms = await inspectSigning(contractNo).catch(() => undefined)
  return new Promise((resolve) => {
    const arrow = h('button', { type: 'button', class: 'host-sign-back', 'aria-label': words.back }, '‹')
    const agree = h('button', { type: 'button', class: 'host-pay-confirm' }, words.agreeToSign)
    const refuse = h('button', { type: 'button', class: 'host-sign-refuse' }, words.refuseToSign)
    const form = h(
      'div',
      { class: 'host-pay-form' },
      ...(terms
        ? [...describe(terms, extraData), agree, refuse]
        : [h('p', { class: 'host-sign-problem', role: 'alert' }, words.cannotSign)]),
    )
    const state = h('div', { class: 'host-pay-state', role: 'status', hidden: true })
    const page = h(
      'section',
      {
        class: 'host-pay host-sign',
        role: 'dialog',
        'aria-modal': 'true',
        'aria-label': words.signing,
        lang: session.language,
      },
      h('header', {}, arrow, h('h3', {}, words.signing), h('small', {}, words.sandbox)),
      form,
      state,
    )
    const close = openLayer(page, 'host-full')
    const leave = (answer: SigningAnswer) => {
      close()
      window.dispatchEvent(new Event('preview-signed'))
      resolve(answer)
    }
    const run = async (chosen: string | undefined): Promise<void> => {
      for (const button of [arrow, agree, refuse]) button.disabled = true
      form.classList.add('host-away')
      state.hidden = false
      state.replaceChildren(h('i', { class: 'host-sign-loading' }), words.signingNow)
      const answer = await sign(extraData, chosen).catch((error: unknown): Signed => {
        console.error(error)
        return {}
      })
      const handed = answer.referrerInfo?.extraData
      const isSigned = handed?.return_code === 'SUCCESS'
      state.replaceChildren(
        h('i', { class: isSigned ? 'host-sign-paid' : 'host-sign-unpaid' }, isSigned ? '✓' : '!'),
        isSigned ? words.signed : (answer.page ?? words.notSigned),
      )
      await new Promise((done) => setTimeout(done, flashTime))
      leave(handed ? { extraData: handed } : {})
    }
    arrow.addEventListener('click', () => leave({}))
    agree.addEventListener('click', () => void run(scenario === 'choose' ? undefined : scenario))
    refuse.addEventListener('click', () => void run('refuse'))
    page.addEventListener('keydown', (event) => {
      if (event.key === 'Escape' && !arrow.disabled) leave({})
    })
  })
}

function describe(terms: SigningSummary, extraData: unknown): HTMLElement[] {
  const { mch_id: merchant, plan_id: template } = extraData as { mch_id?: unknown; plan_id?: unknown }
  const { title, titleEn, amountKind, amountFen, ceilingFen, currency, period } = terms
  const isCeiling = amountKind === 'ceiling'
  const rows: [string, string][] = [
    [words.signingFor, session.language === 'en' ? titleEn || title : title],
    [words.signingEach, words.periods[period]],
    [words.signingMerchant, String(merchant)],
    [words.signingTemplate, String(template)],
    [words.method, words.wallets.wechat.balance],
  ]
  return [
    h('p', { class: 'host-pay-to' }, h('b', {}, words.shop), ` ${words.signingAsks}`),
    h(
      'p',
      { class: 'host-pay-amount' },
      isCeiling ? `≤ ${amountText(ceilingFen, currency)}` : amountText(amountFen, currency),
    ),
    ...rows.map(([name, value]) =>
      h('p', { class: 'host-pay-row host-sign-row' }, h('span', {}, name), h('span', {}, value)),
    ),
    h('p', { class: 'host-sign-note' }, words.signingNote),
  ]
}
