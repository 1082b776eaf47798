// The merchant's sites: pages of other origins that pay through this shop.

import { urlOf } from './addresses'

// On this machine pages have no certificate.
const isLocal = (hostname: string): boolean => hostname === '127.0.0.1' || hostname === 'localhost'

/**
 * Whether an address lies on one of the shop's sites, so that a browser may be sent there.
 * @param origins such as `https://www.example.com`
 * @returns the address in the one form that every browser reads alike; undefined for another site's, a user name in it,
 *   and plain http
 */
export function addressOn(origins: readonly string[], text: string): string | undefined {
  const url = urlOf(text)
  if (!url) return undefined
  const { protocol, hostname, username, password, origin, href } = url
  const isSafe = protocol === 'https:' || (protocol === 'http:' && isLocal(hostname))
  return isSafe && username === '' && password === '' && origins.includes(origin) && href.length <= 255
    ? href
    : undefined
}

/** Whether a text is an origin in the form that browsers send: without a path, a default port and capitals. */
export const isOrigin = (text: string): boolean => urlOf(text)?.origin === text
