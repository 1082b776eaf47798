// Saves a picture to the phone's album and reports the reason when saving failed.
import { type PrivacyRefusal, privacyRefusalOf } from './privacy'

/**
 * Why saving failed. `refused`: WeChat's setting for this mini-program forbids saving. `refusedBySystem`: the phone
 * forbids WeChat to save. No setting of the phone changes the refusals of the privacy check.
 */
export type Refusal = 'refused' | 'refusedBySystem' | PrivacyRefusal
export type Saved = 'saved' | 'cancelled' | 'failed' | Refusal

/** Whether the user can lift this refusal in the settings of WeChat or the phone. */
export const isInSettings = (refusal: Refusal): refusal is 'refused' | 'refusedBySystem' =>
  refusal === 'refused' || refusal === 'refusedBySystem'

/** @param picture a data URL of a PNG. Never throws. */
export async function saveToAlbum(picture: string): Promise<Saved> {
  try {
    const filePath = await writePicture(picture.slice(picture.indexOf(',') + 1))
    await wx.saveImageToPhotosAlbum({ filePath })
    return 'saved'
  } catch (error) {
    return reasonOf(error)
  }
}

/** Opens the settings in which the user can lift the refusal. */
export function openAlbumSettings(saved: 'refused' | 'refusedBySystem'): void {
  if (saved === 'refusedBySystem' && wx.openAppAuthorizeSetting) wx.openAppAuthorizeSetting({})
  else wx.openSetting({})
}

// Every picture uses the same file name. Old codes are useless, and the folder exists until the mini-program is
// removed.
function writePicture(data: string): Promise<string> {
  const filePath = `${wx.env.USER_DATA_PATH}/pay-code.png`
  return new Promise((resolve, reject) => {
    wx.getFileSystemManager().writeFile({
      filePath,
      data,
      encoding: 'base64',
      success: () => resolve(filePath),
      fail: reject,
    })
  })
}

// WeChat's message differs by phone and version: "auth deny", "auth denied", "authorize no response", "system
// permission denied".
function reasonOf(error: unknown): Saved {
  const refusal = privacyRefusalOf(error)
  if (refusal) return refusal
  const { errMsg: text } = (error ?? {}) as { errMsg?: unknown }
  if (typeof text !== 'string') return 'failed'
  if (/cancel/i.test(text)) return 'cancelled'
  if (/system permission/i.test(text)) return 'refusedBySystem'
  return /auth/i.test(text) ? 'refused' : 'failed'
}
