// The types of the signature doctor: how a provider describes one signed message, and what the doctor finds. Read this
// file first. causes.ts has the possible mistakes, which are the same for all providers.
import type * as crypto from 'node:crypto'

/** The text that a person pasted, read as an HTTP message. */
export interface Message {
  method: string | undefined
  /** path and query, encoded as in the sent request */
  target: string | undefined
  /** the HTTP status, if the message is a reply */
  status: number | undefined
  /** headers by name in lower case */
  headers: Readonly<Record<string, string>>
  body: string
}

/** A named part of the signed text: a field, or a line. */
export interface Part {
  name: string
  value: string
  /** the value contains a key and must not be shown */
  secret?: true
}

/**
 * A piece of the signed text. If the piece is a secret, `secret` is the secret's name, and the report shows this name
 * and never the text.
 */
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

/**
 * One way to build the signed text from its parts. `key` is the secret that is part of the text, '' if there is none.
 */
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

/** How the text is signed. The first key in `keys` is the key that should have signed. */
export type Scheme =
  /** `hmac`: the secret in the text is also the key of an HMAC */
  | { kind: 'hash'; digest: Digest; letters: 'upper' | 'lower'; hmac?: true }
  | { kind: 'rsa'; digest: Digest; keys: readonly NamedKey[]; own?: crypto.KeyObject }

/** One message, split into its parts as the provider's document describes. */
export interface Examination {
  /** the kind of message, such as "a notice" or "a request" */
  what: string
  parts: readonly Part[]
  /** the document's signing rule */
  rule: Rule
  /** rules that people use by mistake */
  otherRules: readonly OtherRule[]
  /** the secret that is part of the signed text, if there is one */
  key?: { name: string; value: string }
  scheme: Scheme
  signature: string | undefined
  /** the names of parts, or of fields in a JSON body, that hold amounts of money */
  amounts: readonly string[]
  /** parts that may be signed but are not in the message; their values come from the settings */
  known?: readonly Part[]
  /** texts that people wrongly put before a part named path or uri: https://host, or a proxy's folder */
  addresses?: readonly string[]
  /** further remarks for the report, for example that an encrypted part cannot be decrypted */
  notes?: readonly string[]
}

export type Settings = Readonly<Record<string, unknown>>

export interface Doctor {
  /**
   * Reads a message as the provider's document describes it. @throws DoctorError if the message is not one of this
   * provider
   */
  examine(message: Message, settings: Settings): Examination
}

/** An error whose message is a sentence for the person who asked. */
export class DoctorError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'DoctorError'
  }
}

/** Reads a text from the settings. @throws DoctorError if it is absent */
export function setting(settings: Settings, name: string): string {
  const value = settings[name]
  if (typeof value !== 'string' || value === '') throw new DoctorError(`the settings have no ${name}`)
  return value
}

export const part = (name: string, value: string): Part => ({ name, value })

export const recordOf = (parts: readonly Part[]): Record<string, string> =>
  Object.fromEntries(parts.map(({ name, value }) => [name, value]))

// A text that occurs in no message. Our signing function gets this text in place of the key. Where the text stands in
// the result, there the key belongs.
const mark = '\u0001key\u0001'

/**
 * Splits a signed text at the place of the key. @param make the provider's own function, which builds the text around a
 * given key
 */
export const aroundKey = (name: string, key: string, make: (mark: string) => string): Piece[] =>
  make(mark)
    .split(mark)
    .flatMap((text, index) => (index === 0 ? [{ text }] : [{ text: key, secret: name }, { text }]))

export const plainPieces = (text: string): Piece[] => [{ text }]

export const textOf = (pieces: readonly Piece[]): string => pieces.map(({ text }) => text).join('')
