// Saves a picture to the phone's album, and says what stood in the way.

/**
 * What stood in the way. `refused`: WeChat's own setting for this mini-program. `refusedBySystem`: the phone does not let
 * WeChat. `privacyRefused`: the user did not agree to the privacy guide. `privacyUndeclared`: the shop's privacy guide does
 * not name the album (errno 112), which no setting of the phone can change.
 */
export type Refusal = 'refused' | 'refusedBySystem' | 'privacyRefused' | 'privacyUndeclared'
export type Saved = 'saved' | 'cancelled' | 'failed' | Refusal

/** Whether a setting of the phone can take a refusal back. */
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

/** Opens the place where the refusal can be taken back. */
export function openAlbumSettings(saved: 'refused' | 'refusedBySystem'): void {
  if (saved === 'refusedBySystem' && wx.openAppAuthorizeSetting) wx.openAppAuthorizeSetting({})
  else wx.openSetting({})
}

// One name for all of them: an old code is of no use, and the folder is kept until the mini-program is removed.
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

// WeChat's words differ by phone and version: "auth deny", "auth denied", "authorize no response", "system permission denied".
function reasonOf(error: unknown): Saved {
  const { errMsg: text, errno } = (error ?? {}) as { errMsg?: unknown; errno?: unknown }
  // WeChat's privacy page: 103 and 104 when the user does not agree, 112 when the guide does not declare the interface.
  if (errno === 112 || (typeof text === 'string' && /privacy agreement|privacy api banned/i.test(text)))
    return 'privacyUndeclared'
  if (errno === 103 || errno === 104 || (typeof text === 'string' && /privacy/i.test(text))) return 'privacyRefused'
  if (typeof text !== 'string') return 'failed'
  if (/cancel/i.test(text)) return 'cancelled'
  if (/system permission/i.test(text)) return 'refusedBySystem'
  return /auth/i.test(text) ? 'refused' : 'failed'
}
