// Copies a text to the clipboard. If that fails, shows the text itself, so that the user can note it down.
import { messages } from '../messages'
import { privacyRefusalOf } from './privacy'

/** @param said message after copying; without it a short "copied" shows */
export async function copyText(data: string, said?: string): Promise<void> {
  try {
    await wx.setClipboardData({ data })
    if (said === undefined) wx.showToast({ title: messages.order.copied, icon: 'success' })
    else wx.showToast({ title: said, icon: 'none', duration: 3_000 })
  } catch (error) {
    const refusal = privacyRefusalOf(error)
    if (refusal === undefined) wx.showToast({ title: messages.notCopied, icon: 'none' })
    else if (await wantsAgain(refusal, data)) await copyText(data, said)
  }
}

async function wantsAgain(refusal: 'privacyRefused' | 'privacyUndeclared', data: string): Promise<boolean> {
  const { notCopied, copyText: why, close, again } = messages.privacy
  const content = `${why[refusal]}\n${data}`
  const mayAgain = refusal === 'privacyRefused'
  const answer = await wx
    .showModal({
      title: notCopied,
      content,
      ...(mayAgain ? { confirmText: again, cancelText: close } : { showCancel: false, confirmText: close }),
    })
    .catch(() => undefined)
  return mayAgain && answer?.confirm === true
}
