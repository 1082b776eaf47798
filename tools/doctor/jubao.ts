// For the signature doctor: how Jubao Pay signs requests, notices and the data of replies, in both dialects.
import { type Dialect, jubaoSignedBytes } from '../../cloudfunctions/shared/providers/jubao/sign'
import {
  aroundKey,
  type Doctor,
  DoctorError,
  type Message,
  type OtherRule,
  part,
  type Rule,
  recordOf,
  type Settings,
  setting,
} from './doctor'
import { fieldsOf, parsedJson } from './message'
import { otherJoints, otherOrders, pairs } from './rules'

const keyName = 'key'

const ruleOf =
  (dialect: Dialect): Rule =>
  (parts, key) =>
    aroundKey(keyName, key, (mark) => {
      const bytes = jubaoSignedBytes(recordOf(parts), mark, dialect)
      if (!bytes) throw new DoctorError('a message with a parameter named _sign cannot be signed')
      return Buffer.from(bytes).toString('utf8')
    })

const dialectOf = (settings: Settings): Dialect => (settings.dialect === 'payment' ? 'payment' : 'boxpay')

export const jubao: Doctor = {
  examine(message, settings) {
    const { what, text } = subjectOf(message)
    const fields = fieldsOf({ ...message, body: text })
    const dialect = dialectOf(settings)
    const other = dialect === 'boxpay' ? 'payment' : 'boxpay'
    return {
      what: `${what}, dialect ${dialect}`,
      parts: fields.filter(({ name }) => name !== 'sign'),
      rule: ruleOf(dialect),
      otherRules: [
        { cause: 'joined in another way', why: `it was signed in the dialect ${other}`, rule: ruleOf(other) },
        ...(dialect === 'boxpay' ? boxpayMistakes : []),
        ...otherJoints(keyName, pairs.sorted, dialect === 'payment' ? 'behind it with &key=' : ''),
        ...otherOrders((write) => (parts, key) => aroundKey(keyName, key, (mark) => `${write(parts)}&key=${mark}`)),
      ],
      key: { name: keyName, value: setting(settings, keyName) },
      scheme: { kind: 'hash', digest: 'md5', letters: 'upper' },
      signature: fields.find(({ name }) => name === 'sign')?.value,
      amounts: ['total_fee', 'cash_fee', 'refund_fee', 'pay_amount', 'discount'],
      known: [part('version', '2')],
    }
  },
}

const around = (text: string, name: string, key: string) => aroundKey(name, key, (mark) => mark + text + mark)
const twice = (text: string): string => Buffer.from(text).toString('latin1')

// Typical mistakes with Boxpay. The document's prose and its example differ, and the parameter `version` decides how
// values are encoded.
const boxpayMistakes: OtherRule[] = [
  {
    cause: 'double encoding',
    why: 'values were encoded twice (utf8_encode), though version is 2',
    rule: (parts, key) => around(twice(pairs.withoutSigns(parts)), keyName, key),
  },
  {
    cause: 'double encoding',
    why: 'values were not encoded twice (utf8_encode), which without version 2 they must be',
    rule: (parts, key) => around(pairs.withoutSigns(parts), keyName, key),
  },
]

/** The signed text of a message. A reply has its signature inside `data`. */
function subjectOf({ body }: Message): { what: string; text: string } {
  const data = parsedJson(body.trim())?.data
  const isReply = typeof data === 'object' && data !== null && 'sign' in data
  return isReply ? { what: 'a reply', text: JSON.stringify(data) } : { what: 'a request or notice', text: body }
}
