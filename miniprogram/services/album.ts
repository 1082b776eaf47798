// Saves a picture to the phone's album and reports the reason when saving failed.

/**
 * Why saving failed. `refused`: WeChat's setting for this mini-program forbids saving. `refusedBySystem`: the phone
 * forbids WeChat to save. `privacyRefused`: the user did not accept the privacy guide. `privacyUndeclared`: the shop's
 * privacy guide does not mention the album (errno 112), which no phone setting can change.
 */
export type Refusal = 'refused' | 'refusedBySystem' | 'privacyRefused' | 'privacyUndeclared'
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
  const { errMsg: text, errno } = (error ?? {}) as { errMsg?: unknown; errno?: unknown }
  // Errors of WeChat's privacy check: 103 and 104 when the user does not agree, 112 when the privacy guide does not
  // declare the interface.
  if (errno === 112 || (typeof text === 'string' && /privacy agreement|privacy api banned/i.test(text)))
    return 'privacyUndeclared'
  if (errno === 103 || errno === 104 || (typeof text === 'string' && /privacy/i.test(text))) return 'privacyRefused'
  if (typeof text !== 'string') return 'failed'
  if (/cancel/i.test(text)) return 'cancelled'
  if (/system permission/i.test(text)) return 'refusedBySystem'
  return /auth/i.test(text) ? 'refused' : 'failed'
}
