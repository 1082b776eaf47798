// What wx shows over a page: dialogs, action sheets, toasts, and the agreement about privacy.
import { hideToast, type ModalOptions, openActionSheet, openModal, showToast } from '../phone/dialogs'
import type { PrivacyCheck, PrivacyListener } from '../privacy'
import { words } from '../words'
import { api, string, WxFailure } from './api'

const optional = (value: unknown) => (typeof value === 'string' ? value : undefined)

export const dialogMembers: Record<string, unknown> = {
  showModal: api('showModal', (options) => openModal(options as ModalOptions)),
  showActionSheet: api('showActionSheet', async (options) => {
    const items = options.itemList as string[]
    const tapIndex = await openActionSheet(items, optional(options.alertText), optional(options.itemColor))
    if (tapIndex < 0) throw new WxFailure('cancel')
    return { tapIndex }
  }),
  showToast: api('showToast', (options) =>
    showToast({
      title: string(options.title),
      icon: string(options.icon, 'success'),
      duration: Number(options.duration ?? 1500),
      mask: options.mask === true,
    }),
  ),
  hideToast: api('hideToast', hideToast),
  showLoading: api('showLoading', (options) =>
    showToast({ title: string(options.title), icon: 'loading', mask: options.mask === true }),
  ),
  hideLoading: api('hideLoading', hideToast),
}

/** The members of wx about WeChat's privacy check: whether the user has agreed to the shop's privacy guide. */
export const privacyMembers = (privacy: PrivacyCheck): Record<string, unknown> => ({
  getPrivacySetting: api('getPrivacySetting', () => ({
    needAuthorization: privacy.needsAuthorization(),
    privacyContractName: words.privacyContract,
  })),
  onNeedPrivacyAuthorization: (listener: PrivacyListener) => privacy.listen(listener),
  requirePrivacyAuthorize: api('requirePrivacyAuthorize', () => privacy.pass('requirePrivacyAuthorize')),
  openPrivacyContract: api('openPrivacyContract', () =>
    openModal({ title: words.privacyContract, content: words.privacyText, showCancel: false }).then(() => undefined),
  ),
})
