// For the signature doctor: how WeChat's virtual payment signs the calls of our server and the parameters of the
// payment sheet. Its events come through WeChat's message push, whose keys are not in these settings.
import { paySignedText, sheetPath } from '../../cloudfunctions/shared/providers/virtualpay/sign'
import { type Doctor, DoctorError, type OtherRule, part, plainPieces, type Rule, setting } from './doctor'
import { parsedJson } from './message'

const rule: Rule = (parts) => {
  const [path = '', body = ''] = parts.map(({ value }) => value)
  return plainPieces(paySignedText(path, body))
}

const bodyAlone: OtherRule = {
  cause: 'joined in another way',
  why: 'the text was signed without its path and &',
  rule: (parts) => plainPieces(parts[1]?.value ?? ''),
}

export const virtualpay: Doctor = {
  examine({ target, body }, settings) {
    const [address = '', query = ''] = (target ?? '').split('?')
    const sheet = parsedJson(body.trim())
    const isSheet = typeof sheet?.signData === 'string'
    if (!isSheet && !address.includes('/xpay/'))
      throw new DoctorError('this is neither a call of /xpay/ nor what the payment sheet was opened with')
    const path = address.slice(address.indexOf('/xpay/'))
    return {
      what: isSheet ? 'a payment sheet' : 'a request',
      parts: isSheet
        ? [part('path', sheetPath), part('signData', String(sheet.signData))]
        : [part('path', path), part('body', body)],
      rule,
      otherRules: [bodyAlone],
      key: { name: 'appKey', value: setting(settings, 'appKey') },
      scheme: { kind: 'hash', digest: 'sha256', letters: 'lower', hmac: true },
      signature: isSheet ? String(sheet.paySig ?? '') : (new URLSearchParams(query).get('pay_sig') ?? undefined),
      amounts: [],
    }
  },
}
