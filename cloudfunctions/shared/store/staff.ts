// The shop's people, by openid, and the one-time code with which the first owner claims the shop. Every call of the
// admin function reads the caller's document anew: who was removed can do nothing from that moment on.
import { AppError } from '../domain/errors'
import { isSound, type Shape } from '../domain/shapes'
import { isRole, type StaffRole } from '../domain/staff'
import type { Database, Document } from './database'
import { digestOf, sameDigest } from './settings'

export interface Staff extends Document {
  /** `_id` is the openid */
  role: StaffRole
  name: string
  /** for an operator: the most that may be given back of one order, in its minor units */
  refundLimitFen?: number
  addedAt: number
}

interface Claim extends Document {
  digest: string
  expiresAt: number
  /** the openid that used it, or null */
  usedBy: string | null
}

/** A place in the shop that waits for whoever has its code. */
export interface Invite extends Document {
  digest: string
  role: StaffRole
  name: string
  refundLimitFen?: number
  expiresAt: number
  /** the openid that used it, or null */
  usedBy: string | null
}

const inviteShape: Shape = { digest: 'text', role: 'text', name: 'text', expiresAt: 'number', usedBy: 'text?' }

const collection = 'staff'
// No openid is this short, or begins like this.
export const claimId = 'claim'
const inviteStart = 'invite-'
// The name of a person who was removed: what they did keeps it.
const goneStart = 'gone-'
// The collection is read whole.
const goneLimit = 500
const inviteMs = 24 * 3_600_000
/** people and open invites together */
const staffLimit = 100
const claimMs = 3_600_000
const tryLimit = 5

/** The document of a person; undefined for a stranger, and for anything else that lies in the collection. */
export async function readStaff(db: Database, openid: string): Promise<Staff | undefined> {
  const there = await db.get<Staff>(collection, openid)
  return there && isPerson(there) ? sound(there) : undefined
}

/** A person whose document is broken keeps the place and has no name; a limit that is no number allows nothing. */
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

/** Everybody of the shop, and the invites that may still be used. */
export async function allStaff(
  db: Database,
  now: number,
): Promise<{
  people: Staff[]
  /** the openids and names of those who were removed */
  gone: { _id: string; name: string }[]
  invites: Invite[]
  /** invites whose time is over */
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

/** Keeps a place for whoever has the code, as a digest only. @throws Conflict when the shop is full */
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
    /** 16 hexadecimal digits */
    id: string
    now: number
  },
): Promise<void> {
  const { people, invites, over } = await allStaff(db, now)
  if (people.length + invites.length >= staffLimit) throw new AppError('Conflict', 'the shop has too many people')
  // Invites that ran out would fill the collection, which is read whole.
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

/** Withdraws an invite that nobody used. False when there is none. */
export async function removeInvite(db: Database, id: string): Promise<boolean> {
  const invite = await db.get<Invite>(collection, inviteStart + id)
  return invite !== undefined && invite.usedBy === null && db.remove(collection, invite._id)
}

/** The id by which the phone knows an invite. */
export const inviteIdOf = ({ _id }: Invite): string => _id.slice(inviteStart.length)

/**
 * Uses an invite up. The same person again, after a lost reply, is told yes again until it expires.
 * @returns the place in the shop, or undefined for a wrong, used or expired code
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
      // the reply may be lost: what is there decides
    }
  }
  throw new AppError('Conflict', 'the code is being used by others')
}

async function inviteOf(db: Database, code: string): Promise<Invite | undefined> {
  const where = { digest: digestOf(code) }
  const found = await db.find<Invite>(collection, { where, orderBy: [['_id', 'asc']], limit: 10 })
  return found.find(({ _id }) => _id.startsWith(inviteStart))
}

/** Whether a code gives this person a place; it is not used up by that. */
export async function isGoodCode(db: Database, code: string, openid: string, now: number): Promise<boolean> {
  const isGood = ({ usedBy, expiresAt }: Claim | Invite) => now < expiresAt && (usedBy === null || usedBy === openid)
  const claim = await db.get<Claim>(collection, claimId)
  if (claim && sameDigest(claim.digest, code)) return isGood(claim)
  const invite = await inviteOf(db, code)
  return invite !== undefined && isGood(invite)
}

type Place = Pick<Staff, 'role' | 'name' | 'refundLimitFen'>

/** Changes somebody's place. @throws Conflict when somebody else changes it at the same time */
export async function changeStaff(db: Database, person: Staff, place: Place): Promise<Staff> {
  const fields = { ...place, refundLimitFen: place.refundLimitFen ?? 0, version: person.version + 1 }
  if (!(await db.change<Staff>(collection, person._id, person.version, fields)))
    throw new AppError('Conflict', 'this person was changed by somebody else')
  return { ...person, ...fields }
}

/** From the answer on this person may do nothing; the name stays, for what they did. */
export async function removeStaff(db: Database, { _id, name }: Pick<Staff, '_id' | 'name'>): Promise<boolean> {
  // Whoever is to go goes, whether or not the name can be kept.
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

/** Gives somebody back the place that was just taken. */
export const restoreStaff = (db: Database, person: Staff): Promise<Staff> =>
  admit(db, person._id, person, person.addedAt)

/**
 * Takes away the codes that a person used. A used code says yes again to whoever used it, for the sake of lost replies:
 * without this, it would bring back a place that an owner took.
 */
export async function forgetCodes(db: Database, openid: string): Promise<void> {
  const used = await db.find<Claim>(collection, { where: { usedBy: openid }, orderBy: [['_id', 'asc']], limit: 100 })
  await Promise.all(used.map(({ _id }) => db.remove(collection, _id)))
}

/** Keeps a new claim code, as a digest only; an older one stops working. @returns when it expires, epoch ms */
export async function putClaim(db: Database, code: string, now: number): Promise<number> {
  const fields = { digest: digestOf(code), expiresAt: now + claimMs, usedBy: null }
  const there = await db.get<Claim>(collection, claimId)
  if (!there) await db.insert<Claim>(collection, { _id: claimId, version: 1, ...fields })
  else if (!(await db.change<Claim>(collection, claimId, there.version, { ...fields, version: there.version + 1 })))
    throw new AppError('Conflict', 'another claim code was made at the same time: try again')
  return fields.expiresAt
}

/**
 * Uses a claim code up for one person. The same person again, after a lost reply, is told yes again until it expires.
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
      // the reply may be lost: what is there decides
    }
  }
  throw new AppError('Conflict', 'the code is being used by others')
}

/**
 * Gives a person the place of a code that they used. An owner who takes a place away takes the used code first: who came
 * back by it meanwhile is out again.
 * @param codeId the document of the code
 * @throws Forbidden when the code was taken away
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
  throw new AppError('Forbidden', 'the code was taken away')
}

/** Gives a person a place, whoever they were. */
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
      // the reply may be lost: what is there decides
    }
  }
  throw new AppError('Internal', 'the person could not be stored')
}
