// The fake server of WeChat's subscribe messages (发送订阅消息), as WeChat's page describes it (docs/provider-facts.md 9.7).
// Functions reach it through cloud.openapi. The preview asks the user for permission and stores the answer in this fake
// server.
import { type Ledger, SandboxError } from '../twin'

type Fields = Record<string, unknown>

export interface SentMessage {
  touser: string
  template_id: string
  page: string
  data: Record<string, { value: string }>
}

/**
 * How the service behaves. works; quota: the shop has used up its daily quota; down: the system is busy, and the caller
 * cannot know whether it sent the message
 */
const moods = ['works', 'quota', 'down'] as const

// The allowed values by the type of a field (订阅消息参数值内容限制).
const limits: readonly [name: RegExp, value: RegExp][] = [
  [/^thing\d+$/, /^.{1,20}$/u],
  [/^character_string\d+$/, /^[\x20-\x7e]{1,32}$/],
  [/^amount\d+$/, /^[¥￥$]?\d{1,10}(\.\d+)?元?$/],
  [/^phrase\d+$/, /^\p{Script=Han}{1,5}$/u],
  [/^time\d+$/, /^(\d{4}年\d{1,2}月\d{1,2}日 )?\d{1,2}:\d{2}$/],
  [/^date\d+$/, /^\d{4}年\d{1,2}月\d{1,2}日$/],
]

const isText = (value: unknown): value is string => typeof value === 'string' && value !== ''

function isRight([name, field]: [string, unknown]): boolean {
  const { value } = (field ?? {}) as { value?: unknown }
  const rule = limits.find(([names]) => names.test(name))
  return rule !== undefined && isText(value) && rule[1].test(value)
}

const refusal = (errcode: number, errmsg: string) => ({ errcode, errmsg: `${errmsg} rid: sandbox` })

/** @param ledger the storage of this fake server */
export function createMessageService(clock: { now(): number }, ledger: Ledger) {
  const permitId = (openid: unknown, template: unknown): string => `${openid}/${template}`
  const left = (id: string): number => ledger.get<{ left: number }>('permit', id)?.left ?? 0

  return {
    /** The user accepts one message of each template. */
    permit(openid: string, templates: readonly string[]): void {
      for (const template of templates) {
        const id = permitId(openid, template)
        ledger.put('permit', id, { left: left(id) + 1 })
      }
    },

    /** Changes how the service behaves. @throws SandboxError for an unknown mood */
    setMood(mood: string): void {
      if (!(moods as readonly string[]).includes(mood)) throw new SandboxError(`mood: one of ${moods.join(', ')}`)
      ledger.put('mood', 'now', { mood })
    },

    /** Plays the API subscribeMessage.send. */
    async send({ touser, template_id, page, data }: Fields): Promise<Fields> {
      const mood = ledger.get<{ mood: (typeof moods)[number] }>('mood', 'now')?.mood ?? 'works'
      if (mood === 'quota') return refusal(45009, 'reach max api daily quota limit')
      if (!isText(touser)) return refusal(40003, 'invalid openid')
      if (!isText(template_id)) return refusal(40037, 'invalid template_id')
      if (!isText(page) || page.startsWith('/')) return refusal(41030, 'invalid page')
      const entries = Object.entries((data ?? {}) as Fields)
      if (entries.length === 0 || !entries.every(isRight)) return refusal(47003, 'argument invalid!')
      const id = permitId(touser, template_id)
      if (left(id) < 1) return refusal(43101, 'user refuse to accept the msg')
      ledger.put('permit', id, { left: left(id) - 1 })
      ledger.put('message', String(ledger.serial()), { touser, template_id, page, data, at: clock.now() }, 'all')
      return mood === 'down' ? refusal(-1, 'system error') : { errcode: 0, errmsg: 'ok' }
    },

    /** All messages that the service has delivered, the oldest first. */
    sent: (): SentMessage[] => ledger.list('message', 'all'),
  }
}

export type MessageService = ReturnType<typeof createMessageService>
