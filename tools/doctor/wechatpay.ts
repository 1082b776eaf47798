// For the signature doctor: how WeChat Pay API v3 signs requests, replies, notices and the payment sheet.
// wechatpayV2.ts handles messages of API v2.
import { openResource, requestText } from '../../cloudfunctions/shared/providers/wechatpay/sign'
import {
  type Doctor,
  DoctorError,
  type Examination,
  type Message,
  type NamedKey,
  type OtherRule,
  type Part,
  part,
  plainPieces,
  type Rule,
  type Settings,
} from './doctor'
import { namedKey, ownKey, publicHalf } from './keys'
import { addressesBefore, parsedJson, targetBelow } from './message'
import { examineV2, v2FieldsOf } from './wechatpayV2'

/** Builds a signed text of lines. Each line ends with a newline, also the last one. */
const linesRule: Rule = (parts) => plainPieces(parts.map(({ value }) => `${value}\n`).join(''))

const requestRule: Rule = (parts) => {
  const [method, path, timestamp, nonce, body] = parts.map(({ value }) => value)
  if (parts.length !== 5 || method === undefined || path === undefined) return linesRule(parts, '')
  return plainPieces(requestText({ method, path, body: body ?? '' }, timestamp ?? '', nonce ?? ''))
}

const withoutQuery: OtherRule = {
  cause: 'parameter left out',
  why: 'the path was signed without its query',
  rule: (parts) =>
    linesRule(
      parts.map((one) => (one.name === 'path' ? { ...one, value: one.value.replace(/\?.*/, '') } : one)),
      '',
    ),
}
const unended: OtherRule = {
  cause: 'joined in another way',
  why: 'the lines were joined with nothing between them',
  rule: (parts) => plainPieces(parts.map(({ value }) => value).join('')),
}

export const wechatpay: Doctor = {
  examine(message, settings) {
    const sheet = parsedJson(message.body.trim())
    if (sheet && 'paySign' in sheet) return paymentSheet(sheet, settings)
    const v2 = v2FieldsOf(message)
    if (v2) return examineV2(message, v2, settings)
    if (message.headers['wechatpay-timestamp'] !== undefined || message.headers['wechatpay-signature'] !== undefined)
      return reception(message, settings)
    if (message.method !== undefined) return request(message, message.method, settings)
    throw new DoctorError(
      'none of WeChat Pay’s messages: a request needs its first line and Authorization, a notice or reply its Wechatpay-… headers, a payment sheet its paySign, a message of API v2 its XML or extraData',
    )
  },
}

const amounts = ['total', 'refund', 'payer_total', 'payer_refund']

function request({ headers, target = '', body }: Message, method: string, settings: Settings): Examination {
  const said = new Map(
    [...(headers.authorization ?? '').matchAll(/(\w+)="([^"]*)"/g)].map(([, name = '', value = '']) => [name, value]),
  )
  const wrong = [
    ['mchid', 'mchId'],
    ['serial_no', 'serialNo'],
  ].flatMap(([name = '', field = '']) => {
    const value = said.get(name)
    return value === undefined || value === settings[field] ? [] : [`${name} is ${value}, in the settings it is not`]
  })
  return {
    what: 'a request',
    parts: [
      part('method', method),
      part('path', targetBelow(target, /\/v3\//)),
      part('timestamp', said.get('timestamp') ?? ''),
      part('nonce_str', said.get('nonce_str') ?? ''),
      part('body', body),
    ],
    rule: requestRule,
    otherRules: [withoutQuery, unended],
    scheme: merchants(settings),
    signature: said.get('signature'),
    amounts,
    addresses: addressesBefore(target, targetBelow(target, /\/v3\//), headers.host, settings.baseUrl),
    notes: wrong,
  }
}

function reception({ headers, body, method }: Message, settings: Settings): Examination {
  const signature = headers['wechatpay-signature']
  const isProbe = signature?.startsWith('WECHATPAY/SIGNTEST/') ?? false
  return {
    what: method === undefined && parsedJson(body)?.resource === undefined ? 'a reply' : 'a notice',
    parts: [
      part('timestamp', headers['wechatpay-timestamp'] ?? ''),
      part('nonce', headers['wechatpay-nonce'] ?? ''),
      part('body', body),
    ],
    rule: linesRule,
    otherRules: [unended],
    scheme: { kind: 'rsa', digest: 'sha256', keys: platformKeys(headers['wechatpay-serial'] ?? '', settings) },
    signature,
    amounts,
    notes: [
      ...(isProbe ? ['the signature is a probe of WeChat Pay’s: it must be found wrong'] : []),
      ...unknownSerial(headers['wechatpay-serial'], settings),
      ...sealNotes(body, settings),
    ],
  }
}

function paymentSheet(sheet: Record<string, unknown>, settings: Settings): Examination {
  const text = (name: string): string => (typeof sheet[name] === 'string' ? sheet[name] : String(sheet[name] ?? ''))
  // The message has only the five parameters of wx.requestPayment. The mini-program's appid comes from the settings.
  const appId = text('appId') || String(settings.appId ?? '')
  const names: Part[] = ['timeStamp', 'nonceStr', 'package'].map((name) => part(name, text(name)))
  return {
    what: 'a payment sheet',
    parts: [part('appId', appId), ...names],
    rule: linesRule,
    otherRules: [
      unended,
      {
        cause: 'parameter left out',
        why: 'the prepay_id was signed without the name before it',
        rule: (parts) =>
          linesRule(
            parts.map((one) => ({ ...one, value: one.value.replace(/^prepay_id=/, '') })),
            '',
          ),
      },
      {
        cause: 'parameter left out',
        why: 'it was signed with prepay_id= at the beginning of package, which the sheet lacks',
        rule: (parts) =>
          linesRule(
            parts.map((one) => (one.name === 'package' ? { ...one, value: `prepay_id=${one.value}` } : one)),
            '',
          ),
      },
    ],
    scheme: merchants(settings),
    signature: text('paySign'),
    amounts: [],
    known: typeof settings.appId === 'string' ? [part('appId', settings.appId)] : [],
    notes: sheetNotes(sheet),
  }
}

/** Remarks on parameters that the phone refuses even if the signature is right: wx.requestPayment needs five texts. */
function sheetNotes(sheet: Record<string, unknown>): string[] {
  const names = ['timeStamp', 'nonceStr', 'package', 'signType', 'paySign']
  const odd = names.flatMap((name) => {
    const value = sheet[name]
    if (typeof value === 'string' && value !== '') return []
    const is = value === undefined || value === '' ? 'missing' : `a ${typeof value}`
    return [`the phone refuses this sheet: ${name} is ${is}, a text belongs there`]
  })
  const { timeStamp, package: prepay, signType } = sheet
  return [
    ...odd,
    ...(/^\d{13}$/.test(String(timeStamp)) ? ['timeStamp is in milliseconds, seconds belong there'] : []),
    ...(typeof prepay === 'string' && prepay !== '' && !prepay.startsWith('prepay_id=')
      ? ['the phone refuses this sheet: package must begin with prepay_id=, that prefix is missing']
      : []),
    ...(typeof signType === 'string' && signType !== '' && signType !== 'RSA'
      ? [`signType is ${signType}, RSA belongs there`]
      : []),
  ]
}

const merchants = (settings: Settings): Examination['scheme'] => ({
  kind: 'rsa',
  digest: 'sha256',
  keys: [namedKey(settings, 'privateKey'), ...platformKeys('', settings).slice(0, -1)],
  own: ownKey(settings),
})

/**
 * The keys that may have signed the message. The first is the key with the message's serial number. The last is the
 * merchant's own key, because people often confuse it with the platform's key.
 */
function platformKeys(serial: string, settings: Settings): NamedKey[] {
  const { publicKeyId, publicKey, platformCertificates } = settings
  const texts = new Map<string, unknown>(Object.entries((platformCertificates ?? {}) as Record<string, unknown>))
  if (typeof publicKeyId === 'string') texts.set(publicKeyId, publicKey)
  const keys = [...texts].flatMap(([name, text]): NamedKey[] => {
    const key = typeof text === 'string' ? publicHalf(text) : undefined
    return key ? [{ name, key }] : []
  })
  const isRight = ({ name }: NamedKey): boolean => name.toUpperCase() === serial.toUpperCase()
  return [...keys.filter(isRight), ...keys.filter((one) => !isRight(one)), namedKey(settings, 'privateKey')]
}

function unknownSerial(serial: string | undefined, settings: Settings): string[] {
  if (serial === undefined) return ['the header Wechatpay-Serial is missing']
  const known = [settings.publicKeyId, ...Object.keys((settings.platformCertificates ?? {}) as object)]
  return known.includes(serial) ? [] : [`Wechatpay-Serial is ${serial}: no key of that name is in the settings`]
}

function sealNotes(body: string, settings: Settings): string[] {
  const resource = parsedJson(body)?.resource
  if (typeof resource !== 'object' || resource === null || typeof settings.apiV3Key !== 'string') return []
  try {
    openResource(resource as Parameters<typeof openResource>[0], Buffer.from(settings.apiV3Key))
    return ['the resource opens with apiV3Key']
  } catch {
    return ['the resource does not open: apiV3Key is another one, or the resource was changed']
  }
}
