// What a signature proves: which digest was signed, and with which key. An RSA signature reveals its digest under the
// right public key, so a wrong key and a wrong text can be told apart. A hash is the digest itself.
import * as crypto from 'node:crypto'
import type { Cause, Digest, Scheme } from './doctor'

/** One way in which a signature differs from the provider's document. */
export interface Finding {
  cause: Cause
  why: string
}

export interface Claim {
  digest: Digest
  hex: string
  /** empty if signature, key and digest follow the document */
  findings: readonly Finding[]
}

const digestInfos: [Digest, string][] = [
  ['md5', '3020300c06082a864886f70d020505000410'],
  ['sha1', '3021300906052b0e03021a05000414'],
  ['sha256', '3031300d060960864801650304020105000420'],
]
const digestBySize = new Map<number, Digest>([
  [32, 'md5'],
  [40, 'sha1'],
  [64, 'sha256'],
])

/** All possible readings of a signature, the documented one first. */
export const claimsOf = (signature: string, scheme: Scheme): Claim[] =>
  scheme.kind === 'hash' ? hashClaims(signature, scheme.digest, scheme.letters) : rsaClaims(signature, scheme)

function hashClaims(signature: string, wanted: Digest, letters: 'upper' | 'lower'): Claim[] {
  const trimmed = signature.trim()
  const hex = trimmed.toLowerCase()
  const digest = /^[0-9a-f]+$/.test(hex) ? digestBySize.get(hex.length) : undefined
  if (!digest) return []
  const cased = letters === 'upper' ? hex.toUpperCase() : hex
  const findings: Finding[] = []
  if (trimmed !== signature) findings.push(blanks)
  if (trimmed !== cased) findings.push({ cause: 'upper/lower case', why: `the signature must be in ${letters} case` })
  if (digest !== wanted) findings.push(otherDigest(digest, wanted))
  return [{ digest, hex, findings }]
}

function rsaClaims(signature: string, { digest: wanted, keys }: Extract<Scheme, { kind: 'rsa' }>): Claim[] {
  return spellings(signature).flatMap(({ bytes, findings }) =>
    keys.flatMap(({ name, key }, index): Claim[] => {
      const opened = openedBy(key, bytes)
      if (!opened) return []
      const right = keys[0]?.name ?? ''
      const wrongKey: Finding = { cause: 'wrong key', why: `signed with ${name}, where ${right} belongs` }
      const all = [
        ...findings,
        ...(index === 0 ? [] : [wrongKey]),
        ...(opened.digest === wanted ? [] : [otherDigest(opened.digest, wanted)]),
      ]
      return [{ ...opened, findings: all }]
    }),
  )
}

const blanks: Finding = { cause: 'spelling of the signature', why: 'there are blanks or line breaks in it' }
const otherDigest = (is: Digest, wanted: Digest): Finding => ({
  cause: 'digest',
  why: `the digest is ${is}, where ${wanted} belongs`,
})

/** The documented reading of a base64 text, then the readings of damaged base64 texts. */
function spellings(signature: string): { bytes: Buffer; findings: Finding[] }[] {
  const spelled = (why: string): Finding[] => [{ cause: 'spelling of the signature', why }]
  const tight = signature.replace(/\s/g, '')
  // Every hex text is also valid base64. So a text of hex digits only is read as hex.
  if (/^(?:[0-9A-Fa-f]{2}){64,}$/.test(tight))
    return [{ bytes: Buffer.from(tight, 'hex'), findings: spelled('it is hex, where base64 belongs') }]
  const proper = Buffer.from(signature, 'base64')
  if (proper.toString('base64') === signature) return [{ bytes: proper, findings: [] }]
  const damages: [text: string, why: string][] = [
    [signature.trim().replaceAll(' ', '+'), 'each + became a space: a form was decoded once too often'],
    [tight, blanks.why],
    [
      tight.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
      'it is still URL-encoded',
    ],
    [tight.replaceAll('-', '+').replaceAll('_', '/'), 'it is base64url, where base64 belongs'],
  ]
  const readings = damages.flatMap(([text, why]) => {
    const bytes = Buffer.from(text, 'base64')
    const same = bytes.toString('base64').replace(/=+$/, '') === text.replace(/=+$/, '')
    return same && text !== signature ? [{ bytes, findings: spelled(why) }] : []
  })
  return [...readings, { bytes: proper, findings: spelled('its last characters are missing or damaged') }]
}

function openedBy(key: crypto.KeyObject, signature: Buffer): { digest: Digest; hex: string } | undefined {
  try {
    const padding = crypto.constants.RSA_PKCS1_PADDING
    const info = crypto.publicDecrypt({ key, padding }, signature).toString('hex')
    for (const [digest, beginning] of digestInfos)
      if (info.startsWith(beginning)) return { digest, hex: info.slice(beginning.length) }
  } catch {
    // The padding is invalid, so another key made this signature.
  }
  return undefined
}
