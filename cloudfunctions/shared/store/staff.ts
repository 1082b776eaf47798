// The shop's people, by openid, and the one-time code with which the first owner claims the shop. Every call of the
// admin function reads the caller's document anew: who was removed can do nothing from that moment on.
import { AppError } from '../domain/errors'
import { rights, type StaffRole } from '../domain/staff'
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

const collection = 'staff'
// No openid is this short.
const claimId = 'claim'
const claimMs = 3_600_000
const tryLimit = 5

/** The document of a person; undefined for a stranger, and for anything else that lies in the collection. */
export async function readStaff(db: Database, openid: string): Promise<Staff | undefined> {
  const there = await db.get<Staff>(collection, openid)
  return there && openid !== claimId && Object.hasOwn(rights, there.role) ? there : undefined
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

/** Makes a person owner, whoever they were. */
export async function makeOwner(db: Database, openid: string, now: number): Promise<Staff> {
  for (let attempt = 0; attempt < tryLimit; attempt++) {
    const there = await readStaff(db, openid)
    if (there?.role === 'owner') return there
    try {
      if (!there) await db.insert<Staff>(collection, { _id: openid, version: 1, role: 'owner', name: '', addedAt: now })
      else await db.change<Staff>(collection, openid, there.version, { role: 'owner', version: there.version + 1 })
    } catch {
      // the reply may be lost: what is there decides
    }
  }
  throw new AppError('Internal', 'the owner could not be stored')
}
