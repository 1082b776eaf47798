// Example Pay: payments, queries and notifications. Its document has no close, no refund and no bill, so these
// functions are absent.
import * as z from 'zod/mini'
import { AppError } from '../../../cloudfunctions/shared/domain/errors'
import { jsonOf, safeWords, textOf } from '../../../cloudfunctions/shared/providers/codecs'
import {
  defineProvider,
  fitBytes,
  type Http,
  type HttpRequest,
  orUnknown,
  type PaymentReport,
  type Provider,
  readSigned,
  sendOrUnavailable,
  unreadable,
  WrongMerchant,
} from '../../../cloudfunctions/shared/providers/provider'
import { baseUrl, secret, text } from '../../../cloudfunctions/shared/providers/signing'
import { isSignedByExample, signExample } from './sign'
import { isFields, judgeExampleKeys, readPayment, readPrepared, readReply } from './wire'

const settings = z.strictObject({ baseUrl: baseUrl(), merchant: text(), secret: secret() })

type ExampleSettings = z.output<typeof settings>

// Example Pay's document says that a notification is at most five minutes old.
const noticeWindowMs = 300_000
const json = { 'content-type': 'application/json' }

function createExample({ baseUrl, merchant, secret }: ExampleSettings, http: Http): Provider {
  const request = (path: string, fields: object, now: number): HttpRequest => {
    const time = String(now)
    const body = JSON.stringify({ merchant, ...fields })
    const headers = { ...json, 'x-time': time, 'x-signature': signExample(time, body, secret) }
    return { method: 'POST', url: `${baseUrl}/v1/${path}`, headers, body }
  }

  return {
    async prepare({ paymentNo, amountFen, currency, title, openid, noticeUrl, now }) {
      const fields = { order_no: paymentNo, amount: amountFen, currency, title: fitBytes(title, 128), openid }
      const reply = readReply(
        await sendOrUnavailable(http, request('payments', { ...fields, notice_url: noticeUrl }, now)),
      )
      if (reply.code !== 'OK') throw new AppError('ProviderRefused', `Example Pay: ${safeWords(reply.code, [secret])}`)
      return readPrepared(reply)
    },

    query: ({ paymentNo, now }) =>
      orUnknown<PaymentReport>(
        async () => {
          const reply = readReply(await http(request('query', { order_no: paymentNo }, now)))
          if (reply.code !== 'OK') return { outcome: 'unknown', reason: safeWords(reply.code, [secret]), raw: reply }
          const read = readPayment(reply)
          if (read.paymentNo !== paymentNo) throw unreadable('another payment')
          return read.report
        },
        (reason) => ({ outcome: 'unknown', reason, raw: null }),
      ),

    parseNotice({ method, headers, body }, now) {
      if (method !== 'POST') throw new AppError('BadInput', 'a notice is a POST')
      const { 'x-time': time = '', 'x-signature': signature } = headers
      const content = textOf(body) ?? ''
      if (!isSignedByExample(time, content, signature, secret))
        throw new AppError('BadSignature', 'the signature is wrong or missing')
      if (!(Math.abs(now - Number(time)) <= noticeWindowMs))
        throw new AppError('BadSignature', 'the notice is too old or too new')
      // The signature is right, so this message comes from Example Pay. If it cannot be read, store it as a case
      // instead of counting it as forged.
      const fields = jsonOf(body)
      const orderNo = isFields(fields) ? String(fields.order_no ?? '') : ''
      if (isFields(fields) && fields.merchant !== merchant) throw new WrongMerchant(orderNo)
      return { about: 'payment', ...readSigned(orderNo, () => readPayment(isFields(fields) ? fields : {})) }
    },

    answer: (verdict) => ({
      statusCode: verdict === 'accepted' ? 200 : 400,
      headers: { 'content-type': 'text/plain' },
      body: verdict === 'accepted' ? 'OK' : 'FAIL',
    }),
  }
}

export const example = defineProvider<ExampleSettings>({
  code: 'example',
  names: { zh: '示例支付', en: 'Example Pay' },
  fields: {
    baseUrl: { zh: '接口地址', en: 'API address' },
    merchant: { zh: '商户号', en: 'Merchant number' },
    secret: { zh: '商户密钥', en: 'Merchant key' },
  },
  // Example Pay's document says that we may repeat a request to create a payment while the payment is unpaid. The reply
  // then contains the same payment.
  repeat: 'same',
  settings,
  account: ['merchant'],
  channels: [{ code: 'jsapi', name: '示例支付', nameEn: 'Example Pay', kind: 'jsapi' }],
  judgeKeys: judgeExampleKeys,
  create: createExample,
})
