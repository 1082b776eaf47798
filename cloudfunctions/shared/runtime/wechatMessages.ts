// Sends subscribe messages (发送订阅消息) through WeChat's service, behind the interface of the use cases. Sources:
// docs/provider-facts.md 9.7.
import type { MessageOutcome } from '../domain/telling/message'
import type { MessageDoor } from '../usecases/platform/context'
import type { CallWechat } from './wechatShipping'

const api = ['subscribeMessage', 'send']

// What WeChat's error codes mean. After any other code we do not know whether WeChat sent the message.
const meanings = new Map<number, MessageOutcome>([
  // The person gave no permission, has used the permission up, or has switched messages off (用户拒绝接受消息).
  [43101, 'refused'],
  // The person, the template, the page or the content is wrong, or WeChat has stopped the template.
  ...[40003, 40037, 41030, 47003, 43116, 45168].map((code) => [code, 'failed'] as const),
  // The function or the mini-program does not have the permission yet, or has called too often. A later try may work.
  ...[-604100, -604101, -604104, 40001, 42001, 44990, 45009, 48001].map((code) => [code, 'later'] as const),
])

export const createMessageDoor = (call: CallWechat): MessageDoor => ({
  async send({ openid, template, page, data }) {
    try {
      await call(api, { touser: openid, template_id: template, page, data, lang: 'zh_CN' })
      return { outcome: 'sent', code: null }
    } catch (error) {
      const code = (error as { errCode?: unknown } | null)?.errCode
      if (typeof code !== 'number' || !Number.isSafeInteger(code)) return { outcome: 'unclear', code: null }
      return { outcome: meanings.get(code) ?? 'unclear', code }
    }
  },
})
