// For the signature doctor: how WeChat Pay API v2 signs the XML of contracts (委托代扣) and of their debits, and the
// extraData for the signing page. Wire: docs/provider-facts.md 6.1.
import { readFlatXml } from '../../cloudfunctions/shared/providers/codecs'
import {
  aroundKey,
  DoctorError,
  type Examination,
  type Message,
  type OtherRule,
  type Part,
  part,
  type Rule,
  type Settings,
  setting,
} from './doctor'
import { fieldsOf, parsedJson } from './message'
import { otherJoints, otherOrders, pairs } from './rules'

const keyName = 'apiV2Key'

type Write = (parts: readonly Part[]) => string

const withValue = (parts: readonly Part[]): Part[] => parts.filter(({ value }) => value !== '')

const behind =
  (write: Write): Rule =>
  (parts, key) =>
    aroundKey(keyName, key, (mark) => `${write(withValue(parts))}&key=${mark}`)

const emptyToo: OtherRule = {
  cause: 'empty-field rule',
  why: 'fields without a value were signed too',
  rule: (parts, key) => aroundKey(keyName, key, (mark) => `${pairs.sorted(parts)}&key=${mark}`),
}

/**
 * The signed fields of an API v2 message; undefined for another message. @throws DoctorError for XML that cannot be
 * read
 */
export function v2FieldsOf({ body }: Message): Part[] | undefined {
  const text = body.trim().replace(/^\ufeff/, '')
  if (text.startsWith('<')) return xmlFields(text)
  const json = parsedJson(text)
  if (!json) return undefined
  // The phone passes the fields to the signing page as { appId, path, extraData }.
  const inner = typeof json.extraData === 'object' && json.extraData !== null ? JSON.stringify(json.extraData) : text
  const fields = fieldsOf({ body: inner, target: '' })
  return fields.some(({ name }) => name === 'mch_id') ? fields : undefined
}

function xmlFields(text: string): Part[] {
  try {
    return Object.entries(readFlatXml(Buffer.from(text))).map(([name, value]) => part(name, value))
  } catch (error) {
    throw new DoctorError(error instanceof Error ? error.message : 'the body is not flat XML')
  }
}

export function examineV2(message: Message, fields: readonly Part[], settings: Settings): Examination {
  const read = (wanted: string) => fields.find(({ name }) => name === wanted)?.value
  const signature = read('sign')
  // Not every message names its hash. An HMAC-SHA256 signature is twice as long as an MD5 one.
  const isHmac = read('sign_type') === 'HMAC-SHA256' || signature?.trim().length === 64
  return {
    what: `${whatOf(message, fields)}, API v2`,
    parts: fields.filter(({ name }) => name !== 'sign'),
    rule: behind(pairs.sorted),
    otherRules: [
      emptyToo,
      ...otherJoints(keyName, (parts) => pairs.sorted(withValue(parts)), 'behind it with &key='),
      ...otherOrders(behind),
    ],
    key: { name: keyName, value: setting(settings, keyName) },
    scheme: { kind: 'hash', digest: isHmac ? 'sha256' : 'md5', letters: 'upper', ...(isHmac && { hmac: true }) },
    signature,
    amounts: ['total_fee', 'cash_fee', 'refund_fee'],
    known: [
      ...(typeof settings.appId === 'string' ? [part('appid', settings.appId)] : []),
      ...(typeof settings.mchId === 'string' ? [part('mch_id', settings.mchId)] : []),
      part('trade_type', 'PAP'),
    ],
  }
}

function whatOf({ body, status, target }: Message, fields: readonly Part[]): string {
  const has = (name: string): boolean => fields.some((one) => one.name === name)
  if (body.trim().startsWith('{')) return 'the extraData of a signing'
  if (has('change_type') || (target?.includes('/notify') ?? false)) return 'a notice'
  return status !== undefined || has('return_code') ? 'a reply or notice' : 'a request'
}
