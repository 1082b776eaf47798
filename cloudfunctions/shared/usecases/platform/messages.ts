// Subscribe messages: which ones an event makes, and the one door through which they are sent.
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

/** The template of a kind; undefined: such messages are not sent. */
export function templateOf({ messages }: Pick<ShopSettings, 'messages'>, kind: MessageKind): Template | undefined {
  const text = messages?.[kind]
  return text === undefined ? undefined : readTemplate(text)
}

/** The ids of the templates for which a person is asked, of the kinds that the shop sends. */
export const templateIds = (shop: ShopSettings, kinds: readonly MessageKind[]): string[] => [
  ...new Set(kinds.flatMap((kind) => templateOf(shop, kind)?.id ?? [])),
]

/**
 * Stores the messages of one event, to be sent by the timer. Calling it again stores nothing more.
 * @param document with the event `entry` in its outbox
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
  // Whoever ordered in a browser is known under another account.
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

/** Tells a subscriber that the provider has announced the next charge. Never throws: the charge does not wait for it. */
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

// A message about something older surprises more than it helps.
const freshMs = 24 * 3_600_000

/**
 * Sends a message, at most once: the right to send is taken by one write, and only a sending that certainly did not
 * happen is tried again. All code that sends messages uses this function.
 * @returns the message as it is stored then; undefined if another caller has taken it
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
  // Each permit of a staff member is for one message.
  if (kind === 'newOrder' && after.state === 'refused') await stopHearing(ctx.db, openid)
  return after
}
