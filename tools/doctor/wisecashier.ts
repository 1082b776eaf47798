// For the signature doctor: how Wisecashier signs. Requests sign encoded values, notices sign plain values; both append
// the Timestamp header.
import { noticeText, requestText } from '../../cloudfunctions/shared/providers/wisecashier/sign'
import { type Doctor, DoctorError, type OtherRule, type Part, part, plainPieces, type Rule, recordOf } from './doctor'
import { namedKey, ownKey } from './keys'
import { fieldsOf } from './message'
import { otherOrders, pairs } from './rules'

const timeName = 'Timestamp'

const split = (parts: readonly Part[]): { fields: Part[]; time: string } => ({
  fields: parts.filter(({ name }) => name !== timeName),
  time: parts.find(({ name }) => name === timeName)?.value ?? '',
})

const ruleOf =
  (text: (fields: Record<string, string>, time: string) => string): Rule =>
  (parts) => {
    const { fields, time } = split(parts)
    return plainPieces(text(recordOf(fields), time))
  }

const mistakes: OtherRule[] = [
  {
    cause: 'joined in another way',
    why: 'the time was left out',
    rule: (parts) => plainPieces(pairs.sorted(split(parts).fields)),
  },
  {
    cause: 'joined in another way',
    why: 'the time was put behind with &, where a comma belongs',
    rule: (parts) => plainPieces(`${pairs.sorted(split(parts).fields)}&${split(parts).time}`),
  },
  {
    cause: 'parameter left out',
    why: 'the seal of our own address was signed, or left out',
    rule: (parts) => {
      const { fields, time } = split(parts)
      return plainPieces(noticeText(recordOf(fields.filter(({ name }) => name !== 'seal')), time))
    },
  },
]

export const wisecashier: Doctor = {
  examine(message, settings) {
    const { headers } = message
    const isRequest = headers.merchantno !== undefined
    const { signature, timestamp } = headers
    if (signature === undefined && timestamp === undefined)
      throw new DoctorError('the headers Timestamp and Signature are missing: paste them above the body')
    const own = namedKey(settings, 'privateKey')
    const platform = namedKey(settings, 'platformPublicKey')
    const other: OtherRule = isRequest
      ? {
          cause: 'URL encoding',
          why: 'values were signed plain, where a request encodes them',
          rule: ruleOf(noticeText),
        }
      : {
          cause: 'URL encoding',
          why: 'values were signed encoded, where a notice has them plain',
          rule: ruleOf(requestText),
        }
    return {
      what: isRequest ? 'a request' : 'a notice',
      parts: [...fieldsOf(message), part(timeName, timestamp ?? '')],
      rule: ruleOf(isRequest ? requestText : noticeText),
      otherRules: [
        other,
        ...mistakes,
        ...otherOrders((write) => (parts) => plainPieces(`${write(split(parts).fields)},${split(parts).time}`)),
      ],
      scheme: isRequest
        ? { kind: 'rsa', digest: 'sha256', keys: [own, platform], own: ownKey(settings) }
        : { kind: 'rsa', digest: 'sha256', keys: [platform, own] },
      signature,
      amounts: ['amount', 'pay_amount', 'refund_amount'],
      known: timesOf(timestamp ?? ''),
    }
  },
}

// The signature covers the Timestamp header as it was sent. Some SDKs write seconds and others milliseconds, so the
// other form is tried too.
const timesOf = (time: string): Part[] =>
  /^\d{10}$/.test(time)
    ? [part(timeName, `${time}000`)]
    : /^\d{13}$/.test(time)
      ? [part(timeName, time.slice(0, 10))]
      : []
