// An endpoint is an address of another system to which we report events. Its fields also record how well it answers.
import { dayMs } from '../../../../miniprogram/rules/beijing'
import { isGivenUp } from '../outbox'
import type { PayDomain } from '../requests/payDomain'
import type { Attempt, Delivery } from './delivery'

export interface Endpoint {
  _id: string
  version: number
  /** the connected system whose events this endpoint gets; null: all events of the shop */
  domain: string | null
  url: string
  /** the endpoint's name, chosen by staff */
  note: string
  state: 'on' | 'off'
  /**
   * why the endpoint is off. person: staff switched it off. gone: it answered 410. dead: it failed for five days. null:
   * it is on
   */
  offBecause: 'person' | 'gone' | 'dead' | null
  createdAt: number
  /**
   * secret: signs our calls, stored encrypted. nextSecret: while staff replace the secret, we also sign with this one
   */
  secret: string
  nextSecret: string | null
  /** since when every try has failed; null: the last try succeeded, or there was no try yet */
  failingSince: number | null
  /** whether the last successful call took longer than a second */
  isSlow: boolean
  /** when a call last succeeded; this time may be up to ten minutes too early; null: never */
  okAt: number | null
  /**
   * set if this endpoint stands for the `bgUrl` calls of a connected system. Such an endpoint is never stored. Absent:
   * a stored endpoint, which gets webhooks
   */
  bgUrlOf?: PayDomain
}

// A delivery to a connected system's `bgUrl` has no stored endpoint. It gets this id instead, so that staff can list
// these deliveries and send them again like all others.
export const bgUrlEndpointId = (domainCode: string): string => `bgUrl-of-${domainCode}`

/**
 * Makes an endpoint that stands for a connected system's `bgUrl` calls. The endpoint has no address, because each
 * delivery contains its own. The endpoint is on even if the connected system is switched off, so that the system still
 * hears about payments.
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

/**
 * Whether an endpoint gets the events of an order or contract.
 * @param of the connected system to which the order or contract belongs; null: to none
 */
export const hears = (endpoint: Endpoint, of: string | null): boolean =>
  endpoint.state === 'on' && isMeantFor(endpoint, of)

const isMeantFor = ({ domain }: Endpoint, of: string | null): boolean => domain === null || domain === of

const missingMs = 30 * dayMs

/**
 * Whether we keep the events of an order or contract for an endpoint that was switched off by itself, so that staff can
 * send them when it is on again. We do so for 30 days.
 */
export function misses(endpoint: Endpoint, of: string | null, now: number): boolean {
  const { state, offBecause, failingSince, okAt, createdAt } = endpoint
  const isOffByItself = state === 'off' && (offBecause === 'gone' || offBecause === 'dead')
  return isOffByItself && isMeantFor(endpoint, of) && now - (failingSince ?? okAt ?? createdAt) < missingMs
}

/**
 * Whether a payment may wait for a call to this endpoint. Only the timer calls slow or failing endpoints, so that they
 * delay no payment.
 */
export const isPrompt = ({ failingSince, isSlow }: Endpoint): boolean => failingSince === null && !isSlow

/** Whether a delivery arrived, and within a second. */
export const wasPrompt = ({ state, attempts }: Pick<Delivery, 'state' | 'attempts'>): boolean =>
  state === 'done' && (attempts[attempts.length - 1]?.ms ?? 0) <= slowMs

/**
 * Whether an endpoint's answer means that it has taken the event: any 2xx, but no redirect. At a `bgUrl` the answer
 * must also be the text `success` (PC申请支付接口, bgUrl).
 */
export const isAccepted = ({ status, answer }: Attempt, { bgUrlOf }: Pick<Endpoint, 'bgUrlOf'> = {}): boolean =>
  status !== null && status >= 200 && status < 300 && (!bgUrlOf || answer === 'success')

// An endpoint is dead only if the same event has failed for at least this long. The reason: after a success, the write
// that resets `failingSince` may fail. For an endpoint that gets few events, the next failure may come days later, and
// would then look like days of failures.
const oneEventMs = dayMs

/**
 * Records the endpoint's health after one try. Returns the same endpoint if its health has not changed.
 * @param eventFailsSince since when all tries of the same event have failed [since this try]
 */
export function afterAnswer(endpoint: Endpoint, attempt: Attempt, eventFailsSince = attempt.at): Endpoint {
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
  if (isGivenUp(failingSince, at) && at - eventFailsSince >= oneEventMs)
    return { ...next, failingSince, state: 'off', offBecause: 'dead' }
  return endpoint.failingSince === null ? { ...next, failingSince } : endpoint
}

/** Gives an endpoint a second secret. We sign with both until staff end the older one. */
export const withNewSecret = (endpoint: Endpoint, nextSecret: string): Endpoint => ({
  ...endpoint,
  version: endpoint.version + 1,
  nextSecret,
})

/** Ends the older of an endpoint's two secrets. */
export const withoutOldSecret = (endpoint: Endpoint): Endpoint =>
  endpoint.nextSecret === null
    ? endpoint
    : { ...endpoint, version: endpoint.version + 1, secret: endpoint.nextSecret, nextSecret: null }

/** Switches an endpoint on or off for a staff member. Switching it on resets its health. */
export function switched(endpoint: Endpoint, state: Endpoint['state']): Endpoint {
  // Staff may also let go an endpoint that was switched off by itself. Then we keep no more events for it.
  const isLetGo = state === 'off' && endpoint.offBecause !== 'person'
  if (endpoint.state === state && !isLetGo) return endpoint
  const next = { ...endpoint, version: endpoint.version + 1, state }
  return state === 'off'
    ? { ...next, offBecause: 'person' }
    : { ...next, offBecause: null, failingSince: null, isSlow: false }
}
