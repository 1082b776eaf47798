// Domains, and what each of their requests led to.
import type { PayDomain } from '../domain/requests/payDomain'
import { insertOrFind, storedIn } from './compareAndSet'
import type { Database, Document } from './database'
import { newToken, type Sealer } from './settings'

const collection = 'domains'

/** All of them are read with one query. */
export const domainLimit = 200

export const { read: readDomain, change: changeDomain } = storedIn<'domain', PayDomain>(collection, 'domain')

/** All domains, by code. */
export const allDomains = (db: Database): Promise<PayDomain[]> =>
  db.find<PayDomain>(collection, { where: {}, orderBy: [['_id', 'asc']], limit: domainLimit })

/** Inserts a domain, or reads the one that already has this code. */
export const insertDomain = (db: Database, domain: PayDomain): Promise<PayDomain> =>
  insertOrFind(db, collection, domain, 'domain')

/** A new secret of a domain, and as it is stored. */
export function newDomainSecret(sealer: Sealer, code: string): { secret: string; sealed: string } {
  const secret = newToken()
  return { secret, sealed: sealDomainSecret(sealer, code, secret) }
}

/** Seals a secret together with the code of its domain, so that it opens for no other domain. */
export const sealDomainSecret = ({ seal }: Sealer, code: string, secret: string): string => seal({ code, secret })

/** A domain's secrets; undefined if they cannot be opened. */
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

/** The first use of a requestKey: its fields, and the order that it made. */
export interface PayRequest extends Document {
  orderNo: string
  /** as they were signed, without the signature */
  fields: Record<string, string>
  createdAt: number
}

const requestId = (code: string, requestKey: string): string => `${code}:${requestKey}`

export const readRequest = (db: Database, code: string, requestKey: string): Promise<PayRequest | undefined> =>
  db.get<PayRequest>('requests', requestId(code, requestKey))

/** Stores the first use of a requestKey, or reads it: of many calls at once, all get the same. */
export const insertRequest = (
  db: Database,
  {
    code,
    requestKey,
    ...request
  }: Pick<PayRequest, 'orderNo' | 'fields' | 'createdAt'> & { code: string; requestKey: string },
): Promise<PayRequest> =>
  insertOrFind<PayRequest>(db, 'requests', { _id: requestId(code, requestKey), version: 1, ...request }, 'request')
