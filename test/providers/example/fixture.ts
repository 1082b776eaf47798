// Plays the server of Example Pay for the conformance suite: replies and notifications, written from its document.
import { findProvider } from '../../../cloudfunctions/shared/providers'
import type { HttpRequest, HttpResponse, RawRequest } from '../../../cloudfunctions/shared/providers/provider'
import { jsonReply, type ProviderFixture, type Truth } from '../contract'
import { example } from '.'
import { exampleSignedText, isSignedByExample, signExample } from './sign'

const settings = { baseUrl: 'https://api.example.com', merchant: 'M1001', secret: 'sUQ3mZ7cVx1Kp9Tn5RdW' }

type Settings = typeof settings

const otherSettings: Settings = { ...settings, merchant: 'M2002', secret: 'h8FgJ2bNq6LsYa4EoX0v' }

const jsapi = {
  timeStamp: '1782878400',
  nonceStr: 'n1',
  package: 'prepay_id=wx1',
  signType: 'RSA',
  paySign: 'c2ln',
}

const paymentFields = (truth: Truth) => ({
  order_no: truth.paymentNo,
  pay_no: truth.theirNo,
  state: truth.word,
  amount: truth.amount,
  currency: truth.currency,
  paid_at: truth.now,
})

function serve({ method, url, headers = {}, body = '' }: HttpRequest, truth: Truth): HttpResponse {
  if (method !== 'POST' || !isSignedByExample(headers['x-time'] ?? '', body, headers['x-signature'], settings.secret))
    return jsonReply({ code: 'BAD_SIGNATURE' })
  if (truth.refuses !== null) return jsonReply({ code: truth.refuses })
  if (url.endsWith('/v1/payments')) return jsonReply({ code: 'OK', pay_no: truth.theirNo, jsapi })
  if (url.endsWith('/v1/query')) return jsonReply({ code: 'OK', ...paymentFields(truth) })
  throw new Error(`no such call: ${url}`)
}

function paymentNotice({ merchant, secret }: Settings, truth: Truth): RawRequest {
  const time = String(truth.now)
  const body = JSON.stringify({ merchant, ...paymentFields(truth) })
  const headers = { 'content-type': 'application/json', 'x-time': time, 'x-signature': signExample(time, body, secret) }
  return { method: 'POST', path: '/notify/example', query: {}, headers, body: Buffer.from(body) }
}

export const exampleFixture: ProviderFixture<Settings> = {
  definition: example,
  // A real provider has a line in the registry. The example provider has no line there, so this function finds it
  // instead.
  find: (code) => (code === example.code ? example : findProvider(code)),
  settings,
  otherSettings,
  renamedSettings: { ...settings, merchant: otherSettings.merchant },
  emptySecretSettings: { ...settings, secret: '' },
  channel: 'jsapi',
  currency: 'CNY',
  theirNo: 'EP2026070100001',
  serve,
  paymentNotice,
  signatureOf: ({ headers }) => headers['x-signature'] ?? '',
  withSignature(notice, signature) {
    const { 'x-signature': _, ...headers } = notice.headers
    return { ...notice, headers: signature === undefined ? headers : { ...headers, 'x-signature': signature } }
  },
  signedHeaders: ['x-time', 'x-signature'],
  noticeWindowMs: 300_000,
  paymentWords: { WAITING: 'pending', PAID: 'paid', FAILED: 'declined', CLOSED: 'closed' },
  noticeWords: { WAITING: 'pending', PAID: 'paid', FAILED: 'declined', CLOSED: 'closed' },
  amounts: { whole: { '1288': 1288, '1': 1 }, broken: ['12.88', '-1', '1e2', '01', '', '99999999999999999999'] },
  checkPayInfo: (payInfo) => expect(JSON.parse(payInfo)).toEqual(jsapi),
  answers: {
    accepted: { statusCode: 200, headers: { 'content-type': 'text/plain' }, body: 'OK' },
    rejected: { statusCode: 400, headers: { 'content-type': 'text/plain' }, body: 'FAIL' },
  },
  vectors: [
    {
      name: 'the signed text',
      actual: () => exampleSignedText('1782878400000', '{"merchant":"M1001"}'),
      expected: '1782878400000\n{"merchant":"M1001"}',
    },
    {
      name: 'its signature, as openssl makes it',
      actual: () => signExample('1782878400000', '{"merchant":"M1001"}', 'secret'),
      expected: '48811a96853cd059ecb167b3b120ba5d1cdd4d4e5a02ba9bd2e18dbd95081339',
    },
  ],
}
