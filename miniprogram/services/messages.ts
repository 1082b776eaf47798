// Asks the user for permission to send subscribe messages. WeChat shows its question only in a tap or after a payment.
import { dayMs } from '../rules/beijing'

const refusedKey = 'messagesRefusedAt'
// After a user has refused, this phone does not ask again for a week.
const restMs = 7 * dayMs
// Paying continues after this time even if the user has not answered WeChat's permission dialog.
const atMostMs = 60_000

// Reading the phone's storage may throw when it is full or broken. Paying must continue.
function isResting(): boolean {
  try {
    const at: unknown = wx.getStorageSync(refusedKey)
    return typeof at === 'number' && Math.abs(Date.now() - at) < restMs
  } catch {
    return false
  }
}

function rest(): void {
  try {
    wx.setStorageSync(refusedKey, Date.now())
  } catch {
    // The refusal could not be stored, so the next payment asks the user again. Asking again is harmless.
  }
}

/**
 * Asks the user for permission to send one message of each template. Call it directly in the tap, before any await.
 * Never rejects, because paying must not depend on the answer.
 * @param templates at most three; an empty list asks nothing
 * @param isWished the user tapped a button for this, so ask even after an earlier refusal
 * @returns whether the user accepted at least one template
 */
export function askToTell(templates: readonly string[], isWished = false): Promise<boolean> {
  if (templates.length === 0 || !('requestSubscribeMessage' in wx)) return Promise.resolve(false)
  if (!isWished && isResting()) return Promise.resolve(false)
  return new Promise((resolve) => {
    const limit = setTimeout(() => resolve(false), atMostMs)
    const end = (isAccepted: boolean): void => {
      clearTimeout(limit)
      resolve(isAccepted)
      if (!isAccepted && !isWished) rest()
    }
    wx.requestSubscribeMessage({
      tmplIds: [...templates],
      // For each template WeChat answers accept, reject, ban (WeChat has blocked the template) or filter (another
      // template has the same title). Only accept permits a message.
      success: (answers) => end(templates.some((id) => answers[id] === 'accept')),
      // WeChat fails, for example with 20004, when the user has switched off all subscribe messages.
      fail: () => end(false),
    })
  })
}
