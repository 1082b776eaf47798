// What a request says about its browser. The browser or the network could claim anything, so we only use this to choose
// what we offer and show, never to decide who somebody is.
import type { WebPlace } from '../../domain/person'

/** In which kind of browser a person is, judged by the user agent. */
export function placeOf(userAgent: string): WebPlace {
  if (/MicroMessenger/i.test(userAgent)) return 'wechat'
  return /Mobile|Android|iPhone|iPad|iPod/i.test(userAgent) ? 'mobile' : 'pc'
}

// The first pattern that fits counts, because most browsers also name other browsers.
const browsers: readonly [pattern: RegExp, name: string][] = [
  [/MicroMessenger/i, 'WeChat'],
  [/Edg(e|A|iOS)?\//, 'Edge'],
  [/Firefox\/|FxiOS\//, 'Firefox'],
  [/QQBrowser\//, 'QQ Browser'],
  [/Chrome\/|CriOS\//, 'Chrome'],
  [/Safari\//, 'Safari'],
]
const systems: readonly [pattern: RegExp, name: string][] = [
  [/Windows/, 'Windows'],
  [/iPhone|iPad|iPod/, 'iOS'],
  [/Android/, 'Android'],
  [/Mac OS X|Macintosh/, 'macOS'],
  [/CrOS/, 'ChromeOS'],
  [/Linux/, 'Linux'],
]

/** The names of browser and system, such as `Chrome, Windows`; empty if the user agent contains neither. */
export function browserOf(userAgent: string): string {
  const names = [browsers, systems].map((list) => list.find(([pattern]) => pattern.test(userAgent))?.[1])
  return names.filter((name) => name !== undefined).join(', ')
}

// Matches an IPv4 or IPv6 address. Proxies write addresses in no other form.
const addressShape = /^[\da-f:.]{3,45}$/i

const ipv4 = /^(?!.*\.$)((25[0-5]|2[0-4]\d|1?\d?\d)(\.|$)){4}$/

// Whether an address belongs to a private network (RFC 1918, 4193, 6598), to the machine itself, or is link-local.
export const isPrivate = (address: string): boolean =>
  /^(10|127|192\.168|169\.254|172\.(1[6-9]|2\d|3[01])|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7]))\.|^(::1$|f[cd]|fe80)/i.test(
    address,
  )

/** The browser's address, for providers that need the payer's address. Only a public IPv4 address counts. */
export const clientIpOf = (address: string): { clientIp?: string } =>
  ipv4.test(address) && !isPrivate(address) ? { clientIp: address } : {}

/**
 * The part of an address that stands for one household: of IPv6 the first 64 bits (RFC 6177), of IPv4 the whole
 * address.
 */
export function networkOf(address: string): string {
  if (!address.includes(':')) return address
  const [head = '', tail = ''] = address.toLowerCase().split('::')
  const [before, after] = [head, tail].map((part) => (part === '' ? [] : part.split(':')))
  const zeros = Array.from({ length: Math.max(0, 8 - (before?.length ?? 0) - (after?.length ?? 0)) }, () => '0')
  const groups = [...(before ?? []), ...(address.includes('::') ? zeros : []), ...(after ?? [])]
  return groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')
}

/**
 * The network address of a browser. Each proxy appends the address that it saw to `x-forwarded-for`. Addresses that a
 * browser forged come before the appended ones, so we take the last public address.
 * @returns an empty text if no address is known
 */
export function addressOf(headers: Record<string, string>): string {
  const { 'x-forwarded-for': forwarded = '', 'x-real-ip': real = '' } = headers
  const seen = [real, ...forwarded.split(',')]
    .map((one) => one.trim().replace(/^::ffff:/i, ''))
    .filter((one) => addressShape.test(one))
  return seen.findLast((one) => !isPrivate(one)) ?? seen.at(-1) ?? ''
}
