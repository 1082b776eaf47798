// The merchant's own websites, which use this shop's cashier from another origin.

import { urlOf } from './addresses'

// Pages on the developer's machine have no certificate, so plain http is allowed there.
const isLocal = (hostname: string): boolean => hostname === '127.0.0.1' || hostname === 'localhost'

/**
 * Checks whether a web address lies on one of the shop's sites, so that we may send a browser there.
 * @param origins the shop's sites, such as `https://www.example.com`
 * @returns the address in the normal form that all browsers read alike; undefined for an address on another site, with
 * a user name, or with plain http
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

/** Whether a text is an origin exactly as browsers send it: without a path, a default port or capitals. */
export const isOrigin = (text: string): boolean => urlOf(text)?.origin === text
