// WeChat's service for subscribe messages (发送订阅消息), behind the interface of the use cases. Sources:
// docs/provider-facts.md 9.7.
import type { MessageOutcome } from '../domain/telling/message'
import type { MessageDoor } from '../usecases/platform/context'
import type { CallWechat } from './wechatShipping'

const api = ['subscribeMessage', 'send']

// A code that is not here leaves open whether the message was sent.
const meanings = new Map<number, MessageOutcome>([
  // 用户拒绝接受消息: no permit, a permit that is used up, or the person's main switch is off.
  [43101, 'refused'],
  // The person, the template, the page or its content is not right, or WeChat has stopped the template.
  ...[40003, 40037, 41030, 47003, 43116, 45168].map((code) => [code, 'failed'] as const),
  // The function or the mini-program has no permission yet, or asked too often.
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
