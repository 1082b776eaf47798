// Interprets the answer of wx.requestPayment. WeChat documents only `ok`, `fail cancel` and "fail" with backend
// details, so the reason is recognised by words. The table is searched from the top and the first matching row decides.
import { isRecord } from '../payInfo'
import type { SheetAnswer } from './platform'

type Row = readonly [end: 'sheetRefused' | 'sheetUnknown', words: RegExp]

const rows: readonly Row[] = [
  // WeChat Pay mentions "network" in this message when the payer's IP address differs from the order's; the sheet did
  // not open. `access denied` arrives as "system:access_denied".
  ['sheetRefused', /未能通过安全验证|access.?denied/i],
  // The payment may have succeeded, so the user must not be told to pay again, whatever else WeChat's text says.
  [
    'sheetUnknown',
    /time.?out|network|unknown|system|busy|processing|already.?paid|超时|网络|未知|系统|繁忙|处理中|已支付|已付款|支付成功|结果/i,
  ],
  // Reasons for which WeChat refuses before any payment: a missing, malformed or mismatched parameter; an account that
  // is not bound or may not receive money; a wrong signature; a number that can no longer be paid; a declined payment.
  [
    'sheetRefused',
    /param|invalid|illegal|missing|malformed|format|required|mis.?match|not match|inconsistent|should be|not exist|not found|参数|缺少|格式|有误|无效|非法|不正确|不匹配|不一致|不符|不存在|不能为空|total_fee|prepay_?id/i,
  ],
  [
    'sheetRefused',
    /permission|not allowed|forbidden|banned|not support|(not |un)(bound|bind|registered|authorized)|权限|未绑定|没有绑定|未关联|未授权|未注册|未配置|未开通|未认证|不支持|已?被?限制|封禁|冻结/i,
  ],
  [
    'sheetRefused',
    /signature|sign error|declined|insufficient|closed|expired|revoked|签名|余额不足|额度|拒绝|已关闭|已过期|已失效|已撤销/i,
  ],
]

const cancelled = /^((requestPayment:)?(fail[: ]*)?(user )?cancel(led)?|用户取消(支付)?)$/i

/**
 * Reads the argument of success, fail or complete. On some phones only `err_desc` has the reason, and the message is a
 * bare "requestPayment:fail".
 */
export function readSheetAnswer(answer: unknown): SheetAnswer {
  const { errMsg, err_desc } = isRecord(answer) ? answer : {}
  const parts = [errMsg, err_desc].filter((part): part is string => typeof part === 'string' && part.trim() !== '')
  const text = parts.filter((part, index) => parts.indexOf(part) === index).join(' ')
  if (errMsg === 'requestPayment:ok') return { end: 'succeeded', text }
  if (parts.some((part) => cancelled.test(part.trim()))) return { end: 'cancelled', text }
  return { end: rows.find(([, words]) => words.test(text))?.[0] ?? 'sheetUnknown', text }
}
