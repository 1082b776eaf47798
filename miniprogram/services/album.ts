// Saves a picture to the phone's album, and says what stood in the way.

/** `refused`: WeChat's own setting for this mini-program says no. `refusedBySystem`: the phone says no to WeChat. */
export type Saved = 'saved' | 'cancelled' | 'refused' | 'refusedBySystem' | 'failed'

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
  const text = (error as { errMsg?: unknown } | null)?.errMsg
  if (typeof text !== 'string') return 'failed'
  if (/cancel/i.test(text)) return 'cancelled'
  if (/system permission/i.test(text)) return 'refusedBySystem'
  return /auth/i.test(text) ? 'refused' : 'failed'
}
