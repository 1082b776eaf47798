// Tests that the fake API's signature check accepts the examples of Tencent Cloud's pages, and refuses them when one
// byte is changed.
import { cosSignatureError, type SignedRequest, signatureError } from './signatures'

describe('TC3-HMAC-SHA256', () => {
  // The example of https://cloud.tencent.com/document/api/213/30654 is signed with the key exactly as printed,
  // including the asterisks.
  const keys = new Map([['AKIDz8krbsJ5yKBZQpn74WFkmLPx3*******', 'Gu5t9xGARNpq86cd98joQYCN3*******']])
  const signedAt = 1551113065
  const example: SignedRequest = {
    method: 'POST',
    url: '/',
    headers: {
      'content-type': 'application/json; charset=utf-8',
      host: 'cvm.tencentcloudapi.com',
      'x-tc-timestamp': String(signedAt),
      authorization:
        'TC3-HMAC-SHA256 Credential=AKIDz8krbsJ5yKBZQpn74WFkmLPx3*******/2019-02-25/cvm/tc3_request, SignedHeaders=content-type;host, Signature=2230eefd229f582d8b1b891af7107b91597240707d778ab3738f756258d7652c',
    },
    body: Buffer.from('{"Limit": 1, "Filters": [{"Values": ["\\u672a\\u547d\\u540d"], "Name": "instance-name"}]}'),
  }

  it('accepts the example of the document', () => {
    expect(signatureError(example, keys, signedAt)).toBeUndefined()
  })

  it.each<[string, Partial<SignedRequest>, number]>([
    ['AuthFailure.SignatureFailure', { body: Buffer.from(example.body.toString().replace('1', '2')) }, signedAt],
    ['AuthFailure.SignatureFailure', { headers: { ...example.headers, host: 'scf.tencentcloudapi.com' } }, signedAt],
    ['AuthFailure.SignatureExpire', {}, signedAt + 301],
    ['AuthFailure.InvalidAuthorization', { headers: {} }, signedAt],
  ])('answers %s', (code, changed, now) => {
    expect(signatureError({ ...example, ...changed }, keys, now)).toBe(code)
  })
})

describe('the signature of storage', () => {
  // The example of an upload on https://cloud.tencent.com/document/product/436/7778.
  const keys = new Map([['AKIDQjz3ltompVjBni5LitkWHFlFpwkn9U5q', 'BQYIM75p8x0iWVFSIgqEKwFprpRSVHlz']])
  const signedAt = 1557989151
  const example: SignedRequest = {
    method: 'PUT',
    url: '/exampleobject(%E8%85%BE%E8%AE%AF%E4%BA%91)',
    headers: {
      date: 'Thu, 16 May 2019 06:45:51 GMT',
      host: 'examplebucket-1250000000.cos.ap-beijing.myqcloud.com',
      'content-type': 'text/plain',
      'content-length': '13',
      'content-md5': 'mQ/fVh815F3k6TAUm8m0eg==',
      'x-cos-acl': 'private',
      'x-cos-grant-read': 'uin="100000000011"',
      authorization:
        'q-sign-algorithm=sha1&q-ak=AKIDQjz3ltompVjBni5LitkWHFlFpwkn9U5q&q-sign-time=1557989151;1557996351&q-key-time=1557989151;1557996351&q-header-list=content-length;content-md5;content-type;date;host;x-cos-acl;x-cos-grant-read&q-url-param-list=&q-signature=3b8851a11a569213c17ba8fa7dcf2abec6935172',
    },
    body: Buffer.from('ObjectContent'),
  }

  it('accepts the example of the document', () => {
    expect(cosSignatureError(example, keys, signedAt)).toBeUndefined()
  })

  it.each<[string, Partial<SignedRequest>, number]>([
    ['SignatureDoesNotMatch', { url: '/another' }, signedAt],
    ['SignatureDoesNotMatch', { headers: { ...example.headers, 'x-cos-acl': 'public-read' } }, signedAt],
    ['RequestTimeTooSkewed', {}, signedAt + 7_201],
    ['InvalidAccessKeyId', { headers: {} }, signedAt],
  ])('answers %s', (code, changed, now) => {
    expect(cosSignatureError({ ...example, ...changed }, keys, now)).toBe(code)
  })
})
