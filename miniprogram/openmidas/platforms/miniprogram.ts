// OpenMidas's platform inside WeChat: wx.request and wx.requestPayment.
import type { JsapiParameters } from '../payInfo'
import type { HttpReply, Platform, SheetAnswer } from './platform'

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

  // The first answer counts: a promise settles once, whatever the client calls afterwards.
  openSheet: (parameters: JsapiParameters) =>
    new Promise<SheetAnswer>((resolve) => {
      if (typeof wx.requestPayment !== 'function') {
        resolve({ end: 'sheetMissing', text: '' })
        return
      }
      wx.requestPayment({
        ...parameters,
        success: () => resolve({ end: 'succeeded', text: '' }),
        fail: (failure) => resolve(readErrMsg(failure)),
        // WeChat 6.5.2 and older told of a cancelled payment by `complete` alone.
        complete: (answer) => resolve(readErrMsg(answer)),
      })
    }),
}

// Reasons that WeChat or its backend gives before money could move: parameters, permission, signature, a number that
// cannot be paid any more, a payment that was declined. Any other text, an empty one included, tells nothing.
const certain =
  /param|invalid|permission|banned|not support|signature|declined|insufficient|closed|expired|权限|不支持|签名|余额不足|拒绝|已关闭|已过期/i
const doubtful = /time.?out|network|unknown|system|超时|网络|未知|系统|已支付/i

function readErrMsg(answer: unknown): SheetAnswer {
  const text = String((answer as { errMsg?: unknown } | undefined)?.errMsg ?? '')
  if (text === 'requestPayment:ok') return { end: 'succeeded', text }
  if (/^requestPayment:(fail[: ]*)?cancel$/.test(text)) return { end: 'cancelled', text }
  return { end: certain.test(text) && !doubtful.test(text) ? 'sheetRefused' : 'sheetUnknown', text }
}
