// Subscribe messages: decides which messages an event makes, and has the one function that sends them.
import { dayMs } from '../../../../miniprogram/rules/beijing'
import type { Contract } from '../../domain/contractShape'
import { amountOf, openCharge } from '../../domain/contractShape'
import type { Order } from '../../domain/orders/orderShape'
import { eventId, type OutboxEntry } from '../../domain/outbox'
import {
  afterSending,
  claimMessage,
  type Message,
  type MessageFacts,
  type MessageKind,
  messageData,
  newMessage,
  readTemplate,
  type Template,
} from '../../domain/telling/message'
import { staffIdOf } from '../../store/settings'
import { hearers, stopHearing } from '../../store/staff'
import { insertMessage, writeMessage } from '../../store/wechat/messages'
import type { Context, ShopSettings } from './context'
import { paymentTitle } from './paymentTitle'

/** The template for a kind of message; undefined: the shop does not send this kind. */
export function templateOf({ messages }: Pick<ShopSettings, 'messages'>, kind: MessageKind): Template | undefined {
  const text = messages?.[kind]
  return text === undefined ? undefined : readTemplate(text)
}

/**
 * The ids of the templates for which we ask a person's permission. Kinds of messages that the shop does not send are
 * left out.
 */
export const templateIds = (shop: ShopSettings, kinds: readonly MessageKind[]): string[] => [
  ...new Set(kinds.flatMap((kind) => templateOf(shop, kind)?.id ?? [])),
]

/**
 * Stores the messages of one event; the timer sends them. A second call stores nothing more, because the ids are the
 * same.
 * @param document an order or contract that has the event `entry` in its outbox
 */
export async function makeMessages(ctx: Context, document: Order | Contract, entry: OutboxEntry): Promise<void> {
  const shop = await ctx.shop()
  if (shop.messages === undefined) return
  const make = (kind: MessageKind, openid: string, facts: MessageFacts, suffix = ''): Promise<Message> | undefined => {
    const _id = `${eventId(document, entry)}.${kind}${suffix}`
    return templateOf(shop, kind) && insertMessage(ctx.db, newMessage({ _id, kind, openid, facts }, ctx.now()))
  }
  if (!('payments' in document)) {
    if (entry.type === 'contract.past_due')
      await make('chargeFailed', document.openid, chargeFacts(document, openCharge(document)?.amountFen, entry.at))
    return
  }
  // We can only send messages to people who ordered in the mini-program. In a browser a person has another openid.
  const isOurs = (document.place ?? 'miniprogram') === 'miniprogram'
  const facts = orderFacts(document, entry)
  if (entry.type === 'refund.done' && isOurs) await make('refunded', document.openid, facts)
  if (entry.type !== 'order.paid') return
  if (isOurs) await make('paid', document.openid, facts)
  if (templateOf(shop, 'newOrder'))
    for (const openid of await hearers(ctx.db)) await make('newOrder', openid, facts, `.${staffIdOf(openid)}`)
}

function orderFacts(order: Order, { no, at }: OutboxEntry): MessageFacts {
  const refund = order.refunds.find((one) => one.no === no)
  const amountFen = refund?.amountFen ?? order.amountFen
  return { number: order._id, goods: paymentTitle(order.items), amountFen, currency: order.currency, at }
}

const chargeFacts = ({ _id, terms }: Contract, amountFen = terms.amountFen, at: number): MessageFacts => ({
  number: _id,
  goods: terms.title,
  amountFen,
  currency: terms.currency,
  at,
})

/**
 * Makes a message that tells a subscriber about the next charge, after the provider has sent the pre-debit notice.
 * Never throws, because a failed message must not delay the charge.
 */
export async function messageAnnounced(ctx: Context, contract: Contract): Promise<void> {
  const { announcement } = contract
  if (!announcement || !templateOf(await ctx.shop(), 'chargeAnnounced')) return
  const { period } = announcement
  const facts = chargeFacts(contract, amountOf(contract.terms, period), ctx.now())
  const about = {
    _id: `${contract._id}.announced.${period}`,
    kind: 'chargeAnnounced',
    openid: contract.openid,
  } as const
  await insertMessage(ctx.db, newMessage({ ...about, facts }, ctx.now())).catch(() => undefined)
}

const pages: Record<MessageKind, (number: string) => string> = {
  paid: (number) => `pages/order/index?orderNo=${number}`,
  refunded: (number) => `pages/order/index?orderNo=${number}`,
  chargeAnnounced: (number) => `pages/contract/index?contractNo=${number}`,
  chargeFailed: (number) => `pages/contract/index?contractNo=${number}`,
  newOrder: (number) => `pages/admin/order/index?orderNo=${number}`,
}

// We do not send a message about something older than this, because it would rather confuse than help.
const freshMs = dayMs

/**
 * Sends a message, at most once. One write takes the right to send, and we try again only if WeChat certainly did not
 * send the message. All code that sends messages uses this function.
 * @returns the message as it is stored after that; undefined if another caller has taken it
 */
export async function sendMessage(ctx: Context, due: Message): Promise<Message | undefined> {
  if (due.state !== 'waiting') return undefined
  const claimed = claimMessage(due)
  if (!(await writeMessage(ctx.db, due, claimed))) return undefined
  const { kind, openid, facts } = claimed
  const template = templateOf(await ctx.shop(), kind)
  const isSendable = template !== undefined && ctx.now() - claimed.createdAt < freshMs
  const result = isSendable
    ? await ctx.messages.send({
        openid,
        template: template.id,
        page: pages[kind](facts.number),
        data: messageData(template, kind, facts),
      })
    : ({ outcome: 'failed', code: null } as const)
  const after = afterSending(claimed, result, ctx.now())
  await writeMessage(ctx.db, claimed, after)
  // WeChat refused because this staff member's permission is used up: each permission covers one message. So send this
  // staff member nothing more until they give a new permission.
  if (kind === 'newOrder' && after.state === 'refused') await stopHearing(ctx.db, openid)
  return after
}
