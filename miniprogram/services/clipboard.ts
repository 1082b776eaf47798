// Copies a text and says in a sentence whether that worked: WeChat refuses it without a word where the shop's privacy
// guide does not name the clipboard.
import { messages } from '../messages'

export function copyText(data: string): void {
  wx.setClipboardData({
    data,
    success: () => void wx.showToast({ title: messages.order.copied, icon: 'success' }),
    fail: () => void wx.showToast({ title: messages.notCopied, icon: 'none' }),
  })
}
