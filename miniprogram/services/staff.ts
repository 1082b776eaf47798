// Whether the current user is staff, to show the row that opens the back office. The server checks each action's
// permission again.
import { dayMs } from '../rules/beijing'
import { callFunction } from './cloud'

// Storage key of the time until which the server is not asked again whether this user is staff. Most users are
// shoppers, so this saves many calls.
const key = 'strangerUntil'

let asked: Promise<boolean> | undefined

/**
 * Whether the user is staff. Asks the server once per launch; for a user who is not staff, once a day. False if the
 * server does not answer.
 */
export function isStaff(): Promise<boolean> {
  asked ??= ask()
  return asked
}

async function ask(): Promise<boolean> {
  const until: unknown = wx.getStorageSync(key)
  const leftMs = typeof until === 'number' ? until - Date.now() : 0
  // The stored time is more than a day away, so the phone's clock was set back. Ask the server again.
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

/**
 * Opens the back office, where a non-staff user can enter an invite code. After the user returns, the server is asked
 * again.
 */
export function openBackOffice(): void {
  wx.removeStorageSync(key)
  asked = undefined
  wx.navigateTo({ url: '/pages/admin/today/index' })
}
