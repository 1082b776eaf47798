// For the signature doctor: how Paymax signs: seven lines of a request, three headers and the body of a reply, or the
// body of a webhook.
import { paymaxReplyText, paymaxRequestText } from '../../cloudfunctions/shared/providers/paymax/sign'
import {
  aroundKey,
  type Doctor,
  DoctorError,
  type Examination,
  type Message,
  type OtherRule,
  type Part,
  part,
  plainPieces,
  type Rule,
  type Settings,
} from './doctor'
import { namedKey, ownKey } from './keys'
import { addressesBefore, targetBelow } from './message'

const keyName = 'Authorization'
const requestLines = ['method', 'uri', 'query', 'nonce', 'timestamp', keyName, 'body']

// This rule builds the text without our signing function. A mistake may leave out a line together with its line end,
// and our signing function cannot build such a text.
const lines = (parts: readonly Part[], key: string) =>
  aroundKey(keyName, key, (mark) => parts.map(({ name, value }) => (name === keyName ? mark : value)).join('\n'))

const requestRule: Rule = (parts, key) => {
  const names = parts.map(({ name }) => name)
  if (names.join() !== requestLines.join()) return lines(parts, key)
  const [method = '', uri = '', query = '', nonce = '', timestamp = '', , body = ''] = parts.map(({ value }) => value)
  const said = { method, uri, query, nonce, timestamp, body }
  return aroundKey(keyName, key, (mark) => paymaxRequestText({ ...said, authorization: mark }))
}

const replyRule: Rule = (parts, key) => {
  const [nonce, timestamp, authorization, body] = parts.map(({ value }) => value)
  if (parts.length !== 4 || authorization === undefined) return lines(parts, key)
  const said = { nonce: nonce ?? '', timestamp: timestamp ?? '', body: body ?? '' }
  return aroundKey(keyName, key, (mark) => paymaxReplyText({ ...said, authorization: mark }))
}

const webhookRule: Rule = (parts) => plainPieces(parts.map(({ value }) => value).join(''))

const ended: OtherRule = {
  cause: 'joined in another way',
  why: 'the lines were joined with nothing between them',
  rule: (parts, key) =>
    aroundKey(keyName, key, (mark) => parts.map(({ name, value }) => (name === keyName ? mark : value)).join('')),
}
const upperMethod: OtherRule = {
  cause: 'upper/lower case',
  why: 'the method was signed in upper case',
  rule: (parts, key) =>
    lines(
      parts.map((one) => (one.name === 'method' ? { ...one, value: one.value.toUpperCase() } : one)),
      key,
    ),
}
const wholePath: OtherRule = {
  cause: 'joined in another way',
  why: 'the path was signed with the /merchant-api of the base address',
  rule: (parts, key) =>
    lines(
      parts.map((one) => (one.name === 'uri' ? { ...one, value: `/merchant-api${one.value}` } : one)),
      key,
    ),
}

export const paymax: Doctor = {
  examine(message, settings) {
    const { headers, method } = message
    if (headers.sign === undefined && headers.nonce === undefined)
      throw new DoctorError(
        'the headers are missing (sign, nonce, timestamp, Authorization): paste them above the body',
      )
    const common = { signature: headers.sign, amounts: ['amount', 'amount_refunded', 'amount_settle'] }
    if (headers.nonce === undefined)
      return {
        ...common,
        what: 'a webhook',
        parts: [part('body', message.body)],
        rule: webhookRule,
        otherRules: [],
        scheme: fromPlatform(settings),
      }
    return { ...common, ...(method === undefined ? reply(message, settings) : request(method, message, settings)) }
  },
}

type Exchange = Omit<Examination, 'signature' | 'amounts'>

function request(method: string, message: Message, settings: Settings): Exchange {
  const { headers, target = '', body } = message
  const path = targetBelow(target, /\/v\d+\//)
  const [uri = '', query = ''] = path.split(/\?(.*)/s)
  return {
    what: 'a request',
    parts: [
      part('method', method.toLowerCase()),
      part('uri', uri),
      part('query', query),
      part('nonce', headers.nonce ?? ''),
      part('timestamp', headers.timestamp ?? ''),
      { name: keyName, value: '', secret: true },
      part('body', body),
    ],
    rule: requestRule,
    otherRules: [upperMethod, wholePath, ended],
    key: { name: keyName, value: headers.authorization ?? '' },
    scheme: {
      kind: 'rsa',
      digest: 'sha1',
      keys: [namedKey(settings, 'privateKey'), namedKey(settings, 'platformPublicKey')],
      own: ownKey(settings),
    },
    addresses: addressesBefore(target, path, headers.host, settings.baseUrl),
    notes: foreign(headers.authorization, settings),
  }
}

const reply = ({ headers, body }: Message, settings: Settings): Exchange => ({
  what: 'a reply',
  parts: [
    part('nonce', headers.nonce ?? ''),
    part('timestamp', headers.timestamp ?? ''),
    { name: keyName, value: '', secret: true },
    part('body', body),
  ],
  rule: replyRule,
  otherRules: [ended],
  key: { name: keyName, value: headers.authorization ?? '' },
  scheme: fromPlatform(settings),
  notes: foreign(headers.authorization, settings),
})

const fromPlatform = (settings: Settings): Examination['scheme'] => ({
  kind: 'rsa',
  digest: 'sha1',
  keys: [namedKey(settings, 'platformPublicKey'), namedKey(settings, 'privateKey')],
})

const foreign = (authorization: string | undefined, settings: Settings): string[] =>
  authorization === settings.secretKey ? [] : ['the Authorization header is not the secretKey of the settings']
