// Verifies and decrypts a request of WeChat's message push (消息推送), as WeChat's page “消息推送” says in its section
// 开发者服务器接收消息推送. Pure functions.
import { AppError } from '../../../domain/errors'
import { exactJsonOf, flatXml, readXmlTree, textOf } from '../../../providers/codecs'
import type { HttpAnswer, PushEvent, RawRequest } from '../../../providers/provider'
import { digestHex, openCbc, sameText, sealCbc } from '../../../providers/signing'

/**
 * The last part of our address for WeChat's message push. The merchant enters `<publicUrl>/notify/wechat` under 消息推送配置.
 */
export const pushCode = 'wechat'

/** What the merchant has entered under 消息推送配置 in WeChat's console. */
export interface PushKeys {
  token: string
  /** EncodingAESKey, 43 characters. If it is set, we accept only encrypted events (安全模式) */
  aesKey?: string | undefined
  /** the mini-program's appid. Each encrypted event contains it */
  appId?: string | undefined
}

/** What an encrypted answer needs besides its content. `random`: 16 characters that nobody can predict. */
export interface Sealing {
  now: number
  random: string
}

export type Push =
  /** WeChat sends a check when the merchant enters our address; `echo` is the text that our answer must contain */
  | { isCheck: true; echo: string }
  | { isCheck: false; event: PushEvent; reply(content: Content, by: Sealing): HttpAnswer }

type Fields = Readonly<Record<string, unknown>>
type Content = Readonly<Record<string, string | number>>

// The largest event that we read. Real events have one or two kilobytes.
const bodyLimit = 32 * 1024

/**
 * Verifies a pushed request and reads its event.
 * @param keys what the merchant entered in WeChat's console
 * @returns the check or the event
 * @throws BadSignature for a wrong signature, for another mini-program's event, or for a plain event if events must be
 * encrypted; BadInput for a request that cannot be read
 */
export function openPush(keys: PushKeys, request: RawRequest): Push {
  const { method, query, body } = request
  if (method === 'GET') {
    verify(keys, query, query.signature)
    if (!query.echostr) throw new AppError('BadInput', 'echostr: is missing')
    return { isCheck: true, echo: query.echostr }
  }
  if (method !== 'POST') throw new AppError('BadInput', 'an event is a POST')
  if (body.length > bodyLimit) throw new AppError('BadInput', 'the event is too large')
  const outer = keys.aesKey === undefined ? plain(keys, query, body) : sealed(keys, query, body)
  return {
    isCheck: false,
    event: { name: nameOf(outer.fields), fields: outer.fields, isSealed: keys.aesKey !== undefined },
    reply: (content, by) => replyOf(keys, outer.isXml, { content, nonce: query.nonce ?? '' }, by),
  }
}

interface Opened {
  fields: Fields
  isXml: boolean
}

function plain(keys: PushKeys, query: RawRequest['query'], body: Uint8Array): Opened {
  verify(keys, query, query.signature)
  const opened = readFields(body)
  if ('Encrypt' in opened.fields) throw new AppError('BadSignature', 'the event is encrypted, and no key is set')
  return opened
}

// With encryption (安全模式) `signature` proves nothing, as WeChat's page warns. So check `msg_signature`, which also
// covers the encrypted text.
function sealed(keys: PushKeys, query: RawRequest['query'], body: Uint8Array): Opened {
  const outer = readFields(body)
  const { Encrypt: text, ToUserName: to, ...others } = outer.fields
  if (typeof text !== 'string' || typeof to !== 'string' || Object.keys(others).length > 0)
    throw new AppError('BadSignature', 'the event is not encrypted')
  verify(keys, query, query.msg_signature, text)
  const inner = readFields(openText(keys, text))
  if (inner.fields.ToUserName !== to) throw new AppError('BadSignature', 'the envelope names another mini-program')
  return { fields: inner.fields, isXml: outer.isXml }
}

/** Checks the signature of a pushed request. @throws BadSignature */
function verify({ token }: PushKeys, query: RawRequest['query'], signature: unknown, text?: string): void {
  const { timestamp = '', nonce = '' } = query
  const isWhole = timestamp !== '' && nonce !== ''
  if (!isWhole || !sameText(signPush(token, timestamp, nonce, text), signature))
    throw new AppError('BadSignature', 'the signature is wrong or missing')
}

/**
 * The signature of a pushed request: the SHA-1 of token, time, random number and (if there is one) the encrypted text,
 * sorted and joined.
 */
const signPush = (token: string, timestamp: string, nonce: string, text?: string): string =>
  digestHex('sha1', [token, timestamp, nonce, ...(text === undefined ? [] : [text])].sort().join(''))

const randomBytes = 16
const lengthBytes = 4
const blockBytes = 32

const keyOf = (aesKey: string): Buffer => Buffer.from(`${aesKey}=`, 'base64')

/**
 * Decrypts the field `Encrypt`: 16 random bytes, the event's length in network byte order, the event, the appid, padded
 * to a multiple of 32 bytes.
 * @throws BadSignature
 */
function openText({ aesKey = '', appId }: PushKeys, text: string): Buffer {
  const refuse = (why: string) => new AppError('BadSignature', `the encrypted event ${why}`)
  const bytes = Buffer.from(text, 'base64')
  if (bytes.toString('base64') !== text) throw refuse('is not base64')
  const opened = openCbc(keyOf(aesKey), bytes)
  const padding = opened[opened.length - 1] ?? 0
  if (padding < 1 || padding > blockBytes || !opened.subarray(-padding).every((byte) => byte === padding))
    throw refuse('does not open with our key')
  const full = opened.subarray(0, -padding)
  const start = randomBytes + lengthBytes
  const length = full.length < start ? -1 : full.readUInt32BE(randomBytes)
  if (length < 0 || start + length > full.length) throw refuse('has a wrong length')
  if (appId === undefined || full.subarray(start + length).toString('utf8') !== appId)
    throw refuse('is for another mini-program')
  return full.subarray(start, start + length)
}

function sealText({ aesKey = '', appId = '' }: PushKeys, content: string, random: string): string {
  const text = Buffer.from(content)
  const length = Buffer.alloc(lengthBytes)
  length.writeUInt32BE(text.length)
  const full = Buffer.concat([Buffer.from(random), length, text, Buffer.from(appId)])
  const padding = blockBytes - (full.length % blockBytes)
  return sealCbc(keyOf(aesKey), Buffer.concat([full, Buffer.alloc(padding, padding)])).toString('base64')
}

/** Reads the fields of an event from JSON or XML. Numbers stay text. @throws BadInput */
function readFields(bytes: Uint8Array): Opened {
  if (textOf(bytes.subarray(0, 64))?.trimStart().startsWith('<')) return { fields: readXmlTree(bytes), isXml: true }
  const fields = exactJsonOf(bytes)
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields))
    throw new AppError('BadInput', 'the event is neither JSON nor XML')
  return { fields: fields as Fields, isXml: false }
}

/** The name of an event. A message that is not an event, such as one to customer service, has its `MsgType` as name. */
function nameOf({ MsgType: type, Event: event }: Fields): string {
  if (typeof type !== 'string') throw new AppError('BadInput', 'MsgType: is missing')
  if (type !== 'event') return type.slice(0, 64)
  if (typeof event !== 'string' || event === '') throw new AppError('BadInput', 'Event: is missing')
  return event.slice(0, 64)
}

/**
 * Makes an answer with content, as JSON or XML like the event. If events are encrypted, the answer is encrypted too.
 */
function replyOf(
  keys: PushKeys,
  isXml: boolean,
  { content, nonce }: { content: Content; nonce: string },
  { now, random }: Sealing,
): HttpAnswer {
  const written = (fields: Content): string =>
    isXml
      ? flatXml(Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, String(value)])))
      : JSON.stringify(fields)
  const answer = (body: string): HttpAnswer => ({
    statusCode: 200,
    headers: { 'content-type': `${isXml ? 'text/xml' : 'application/json'}; charset=utf-8` },
    body,
  })
  if (keys.aesKey === undefined) return answer(written(content))
  const Encrypt = sealText(keys, written(content), random)
  const TimeStamp = Math.floor(now / 1_000)
  const MsgSignature = signPush(keys.token, String(TimeStamp), nonce, Encrypt)
  return answer(written({ Encrypt, MsgSignature, TimeStamp, Nonce: nonce }))
}

/** The text at this path in an event's fields; undefined if there is no text. */
export function textAt(fields: Fields, ...path: readonly string[]): string | undefined {
  const value = path.reduce<unknown>(
    (inside, name) => (typeof inside === 'object' && inside !== null ? (inside as Fields)[name] : undefined),
    fields,
  )
  return typeof value === 'string' ? value : undefined
}
