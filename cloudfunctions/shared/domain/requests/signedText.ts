// The texts over which a connected system's signatures are calculated (docs/provider-facts.md 5.2).

type Fields = Readonly<Record<string, string>>

// Fields that no signature covers. The pages of the Unified platform's document add `openid` after signing
// (docs/provider-facts.md 5.2).
const unsigned: ReadonlySet<string> = new Set(['sign', 'sign2', 'openid'])

const signedEntries = (fields: Fields): [name: string, value: string][] =>
  Object.entries(fields).filter(([name, value]) => value !== '' && !unsigned.has(name))

/**
 * The text whose SHA-1 is the field `sign`: all values that are not empty, and the secret, sorted by UTF-16 code units
 * and joined without separators.
 */
export const valuesText = (fields: Fields, secret: string): string =>
  [...signedEntries(fields).map(([, value]) => value), secret].sort().join('')

/**
 * The text whose HMAC-SHA256 is the field `sign2`: `name=value` of all fields that are not empty, sorted by name and
 * joined with &.
 */
export const namedText = (fields: Fields): string =>
  signedEntries(fields)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
    .join('&')
