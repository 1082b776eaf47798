// Makes and checks the signatures of the Unified pay platform. The same rule applies to addresses, calls and notices.
// The fake server uses this file, too.
import { digestHex, sameText } from '../signing'

/**
 * The exact text whose SHA-1 is the signature: all values that are not empty, without `sign`, and the secret, sorted by
 * UTF-16 code units and joined without separators (docs/provider-facts.md 5.2; the document's four samples agree). The
 * names are not signed, so two fields can exchange their values under the same signature.
 */
export function unifiedSignedText(fields: Readonly<Record<string, string>>, domainSecret: string): string {
  const { sign: _, ...signed } = fields
  const values = Object.values(signed).filter((value) => value !== '')
  return [...values, domainSecret].sort().join('')
}

export const signUnified = (fields: Readonly<Record<string, string>>, domainSecret: string): string =>
  digestHex('sha1', unifiedSignedText(fields, domainSecret))

/**
 * Whether `fields.sign` is right. A right signature proves who sent the values, but not in which fields the values
 * were.
 */
export const isSignedByUnified = (fields: Readonly<Record<string, string>>, domainSecret: string): boolean =>
  sameText(signUnified(fields, domainSecret), fields.sign)
