// WeChat's message push (消息推送): messages are signed with SHA-1, and in the safe mode (安全模式) encrypted with AES-256-CBC.
// Written from WeChat's page “消息推送”, section 开发者服务器接收消息推送, and not from our receiver's code.
import { createCipheriv, createDecipheriv, createHash, randomBytes, randomInt } from 'node:crypto'
import type { NoticeAnswer, NoticeRequest, PushSetup } from '../twin'

export type EventFields = { [name: string]: string | number | EventFields }

/** The mini-program's original id (原始ID). */
export const toUserName = 'gh_97417a04a28d'

const sha1Sorted = (...texts: string[]): string => createHash('sha1').update(texts.sort().join('')).digest('hex')

const keyOf = (aesKey: string): Buffer => Buffer.from(`${aesKey}=`, 'base64')

function encrypt(text: string, aesKey: string, appId: string): string {
  const message = Buffer.from(text)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(message.length)
  const full = Buffer.concat([randomBytes(16), length, message, Buffer.from(appId)])
  const count = 32 - (full.length % 32)
  const key = keyOf(aesKey)
  const cipher = createCipheriv('aes-256-cbc', key, key.subarray(0, 16)).setAutoPadding(false)
  return Buffer.concat([cipher.update(full), cipher.update(Buffer.alloc(count, count)), cipher.final()]).toString(
    'base64',
  )
}

/** Decrypts an answer of the merchant. */
export function openAnswer(answer: NoticeAnswer, { aesKey = '' }: PushSetup): unknown {
  const { Encrypt } = JSON.parse(answer.body) as { Encrypt: string }
  const key = keyOf(aesKey)
  const decipher = createDecipheriv('aes-256-cbc', key, key.subarray(0, 16)).setAutoPadding(false)
  const opened = Buffer.concat([decipher.update(Buffer.from(Encrypt, 'base64')), decipher.final()])
  return JSON.parse(opened.subarray(20, 20 + opened.readUInt32BE(16)).toString())
}

const xmlOf = (fields: EventFields): string =>
  Object.entries(fields)
    .map(([name, value]) => {
      const inside =
        typeof value === 'object' ? xmlOf(value) : typeof value === 'number' ? String(value) : `<![CDATA[${value}]]>`
      return `<${name}>${inside}</${name}>`
    })
    .join('')

const write = (fields: EventFields, isXml: boolean): string =>
  isXml ? `<xml>${xmlOf(fields)}</xml>` : JSON.stringify(fields)

/** Builds the request that sends an event to the merchant. @param now epoch ms */
export function pushRequest(
  url: string,
  setup: PushSetup,
  { event, isForged = false, now }: { event: EventFields; isForged?: boolean; now: number },
): NoticeRequest {
  const { token, aesKey, appId = '', isXml = false } = setup
  const fields: EventFields = {
    ToUserName: toUserName,
    FromUserName: 'oWeChat_official_0000000000',
    CreateTime: Math.floor(now / 1_000),
    MsgType: 'event',
    ...event,
  }
  const timestamp = String(Math.floor(now / 1_000))
  const nonce = String(randomInt(1, 1_000_000_000))
  const sign = (...texts: string[]) => (isForged ? '0'.repeat(40) : sha1Sorted(...texts))
  const query = new URLSearchParams({ signature: sign(token, timestamp, nonce), timestamp, nonce })
  let body = write(fields, isXml)
  if (aesKey !== undefined) {
    const Encrypt = encrypt(body, aesKey, appId)
    query.set('openid', 'oWeChat_official_0000000000')
    query.set('encrypt_type', 'aes')
    query.set('msg_signature', sign(token, timestamp, nonce, Encrypt))
    body = write({ ToUserName: toUserName, Encrypt }, isXml)
  }
  const type = isXml ? 'text/xml' : 'application/json'
  return { method: 'POST', url: `${url}?${query}`, headers: { 'content-type': type }, body }
}

/** Builds the request with which WeChat checks a newly entered address. */
export function checkRequest(url: string, { token }: PushSetup, echostr: string, now: number): NoticeRequest {
  const [timestamp, nonce] = [String(Math.floor(now / 1_000)), String(randomInt(1, 1_000_000_000))]
  const query = new URLSearchParams({ signature: sha1Sorted(token, timestamp, nonce), timestamp, nonce, echostr })
  return { method: 'GET', url: `${url}?${query}`, headers: {}, body: '' }
}

/** Whether the merchant's answer confirms the event: `success`, an empty answer, or ErrCode 0. */
export function isPushThanked({ status, body }: NoticeAnswer): boolean {
  if (status !== 200) return false
  if (body === '' || body === 'success') return true
  return /"ErrCode":0[,}]|<ErrCode>(?:<!\[CDATA\[)?0(?:\]\]>)?<\/ErrCode>/.test(body)
}
