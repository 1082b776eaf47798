// How the Unified pay platform signs, for the signature doctor: values without names, the secret sorted among them.
import { type Doctor, type Part, type Piece, type Rule, setting } from './doctor'
import { fieldsOf } from './message'

const keyName = 'domainSecret'
const inOrder = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

// The provider's own function gives one text, in which a secret as short as the sandbox's "test" could not be found
// again; so the sorting stands here once more, and a test holds the two together.
const rule: Rule = (parts, key) =>
  [...valuesOf(parts), { text: key, secret: keyName }].sort((a, b) => inOrder(a.text, b.text))

const valuesOf = (parts: readonly Part[]): Piece[] =>
  parts.filter(({ value }) => value !== '').map(({ value }) => ({ text: value }))

const encodedAddresses = (parts: readonly Part[]): Part[] =>
  parts.map((one) => (/^(pageUrl|bgUrl)$/.test(one.name) ? { ...one, value: encodeURIComponent(one.value) } : one))

export const unified: Doctor = {
  examine(message, settings) {
    const fields = fieldsOf(message)
    const parts = fields.filter(({ name }) => name !== 'sign')
    const encoded = settings.signUrlsEncoded === true
    return {
      what: fields.some(({ name }) => name === 'payStatus') ? 'a notice' : 'a request',
      parts,
      rule: encoded ? (some, key) => rule(encodedAddresses(some), key) : rule,
      otherRules: [
        {
          cause: 'URL encoding',
          why: encoded
            ? 'pageUrl and bgUrl were signed plain: signUrlsEncoded must be off'
            : 'pageUrl and bgUrl were signed URL-encoded: signUrlsEncoded must be on',
          rule: encoded ? rule : (some, key) => rule(encodedAddresses(some), key),
        },
        {
          cause: 'parameter left out',
          why: 'payTypeCode and openid were filled in after it was signed',
          rule: (some, key) =>
            rule(
              some.filter(({ name }) => name !== 'payTypeCode' && name !== 'openid'),
              key,
            ),
        },
        {
          cause: 'order of the fields',
          why: 'the secret was put behind the sorted values instead of among them',
          rule: (some, key) => [
            ...valuesOf(some).sort((a, b) => inOrder(a.text, b.text)),
            { text: key, secret: keyName },
          ],
        },
        {
          cause: 'order of the fields',
          why: 'the values were signed in the order in which they came',
          rule: (some, key) => [...valuesOf(some), { text: key, secret: keyName }],
        },
      ],
      key: { name: keyName, value: setting(settings, keyName) },
      scheme: { kind: 'hash', digest: 'sha1', letters: 'lower' },
      signature: fields.find(({ name }) => name === 'sign')?.value,
      amounts: ['money'],
    }
  },
}
