import type { AdminInput, AdminResults, MessagesView } from '../../../api/admin'
import { messageKinds, newMessage } from '../../../domain/telling/message'
import { beginHearing, readStaff } from '../../../store/staff'
import { insertMessage, lastMessages } from '../../../store/wechat/messages'
import { newClaimId } from '../../platform/claimId'
import type { StaffContext } from '../../platform/context'
import { sendMessage, templateOf } from '../../platform/messages'
import type { Done } from '../audited'

const shown = 10

async function viewFor(ctx: StaffContext): Promise<MessagesView> {
  const [shop, me, last] = await Promise.all([ctx.shop(), readStaff(ctx.db, ctx.openid), lastMessages(ctx.db, shown)])
  return {
    kinds: messageKinds.flatMap((kind) => {
      const template = templateOf(shop, kind)
      return template ? [{ kind, template: template.id }] : []
    }),
    isHearing: me?.hearsOrders === true,
    last: last.map(({ _id: id, kind, facts, state, code, createdAt: at }) => ({
      id,
      kind,
      number: facts.number,
      state,
      code,
      at,
    })),
  }
}

/** Lists the kinds of messages that the shop sends, and the last messages. */
export const listMessages = async (ctx: StaffContext): Promise<Done<AdminResults['messages']>> => ({
  result: await viewFor(ctx),
})

/**
 * From now on the caller gets a message for each new order, until WeChat refuses one for lack of permission.
 * @throws NotFound, Conflict
 */
export async function hearOrders(ctx: StaffContext): Promise<Done<AdminResults['hearOrders']>> {
  await beginHearing(ctx.db, ctx.openid)
  return { result: await viewFor(ctx) }
}

/** Sends the caller an example message now. */
export async function testMessage(
  ctx: StaffContext,
  { kind }: AdminInput<'testMessage'>,
): Promise<Done<AdminResults['testMessage']>> {
  const now = ctx.now()
  const facts = { number: '20260101000000example0', goods: '测试消息', amountFen: 1, currency: 'CNY', at: now }
  const made = { ...newMessage({ _id: `test.${newClaimId(ctx)}`, kind, openid: ctx.openid, facts }, now), dueAt: null }
  const sent = (await sendMessage(ctx, await insertMessage(ctx.db, made))) ?? made
  const { state, code } = sent
  return { result: { ...(await viewFor(ctx)), state, code }, outcome: { outcome: state } }
}
