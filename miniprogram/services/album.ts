// Saves a picture to the phone's album. If saving fails, says why.
import { type PrivacyRefusal, privacyRefusalOf } from './privacy'

/**
 * Why a picture could not be saved. `refused`: the user has forbidden this mini-program to use the album.
 * `refusedBySystem`: the phone's system forbids WeChat to use it. The other values are refusals of WeChat's privacy
 * check, which the user cannot change in any settings.
 */
export type Refusal = 'refused' | 'refusedBySystem' | PrivacyRefusal
export type Saved = 'saved' | 'cancelled' | 'failed' | Refusal

/** Whether the user can allow saving in the settings of WeChat or of the phone. */
export const isInSettings = (refusal: Refusal): refusal is 'refused' | 'refusedBySystem' =>
  refusal === 'refused' || refusal === 'refusedBySystem'

/** Saves a picture to the album. Never throws. @param picture a data URL of a PNG */
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

// Every picture overwrites the same file. Otherwise old codes, which nobody needs, would stay on the phone until the
// user removes the mini-program.
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

// WeChat's error message differs by phone and version: "auth deny", "auth denied", "authorize no response", "system
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
