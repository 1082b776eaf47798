// The payment sheet of wx.requestPayment: it shows the payment, and tells the sandbox whether the shopper pays or
// cancels.

import { h } from '../../../packages/miniprogram-web/src/browser/element'
import { openLayer } from '../../../packages/miniprogram-web/src/browser/phone/dialogs'
import { confirmPayment, inspectPayment, type PaymentSummary } from './backend'
import { amountText } from './money'
import { words } from './words'

export interface PaymentResult {
  errMsg: string
}

const succeeded = 'requestPayment:ok'
const cancelled = 'requestPayment:fail cancel'
const flashTime = 700
let isOpen = false

/**
 * Shows the payment sheet. `parameters` are the five fields of wx.requestPayment. @returns the result of
 * wx.requestPayment
 */
export async function openPaymentSheet(parameters: Record<string, unknown>): Promise<PaymentResult> {
  if (!parameters.package || !parameters.paySign) return { errMsg: 'requestPayment:fail parameter error' }
  return openSheet(parameters)
}

/**
 * Shows the sheet of virtual payment. `parameters` are the four fields of wx.requestVirtualPayment.
 * @returns its result; `errCode` is -2 after a cancel, -15001 for wrong parameters, -1 for another failure
 */
export async function openVirtualSheet(
  parameters: Record<string, unknown>,
): Promise<PaymentResult & { errCode: number }> {
  const name = 'requestVirtualPayment'
  if (!parameters.signData || !parameters.paySig) return { errMsg: `${name}:fail parameter error`, errCode: -15_001 }
  const { errMsg } = await openSheet(parameters)
  const errCode = errMsg === succeeded ? 0 : errMsg === cancelled ? -2 : errMsg.includes('签名') ? -15_006 : -1
  return { errMsg: errMsg.replace('requestPayment', name), errCode }
}

async function openSheet(parameters: Record<string, unknown>): Promise<PaymentResult> {
  if (isOpen) return { errMsg: 'requestPayment:fail another payment is open' }
  isOpen = true
  try {
    const payInfo = JSON.stringify(parameters)
    const summary = await inspectPayment(payInfo)
    return await new Promise((resolve) => show(payInfo, summary, resolve))
  } catch (error) {
    return { errMsg: `requestPayment:fail ${error instanceof Error ? error.message : String(error)}` }
  } finally {
    isOpen = false
  }
}

function show(payInfo: string, summary: PaymentSummary, resolve: (result: PaymentResult) => void): void {
  const confirm = h('button', { type: 'button', class: 'host-pay-confirm' }, words.confirmPayment)
  const giveUp = h('button', { type: 'button', class: 'host-pay-close', 'aria-label': words.close }, '×')
  const { payment, balance } = words.wallets[summary.wallet ?? 'wechat']
  const state = h('div', { class: 'host-pay-state', role: 'status', hidden: true })
  const form = h(
    'div',
    { class: 'host-pay-form' },
    h('p', { class: 'host-pay-to' }, `${words.payTo} `, h('b', {}, words.shop)),
    h('p', { class: 'host-pay-amount' }, amountText(summary.amountFen, summary.currency)),
    h('p', { class: 'host-pay-row' }, h('span', {}, words.method), h('span', {}, `${balance} · ${summary.provider}`)),
    confirm,
  )
  const sheet = h(
    'section',
    {
      class: 'host-pay',
      role: 'dialog',
      'aria-modal': 'true',
      'aria-label': payment,
      'data-wallet': summary.wallet ?? 'wechat',
    },
    h('header', {}, giveUp, h('h3', {}, payment), h('small', {}, words.sandbox)),
    form,
    state,
  )
  const close = openLayer(sheet, 'host-bottom')
  confirm.focus({ preventScroll: true })

  async function run(scenario?: string): Promise<void> {
    confirm.disabled = true
    giveUp.disabled = true
    let result: PaymentResult
    if (scenario === undefined) {
      form.classList.add('host-away')
      state.hidden = false
      state.replaceChildren(h('i', { class: 'host-sign-loading' }), words.paying)
    }
    try {
      result = await confirmPayment(payInfo, scenario)
    } catch (error) {
      result = { errMsg: `requestPayment:fail ${error instanceof Error ? error.message : String(error)}` }
    }
    if (scenario === undefined) {
      const isPaid = result.errMsg === succeeded
      state.replaceChildren(h('i', { class: isPaid ? 'host-sign-paid' : 'host-sign-unpaid' }, isPaid ? '✓' : '!'))
      state.append(isPaid ? words.paid : words.notPaid)
      await new Promise((resolve) => setTimeout(resolve, flashTime))
    }
    close()
    window.dispatchEvent(new Event('preview-paid'))
    // After a cancel the phone reports "cancelled", whatever the fake server answers.
    resolve(scenario === 'cancel' ? { ...result, errMsg: cancelled } : result)
  }
  confirm.addEventListener('click', () => void run())
  giveUp.addEventListener('click', () => void run('cancel'))
  sheet.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && !giveUp.disabled) void run('cancel')
  })
}
