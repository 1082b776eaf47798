// Tests the keys with WeChat Pay's own test (商户签名验签/加解密测试), by API v3: WeChat Pay answers with our text, and sends it
// to our notice address. Sources: docs/provider-facts.md 9.5.
import { isAppError } from '../../domain/errors'
import { jsonOf } from '../codecs'
import type { Http, HttpRequest, HttpResponse, KeyCheck, Notice, Provider } from '../provider'
import { openResource, type SealedResource, verifyMessage, type WechatKeys } from './sign'
import { readError } from './wire'

/** The functions of the WeChat Pay connection that the test needs. */
interface Line {
  keys: WechatKeys
  request(method: 'POST', path: string, now: number, body: object): HttpRequest
}

const path = '/v3/security/echo'
const theirKeys = ['publicKeyId', 'publicKey', 'platformCertificates']

/** Whether a notice belongs to the key test. SECURITY_ECHO.SUCCESS is the only such event on WeChat Pay's page. */
export const isEcho = (eventType: string): boolean => eventType.startsWith('SECURITY_ECHO.')

/** Reads the test call, which contains our text. The signature of the call is already verified. */
export const echoNotice = (resource: SealedResource, apiV3Key: Uint8Array): Notice => ({
  about: 'check',
  echo: readEcho(resource, apiV3Key),
  look: ['apiV3Key'],
  report: { outcome: 'told', raw: null },
})

/** The text that WeChat Pay sends back; null if it was encrypted with another APIv3 key than ours. */
function readEcho(resource: SealedResource, apiV3Key: Uint8Array): string | null {
  try {
    return echoIn(jsonOf(Buffer.from(openResource(resource, apiV3Key))))
  } catch (error) {
    if (isAppError(error, 'BadSignature')) return null
    throw error
  }
}

const echoIn = (value: unknown): string => {
  const said = (value as { echo_message?: unknown } | null | undefined)?.echo_message
  return typeof said === 'string' ? said : ''
}

// Which settings staff should check after a 401. WeChat Pay gives the reason in words: 商户号 (merchant number), 证书序列号
// (certificate serial number) or the signature itself.
function suspects(message: unknown): string[] {
  const words = typeof message === 'string' ? message : ''
  if (words.includes('序列号')) return ['serialNo', 'mchId']
  return words.includes('商户号') ? ['mchId', 'serialNo'] : ['privateKey', 'serialNo']
}

const nothing: KeyCheck = { key: null, answer: null, look: ['baseUrl'] }

export function createKeyCheck({ keys, request }: Line, http: Http): NonNullable<Provider['checkKeys']> {
  const judge = ({ status, headers, body }: HttpResponse, echo: string, now: number): KeyCheck => {
    if (status === 401) return { key: false, answer: null, look: suspects(readError(status, body).message) }
    if (headers['wechatpay-signature'] === undefined) return nothing
    try {
      verifyMessage(headers, body, keys, now)
    } catch {
      return { key: null, answer: false, look: theirKeys }
    }
    // An error reply with a valid signature also proves the keys. But the error reply does not contain our text.
    const isSaid = status === 200 && echoIn(jsonOf(body)) === echo
    return { key: true, answer: isSaid, look: isSaid ? [] : theirKeys }
  }

  return async ({ echo, noticeUrl, now }) => {
    const body = { ...(noticeUrl !== null && { notify_url: noticeUrl }), echo_message: echo }
    const sent = request('POST', path, now, body)
    // WeChat Pay's page always demands the header wechatpay-serial. If the settings have no public key, the header
    // names a platform certificate.
    const [serial = ''] = keys.keys()
    try {
      return judge(await http({ ...sent, headers: { 'wechatpay-serial': serial, ...sent.headers } }), echo, now)
    } catch {
      return nothing
    }
  }
}
