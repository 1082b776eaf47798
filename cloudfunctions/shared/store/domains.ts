// Connected systems in the database (collection `domains`). Also their requests: for each request we store the order
// that we made for it.
import type { PayDomain } from '../domain/requests/payDomain'
import { insertOrFind, storedIn } from './compareAndSet'
import type { Database, Document } from './database'
import { newToken, type Sealer } from './settings'

const collection = 'domains'

/** How many connected systems there can be. There must be a limit, because we read all of them with one query. */
export const domainLimit = 200

export const { read: readDomain, change: changeDomain } = storedIn<'domain', PayDomain>(collection, 'domain')

/** All connected systems, sorted by code. */
export const allDomains = (db: Database): Promise<PayDomain[]> =>
  db.find<PayDomain>(collection, { where: {}, orderBy: [['_id', 'asc']], limit: domainLimit })

/** Inserts a connected system, or reads the stored one with this code. */
export const insertDomain = (db: Database, domain: PayDomain): Promise<PayDomain> =>
  insertOrFind(db, collection, domain, 'domain')

/** Makes a new secret for a connected system: `secret` for its owner to read, `sealed` encrypted for the database. */
export function newDomainSecret(sealer: Sealer, code: string): { secret: string; sealed: string } {
  const secret = newToken()
  return { secret, sealed: sealDomainSecret(sealer, code, secret) }
}

/**
 * Encrypts a connected system's secret together with the system's code, so that the secret cannot be used for another
 * system.
 */
export const sealDomainSecret = ({ seal }: Sealer, code: string, secret: string): string => seal({ code, secret })

/** Decrypts a connected system's secrets; undefined if that fails. */
export function openDomainSecrets(
  { open }: Sealer,
  { _id, secret, nextSecret }: Pick<PayDomain, '_id' | 'secret' | 'nextSecret'>,
): { current: string; next?: string } | undefined {
  const opened = (sealed: string): string | undefined => {
    const there = open(sealed) as { code?: unknown; secret?: unknown } | undefined
    return there?.code === _id && typeof there.secret === 'string' ? there.secret : undefined
  }
  const current = opened(secret)
  const next = nextSecret === null ? undefined : opened(nextSecret)
  return current === undefined ? undefined : { current, ...(next !== undefined && { next }) }
}

/** The first request with a requestKey: its fields, and the order that it made. */
export interface PayRequest extends Document {
  orderNo: string
  /** the fields that the request's signature covers, without the signature itself */
  fields: Record<string, string>
  createdAt: number
}

const requestId = (code: string, requestKey: string): string => `${code}:${requestKey}`

export const readRequest = (db: Database, code: string, requestKey: string): Promise<PayRequest | undefined> =>
  db.get<PayRequest>('requests', requestId(code, requestKey))

/**
 * Stores the first request with a requestKey, and the number of the order that we make for it. If a request with this
 * requestKey is stored already, reads that one. So if several calls come at once, all get the same request.
 */
export const insertRequest = (
  db: Database,
  {
    code,
    requestKey,
    ...request
  }: Pick<PayRequest, 'orderNo' | 'fields' | 'createdAt'> & { code: string; requestKey: string },
): Promise<PayRequest> =>
  insertOrFind<PayRequest>(db, 'requests', { _id: requestId(code, requestKey), version: 1, ...request }, 'request')
