// Copies a text and shows whether copying worked. WeChat refuses without a message when the shop's privacy guide does
// not mention the clipboard.
import { messages } from '../messages'

export function copyText(data: string): void {
  wx.setClipboardData({
    data,
    success: () => void wx.showToast({ title: messages.order.copied, icon: 'success' }),
    fail: () => void wx.showToast({ title: messages.notCopied, icon: 'none' }),
  })
}
