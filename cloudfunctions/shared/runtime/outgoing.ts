// Calls addresses that staff or connected systems gave us. Such a call must not reach our own cloud, for example a
// private host, the metadata service or another port. So the host name is resolved once, and the connection uses only IP
// addresses that were checked.
import { lookup } from 'node:dns/promises'
import { isIP, isIPv4 } from 'node:net'
import { urlOf } from '../domain/requests/addresses'
import type { SendFailure } from '../domain/telling/delivery'
import type { AddressRule, OutgoingAnswer, OutgoingCall, Webhooks } from '../usecases/platform/context'
import { exchange } from './http'
import { isPublicHost } from './realSettings'

interface Found {
  address: string
  family: number
}

interface Doors {
  /** whether a call may use http and any port to reach this machine; only the local cloud allows that */
  isLocal: boolean
  resolve?: (host: string) => Promise<readonly Found[]>
  /**
   * only for tests: `isPublic` says which hosts are public, `ports` lists the allowed ports, `ca` is a certificate to
   * trust
   */
  isPublic?: (host: string) => boolean
  ports?: ReadonlySet<string>
  ca?: string
}

type Checked = { url: URL; isHome: boolean } | { rule: AddressRule }

const answerBytes = 16 * 1024
const usualPorts: ReadonlySet<string> = new Set(['', '443', '8443'])
const homeNames = new Set(['localhost', '127.0.0.1', '[::1]'])
const resolveAll = (host: string): Promise<readonly Found[]> => lookup(host, { all: true })

/**
 * Makes the functions that check and call entered addresses.
 * @returns `refusalOf` and `call` of the context's `webhooks`
 */
export function createOutgoing({
  isLocal,
  resolve = resolveAll,
  isPublic = isPublicHost,
  ports = usualPorts,
  ca,
}: Doors): Pick<Webhooks, 'refusalOf' | 'call'> {
  function check(text: string): Checked {
    const url = /^https?:\/\/[!-~]+$/i.test(text) ? urlOf(text) : undefined
    if (!url) return { rule: 'wrong' }
    if (url.username !== '' || url.password !== '' || /^[^/]*\/\/[^/?#]*@/.test(text)) return { rule: 'userinfo' }
    if (isLocal && homeNames.has(url.hostname)) return { url, isHome: true }
    if (url.protocol !== 'https:') return { rule: 'https' }
    if (!ports.has(url.port)) return { rule: 'port' }
    // URL turns 2130706433, 0177.1 and 127.1 into 127.0.0.1. Nobody writes an address in such a form without a reason
    // to hide it, so refuse these forms even for public addresses.
    const isDisguised = isIPv4(url.hostname) && !text.includes(`//${url.hostname}`)
    if (isDisguised || !isPublic(url.hostname)) return { rule: 'publicHost' }
    return { url, isHome: false }
  }

  async function addressesOf({ url, isHome }: { url: URL; isHome: boolean }): Promise<readonly Found[]> {
    const host = url.hostname.replace(/^\[|\]$/g, '')
    const family = isIP(host)
    if (family !== 0) return [{ address: host, family }]
    const found = await resolve(host)
    // If a host name has a private address, refuse the name, even if its other addresses are public.
    return isHome || found.every(({ address }) => isPublic(address)) ? found : []
  }

  async function send(call: OutgoingCall, signal: AbortSignal): Promise<OutgoingAnswer> {
    const checked = check(call.url)
    if ('rule' in checked) return nothing('address')
    const found = await addressesOf(checked)
    const [first] = found
    if (!first) return nothing('address')
    const { method, headers, body } = call
    const { status, body: bytes } = await exchange({
      method,
      headers,
      ...(body !== undefined && { body }),
      url: checked.url.href,
      maxBytes: answerBytes,
      signal,
      // Connect to the IP addresses that were checked. Node 20 and newer try the next one if the first is dead.
      lookup: (_host, { all }, done) => {
        if (all) done(null, [...found])
        else done(null, first.address, first.family)
      },
      ...(ca !== undefined && { ca }),
    })
    return { status, text: Buffer.from(bytes).subarray(0, answerBytes).toString('utf8'), failure: null }
  }

  return {
    refusalOf(url) {
      const checked = check(url)
      return 'rule' in checked ? checked.rule : undefined
    },
    async call(call) {
      const signal = AbortSignal.timeout(call.timeoutMs)
      const late = new Promise<OutgoingAnswer>((done) =>
        signal.addEventListener('abort', () => done(nothing('timeout')), { once: true }),
      )
      const answer = send(call, signal).catch(() => nothing(signal.aborted ? 'timeout' : 'unreachable'))
      // Resolving a name cannot be aborted, so after the time limit we do not wait for it.
      return Promise.race([answer, late])
    },
  }
}

const nothing = (failure: SendFailure): OutgoingAnswer => ({ status: null, text: '', failure })
