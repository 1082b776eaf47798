// The texts under a domain’s signatures. docs/provider-facts.md 5.2

type Fields = Readonly<Record<string, string>>

// Never under the signature. The pages of the document add `openid` after the signing (docs/provider-facts.md 5.2).
const unsigned: ReadonlySet<string> = new Set(['sign', 'sign2', 'openid'])

const signedEntries = (fields: Fields): [name: string, value: string][] =>
  Object.entries(fields).filter(([name, value]) => value !== '' && !unsigned.has(name))

/**
 * The text whose SHA-1 is `sign`: the values that are not empty and the secret among them, sorted by UTF-16 code units,
 * with nothing between them.
 */
export const valuesText = (fields: Fields, secret: string): string =>
  [...signedEntries(fields).map(([, value]) => value), secret].sort().join('')

/** The text whose HMAC-SHA256 is `sign2`: `name=value` of the fields that are not empty, sorted by name, with & between. */
export const namedText = (fields: Fields): string =>
  signedEntries(fields)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
    .join('&')
