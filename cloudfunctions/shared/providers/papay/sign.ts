// Makes and checks the signatures of WeChat Pay's API v2. The fake server uses this file, too.
import { AppError } from '../../domain/errors'
import { sortedPairs } from '../codecs'
import { digestHex, hmacHex, sameText } from '../signing'

export type V2Algorithm = 'MD5' | 'HMAC-SHA256'

/**
 * Makes the signature of API v2: the signed text has all fields that are not empty, except `sign`, sorted by name, and
 * then the key. Fields that our code does not know are signed, too. Values are not escaped.
 */
export function signV2(fields: Readonly<Record<string, string>>, key: string, algorithm: V2Algorithm = 'MD5'): string {
  const signed = Object.fromEntries(Object.entries(fields).filter(([name, value]) => name !== 'sign' && value !== ''))
  const text = `${sortedPairs(signed).join('&')}&key=${key}`
  return (algorithm === 'MD5' ? digestHex('md5', text) : hmacHex(key, text)).toUpperCase()
}

// An HMAC is twice as long as an MD5 digest. We distinguish them by the length, because not every message names its
// algorithm.
const hmacLength = 64

/** Checks the signature of a message of API v2. @throws BadSignature */
export function verifyV2(fields: Readonly<Record<string, string>>, key: string): void {
  const { sign = '' } = fields
  if (!sameText(signV2(fields, key, sign.length === hmacLength ? 'HMAC-SHA256' : 'MD5'), sign))
    throw new AppError('BadSignature', 'the signature is wrong or missing')
}
