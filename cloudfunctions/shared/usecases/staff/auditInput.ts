// The part of an audit entry that is written before the action: what the action is about and what staff asked for. It
// never contains a secret, a one-time code or the value of a setting.
import type { AdminAction, AdminInput } from '../../api/admin'
import { maskOpenid } from '../../domain/mask'
import type { AuditFields } from '../../store/audit'
import { staffIdOf } from '../../store/settings'
import { listedSession } from '../../store/signIn/sessions'
import { allStaff, inviteIdOf } from '../../store/staff'
import type { StaffContext } from '../platform/context'

/**
 * The fields that the audit stores of each action's request. If an action is not listed, the audit stores only the
 * action's name and the number of the order or contract.
 */
const recorders: {
  [A in AdminAction]?: (input: AdminInput<A>, ctx: StaffContext) => AuditFields | Promise<AuditFields>
} = {
  refund: ({ paymentNo, amountFen, reason }) => ({ paymentNo, amountFen, reason }),
  recordRefund: ({ refundNo, isRefunded, note }) => ({ refundNo, isRefunded, note }),
  ship: ({ entries }) => ({ orders: entries.map(({ orderNo, way }) => `${orderNo} ${way}`).join(', ') }),
  answerComplaint: ({ id, answer }) => ({
    complaint: id,
    answer: answer.what,
    ...('text' in answer && { text: answer.text.slice(0, 200) }),
  }),
  complaintPhone: ({ id }) => ({ complaint: id }),
  savePlan: ({ plan: { plan, title } }) => ({ plan, title }),
  saveProduct: ({ product: { sku, title } }) => ({ sku, title }),
  replay: ({ which }) => ('ids' in which ? { notices: which.ids.length } : { provider: which.provider }),
  dismiss: ({ note }) => ({ note }),
  bills: ({ provider, day }) => ({ provider, day }),
  repair: ({ provider, day, kind, no, how, note = '' }) => ({ provider, day, kind, no, how, note }),
  export: (input) => ('start' in input ? { what: input.start.what, from: input.start.from, to: input.start.to } : {}),
  staff: staffWish,
  sessions: (input) => ({ deed: 'confirm' in input ? 'signIn' : 'signOut' }),
  saveSettings: ({ code, enabled, fields, older }) =>
    older
      ? { code, older: older.do, generation: older.generation }
      : { code, enabled, fields: Object.keys(fields).join(', ') },
  testSettings: ({ code }) => ({ code }),
  testMessage: ({ kind }) => ({ kind }),
  changeDomain: (input) => {
    const [[deed, of] = ['', '']] = Object.entries(input)
    return { deed, domain: typeof of === 'string' ? of : of.domain.code }
  },
  changeEndpoint: (input) => {
    const [[deed, of] = ['', '']] = Object.entries(input)
    return { deed, ...(typeof of === 'string' ? { endpoint: of } : { endpoint: of.id, note: of.note }) }
  },
  testEndpoint: ({ id }) => ({ endpoint: id }),
  resend: ({ which }) =>
    'id' in which
      ? { number: which.id }
      : 'orderNo' in which
        ? { number: which.orderNo }
        : { from: which.from, to: which.to, ...(which.endpoint !== undefined && { endpoint: which.endpoint }) },
}

async function staffWish(input: AdminInput<'staff'>, { db, now }: StaffContext): Promise<AuditFields> {
  if ('list' in input) return {}
  if ('invite' in input) return { deed: 'invite', name: input.invite.name, role: input.invite.role }
  if ('rename' in input) return { deed: 'rename', name: input.rename }
  const { people, invites } = await allStaff(db, now())
  if ('withdraw' in input) {
    const invite = invites.find((one) => inviteIdOf(one) === input.withdraw)
    return { deed: 'withdraw', ...(invite && { name: invite.name, role: invite.role }) }
  }
  const [deed, staffId] =
    'endSession' in input
      ? ['signOut', staffIdOf((await listedSession(db, input.endSession))?.openid ?? '')]
      : 'change' in input
        ? ['change', input.change.staffId]
        : ['remove', input.remove]
  const person = people.find(({ _id }) => staffIdOf(_id) === staffId)
  return { deed, ...(person && { name: person.name, who: maskOpenid(person._id) }) }
}

/**
 * The fields that the audit stores of a request.
 * @param what the action's name
 * @param input the request, already checked by the action's schema
 */
export async function auditedInput(ctx: StaffContext, what: AdminAction, input: object): Promise<AuditFields> {
  const wish = recorders[what] as ((input: object, ctx: StaffContext) => AuditFields | Promise<AuditFields>) | undefined
  return wish ? wish(input, ctx) : {}
}
