// The staff of the shop in the database, by openid, with the one-time code by which the first owner takes over the
// shop. Every call of the function `admin` reads the caller's document again, so a removed staff member loses all
// rights at once.
import { dayMs, hourMs } from '../../../miniprogram/rules/beijing'
import { AppError } from '../domain/errors'
import { isSound, type Shape } from '../domain/shapes'
import { isRole, type StaffRole } from '../domain/staff'
import type { Database, Document } from './database'
import { digestOf, sameDigest } from './settings'

export interface Staff extends Document {
  /** what the person may do (`_id` is the openid) */
  role: StaffRole
  name: string
  /** only for operators: how much this person may refund of one order, in minor units of the order's currency */
  refundLimitFen?: number
  addedAt: number
  /**
   * whether we send this person a message about each new order. WeChat allows a message only after the person has
   * agreed to it; false if the permission is used up
   */
  hearsOrders?: boolean
}

interface Claim extends Document {
  digest: string
  expiresAt: number
  /** the openid of the person who used the code; null: nobody yet */
  usedBy: string | null
}

/** An invitation: whoever has its one-time code can become a staff member with this role. */
export interface Invite extends Document {
  digest: string
  role: StaffRole
  name: string
  refundLimitFen?: number
  expiresAt: number
  /** the openid of the person who used the invitation; null: nobody yet */
  usedBy: string | null
}

const inviteShape: Shape = { digest: 'text', role: 'text', name: 'text', expiresAt: 'number', usedBy: 'text?' }

const collection = 'staff'
// The `_id` of the document with the claim code: the one-time code with which the first owner gets the role. All other
// documents have a longer `_id`, for example an openid, so none can have the same.
export const claimId = 'claim'
const inviteStart = 'invite-'
// The `_id`s of documents that keep the names of removed staff members, because the audit still shows these names.
const goneStart = 'gone-'
// How many names of removed staff members we keep. There must be a limit, because the whole collection is read at once.
const goneLimit = 500
const inviteMs = dayMs
/** how many staff members and open invitations there can be together */
const staffLimit = 100
const claimMs = hourMs
const tryLimit = 5

/** Reads the document of a staff member; undefined if the openid belongs to no staff member. */
export async function readStaff(db: Database, openid: string): Promise<Staff | undefined> {
  const there = await db.get<Staff>(collection, openid)
  return there && isPerson(there) ? sound(there) : undefined
}

/** Repairs a broken document for the reader: an invalid name becomes empty, and an invalid refund limit becomes 0. */
function sound({ refundLimitFen, ...person }: Staff): Staff {
  const text = (value: unknown): string => (typeof value === 'string' ? value : '')
  const isLimit = typeof refundLimitFen === 'number' && Number.isSafeInteger(refundLimitFen)
  return {
    ...person,
    name: text(person.name),
    addedAt: Number.isSafeInteger(person.addedAt) ? person.addedAt : 0,
    ...(refundLimitFen !== undefined && { refundLimitFen: isLimit ? refundLimitFen : 0 }),
  }
}

const isPerson = ({ _id, role }: Staff): boolean =>
  _id !== claimId && !_id.startsWith(inviteStart) && !_id.startsWith(goneStart) && isRole(role)

const isGone = ({ _id }: Staff): boolean => _id.startsWith(goneStart)

/** All staff members, and the invitations that can still be used. */
export async function allStaff(
  db: Database,
  now: number,
): Promise<{
  people: Staff[]
  /** the openids and names of removed staff members */
  gone: { _id: string; name: string }[]
  invites: Invite[]
  /** the invitations that have expired */
  over: Invite[]
}> {
  const documents = await db.find<Staff & Invite>(collection, { where: {}, orderBy: [['_id', 'asc']], limit: 1_000 })
  const invites = documents.filter(
    (one) => one._id.startsWith(inviteStart) && isSound(one, inviteShape) && isRole(one.role),
  )
  return {
    people: documents.filter(isPerson).map(sound),
    gone: documents
      .filter(isGone)
      .map(sound)
      .map(({ _id, name }) => ({ _id: _id.slice(goneStart.length), name })),
    invites: invites.filter(({ usedBy, expiresAt }) => usedBy === null && expiresAt > now),
    over: invites.filter(({ expiresAt }) => expiresAt <= now),
  }
}

/** Stores an invitation with the digest of its code. @throws Conflict if the shop has too many staff members */
export async function putInvite(
  db: Database,
  {
    code,
    id,
    role,
    name,
    refundLimitFen,
    now,
  }: Pick<Staff, 'role' | 'name' | 'refundLimitFen'> & {
    code: string
    /** 16 hexadecimal digits, the invitation's id */
    id: string
    now: number
  },
): Promise<void> {
  const { people, invites, over } = await allStaff(db, now)
  if (people.length + invites.length >= staffLimit)
    throw new AppError('Conflict', 'the shop has too many staff members')
  // Remove some expired invitations, because the whole collection is read at once and must stay small.
  await Promise.all(over.slice(0, 10).map(({ _id }) => db.remove(collection, _id)))
  await db.insert<Invite>(collection, {
    _id: inviteStart + id,
    version: 1,
    digest: digestOf(code),
    role,
    name,
    ...(refundLimitFen !== undefined && { refundLimitFen }),
    expiresAt: now + inviteMs,
    usedBy: null,
  })
}

/** Withdraws an unused invitation. Returns false if there is no such invitation. */
export async function removeInvite(db: Database, id: string): Promise<boolean> {
  const invite = await db.get<Invite>(collection, inviteStart + id)
  return invite !== undefined && invite.usedBy === null && db.remove(collection, invite._id)
}

/** The id by which the phone names an invitation. */
export const inviteIdOf = ({ _id }: Invite): string => _id.slice(inviteStart.length)

/**
 * Uses an invitation. If the reply of an earlier try got lost, the same person can use the invitation again until it
 * expires.
 * @returns the invitation; undefined for a wrong, used or expired code
 */
export async function useInvite(db: Database, code: string, openid: string, now: number): Promise<Invite | undefined> {
  for (let attempt = 0; attempt < tryLimit; attempt++) {
    const invite = await inviteOf(db, code)
    if (!invite || now >= invite.expiresAt) return undefined
    if (invite.usedBy !== null) return invite.usedBy === openid ? invite : undefined
    try {
      const fields = { usedBy: openid, version: invite.version + 1 }
      if (await db.change<Invite>(collection, invite._id, invite.version, fields)) return invite
    } catch {
      // The write may have worked although its reply got lost. So read the document and decide again.
    }
  }
  throw new AppError('Conflict', 'somebody else is using the code at this moment')
}

async function inviteOf(db: Database, code: string): Promise<Invite | undefined> {
  const where = { digest: digestOf(code) }
  const found = await db.find<Invite>(collection, { where, orderBy: [['_id', 'asc']], limit: 10 })
  return found.find(({ _id }) => _id.startsWith(inviteStart))
}

/** Whether this person could use this code. Does not use the code. */
export async function isGoodCode(db: Database, code: string, openid: string, now: number): Promise<boolean> {
  const isGood = ({ usedBy, expiresAt }: Claim | Invite) => now < expiresAt && (usedBy === null || usedBy === openid)
  const claim = await db.get<Claim>(collection, claimId)
  if (claim && sameDigest(claim.digest, code)) return isGood(claim)
  const invite = await inviteOf(db, code)
  return invite !== undefined && isGood(invite)
}

type Place = Pick<Staff, 'role' | 'name' | 'refundLimitFen'>

/**
 * Changes the role, name or refund limit of a staff member.
 * @throws Conflict if the staff member's document changes at the same time
 */
export async function changeStaff(db: Database, person: Staff, place: Place): Promise<Staff> {
  const fields = { ...place, refundLimitFen: place.refundLimitFen ?? 0, version: person.version + 1 }
  if (!(await db.change<Staff>(collection, person._id, person.version, fields)))
    throw new AppError('Conflict', 'this staff member was changed by somebody else')
  return { ...person, ...fields }
}

/** The openids of the staff members who get messages about new orders. */
export async function hearers(db: Database): Promise<string[]> {
  const where = { hearsOrders: true }
  const found = await db.find<Staff>(collection, { where, orderBy: [['_id', 'asc']], limit: staffLimit })
  return found.filter(isPerson).map(({ _id }) => _id)
}

/**
 * Records that a staff member has given WeChat's permission for a message about a new order.
 * @throws NotFound, Conflict
 */
export async function beginHearing(db: Database, openid: string): Promise<void> {
  if (!(await noteHearing(db, openid, true)))
    throw new AppError('Conflict', 'this staff member was changed by somebody else')
}

/**
 * Records that a staff member's permission for messages is used up. If this write fails, we send this person one more
 * message. WeChat refuses the message, and then we record it again.
 */
export const stopHearing = async (db: Database, openid: string): Promise<void> =>
  void (await noteHearing(db, openid, false).catch(() => false))

async function noteHearing(db: Database, openid: string, hearsOrders: boolean): Promise<boolean> {
  const person = await readStaff(db, openid)
  if (!person) throw new AppError('NotFound', 'no such staff member')
  if ((person.hearsOrders ?? false) === hearsOrders) return true
  return db.change<Staff>(collection, openid, person.version, { hearsOrders, version: person.version + 1 })
}

/** Removes a staff member, who then has no rights any more. Keeps the name, because the audit shows it. */
export async function removeStaff(db: Database, { _id, name }: Pick<Staff, '_id' | 'name'>): Promise<boolean> {
  // The staff member is removed even if the name cannot be kept.
  await keepName(db, goneStart + _id, name).catch(() => undefined)
  return db.remove(collection, _id)
}

async function keepName(db: Database, id: string, name: string): Promise<void> {
  if ((await db.count(collection, { _id: { gte: goneStart, lt: `${goneStart}~` } })) >= goneLimit) return
  const there = await db.get<Staff>(collection, id)
  if (!there) await db.insert<Document & { name: string }>(collection, { _id: id, version: 1, name })
  else if (there.name !== name)
    await db.change<Staff>(collection, id, there.version, { name, version: there.version + 1 })
}

/** Makes a removed staff member a staff member again, with the same role. */
export const restoreStaff = (db: Database, person: Staff): Promise<Staff> =>
  admit(db, person._id, person, person.addedAt)

/**
 * Removes the codes that a person has used. A person may use a code again after a lost reply, so without this a removed
 * staff member could come back with the old code.
 */
export async function forgetCodes(db: Database, openid: string): Promise<void> {
  const used = await db.find<Claim>(collection, { where: { usedBy: openid }, orderBy: [['_id', 'asc']], limit: 100 })
  await Promise.all(used.map(({ _id }) => db.remove(collection, _id)))
}

/**
 * Stores the digest of a new claim code; an older claim code becomes invalid.
 * @returns when the new code expires, epoch ms
 */
export async function putClaim(db: Database, code: string, now: number): Promise<number> {
  const fields = { digest: digestOf(code), expiresAt: now + claimMs, usedBy: null }
  const there = await db.get<Claim>(collection, claimId)
  if (!there) await db.insert<Claim>(collection, { _id: claimId, version: 1, ...fields })
  else if (!(await db.change<Claim>(collection, claimId, there.version, { ...fields, version: there.version + 1 })))
    throw new AppError('Conflict', 'another claim code was made at the same time: try again')
  return fields.expiresAt
}

/**
 * Uses the claim code. If the reply of an earlier try got lost, the same person can use the code again until it
 * expires.
 * @returns false for a wrong, used or expired code
 */
export async function useClaim(db: Database, code: string, openid: string, now: number): Promise<boolean> {
  for (let attempt = 0; attempt < tryLimit; attempt++) {
    const claim = await db.get<Claim>(collection, claimId)
    if (!claim || !sameDigest(claim.digest, code) || now >= claim.expiresAt) return false
    if (claim.usedBy !== null) return claim.usedBy === openid
    try {
      if (await db.change<Claim>(collection, claimId, claim.version, { usedBy: openid, version: claim.version + 1 }))
        return true
    } catch {
      // The write may have worked although its reply got lost. So read the document and decide again.
    }
  }
  throw new AppError('Conflict', 'somebody else is using the code at this moment')
}

/**
 * Makes a person who used a code a staff member. Whoever removes a staff member first removes the codes that this
 * person used. So after our write we check that the code still exists; otherwise we undo the write.
 * @param codeId the id of the code's document
 * @throws Forbidden if the code was removed
 */
export async function admitByCode(
  db: Database,
  openid: string,
  place: Place,
  { codeId, now }: { codeId: string; now: number },
): Promise<Staff> {
  const person = await admit(db, openid, place, now)
  const code = await db.get<Claim>(collection, codeId)
  if (code?.usedBy === openid) return person
  await removeStaff(db, person)
  throw new AppError('Forbidden', 'the code was removed meanwhile')
}

/** Makes a person a staff member, or gives a staff member this role. */
async function admit(db: Database, openid: string, { role, name, refundLimitFen }: Place, now: number): Promise<Staff> {
  const place = { role, name, ...(refundLimitFen !== undefined && { refundLimitFen }) }
  for (let attempt = 0; attempt < tryLimit; attempt++) {
    const there = await readStaff(db, openid)
    const isThere = there?.role === place.role && (there.refundLimitFen ?? 0) === (place.refundLimitFen ?? 0)
    if (there && isThere && (there.name === place.name || place.name === '')) return there
    try {
      if (!there) await db.insert<Staff>(collection, { _id: openid, version: 1, ...place, addedAt: now })
      else await changeStaff(db, there, { ...place, name: place.name || there.name })
    } catch {
      // The write may have worked although its reply got lost. So read the document and decide again.
    }
  }
  throw new AppError('Internal', 'the person could not be stored')
}
