// A subscribe message (订阅消息) to one person: what it says, and what changes after a try to send it. Pure functions.
import { beijingText } from '../../../../miniprogram/rules/beijing'
import { decimalsOf, yuanFromFen } from '../money'

/** The kinds of messages. newOrder goes to the shop's staff, all others go to the shopper. */
export const messageKinds = ['paid', 'refunded', 'chargeAnnounced', 'chargeFailed', 'newOrder'] as const
export type MessageKind = (typeof messageKinds)[number]

/** The facts that a keyword of a message template can show. */
const fields = ['number', 'goods', 'amount', 'time', 'note'] as const
type Field = (typeof fields)[number]

/** The content of a message. Each keyword of the template shows one of these facts. */
export interface MessageFacts {
  /** the number of the order or contract */
  number: string
  goods: string
  amountFen: number
  currency: string
  at: number
}

/** A message template of the mini-program: its id at WeChat, and which fact each of its keywords shows. */
export interface Template {
  id: string
  keywords: readonly { name: string; field: Field }[]
}

// Matches the kinds of keywords that our facts can fill (WeChat's page 发送订阅消息, 订阅消息参数值内容限制).
const keyword = /^(thing|character_string|amount|time|date|phrase)\d{1,2}$/
const idPattern = /^[\w-]{20,64}$/

/**
 * Reads a template from the setting's text, such as `<template id>, thing1=goods, amount2=amount`.
 * @returns undefined if the text has another form
 */
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

// WeChat allows at most five Chinese characters in a phrase.
const notes: Record<MessageKind, string> = {
  paid: '支付成功',
  refunded: '退款成功',
  chargeAnnounced: '即将扣款',
  chargeFailed: '扣款失败',
  newOrder: '新订单',
}

const thingLimit = 20
const stringLimit = 32

/** An amount as WeChat allows it in a keyword: at most one currency sign before the number. */
const amountText = ({ amountFen, currency }: MessageFacts): string =>
  `${currency === 'CNY' ? '¥' : ''}${yuanFromFen(amountFen, decimalsOf(currency))}`

/** A time as WeChat's own example writes it: "2026年3月1日 12:00", in Beijing time. */
function timeText(at: number): string {
  const [day = '', time = ''] = beijingText(at).split(' ')
  const [year, month, date] = day.split('-').map(Number)
  return `${year}年${month}月${date}日 ${time.slice(0, 5)}`
}

const cut = (text: string, limit: number): string => Array.from(text).slice(0, limit).join('')

/** Makes the field `data` of a message, with each keyword's text cut to the length that WeChat allows for its kind. */
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
 * States of a message. sending: a sender has taken the right to send; if that sender was killed, the message stays so,
 * because sending it again might make two messages. refused: the person gave no permission, or has used it up. failed:
 * WeChat refuses the content, or the message is too old. unclear: WeChat gave no answer.
 */
export type MessageState = 'waiting' | 'sending' | 'sent' | 'refused' | 'failed' | 'unclear'

export interface Message {
  /**
   * the event's id and the kind of message. So the same event makes only one message. Staff can be several people, so
   * their messages also have a number
   */
  _id: string
  version: number
  kind: MessageKind
  openid: string
  facts: MessageFacts
  state: MessageState
  createdAt: number
  /** when we next try to send the message; null: never */
  dueAt: number | null
  tries: number
  /** the error code of WeChat's last answer; null: no error */
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

/**
 * Records a try to send a message. If WeChat certainly did not send the message, we try again, up to five times.
 * Otherwise we do not try again.
 */
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
