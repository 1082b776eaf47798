// For the signature doctor: how Tencent Midas signs. Requests and delivery notices use one rule and one key pair.
import { midasSignedText } from '../../cloudfunctions/shared/providers/midas/sign'
import { aroundKey, type Doctor, type Rule, recordOf, setting } from './doctor'
import { namedKey, ownKey } from './keys'
import { fieldsOf } from './message'
import { otherJoints, otherOrders, pairs } from './rules'

const keyName = 'offerKey'
const rule: Rule = (parts, key) => aroundKey(keyName, key, (mark) => midasSignedText(recordOf(parts), mark))

export const midas: Doctor = {
  examine(message, settings) {
    const fields = fieldsOf(message)
    return {
      what: fields.some(({ name }) => name === 'pay_channel') ? 'a delivery notice' : 'a request',
      parts: fields.filter(({ name }) => name !== 'sign'),
      rule,
      otherRules: [
        ...otherJoints(keyName, pairs.sorted, 'right behind it'),
        ...otherOrders((write) => (parts, key) => aroundKey(keyName, key, (mark) => write(parts) + mark)),
      ],
      key: { name: keyName, value: setting(settings, keyName) },
      scheme: { kind: 'rsa', digest: 'sha256', keys: [namedKey(settings, 'privateKey')], own: ownKey(settings) },
      signature: fields.find(({ name }) => name === 'sign')?.value,
      amounts: ['amount', 'original_amount', 'platform_income', 'buss_settle_amount'],
    }
  },
}
