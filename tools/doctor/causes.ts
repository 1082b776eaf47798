// The typical mistakes in signing and sending, as changes that the signature doctor applies to a message. The doctor
// reports a mistake only if the signature then fits, so it never guesses.
import * as crypto from 'node:crypto'
import { type Claim, claimsOf, type Finding } from './claims'
import { type Cause, type Examination, type Part, type Piece, type Rule, textOf } from './doctor'
import { orderings, rewritings } from './json'

/** One possible mistake. Mistakes of one kind exclude each other. */
interface Change extends Finding {
  kind: 'rule' | 'parts' | 'key' | 'text'
  rule?: Rule
  parts?: (parts: readonly Part[]) => readonly Part[]
  key?: string
  text?: (text: string) => string
}

export interface Diagnosis {
  verdict: 'unsigned' | 'fits' | 'explained' | 'unexplained'
  /** the text that must be signed according to the provider's document */
  text: readonly Piece[]
  findings: readonly Finding[]
  /** the text that was really signed, if it differs from the document's text */
  signedText?: readonly Piece[]
}

/** Tries each change alone and then each pair of changes. */
export function diagnose(examination: Examination, otherSecrets: readonly NamedSecret[] = []): Diagnosis {
  const { signature, scheme, parts, rule, key } = examination
  const text = rule(parts, key?.value ?? '')
  if (signature === undefined || signature === '') return { verdict: 'unsigned', text, findings: [] }
  const claims = claimsOf(signature, scheme)
  if (claims.length === 0) return { verdict: 'explained', text, findings: [unmade(examination)] }
  const changes = changesFor(examination, otherSecrets)
  for (const together of combinations(changes)) {
    const pieces = changed(examination, together)
    const claim = pieces && claims.find((one) => isOver(one, textOf(pieces), hmacKey(examination, together)))
    if (!claim) continue
    const findings = [...claim.findings, ...together]
    if (findings.length === 0) return { verdict: 'fits', text, findings }
    return { verdict: 'explained', text, findings, ...(together.length > 0 && { signedText: pieces }) }
  }
  const reordered = claims.length > 0 ? reorderedBody(examination, claims) : undefined
  if (reordered) return { verdict: 'explained', text, ...reordered }
  const [{ findings = [] } = {}] = claims
  return { verdict: 'unexplained', text, findings }
}

/** A secret that may have been used by mistake in place of the right one. */
export interface NamedSecret {
  name: string
  value: string
}

function unmade({ scheme }: Examination): Finding {
  if (scheme.kind === 'hash')
    return { cause: 'spelling of the signature', why: `it is no hex text of a ${scheme.digest} digest` }
  const right = scheme.keys[0]?.name ?? 'the right key'
  return { cause: 'wrong key', why: `made neither with ${right} nor with any other key that is known here` }
}

const isOver = ({ digest, hex }: Claim, text: string, hmac?: string): boolean =>
  (hmac === undefined ? crypto.createHash(digest) : crypto.createHmac(digest, hmac)).update(text).digest('hex') === hex

const hmacKey = ({ scheme, key }: Examination, together: readonly Change[] = []): string | undefined =>
  scheme.kind === 'hash' && scheme.hmac === true
    ? (together.find((one) => one.key !== undefined)?.key ?? key?.value ?? '')
    : undefined

// A JSON library may have changed the order of the names. The signed order is unknown, so try every order. This comes
// last, because there are many.
function reorderedBody(
  { parts, rule, key, scheme }: Examination,
  claims: readonly Claim[],
): Pick<Diagnosis, 'findings' | 'signedText'> | undefined {
  const body = parts.find(isBody)?.value ?? ''
  const hmac = hmacKey({ scheme, key } as Examination)
  for (const other of orderings(body)) {
    const pieces = rule(onBody(() => other)(parts), key?.value ?? '')
    const claim = claims.find((one) => isOver(one, textOf(pieces), hmac))
    const why = 'its names stood in another order when it was signed: something read the JSON and wrote it anew'
    if (claim) return { findings: [...claim.findings, { cause: 'body re-serialised', why }], signedText: pieces }
  }
  return undefined
}

function changed({ parts, rule, key }: Examination, together: readonly Change[]): readonly Piece[] | undefined {
  const newParts = together.reduce((all, { parts: change }) => change?.(all) ?? all, parts)
  const newRule = together.find((one) => one.rule)?.rule ?? rule
  const newKey = together.find((one) => one.key !== undefined)?.key ?? key?.value ?? ''
  try {
    const pieces = newRule(newParts, newKey)
    const { text: write } = together.find((one) => one.text) ?? {}
    if (!write) return pieces
    return pieces.map((piece) => (piece.secret === undefined ? { ...piece, text: write(piece.text) } : piece))
  } catch {
    return undefined
  }
}

function* combinations(changes: readonly Change[]): Generator<readonly Change[]> {
  yield []
  for (const change of changes) yield [change]
  for (const [index, first] of changes.entries())
    for (const second of changes.slice(index + 1))
      if (first.kind !== second.kind || isPair(first, second)) yield [first, second]
}

// Two changes of this kind can be tried together: for example two parameters are missing, or one parameter is missing
// and another one has changed.
const isPair = (first: Change, second: Change): boolean => first.kind === 'parts' && second.kind === 'parts'

const changesFor = (examination: Examination, otherSecrets: readonly NamedSecret[]): Change[] => [
  ...endings(examination),
  ...keyChanges(examination, otherSecrets),
  ...examination.otherRules.map((other): Change => ({ kind: 'rule', ...other })),
  ...bodyChanges(examination),
  ...noBody(examination),
  ...wholeAddresses(examination),
  ...amountChanges(examination),
  ...emptyChanges(examination),
  ...encodings(examination),
  ...letterChanges(examination),
  ...leftOut(examination),
]

const onText = (cause: Cause, why: string, text: (text: string) => string): Change => ({
  kind: 'text',
  cause,
  why,
  text,
})
const onParts = (cause: Cause, why: string, parts: (parts: readonly Part[]) => readonly Part[]): Change => ({
  kind: 'parts',
  cause,
  why,
  parts,
})

const mapValues =
  (write: (value: string, part: Part) => string) =>
  (parts: readonly Part[]): Part[] =>
    parts.map((part) => (part.secret ? part : { ...part, value: write(part.value, part) }))

const isBody = ({ name }: Part): boolean => name === 'body'
const onBody = (write: (body: string) => string) => mapValues((value, part) => (isBody(part) ? write(value) : value))

function endings({ parts, rule, key }: Examination): Change[] {
  const pieces = rule(parts, key?.value ?? '')
  const atEnd = (write: (text: string) => string, why: string): Change => ({
    kind: 'rule',
    cause: 'trailing newline',
    why,
    rule: (some, secret) => {
      const all = rule(some, secret)
      return all.map((piece, index) => (index === all.length - 1 ? { ...piece, text: write(piece.text) } : piece))
    },
  })
  const body = parts.some(isBody)
  return [
    ...(body
      ? [
          onParts(
            'trailing newline',
            'the body was signed without the newline at its end',
            onBody((one) => one.replace(/\r?\n$/, '')),
          ),
          onParts(
            'trailing newline',
            'the body was signed without the blanks around it',
            onBody((one) => one.trim()),
          ),
          onParts(
            'trailing newline',
            'the body was signed with a newline at its end',
            onBody((one) => `${one}\n`),
          ),
          onParts(
            'trailing newline',
            'the body was signed with LF, where CR LF came',
            onBody((one) => one.replaceAll('\r\n', '\n')),
          ),
          onParts(
            'trailing newline',
            'the body was signed with CR LF, where LF came',
            onBody((one) => one.replace(/\r?\n/g, '\r\n')),
          ),
          onParts(
            'body re-serialised',
            'the body was signed without the byte order mark at its beginning',
            onBody((one) => one.replace(/^\ufeff/, '')),
          ),
        ]
      : []),
    ...(textOf(pieces).endsWith('\n')
      ? [atEnd((text) => text.replace(/\n$/, ''), 'it was signed without the newline at its end')]
      : []),
    atEnd((text) => `${text}\n`, 'it was signed with a newline at its end'),
    atEnd((text) => `${text}\r\n`, 'it was signed with CR LF at its end'),
  ]
}

function keyChanges({ key }: Examination, otherSecrets: readonly NamedSecret[]): Change[] {
  if (!key) return []
  const { name, value } = key
  const variants: [why: string, other: string][] = [
    [`signed without the ${name}`, ''],
    [`signed with a newline behind the ${name}`, `${value}\n`],
    [`signed with the ${name} without the blanks around it`, value.trim()],
    [`signed with the ${name} in lower case`, value.toLowerCase()],
    [`signed with the ${name} in upper case`, value.toUpperCase()],
    ...otherSecrets.map((other): [string, string] => [`signed with ${other.name}, where ${name} belongs`, other.value]),
  ]
  return variants
    .filter(([, other]) => other !== value)
    .map(([why, other]): Change => ({ kind: 'key', cause: 'wrong key', why, key: other }))
}

function bodyChanges({ parts }: Examination): Change[] {
  const body = parts.find(isBody)?.value ?? ''
  const fields = parts.filter(({ value }) => /^[[{]|^-?\d+\.\d+$/.test(value) && value !== body)
  return [
    ...rewritings(body).map(({ text, why }) =>
      onParts(
        'body re-serialised',
        `it was signed as JSON ${why}`,
        onBody(() => text),
      ),
    ),
    ...fields.flatMap(({ name, value }) => rewrittenField(name, value)),
  ]
}

// A GET has no body, but some libraries sign an empty JSON value in its place.
const noBody = ({ parts }: Examination): Change[] =>
  parts.some((part) => isBody(part) && part.value === '')
    ? ['{}', 'null', '[]', '""'].map((text) =>
        onParts(
          'body of a GET',
          `${text} was signed as the body, where none was sent`,
          onBody(() => text),
        ),
      )
    : []

const isPath = ({ name }: Part): boolean => name === 'path' || name === 'uri'

const wholeAddresses = ({ parts, addresses = [] }: Examination): Change[] =>
  parts.some(isPath)
    ? addresses.map((before) =>
        onParts(
          'whole address',
          `${before} was signed before the path, where the path alone belongs`,
          mapValues((value, part) => (isPath(part) ? before + value : value)),
        ),
      )
    : []

// A library can write lists and decimal numbers in a JSON body in another form.
function rewrittenField(name: string, value: string): Change[] {
  const set = (text: string, why: string): Change =>
    onParts(
      'body re-serialised',
      `${name} was signed ${why}`,
      mapValues((old, part) => (part.name === name ? text : old)),
    )
  if (/^-?\d/.test(value)) return [set(String(Number(value)), 'as a number written anew')]
  return rewritings(`{"value":${value}}`).map(({ text, why }) =>
    set(
      text
        .slice(text.indexOf(':') + 1)
        .trim()
        .replace(/\s*\}$/, ''),
      `as JSON ${why}`,
    ),
  )
}

const number = /^-?\d+(\.\d+)?$/

function amountChanges({ amounts, parts }: Examination): Change[] {
  const writings: [why: string, write: (value: string) => string][] = [
    ['in yuan, where fen came', (value) => shifted(value, -2)],
    ['in yuan without needless zeros, where fen came', (value) => shifted(value, -2).replace(/\.?0+$/, '')],
    ['in yuan with one decimal, where fen came', (value) => shifted(value, -2).replace(/0$/, '')],
    ['in fen, where yuan came', (value) => shifted(value, 2)],
  ]
  const names = amounts.filter((name) => parts.some((part) => part.name === name || isBody(part)))
  return writings.flatMap(([why, write]) => [
    ...names.map((name) => onParts('yuan/fen', `${name} was signed ${why}`, rewriteAmounts([name], write))),
    ...(names.length > 1 ? [onParts('yuan/fen', `all amounts were signed ${why}`, rewriteAmounts(names, write))] : []),
  ])
}

const rewriteAmounts = (names: readonly string[], write: (value: string) => string) =>
  mapValues((value, part) => {
    if (names.includes(part.name)) return number.test(value) ? write(value) : value
    if (!isBody(part)) return value
    const inBody = new RegExp(`("(?:${names.join('|')})"\\s*:\\s*"?)(-?\\d+(?:\\.\\d+)?)(?=[",}\\s])`, 'g')
    return value.replace(inBody, (_, before: string, amount: string) => before + write(amount))
  })

/** Multiplies a decimal text by 10, 100 … or divides it, without floating point. A division keeps two decimals. */
function shifted(value: string, places: number): string {
  const [whole = '', part = ''] = value.replace('-', '').split('.')
  const sign = value.startsWith('-') ? '-' : ''
  if (places > 0) return sign + (whole + part.padEnd(places, '0').slice(0, places)).replace(/^0+(?=\d)/, '')
  const digits = whole.padStart(1 - places, '0')
  return `${sign}${digits.slice(0, places)}.${digits.slice(places)}`
}

function emptyChanges({ parts }: Examination): Change[] {
  const isEmpty = ({ value }: Part): boolean => value === ''
  if (!parts.some(isEmpty)) return []
  return [
    onParts('empty-field rule', 'fields without a value were left out', (all) => all.filter((part) => !isEmpty(part))),
    ...['null', 'undefined', 'None'].map((word) =>
      onParts(
        'empty-field rule',
        `fields without a value were signed as "${word}"`,
        mapValues((value) => value || word),
      ),
    ),
  ]
}

// Two encoding mistakes: PHP's utf8_encode applied to UTF-8 text, or UTF-8 bytes read as ISO-8859-1 and encoded again.
const twice = (text: string): string => Buffer.from(text).toString('latin1')

function once(text: string): string {
  const bytes = Buffer.from(text, 'latin1')
  const read = bytes.toString('utf8')
  return bytes.toString('latin1') === text && !read.includes('\ufffd') ? read : text
}

const strictly = (value: string): string =>
  encodeURIComponent(value).replace(/[!'()*]/g, (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`)
const asForm = (value: string): string => new URLSearchParams([['', value]]).toString().slice(1)

function decoded(value: string): string {
  try {
    return decodeURIComponent(value)
  } catch {
    return value
  }
}

function encodings({ parts }: Examination): Change[] {
  const ways: [cause: Cause, why: string, write: (value: string) => string][] = [
    ['URL encoding', 'values were signed URL-encoded (RFC 3986)', strictly],
    ['URL encoding', 'values were signed URL-encoded (as encodeURIComponent does)', encodeURIComponent],
    ['URL encoding', 'values were signed URL-encoded (as a form: + for a blank)', asForm],
    [
      'URL encoding',
      'values were signed URL-encoded with small letters',
      (value) => strictly(value).replace(/%../g, (code) => code.toLowerCase()),
    ],
    ['URL encoding', 'values were signed URL-decoded', decoded],
    ['URL encoding', 'a + was meant, where a blank came', (value) => value.replaceAll(' ', '+')],
    ['double encoding', 'values were URL-encoded twice before they were signed', (value) => strictly(strictly(value))],
    ['double encoding', 'values were signed in UTF-8 that was encoded twice', twice],
    ['double encoding', 'values came in UTF-8 that was encoded twice, and were signed before that', once],
  ]
  const isField = parts.every((part) => !isBody(part))
  return [
    onText('double encoding', 'the text was signed in UTF-8 that was encoded twice (as PHP’s utf8_encode does)', twice),
    onText('double encoding', 'the text came in UTF-8 that was encoded twice, and was signed before that', once),
    ...ways.map(([cause, why, write]) =>
      onParts(
        cause,
        why,
        isField ? mapValues(write) : mapValues((value, part) => (isBody(part) ? value : write(value))),
      ),
    ),
    ...(isField ? parts.flatMap((one) => encodedAlone(one)) : []),
  ]
}

// Typical mistakes in addresses that people encode by hand.
function encodedAlone({ name, value, secret }: Part): Change[] {
  if (secret || strictly(value) === value) return []
  const only = (write: (value: string) => string) => mapValues((old, part) => (part.name === name ? write(old) : old))
  return [onParts('URL encoding', `${name} was signed URL-encoded`, only(strictly))]
}

function letterChanges({ parts }: Examination): Change[] {
  const ways: [why: string, write: (text: string) => string][] = [
    ['in lower case', (text) => text.toLowerCase()],
    ['in upper case', (text) => text.toUpperCase()],
  ]
  const cause = 'upper/lower case'
  const renamed = (write: (text: string) => string) => (all: readonly Part[]) =>
    all.map((part) => ({ ...part, name: write(part.name) }))
  return ways.flatMap(([why, write]) => [
    onText(cause, `the whole text was signed ${why}`, write),
    onParts(cause, `all values were signed ${why}`, mapValues(write)),
    onParts(cause, `the names were signed ${why}`, renamed(write)),
    ...parts
      .filter((part) => !part.secret && !isBody(part) && write(part.value) !== part.value)
      .map(({ name }) =>
        onParts(
          cause,
          `${name} was signed ${why}`,
          mapValues((old, part) => (part.name === name ? write(old) : old)),
        ),
      ),
  ])
}

const leftOut = ({ parts, known = [] }: Examination): Change[] => [
  ...parts.map(({ name }) =>
    onParts('parameter left out', `it was signed without ${name}`, (all) => all.filter((part) => part.name !== name)),
  ),
  ...known
    .filter(({ name, value }) => !parts.some((part) => part.name === name && part.value === value))
    .map((extra) =>
      onParts(
        'parameter left out',
        `it was signed with ${extra.name}=${extra.value}, which the message does not say`,
        (all) => [...all.filter((part) => part.name !== extra.name), extra],
      ),
    ),
]
