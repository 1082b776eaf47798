// Makes and checks the signatures of WeChat Pay's API v3: requests, replies, notices, the phone's payment sheet, and
// encrypted resources. The fake server uses this file, too.
import { AppError } from '../../domain/errors'
import { SignatureProbe } from '../provider'
import {
  certificateSerial,
  openGcm,
  type PrivateKey,
  type PublicKey,
  readPrivateKey,
  readPublicKey,
  sealGcm,
  signRsa,
  verifyRsa,
} from '../signing'

/**
 * WeChat Pay's keys by their serial: the public key (`PUB_KEY_ID_…`) and platform certificates. Both kinds exist while
 * a merchant changes from one to the other.
 */
export type WechatKeys = ReadonlyMap<string, PublicKey>

export interface Merchant {
  mchId: string
  serialNo: string
  privateKey: PrivateKey
}

export const readMerchant = (texts: { mchId: string; serialNo: string; privateKey: string }): Merchant => ({
  ...texts,
  privateKey: readPrivateKey(texts.privateKey),
})

export interface VerifierTexts {
  publicKeyId?: string | undefined
  publicKey?: string | undefined
  platformCertificates?: Readonly<Record<string, string>> | undefined
}

export function readWechatKeys({ publicKeyId, publicKey, platformCertificates = {} }: VerifierTexts): WechatKeys {
  const keys = new Map<string, PublicKey>()
  for (const [serial, pem] of Object.entries(platformCertificates)) keys.set(serial.toUpperCase(), readPublicKey(pem))
  if (publicKeyId !== undefined && publicKey !== undefined) keys.set(publicKeyId, readPublicKey(publicKey))
  return keys
}

/** Whether a PEM fits its serial. A certificate contains its serial; a plain key has none, so any serial fits. */
export function isUnderItsSerial(serial: string, pem: string): boolean {
  const own = certificateSerial(pem)
  return own === undefined || own.toUpperCase() === serial.toUpperCase()
}

export interface SignedRequest {
  method: string
  path: string
  body: string
}

/**
 * The signed text of a request: five lines, each with a line break at its end. The path is the path in WeChat Pay's
 * document, with the query. If requests go through a proxy that has a path of its own in front, the proxy's part is not
 * signed.
 */
export const requestText = ({ method, path, body }: SignedRequest, timestamp: string, nonce: string): string =>
  `${method}\n${path}\n${timestamp}\n${nonce}\n${body}\n`

export function authorization(merchant: Merchant, request: SignedRequest, timestamp: string, nonce: string): string {
  const text = requestText(request, timestamp, nonce)
  const signature = signRsa('sha256', text, merchant.privateKey)
  const fields = [
    ['mchid', merchant.mchId],
    ['nonce_str', nonce],
    ['signature', signature],
    ['timestamp', timestamp],
    ['serial_no', merchant.serialNo],
  ]
  return `WECHATPAY2-SHA256-RSA2048 ${fields.map(([name, value]) => `${name}="${value}"`).join(',')}`
}

/** The signed parameters of wx.requestPayment, which open the payment sheet for a prepay_id. */
export function signedSheet(
  merchant: Merchant,
  { appId, prepayId, timeStamp, nonceStr }: { appId: string; prepayId: string; timeStamp: string; nonceStr: string },
) {
  const prepay = `prepay_id=${prepayId}`
  const text = `${appId}\n${timeStamp}\n${nonceStr}\n${prepay}\n`
  const paySign = signRsa('sha256', text, merchant.privateKey)
  return { appId, timeStamp, nonceStr, package: prepay, signType: 'RSA', paySign }
}

/** The signed bytes of a reply or notice: timestamp, nonce, and the body as we received it. */
const messageBytes = (timestamp: string, nonce: string, body: Uint8Array): Uint8Array =>
  Buffer.concat([Buffer.from(`${timestamp}\n${nonce}\n`), body, Buffer.from('\n')])

/** Makes the headers with which WeChat Pay signs a message. The fake server signs with this function. */
export const signedHeaders = (
  { serial, key }: { serial: string; key: PrivateKey },
  body: Uint8Array,
  at: number,
  nonce: string,
): Record<string, string> => {
  const timestamp = String(Math.floor(at / 1000))
  return {
    'wechatpay-serial': serial,
    'wechatpay-timestamp': timestamp,
    'wechatpay-nonce': nonce,
    'wechatpay-signature': signRsa('sha256', messageBytes(timestamp, nonce, body), key),
  }
}

// How old a message may be, in seconds. WeChat Pay's document demands five minutes.
const windowSeconds = 300

/**
 * Checks the signature of a reply or notice.
 * @throws SignatureProbe for WeChat Pay's own tests, BadSignature for every other wrong signature
 */
export function verifyMessage(
  headers: Readonly<Record<string, string>>,
  body: Uint8Array,
  keys: WechatKeys,
  now: number,
): void {
  const signature = headers['wechatpay-signature'] ?? ''
  const serial = headers['wechatpay-serial'] ?? ''
  const timestamp = headers['wechatpay-timestamp'] ?? ''
  const nonce = headers['wechatpay-nonce'] ?? ''
  if (signature.startsWith('WECHATPAY/SIGNTEST/')) throw new SignatureProbe()
  // Refuse a timestamp or nonce that contains a line break. A line break could move the beginning of the body without
  // changing the signed text.
  if (!/^\d{1,12}$/.test(timestamp) || !/^[\x21-\x7e]{1,128}$/.test(nonce))
    throw new AppError('BadSignature', 'the signature headers are missing or malformed')
  if (Math.abs(now / 1000 - Number(timestamp)) > windowSeconds)
    throw new AppError('BadSignature', 'the message is too old or from the future')
  const key = keys.get(serial) ?? keys.get(serial.toUpperCase())
  if (!key) throw new AppError('BadSignature', 'the message is signed with a key that is not in the settings')
  if (!verifyRsa('sha256', messageBytes(timestamp, nonce, body), signature, key))
    throw new AppError('BadSignature', 'the signature is wrong or missing')
}

export interface SealedResource {
  algorithm: string
  ciphertext: string
  nonce: string
  associated_data?: string | undefined
}

const algorithm = 'AEAD_AES_256_GCM'

/**
 * Decrypts the resource of a notice.
 * @throws BadSignature if the key or the content is wrong, BadInput for another algorithm
 */
export function openResource(resource: SealedResource, apiV3Key: Uint8Array): string {
  if (resource.algorithm !== algorithm) throw new AppError('BadInput', 'the resource is sealed in an unknown way')
  return openGcm(apiV3Key, resource.nonce, resource.associated_data ?? '', resource.ciphertext)
}

export const sealResource = (
  plain: string,
  apiV3Key: Uint8Array,
  nonce: string,
  associatedData: string,
): SealedResource => ({
  algorithm,
  ciphertext: sealGcm(apiV3Key, nonce, associatedData, plain),
  nonce,
  associated_data: associatedData,
})
