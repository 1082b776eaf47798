// More rules for settings in a real environment: public https addresses, keys of sufficient length, and no values of
// the sandbox. The local cloud does not apply these rules.
import { BlockList, isIP } from 'node:net'
import type * as z from 'zod/mini'
import type { SettingsProblem } from '../api/admin'
import { AppError } from '../domain/errors'
import { urlOf } from '../domain/requests/addresses'
import { isSecretField, keyBits } from '../providers/signing'
import { type Fields, fieldsOf, valueAt } from './settingsSchema'

const leastSecretLetters = 16
const usualBits = 2_048

// IPv4 networks that are not public, from IANA's special-purpose registries: this host, private networks, shared
// networks, link-local (with the cloud's metadata service), documentation, benchmarks, multicast, reserved.
const closed = new BlockList()
for (const [net, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const)
  closed.addSubnet(net, bits, 'ipv4')
// IPv6: only addresses in 2000::/3 are public. In this range we exclude addresses for documentation (2001:db8::,
// 3fff::). We also exclude addresses that contain an IPv4 address, because that address may be private: Teredo (in
// 2001::/23) and 6to4 (2002::).
const open6 = new BlockList()
open6.addSubnet('2000::', 3, 'ipv6')
const closed6 = new BlockList()
closed6.addSubnet('2001::', 23, 'ipv6')
closed6.addSubnet('2001:db8::', 32, 'ipv6')
closed6.addSubnet('2002::', 16, 'ipv6')
closed6.addSubnet('3fff::', 20, 'ipv6')

// Host names that no public DNS has (RFC 2606, 6761, 6762, 8375, and names that are usual in private networks), and the
// names of Tencent Cloud's own network, in which the functions run.
const closedNames =
  /(^|\.)(localhost|localdomain|local|internal|intranet|private|lan|home|corp|test|example|example\.(com|net|org)|invalid|arpa|onion|tencentyun\.com)$/

// Matches merchant numbers and app ids of the sandbox's settings (tools/sandbox). The settings of each sandbox provider
// contain at least one of them.
const ofTheSandbox = /^(145000900[12]|10502105689001|minicashier|wx0{8}\w{8}|app_sandbox_\w+)$/

interface Checked {
  code: string
  schema: z.ZodMiniType
  /** the shortest allowed key of this provider, in bits, if its document allows shorter keys than usual */
  leastKeyBits?: number | undefined
}

/**
 * Checks settings for a real environment.
 * @throws BadInput with the names of the fields that are not allowed there, without their values
 */
export function checkReal({ code, schema, leastKeyBits = usualBits }: Checked, fields: Fields): void {
  const problems = fieldsOf(schema).flatMap(([field, its]): SettingsProblem[] => {
    const broken = textsOf(valueAt(fields, field)).map((text) => ruleBroken({ field, schema: its, leastKeyBits }, text))
    const rule = broken.find((one) => one !== undefined)
    return rule ? [{ field, rule }] : []
  })
  if (problems.length === 0) return
  const names = problems.map(({ field, rule }) => `${field} (${rule})`).join(', ')
  throw new AppError('BadInput', `settings of ${code}: not for real payments: ${names}`, { details: problems })
}

// A field may hold several named texts, such as certificates by serial number. The same rule applies to each of them.
const textsOf = (value: unknown): string[] =>
  Object.values(typeof value === 'object' && value !== null ? value : { value }).filter(
    (text): text is string => typeof text === 'string',
  )

function ruleBroken(
  { field, schema, leastKeyBits }: { field: string; schema: z.ZodMiniType; leastKeyBits: number },
  value: string,
): SettingsProblem['rule'] | undefined {
  if (/url$/i.test(field)) return addressRule(value)
  const bits = keyBits(value)
  if (bits !== undefined) return bits < leastKeyBits ? 'keySize' : undefined
  if (isSecretField(schema)) return value.length < leastSecretLetters ? 'tooShort' : undefined
  return ofTheSandbox.test(value) ? 'sandbox' : undefined
}

function addressRule(value: string): SettingsProblem['rule'] | undefined {
  const url = urlOf(value)
  if (!url) return 'address'
  const { protocol, hostname, username, password } = url
  if (protocol !== 'https:') return 'https'
  return username === '' && password === '' && isPublicHost(hostname) ? undefined : 'publicHost'
}

/**
 * Whether a host can be public.
 * @param hostname as the class URL gives it, with decimal and octal addresses in dotted form
 */
export function isPublicHost(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '')
  if (isIP(host) === 4) return !closed.check(host, 'ipv4')
  if (isIP(host) === 6) return open6.check(host, 'ipv6') && !closed6.check(host, 'ipv6')
  return host.includes('.') && !closedNames.test(host.toLowerCase())
}
