// A subscribe message (订阅消息) on its way to one person: what it says, and what a try leads to. Pure functions.
import { beijingText } from '../beijing'
import { decimalsOf, yuanFromFen } from '../money'

/** newOrder goes to the shop's staff, all others to the shopper. */
export const messageKinds = ['paid', 'refunded', 'chargeAnnounced', 'chargeFailed', 'newOrder'] as const
export type MessageKind = (typeof messageKinds)[number]

/** What a keyword of a template can be filled with. */
const fields = ['number', 'goods', 'amount', 'time', 'note'] as const
type Field = (typeof fields)[number]

/** The content of a message, from which each keyword takes one field. */
export interface MessageFacts {
  /** the order's or contract's number */
  number: string
  goods: string
  amountFen: number
  currency: string
  at: number
}

/** A template of the mini-program: its id, and which field each of its keywords shows. */
export interface Template {
  id: string
  keywords: readonly { name: string; field: Field }[]
}

// WeChat's page 发送订阅消息, 订阅消息参数值内容限制: the kinds of keywords that our fields can fill.
const keyword = /^(thing|character_string|amount|time|date|phrase)\d{1,2}$/
const idPattern = /^[\w-]{20,64}$/

/** Reads `<template id>, thing1=goods, amount2=amount`. @returns undefined if it is written in another way */
export function readTemplate(text: string): Template | undefined {
  const [id = '', ...pairs] = text.split(',').map((part) => part.trim())
  const keywords = pairs.flatMap((pair) => {
    const [name = '', value] = pair.split('=').map((part) => part.trim())
    const field = fields.find((one) => one === value)
    return keyword.test(name) && field ? [{ name, field }] : []
  })
  const names = new Set(keywords.map(({ name }) => name))
  const isRight = idPattern.test(id) && keywords.length > 0 && names.size === pairs.length
  return isRight ? { id, keywords } : undefined
}

// At most five Chinese characters, the limit of a phrase.
const notes: Record<MessageKind, string> = {
  paid: '支付成功',
  refunded: '退款成功',
  chargeAnnounced: '即将扣款',
  chargeFailed: '扣款失败',
  newOrder: '新订单',
}

const thingLimit = 20
const stringLimit = 32

/** An amount as a keyword shows it: at most one sign of a currency before the number. */
const amountText = ({ amountFen, currency }: MessageFacts): string =>
  `${currency === 'CNY' ? '¥' : ''}${yuanFromFen(amountFen, decimalsOf(currency))}`

/** "2026年3月1日 12:00" in Beijing, WeChat's own example. */
function timeText(at: number): string {
  const [day = '', time = ''] = beijingText(at).split(' ')
  const [year, month, date] = day.split('-').map(Number)
  return `${year}年${month}月${date}日 ${time.slice(0, 5)}`
}

const cut = (text: string, limit: number): string => Array.from(text).slice(0, limit).join('')

/** The field `data` of a message: each keyword within the limits of its kind. */
export function messageData(
  { keywords }: Template,
  kind: MessageKind,
  facts: MessageFacts,
): Record<string, { value: string }> {
  const texts: Record<Field, string> = {
    number: facts.number,
    goods: facts.goods,
    amount: amountText(facts),
    time: timeText(facts.at),
    note: notes[kind],
  }
  return Object.fromEntries(
    keywords.map(({ name, field }) => {
      if (name.startsWith('date')) return [name, { value: timeText(facts.at).slice(0, -6) }]
      if (name.startsWith('time')) return [name, { value: timeText(facts.at) }]
      if (name.startsWith('amount')) return [name, { value: amountText(facts) }]
      if (name.startsWith('phrase')) return [name, { value: notes[kind] }]
      return [name, { value: cut(texts[field], name.startsWith('thing') ? thingLimit : stringLimit) }]
    }),
  )
}

/**
 * sending: the right to send is taken. A message stays so if its sender was killed, so that it is never sent twice. refused: the
 * person gave no permit, or has used it up. failed: WeChat refuses the content, or it is too old. unclear: no answer
 */
export type MessageState = 'waiting' | 'sending' | 'sent' | 'refused' | 'failed' | 'unclear'

export interface Message {
  /** the event's id and the kind; for staff also a number: a second hand-over finds the first one's */
  _id: string
  version: number
  kind: MessageKind
  openid: string
  facts: MessageFacts
  state: MessageState
  createdAt: number
  /** when to try (again), or null */
  dueAt: number | null
  tries: number
  /** WeChat's last error code, or null */
  code: number | null
}

/** What WeChat did with a message. `later`: WeChat certainly did not send it, and a later try may succeed. */
export type MessageOutcome = 'sent' | 'refused' | 'failed' | 'later' | 'unclear'

export const newMessage = (about: Pick<Message, '_id' | 'kind' | 'openid' | 'facts'>, now: number): Message => ({
  ...about,
  version: 1,
  state: 'waiting',
  createdAt: now,
  dueAt: now,
  tries: 0,
  code: null,
})

const minute = 60_000
const waits = [minute, 5 * minute, 30 * minute, 2 * 60 * minute, 6 * 60 * minute]

/** Takes the right to send a message. */
export const claimMessage = (message: Message): Message => ({
  ...message,
  version: message.version + 1,
  state: 'sending',
  dueAt: null,
})

/** The message after its try. Only a sending that certainly did not happen is tried again, five times. */
export function afterSending(
  message: Message,
  { outcome, code }: { outcome: MessageOutcome; code: number | null },
  now: number,
): Message {
  const wait = outcome === 'later' ? waits[message.tries] : undefined
  return {
    ...message,
    version: message.version + 1,
    code,
    tries: message.tries + 1,
    state: wait !== undefined ? 'waiting' : outcome === 'later' ? 'failed' : outcome,
    dueAt: wait === undefined ? null : now + wait,
  }
}
