// Whether this person is of the shop, for the one row that leads to the back office. What somebody may do there, the
// server decides at each call.
import { callFunction } from './cloud'

// Until when a stranger is not asked about again, so that shoppers do not pay for a row that they never see.
const key = 'strangerUntil'
const dayMs = 86_400_000

let asked: Promise<boolean> | undefined

/** Asked once in a launch, and for a stranger once a day; false too when nobody answers. */
export function isStaff(): Promise<boolean> {
  asked ??= ask()
  return asked
}

async function ask(): Promise<boolean> {
  const until: unknown = wx.getStorageSync(key)
  const leftMs = typeof until === 'number' ? until - Date.now() : 0
  // More than a day left: the phone's clock was set back meanwhile.
  if (leftMs > 0 && leftMs <= dayMs) return false
  try {
    const { role } = await callFunction('admin', 'claim', {})
    if (role === 'stranger') wx.setStorageSync(key, Date.now() + dayMs)
    return role !== 'stranger'
  } catch {
    asked = undefined
    return false
  }
}

/** To the back office, where a stranger finds a field for a code. Who comes back from there is asked about anew. */
export function openBackOffice(): void {
  wx.removeStorageSync(key)
  asked = undefined
  wx.navigateTo({ url: '/pages/admin/today/index' })
}
