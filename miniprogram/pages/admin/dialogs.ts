// What admin pages ask before an action, and say after a copy.
import { adminMessages } from './messages'

/** Whether the person says yes to a sentence that repeats what is about to happen. */
export async function agreed({
  title,
  content,
  confirmText,
}: {
  title: string
  content: string
  confirmText: string
}): Promise<boolean> {
  const answer = await wx
    .showModal({ title, content, confirmText, cancelText: adminMessages.cancel })
    // A label that this WeChat finds too long fails the whole question; without labels it has its own.
    .catch(() => wx.showModal({ title, content }))
    .catch(() => undefined)
  if (!answer) wx.showToast({ title: adminMessages.errors.Internal, icon: 'none' })
  return answer?.confirm ?? false
}

/** @param said what to say of it, when "copied" is not enough */
export function copy(text: string, said?: string): void {
  wx.setClipboardData({
    data: text,
    success: () => {
      if (said === undefined) wx.showToast({ title: adminMessages.copied, icon: 'success' })
      else wx.showToast({ title: said, icon: 'none', duration: 3_000 })
    },
    fail: () => void wx.showToast({ title: adminMessages.notCopied, icon: 'none' }),
  })
}
