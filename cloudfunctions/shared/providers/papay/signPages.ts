// WeChat's pages on which contracts are signed in a browser, by API v2. Inside WeChat it is entrustweb (公众号纯签约), and in
// the other browsers of a phone it is h5entrustweb (H5纯签约). Sources: docs/provider-facts.md 6.9.
import { AppError } from '../../domain/errors'
import { readFlatXml, safeWords } from '../codecs'
import {
  assertKnownUnder,
  type Contracts,
  type Http,
  HttpFailure,
  type SigningInput,
  unreadable,
  weChatText,
} from '../provider'
import { signV2 } from './sign'
import type { V2Fields } from './wire'

interface SignPages {
  baseUrl: string
  appId: string
  mchId: string
  /** the official account's appid; if absent, contracts cannot be signed inside WeChat's browser */
  officialAppId?: string | undefined
  /** whether WeChat Pay has enabled signing in a phone's browser (H5纯签约) */
  h5Contracts?: boolean | undefined
  key: string
  http: Http
}

/**
 * The fields that are the same in every way to sign a contract: in the mini-program, inside WeChat, and in other
 * browsers.
 */
export const signingFields = (input: SigningInput, merchant: { appid: string; mch_id: string }) => ({
  ...merchant,
  plan_id: input.template,
  contract_code: input.contractNo,
  request_serial: input.serial,
  contract_display_account: weChatText(input.displayName, 96) || input.contractNo.slice(-8),
  notify_url: input.noticeUrl,
  timestamp: Math.floor(input.now / 1000),
})

export const textsOf = (fields: object): Record<string, string> =>
  Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, String(value)]))

// The signature covers the plain values. Encode each value once, after signing. The escapes must be in capitals
// (`%2F`), as encodeURIComponent writes them.
const addressOf = (path: string, fields: V2Fields): string =>
  `${path}?${Object.entries(fields)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join('&')}`

/** The pages that work with these settings. */
export function createSignPages(pages: SignPages): NonNullable<Contracts['pages']> {
  const { baseUrl, mchId, officialAppId, key, http } = pages

  const official = (appid: string) => async (input: SigningInput) => {
    assertKnownUnder(input, appid)
    // If return_web is sent, the page leads back to the page that opened it (its Referer), and adds from_wxpay=1 to
    // that address.
    const fields = textsOf({ ...signingFields(input, { appid, mch_id: mchId }), version: '1.0', return_web: '1' })
    const signed = { ...fields, sign: signV2(fields, key) }
    return `${addressOf(`${baseUrl}/papay/entrustweb`, signed)}#wechat_redirect`
  }

  const h5 = async (input: SigningInput) => {
    if (input.clientIp === undefined)
      throw new AppError('ProviderRefused', 'the network address of the phone is not known')
    const merchant = { appid: pages.appId, mch_id: mchId }
    const fields = textsOf({ ...signingFields(input, merchant), version: '1.0', clientip: input.clientIp })
    const signed = { ...fields, sign: signV2(fields, key, 'HMAC-SHA256') }
    const url = addressOf(`${baseUrl}/papay/h5entrustweb`, signed)
    try {
      const { status, body } = await http({ method: 'GET', url })
      if (status !== 200) throw unreadable(`HTTP ${status}`)
      return readRedirect(body, [key])
    } catch (error) {
      // This call signs no contract, so it can always be repeated.
      if (error instanceof HttpFailure)
        throw new AppError('ProviderUnavailable', 'WeChat Pay gave no signing page', { cause: error })
      throw error
    }
  }

  return {
    ...(officialAppId !== undefined && { wechat: official(officialAppId) }),
    ...(pages.h5Contracts === true && { mobile: h5 }),
  }
}

/**
 * The address of the signing page, which can be used for ten minutes. The reply with the address is not signed.
 * @throws ProviderRefused; HttpFailure for an unreadable reply
 */
function readRedirect(body: Uint8Array, secrets: readonly string[]): string {
  let reply: V2Fields
  try {
    reply = readFlatXml(body)
  } catch {
    throw unreadable('not XML')
  }
  const { return_code, return_msg, result_code, err_code, err_code_des, redirect_url = '' } = reply
  if (return_code !== 'SUCCESS' || result_code !== 'SUCCESS') {
    const words = [err_code, err_code_des ?? return_msg].filter(Boolean).join(' ')
    throw new AppError('ProviderRefused', `WeChat Pay refused the signing: ${safeWords(words, [...secrets])}`)
  }
  if (!/^https?:\/\/[^\s/@]+\/\S*$/.test(redirect_url)) throw unreadable('redirect_url is no address')
  return redirect_url
}
