import type { AdminInput, AdminResults, StaffView } from '../../api/admin'
import { AppError } from '../../domain/errors'
import { maskOpenid } from '../../domain/mask'
import { newCode, staffIdOf } from '../../store/settings'
import { endListedSession, endSessionsOf, type StaffSession, staffSessions } from '../../store/signIn/sessions'
import {
  allStaff,
  changeStaff,
  forgetCodes,
  type Invite,
  inviteIdOf,
  putInvite,
  readStaff,
  removeInvite,
  removeStaff,
  restoreStaff,
  type Staff,
} from '../../store/staff'
import type { StaffContext } from '../platform/context'
import type { Done } from './audited'
import { sessionView } from './manageSessions'

type People = AdminResults['staff']
type Wish = Exclude<AdminInput<'staff'>, { list: true }>

/** Lists the staff members and the invitations that nobody has used yet. */
export const listStaff = async (ctx: StaffContext): Promise<Done<People>> => ({ result: await peopleOf(ctx) })

async function peopleOf(ctx: StaffContext): Promise<People> {
  const [{ people, invites }, sessions] = await Promise.all([
    allStaff(ctx.db, ctx.now()),
    staffSessions(ctx.db, ctx.now()),
  ])
  return { people: people.map((person) => viewOf(ctx, person, sessions)), invites: invites.map(inviteView) }
}

/**
 * Invites, changes or removes a staff member, or ends a browser session. Callers can change their own name, but they
 * cannot change their own role or remove themselves. So a shop always keeps an owner. If two owners remove each other
 * at the same moment, both stay.
 * @throws NotFound, Conflict
 */
export async function manageStaff(ctx: StaffContext, wish: Wish): Promise<Done<People>> {
  if ('invite' in wish) {
    const code = newCode()
    const { role, name, refundLimitFen } = wish.invite
    const id = staffIdOf(code)
    await putInvite(ctx.db, { code, id, ...placeOf({ role, name, refundLimitFen }), now: ctx.now() })
    return { result: { ...(await peopleOf(ctx)), code } }
  }
  if ('rename' in wish) {
    const me = await readStaff(ctx.db, ctx.openid)
    if (!me) throw new AppError('NotFound', 'no such staff member')
    const name = wish.rename.trim()
    if (name === '') throw new AppError('BadInput', 'rename: is empty')
    const { role, refundLimitFen } = me
    const after = await changeStaff(ctx.db, me, { role, name, ...(refundLimitFen !== undefined && { refundLimitFen }) })
    return { result: await peopleOf(ctx), before: summary(me), after: summary(after) }
  }
  if ('withdraw' in wish) {
    if (!(await removeInvite(ctx.db, wish.withdraw))) throw new AppError('NotFound', 'no such invitation')
    return { result: await peopleOf(ctx) }
  }
  if ('endSession' in wish) {
    if (!(await endListedSession(ctx.db, wish.endSession))) throw new AppError('NotFound', 'no such session')
    return { result: await peopleOf(ctx) }
  }
  const staffId = 'change' in wish ? wish.change.staffId : wish.remove
  const { people } = await allStaff(ctx.db, ctx.now())
  const person = people.find(({ _id }) => staffIdOf(_id) === staffId)
  if (!person) throw new AppError('NotFound', 'no such staff member')
  if (person._id === ctx.openid)
    throw new AppError('Conflict', 'callers can change nothing of themselves but their name')
  const before = summary(person)
  await forgetCodes(ctx.db, person._id)
  if ('change' in wish) {
    const after = await changeStaff(ctx.db, person, placeOf(wish.change))
    return { result: await keptBy(ctx, person), before, after: summary(after) }
  }
  await removeStaff(ctx.db, person)
  await endSessionsOf(ctx.db, person._id)
  return { result: await keptBy(ctx, person), before }
}

/** Lists the staff after a change. If no owner is left, undoes the change first. @throws Conflict */
async function keptBy(ctx: StaffContext, person: Staff): Promise<People> {
  const people = await peopleOf(ctx)
  if (people.people.some(({ role }) => role === 'owner')) return people
  await restoreStaff(ctx.db, person)
  throw new AppError('Conflict', 'the shop would have no owner')
}

// The fields of a staff member that a caller can set. Only operators have a refund limit.
const placeOf = ({
  role,
  name,
  refundLimitFen,
}: {
  role: Staff['role']
  name: string
  refundLimitFen?: number | undefined
}) => ({ role, name, ...(role === 'operator' && { refundLimitFen: refundLimitFen ?? 0 }) })

const summary = ({ _id, role, name, refundLimitFen }: Staff) => ({
  who: maskOpenid(_id),
  role,
  name,
  refundLimitFen: refundLimitFen ?? null,
})

const viewOf = (ctx: StaffContext, person: Staff, sessions: readonly StaffSession[]): StaffView => ({
  staffId: staffIdOf(person._id),
  name: person.name,
  role: person.role,
  refundLimitFen: person.role === 'operator' ? (person.refundLimitFen ?? 0) : null,
  addedAt: person.addedAt,
  isMe: person._id === ctx.openid,
  sessions: sessions.filter(({ openid }) => openid === person._id).map((session) => sessionView(ctx, session)),
})

const inviteView = (invite: Invite) => ({
  staffId: inviteIdOf(invite),
  name: invite.name,
  role: invite.role,
  refundLimitFen: invite.role === 'operator' ? (invite.refundLimitFen ?? 0) : null,
  expiresAt: invite.expiresAt,
})
