// Permission for subscribe messages. WeChat asks the person, and only in a tap or after a payment.
const refusedKey = 'messagesRefusedAt'
// After a refusal this phone does not ask again for a week.
const restMs = 7 * 86_400_000
// Paying goes on after this time, whatever became of the question.
const atMostMs = 60_000

// The storage of a phone may be full or broken. Paying must not stop for that.
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
    // The next payment asks again.
  }
}

/**
 * Asks for permission to send one message of each template. Must be called in the tap itself, before anything is
 * awaited. Never rejects: nothing depends on the answer.
 * @param templates at most three; with none nobody is asked
 * @param isWished the person asked for it, so an earlier refusal does not count
 * @returns whether at least one template was accepted
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
      // accept, reject, ban (WeChat has stopped the template) or filter, for each template.
      success: (answers) => end(templates.some((id) => answers[id] === 'accept')),
      // Such as 20004: the person's main switch is off.
      fail: () => end(false),
    })
  })
}
