// What the preview adds to the phone: the payment sheet, the signing page and the developer tools.
import { signingAppId } from '../../../miniprogram/rules/signing'
import { h } from '../../../packages/miniprogram-web/src/browser/element'
import type { Guest } from '../../../packages/miniprogram-web/src/browser/guest'
import { openModal } from '../../../packages/miniprogram-web/src/browser/phone/dialogs'
import { session } from '../../../packages/miniprogram-web/src/browser/session'
import { api, WxFailure } from '../../../packages/miniprogram-web/src/browser/wx/api'
import { loginCode } from './backend'
import { mountDesk } from './desk/desk'
import { askPermits } from './messagePermits'
import { openPaymentSheet, openVirtualSheet } from './paymentSheet'
import { startPhoneClock } from './phoneClock'
import sheetStyle from './sheets.css'
import { openSigningPage } from './signingPage'
import { takeSigning } from './signingScenario'
import { words } from './words'

export const guest: Guest = {
  members: {
    requestPayment: api('requestPayment', async (options) => {
      const { success: _success, fail: _fail, complete: _complete, ...parameters } = options
      const result = await openPaymentSheet(parameters)
      if (result.errMsg !== 'requestPayment:ok') throw new WxFailure(result.errMsg)
      return result
    }),
    requestSubscribeMessage: api('requestSubscribeMessage', askPermits),
    requestVirtualPayment: api('requestVirtualPayment', async (options) => {
      const { success: _success, fail: _fail, complete: _complete, ...parameters } = options
      const { errMsg, errCode } = await openVirtualSheet(parameters)
      if (errCode !== 0) throw new WxFailure(errMsg, errCode)
      return { errMsg }
    }),
    login: api('login', loginCode),
    // A browser page has no camera for wx.scanCode. The developer types the content of the QR code instead.
    scanCode: api('scanCode', async () => {
      const answer = await openModal({ title: words.scan, editable: true, placeholderText: words.scanHint })
      if (!answer.confirm) throw new WxFailure('cancel')
      return { result: answer.content ?? '', scanType: 'QR_CODE', charSet: 'utf-8', path: '' }
    }),
  },
  openMiniProgram({ appId, extraData }) {
    if (appId !== signingAppId) return undefined
    const scenario = takeSigning()
    return {
      name: words.signing,
      fails: scenario === 'jump-fails',
      open: () => openSigningPage(extraData, scenario),
    }
  },
  mount(phone) {
    document.head.append(h('style', {}, sheetStyle))
    if (session.hasDesk) mountDesk(phone)
    else document.body.append(phone)
    startPhoneClock()
  },
}
