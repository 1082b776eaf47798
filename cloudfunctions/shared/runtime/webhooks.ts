// Signs the calls to the merchant's connected systems as the spec of Standard Webhooks says
// (github.com/standard-webhooks/standard-webhooks). A secret is base64 after `whsec_`, and the signature is an
// HMAC-SHA256 over "id.timestamp.body".
import type { Endpoint } from '../domain/telling/endpoint'
import { hmacBase64 } from '../providers/signing'
import type { Database } from '../store/database'
import { allEndpoints } from '../store/endpoints'
import { newSecretBytes, type Sealer } from '../store/settings'
import type { Webhooks } from '../usecases/platform/context'

const keepMs = 60_000
const mark = 'whsec_'

/** What a function instance remembers of the endpoints. */
export interface EndpointMemory {
  kept?: { endpoints: readonly Endpoint[]; readAt: number }
}

interface WebhookParts {
  db: Database
  /** encrypts the secrets for the database */
  sealer: Sealer
  now(): number
  /** what the function instance remembers [nothing yet] */
  memory?: EndpointMemory
}

/** Makes the context's `webhooks`. */
export function createWebhooks(
  { db, sealer, now, memory = {} }: WebhookParts,
  outgoing: Pick<Webhooks, 'refusalOf' | 'call'>,
): Webhooks {
  const isFresh = (readAt: number): boolean => now() - readAt >= 0 && now() - readAt < keepMs

  return {
    ...outgoing,
    async endpoints() {
      const { kept } = memory
      if (kept && isFresh(kept.readAt)) return kept.endpoints
      const endpoints = await allEndpoints(db)
      memory.kept = { endpoints, readAt: now() }
      return endpoints
    },
    note(endpoint) {
      const { kept } = memory
      if (kept) kept.endpoints = kept.endpoints.map((one) => (one._id === endpoint._id ? endpoint : one))
    },
    newSecret() {
      const secret = mark + newSecretBytes().toString('base64')
      return { secret, sealed: sealer.seal(secret) }
    },
    sign(secrets, text) {
      const opened = secrets.map((sealed) => (sealed === null ? undefined : sealer.open(sealed)))
      return opened
        .flatMap((secret) => (typeof secret === 'string' ? [`v1,${hmacBase64(keyOf(secret), text)}`] : []))
        .join(' ')
    },
  }
}

const keyOf = (secret: string): Buffer => Buffer.from(secret.slice(mark.length), 'base64')
