// Domains: other systems that send people to our cashier.
import type { PayDomain } from '../domain/requests/payDomain'
import { storedIn } from './compareAndSet'
import type { Sealer } from './settings'

export const { read: readDomain, change: changeDomain } = storedIn<'domain', PayDomain>('domains', 'domain')

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
