// Checks signatures as Tencent Cloud's pages describe them: TC3-HMAC-SHA256 of API 3.0
// (https://cloud.tencent.com/document/api/213/30654), and the signature of cloud storage
// (https://cloud.tencent.com/document/product/436/7778). It was written from those pages, not from the SDK.
import { createHash, createHmac, timingSafeEqual } from 'node:crypto'

export interface SignedRequest {
  method: string
  /** path and query */
  url: string
  headers: Record<string, string | string[] | undefined>
  body: Buffer
}

const sha256 = (content: string | Buffer) => createHash('sha256').update(content).digest('hex')
const hmac = (key: string | Buffer, content: string) => createHmac('sha256', key).update(content).digest()

const form =
  /^TC3-HMAC-SHA256 Credential=([^/]+)\/(\d{4}-\d{2}-\d{2})\/([^/]+)\/tc3_request, SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})$/

/** Checks a signature of API 3.0. @returns Tencent Cloud's error code, or undefined if the signature is right */
export function signatureError(
  request: SignedRequest,
  keys: ReadonlyMap<string, string>,
  nowSeconds: number,
): string | undefined {
  const header = (name: string) => String(request.headers[name] ?? '')
  const [, id = '', date = '', service = '', signed = '', signature = ''] = form.exec(header('authorization')) ?? []
  if (id === '') return 'AuthFailure.InvalidAuthorization'
  const secret = keys.get(id)
  if (secret === undefined) return 'AuthFailure.SecretIdNotFound'
  const timestamp = Number(header('x-tc-timestamp'))
  if (!(Math.abs(nowSeconds - timestamp) <= 300)) return 'AuthFailure.SignatureExpire'
  if (new Date(timestamp * 1000).toISOString().slice(0, 10) !== date) return 'AuthFailure.SignatureFailure'
  if (service !== header('host').split('.')[0]) return 'AuthFailure.SignatureFailure'
  const names = signed.split(';')
  if (!names.includes('host') || !names.includes('content-type')) return 'AuthFailure.SignatureFailure'
  const [path = '/', query = ''] = request.url.split('?')
  const canonicalHeaders = names.map((name) => `${name}:${header(name).trim().toLowerCase()}\n`).join('')
  const canonical = [request.method, path, query, canonicalHeaders, signed, sha256(request.body)].join('\n')
  const scope = `${date}/${service}/tc3_request`
  const text = ['TC3-HMAC-SHA256', timestamp, scope, sha256(canonical)].join('\n')
  const signingKey = hmac(hmac(hmac(`TC3${secret}`, date), service), 'tc3_request')
  const expected = hmac(signingKey, text)
  return timingSafeEqual(expected, Buffer.from(signature, 'hex')) ? undefined : 'AuthFailure.SignatureFailure'
}

const sha1Hmac = (key: string, content: string) => createHmac('sha1', key).update(content).digest('hex')
const encoded = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`)

/** Checks a signature of cloud storage. @returns the storage's error code, or undefined if the signature is right */
export function cosSignatureError(
  request: SignedRequest,
  keys: ReadonlyMap<string, string>,
  nowSeconds: number,
): string | undefined {
  const given = new Map(
    String(request.headers.authorization ?? '')
      .split('&')
      .map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)] as const),
  )
  const secret = keys.get(given.get('q-ak') ?? '')
  if (secret === undefined) return 'InvalidAccessKeyId'
  const [from = 0, to = 0] = (given.get('q-sign-time') ?? '').split(';').map(Number)
  if (!(from - 300 <= nowSeconds && nowSeconds <= to)) return 'RequestTimeTooSkewed'
  const { pathname, searchParams } = new URL(request.url, 'https://bucket')
  const listOf = (name: string) => (given.get(name) ?? '').split(';').filter(Boolean)
  const params = listOf('q-url-param-list').map((name) => {
    const [, value = ''] = [...searchParams].find(([key]) => encoded(key).toLowerCase() === name) ?? []
    return `${name}=${encoded(value)}`
  })
  const headers = listOf('q-header-list').map((name) => `${name}=${encoded(String(request.headers[name] ?? ''))}`)
  if (!listOf('q-header-list').includes('host')) return 'SignatureDoesNotMatch'
  const http = [
    request.method.toLowerCase(),
    decodeURIComponent(pathname),
    params.join('&'),
    headers.join('&'),
    '',
  ].join('\n')
  const text = ['sha1', given.get('q-sign-time'), createHash('sha1').update(http).digest('hex'), ''].join('\n')
  const expected = sha1Hmac(sha1Hmac(secret, given.get('q-key-time') ?? ''), text)
  return expected === given.get('q-signature') ? undefined : 'SignatureDoesNotMatch'
}
