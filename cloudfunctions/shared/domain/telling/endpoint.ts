// An address of another system that hears of events, and what its answers say of its health.
import { isGivenUp } from '../outbox'
import type { PayDomain } from '../requests/payDomain'
import type { Attempt } from './delivery'

export interface Endpoint {
  _id: string
  version: number
  /** the domain whose events it hears; null: every event of the shop */
  domain: string | null
  url: string
  /** what a person calls it */
  note: string
  state: 'on' | 'off'
  /** gone: it answered 410. dead: it failed for five days. null: it is on */
  offBecause: 'person' | 'gone' | 'dead' | null
  createdAt: number
  /** sealed; `nextSecret` signs beside it while a person replaces the secret */
  secret: string
  nextSecret: string | null
  /** since when every try has failed; null: the last one succeeded, or there was none */
  failingSince: number | null
  /** the last success took longer than a second */
  isSlow: boolean
  /** when it last succeeded, to within ten minutes; null: never */
  okAt: number | null
  /** the domain whose `bgUrl` this is; absent: a webhook. Such an endpoint is made from its domain and not stored */
  bgUrlOf?: PayDomain
}

// In the form of every endpoint's id, so that its deliveries are paged and sent again like the others.
export const bgUrlEndpointId = (domainCode: string): string => `bgUrl-of-${domainCode}`

/**
 * A domain as an endpoint. Its addresses stand in the deliveries. A domain that is switched off still hears of what was
 * paid.
 */
export const bgUrlEndpoint = (domain: PayDomain): Endpoint => ({
  _id: bgUrlEndpointId(domain._id),
  version: domain.version,
  domain: domain._id,
  url: '',
  note: domain.name,
  state: 'on',
  offBecause: null,
  createdAt: domain.createdAt,
  secret: domain.secret,
  nextSecret: domain.nextSecret,
  failingSince: null,
  isSlow: false,
  okAt: null,
  bgUrlOf: domain,
})

const slowMs = 1_000
const okEveryMs = 10 * 60_000

/** Whether an endpoint hears the events of an order or contract. */
export const hears = ({ state, domain }: Endpoint, of: string | null): boolean =>
  state === 'on' && (domain === null || domain === of)

/** Whether the call that settles a payment may wait for this endpoint. Others are left to the timer. */
export const isPrompt = ({ failingSince, isSlow }: Endpoint): boolean => failingSince === null && !isSlow

/** 2xx is success; a redirect is none. At a `bgUrl` only the text `success` is (PC申请支付接口, bgUrl). */
export const isAccepted = ({ status, answer }: Attempt, { bgUrlOf }: Pick<Endpoint, 'bgUrlOf'> = {}): boolean =>
  status !== null && status >= 200 && status < 300 && (!bgUrlOf || answer === 'success')

/** The endpoint after one try. Returns the same endpoint if its health has not changed. */
export function afterAnswer(endpoint: Endpoint, attempt: Attempt): Endpoint {
  const { at, ms, status } = attempt
  const next = { ...endpoint, version: endpoint.version + 1 }
  if (isAccepted(attempt, endpoint)) {
    const isSlow = ms > slowMs
    const isOld = endpoint.okAt === null || Math.abs(at - endpoint.okAt) >= okEveryMs
    if (endpoint.failingSince === null && endpoint.isSlow === isSlow && !isOld) return endpoint
    return { ...next, failingSince: null, isSlow, okAt: at }
  }
  if (endpoint.state === 'off') return endpoint
  const failingSince = endpoint.failingSince ?? at
  if (status === 410) return { ...next, failingSince, state: 'off', offBecause: 'gone' }
  if (isGivenUp(failingSince, at)) return { ...next, failingSince, state: 'off', offBecause: 'dead' }
  return endpoint.failingSince === null ? { ...next, failingSince } : endpoint
}

/** Gives an endpoint a second secret: both sign until the older one is ended. */
export const withNewSecret = (endpoint: Endpoint, nextSecret: string): Endpoint => ({
  ...endpoint,
  version: endpoint.version + 1,
  nextSecret,
})

/** Ends the older of two secrets. */
export const withoutOldSecret = (endpoint: Endpoint): Endpoint =>
  endpoint.nextSecret === null
    ? endpoint
    : { ...endpoint, version: endpoint.version + 1, secret: endpoint.nextSecret, nextSecret: null }

/** Switches an endpoint on or off at a person's wish. Switched on, its health begins anew. */
export function switched(endpoint: Endpoint, state: Endpoint['state']): Endpoint {
  if (endpoint.state === state) return endpoint
  const next = { ...endpoint, version: endpoint.version + 1, state }
  return state === 'off'
    ? { ...next, offBecause: 'person' }
    : { ...next, offBecause: null, failingSince: null, isSlow: false }
}
