// The signature doctor's own words: what a description of a provider tells it, and what it finds. Read this first.
// A description knows how one message is signed; what can go wrong with it is in causes.ts, the same for everybody.
import type * as crypto from 'node:crypto'

/** What a person pasted, read as an HTTP message. */
export interface Message {
  method: string | undefined
  /** path and query as they were sent */
  target: string | undefined
  /** of a reply */
  status: number | undefined
  /** names in lower case */
  headers: Readonly<Record<string, string>>
  body: string
}

/** A named part of what is signed: a field, or a line. */
export interface Part {
  name: string
  value: string
  /** it must not be shown: a key travels in it */
  secret?: true
}

/** A stretch of the signed text. `secret` is shown by its name alone. */
export interface Piece {
  text: string
  secret?: string
}

export type Cause =
  | 'body of a GET'
  | 'body re-serialised'
  | 'digest'
  | 'double encoding'
  | 'empty-field rule'
  | 'joined in another way'
  | 'order of the fields'
  | 'parameter left out'
  | 'spelling of the signature'
  | 'trailing newline'
  | 'upper/lower case'
  | 'URL encoding'
  | 'whole address'
  | 'wrong key'
  | 'yuan/fen'

/** One way to make the text from its parts; `key` is the secret that stands in it, '' where none does. */
export type Rule = (parts: readonly Part[], key: string) => readonly Piece[]

export interface OtherRule {
  cause: Cause
  why: string
  rule: Rule
}

export type Digest = 'md5' | 'sha1' | 'sha256'

export interface NamedKey {
  name: string
  key: crypto.KeyObject
}

/** The first of the keys is the one that should have signed. */
export type Scheme =
  /** `hmac`: keyed with the key that stands in the text too */
  | { kind: 'hash'; digest: Digest; letters: 'upper' | 'lower'; hmac?: true }
  | { kind: 'rsa'; digest: Digest; keys: readonly NamedKey[]; own?: crypto.KeyObject }

/** One message, as its provider's document reads it. */
export interface Examination {
  /** "a notice", "a request" */
  what: string
  parts: readonly Part[]
  /** the document's rule */
  rule: Rule
  /** what people do instead */
  otherRules: readonly OtherRule[]
  /** the secret that stands in the text, where one does */
  key?: { name: string; value: string }
  scheme: Scheme
  signature: string | undefined
  /** names of parts, or of fields in a JSON body, that hold money */
  amounts: readonly string[]
  /** parts that may be signed without being in the message: what the settings know */
  known?: readonly Part[]
  /** what people put before a part named path or uri: https://host, or a proxy's folder */
  addresses?: readonly string[]
  /** what else is worth knowing: a resource that does not open */
  notes?: readonly string[]
}

export type Settings = Readonly<Record<string, unknown>>

export interface Doctor {
  /** @throws DoctorError when the message is none of this provider's */
  examine(message: Message, settings: Settings): Examination
}

/** A sentence for the person who asked. */
export class DoctorError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'DoctorError'
  }
}

/** A setting as text. @throws DoctorError */
export function setting(settings: Settings, name: string): string {
  const value = settings[name]
  if (typeof value !== 'string' || value === '') throw new DoctorError(`the settings have no ${name}`)
  return value
}

export const part = (name: string, value: string): Part => ({ name, value })

export const recordOf = (parts: readonly Part[]): Record<string, string> =>
  Object.fromEntries(parts.map(({ name, value }) => [name, value]))

// No message holds it, so that the key can be found again in a text that a provider's own code made.
const mark = '\u0001key\u0001'

/** The pieces of a text that a provider's own function makes around a key. */
export const aroundKey = (name: string, key: string, make: (mark: string) => string): Piece[] =>
  make(mark)
    .split(mark)
    .flatMap((text, index) => (index === 0 ? [{ text }] : [{ text: key, secret: name }, { text }]))

export const plainPieces = (text: string): Piece[] => [{ text }]

export const textOf = (pieces: readonly Piece[]): string => pieces.map(({ text }) => text).join('')
