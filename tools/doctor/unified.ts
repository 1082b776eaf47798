// For the signature doctor: how the Unified pay platform signs: the values without their names, with the secret sorted
// among them.
import { type Doctor, type Part, type Piece, type Rule, setting } from './doctor'
import { fieldsOf } from './message'

const keyName = 'domainSecret'
const inOrder = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

// Our signing function returns one whole text. Nobody can find a short secret such as the sandbox's "test" in this
// text. So this rule sorts the values itself; a test compares it with our signing function.
const rule: Rule = (parts, key) =>
  [...valuesOf(parts), { text: key, secret: keyName }].sort((a, b) => inOrder(a.text, b.text))

const valuesOf = (parts: readonly Part[]): Piece[] =>
  parts.filter(({ value }) => value !== '').map(({ value }) => ({ text: value }))

type Change = (parts: readonly Part[]) => readonly Part[]

const encodedAddresses: Change = (parts) =>
  parts.map((one) => (/^(pageUrl|bgUrl)$/.test(one.name) ? { ...one, value: encodeURIComponent(one.value) } : one))

// The platform's page fills in payTypeCode and openid after the merchant has signed (docs/provider-facts.md 5.2:
// inferred), so the signed text may lack them.
const withoutLate: Change = (parts) => parts.filter(({ name }) => name !== 'payTypeCode' && name !== 'openid')
const asTheyAre: Change = (parts) => parts

const after =
  (...changes: Change[]): Rule =>
  (parts, key) =>
    rule(
      changes.reduce((all, change) => change(all), parts),
      key,
    )

export const unified: Doctor = {
  examine(message, settings) {
    const fields = fieldsOf(message)
    const isNotice = fields.some(({ name }) => name === 'payStatus')
    const addresses = settings.signUrlsEncoded === true ? encodedAddresses : asTheyAre
    const late = isNotice ? asTheyAre : withoutLate
    return {
      what: isNotice ? 'a notice' : 'a request',
      parts: fields.filter(({ name }) => name !== 'sign'),
      rule: after(addresses, late),
      otherRules: [
        settings.signUrlsEncoded === true
          ? {
              cause: 'URL encoding',
              why: 'pageUrl and bgUrl were signed plain: signUrlsEncoded must be off',
              rule: after(late),
            }
          : {
              cause: 'URL encoding',
              why: 'pageUrl and bgUrl were signed URL-encoded: signUrlsEncoded must be on',
              rule: after(encodedAddresses, late),
            },
        {
          cause: 'parameter left out',
          why: isNotice
            ? 'payTypeCode and openid were not signed, which in a notice they are'
            : 'payTypeCode and openid were signed, which in a request they are not',
          rule: isNotice ? after(addresses, withoutLate) : after(addresses),
        },
        {
          cause: 'order of the fields',
          why: 'the secret was put behind the sorted values instead of among them',
          rule: (parts, key) => [
            ...valuesOf(late(parts)).sort((a, b) => inOrder(a.text, b.text)),
            { text: key, secret: keyName },
          ],
        },
        {
          cause: 'order of the fields',
          why: 'the values were signed in the order in which they came',
          rule: (parts, key) => [...valuesOf(late(parts)), { text: key, secret: keyName }],
        },
      ],
      key: { name: keyName, value: setting(settings, keyName) },
      scheme: { kind: 'hash', digest: 'sha1', letters: 'lower' },
      signature: fields.find(({ name }) => name === 'sign')?.value,
      amounts: ['money'],
    }
  },
}
