// The functions of a mini-program that OpenMidas needs: wx.request, wx.requestPayment and wx.navigateToMiniProgram.
import type { SignTarget } from '../config'
import type { JsapiParameters } from '../payInfo'
import type { HttpReply, Platform, SheetAnswer } from './platform'
import { readSheetAnswer } from './sheetTexts'

export const miniprogramPlatform: Platform = {
  post: (url, data, timeout) =>
    new Promise<HttpReply>((resolve, reject) => {
      wx.request({
        url,
        data,
        timeout,
        method: 'POST',
        success: (reply) => resolve({ status: reply.statusCode, body: reply.data }),
        fail: reject,
      })
    }),

  // WeChat may call `complete` after `success` or `fail`. Only the first callback counts, because a promise settles
  // once.
  openSheet: (parameters: JsapiParameters) =>
    new Promise<SheetAnswer>((resolve) => {
      if (typeof wx.requestPayment !== 'function') {
        resolve({ end: 'sheetMissing', text: '' })
        return
      }
      wx.requestPayment({
        ...parameters,
        success: () => resolve({ end: 'succeeded', text: '' }),
        fail: (failure) => resolve(readSheetAnswer(failure)),
        // WeChat 6.5.2 and older report a cancelled payment through `complete` only.
        complete: (answer) => resolve(readSheetAnswer(answer)),
      })
    }),

  jump: {
    isKnown: () => typeof wx.navigateToMiniProgram === 'function' && isNewEnough(),
    go: ({ appId, path, extraData }: SignTarget) =>
      new Promise<void>((resolve, reject) => {
        wx.navigateToMiniProgram({
          appId,
          path,
          extraData,
          success: () => resolve(),
          fail: (failure) => reject(new Error(textOf(failure))),
        })
      }),
  },
}

// Minimum WeChat versions for signing, from Midas's document (402-1-2-1). On other operating systems it is enough that
// wx.navigateToMiniProgram exists.
const oldest = new Map([
  ['android', [6, 5, 10]],
  ['ios', [6, 5, 9]],
])

function isNewEnough(): boolean {
  const { platform, version } = client()
  const least = oldest.get(String(platform).toLowerCase())
  // If WeChat does not report its version, assume that WeChat is new enough.
  if (!least || !/^\d+(\.\d+)*$/.test(String(version))) return true
  const mine = String(version).split('.').map(Number)
  for (const [place, part] of least.entries()) {
    const own = mine[place] ?? 0
    if (own !== part) return own > part
  }
  return true
}

// Use wx.getSystemInfoSync, because outdated versions of WeChat, which this check looks for, lack the newer functions.
function client(): { platform?: string; version?: string } {
  try {
    if (typeof wx.getDeviceInfo === 'function' && typeof wx.getAppBaseInfo === 'function')
      return { platform: wx.getDeviceInfo().platform, version: wx.getAppBaseInfo().version }
    return wx.getSystemInfoSync()
  } catch {
    return {}
  }
}

const textOf = (answer: unknown): string => String((answer as { errMsg?: unknown } | undefined)?.errMsg ?? '')
