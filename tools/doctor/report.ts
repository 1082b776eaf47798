// Prints the doctor's report: the exact text to sign with control characters made visible, its digest, the received
// signature and what is wrong with it. A key is shown as its name and never printed.
import * as crypto from 'node:crypto'
import { type Diagnosis, diagnose, type NamedSecret } from './causes'
import { type Examination, type Piece, textOf } from './doctor'

export function reportOn(examination: Examination, secrets: readonly NamedSecret[]): string {
  const diagnosis = diagnose(examination, secrets.filter(mayBeKey))
  const { what, notes = [] } = examination
  const lines = [
    `${what}`,
    '',
    `What is signed, by the document (${sizeAndDigest(diagnosis.text, examination)}):`,
    shown(diagnosis.text),
    '',
    ...verdict(diagnosis, examination),
    ...notes.map((note) => `Note: ${note}.`),
  ]
  return hidden(lines.join('\n'), secrets)
}

function verdict(diagnosis: Diagnosis, examination: Examination): string[] {
  const { text, findings, signedText } = diagnosis
  const causes = findings.map(({ cause, why }) => `Cause: ${cause}: ${why}.`)
  switch (diagnosis.verdict) {
    case 'unsigned':
      return ['There is no signature in the message.', ...ownSignature(text, examination)]
    case 'fits':
      return ['The signature fits.']
    case 'unexplained':
      return [
        'The signature does not fit, and no cause that is known here explains it.',
        ...causes,
        examination.scheme.kind === 'rsa'
          ? 'It was made with a key that is known here, so the content is another: something was changed that stands in no list of this tool, or a parameter is missing in the message.'
          : 'Either the key is one that is not known here (try it with --key FILE), or the content is another.',
        ...ownSignature(text, examination),
      ]
    case 'explained':
      return [
        'The signature does not fit.',
        ...causes,
        ...(signedText ? ['', `What was signed (${sizeAndDigest(signedText, examination)}):`, shown(signedText)] : []),
        ...(signedText ? ['', difference(textOf(text), textOf(signedText), [text, signedText])] : []),
        ...ownSignature(text, examination),
      ]
  }
}

/** Makes the right signature, if the settings contain the key for it. */
function ownSignature(text: readonly Piece[], examination: Examination): string[] {
  const { scheme } = examination
  if (scheme.kind === 'hash') {
    const hex = digestOf(text, examination)
    return [`The right signature: ${scheme.letters === 'upper' ? hex.toUpperCase() : hex}`]
  }
  if (!scheme.own) return []
  const bytes = Buffer.from(textOf(text))
  return [`The right signature: ${crypto.sign(scheme.digest, bytes, scheme.own).toString('base64')}`]
}

function digestOf(pieces: readonly Piece[], { scheme, key }: Examination): string {
  const isKeyed = scheme.kind === 'hash' && scheme.hmac === true
  const hash = isKeyed ? crypto.createHmac(scheme.digest, key?.value ?? '') : crypto.createHash(scheme.digest)
  return hash.update(textOf(pieces)).digest('hex')
}

function sizeAndDigest(pieces: readonly Piece[], examination: Examination): string {
  const { scheme } = examination
  const name = scheme.kind === 'hash' && scheme.hmac === true ? `HMAC ${scheme.digest}` : scheme.digest
  return `${Buffer.byteLength(textOf(pieces))} bytes, ${name} ${digestOf(pieces, examination)}`
}

const shown = (pieces: readonly Piece[]): string =>
  pieces.map(({ text, secret }) => (secret === undefined ? visible(text) : `‹${secret}›`)).join('')

const invisible = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\u00a0\u3000]/gu

/**
 * Shows control characters as symbols, other invisible characters by their number, and spaces at the end of a line as
 * dots.
 */
export function visible(text: string): string {
  const pictured = text.replace(invisible, (letter) => {
    const code = letter.codePointAt(0) ?? 0
    if (letter === '\n') return '␊\n'
    if (code < 0x20) return String.fromCharCode(0x2400 + code)
    return code === 0x7f ? '␡' : `\\u{${code.toString(16)}}`
  })
  return pictured.replace(/ +(?=␊|$)/g, (blanks) => '·'.repeat(blanks.length))
}

// Says where two signed texts differ. If a secret is at that place, gives only the position, so that the report never
// shows a part of a key.
function difference(ours: string, theirs: string, pieces: readonly (readonly Piece[])[]): string {
  let at = 0
  while (at < ours.length && ours[at] === theirs[at]) at += 1
  const place = `They differ from byte ${Buffer.byteLength(ours.slice(0, at)) + 1} on`
  const near = (text: string): string => visible(text.slice(at, at + 24)).replace(/\n/g, '') || 'the end'
  const openTo = Math.min(...pieces.map(lengthBeforeKey))
  return at + 24 <= openTo ? `${place}: ${near(ours)} by the document, ${near(theirs)} was signed.` : `${place}.`
}

function lengthBeforeKey(pieces: readonly Piece[]): number {
  const first = pieces.findIndex(({ secret }) => secret !== undefined)
  return first < 0 ? Number.POSITIVE_INFINITY : textOf(pieces.slice(0, first)).length
}

// The report does not replace shorter secrets in texts, because such short texts also occur inside ordinary words. A
// short secret is always a separate piece, which the report shows by its name.
const shortestHidden = 6

const hidden = (text: string, secrets: readonly NamedSecret[]): string =>
  secrets
    .flatMap(({ name, value }) => value.split(/\s*\n\s*/).map((line) => ({ name, line })))
    .filter(({ line }) => line.length >= shortestHidden && !line.startsWith('-----'))
    .reduce((all, { name, line }) => all.replaceAll(line, `‹${name}›`), text)

const mayBeKey = ({ value }: NamedSecret): boolean => value.length <= 256
