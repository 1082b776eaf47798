// The confirmation dialog of the admin pages.
import { adminMessages } from './messages'

/** Asks for confirmation with a sentence that says what will happen. @returns the user's answer */
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
    // wx.showModal fails if a button label is too long for this version of WeChat. Then ask again with WeChat's default
    // labels.
    .catch(() => wx.showModal({ title, content }))
    .catch(() => undefined)
  if (!answer) wx.showToast({ title: adminMessages.errors.Internal, icon: 'none' })
  return answer?.confirm ?? false
}
