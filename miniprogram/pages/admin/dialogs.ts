// What admin pages ask before a deed, and say after a copy.
import { adminMessages } from './messages'

/** Whether the person says yes to a sentence that repeats what is about to happen. */
export async function agreed(question: { title: string; content: string; confirmText: string }): Promise<boolean> {
  return (await wx.showModal({ ...question, cancelText: adminMessages.cancel })).confirm
}

export const copy = (text: string): void =>
  wx.setClipboardData({ data: text, success: () => wx.showToast({ title: adminMessages.copied, icon: 'success' }) })
