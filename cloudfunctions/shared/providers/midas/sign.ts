// Makes and checks Midas's signatures. The same rule applies to requests and delivery notices. The fake server uses
// this file, too.
import { sortedPairs } from '../codecs'
import { type PrivateKey, type PublicKey, publicKeyOf, readPrivateKey, signRsa, verifyRsa } from '../signing'

export interface MidasKeys {
  offerKey: string
  privateKey: PrivateKey
  publicKey: PublicKey
}

/**
 * Parses the keys of an application once. Midas issues one key pair for both directions, so the key for notices is the
 * public half of our private key.
 */
export function readMidasKeys({ offerKey, privateKey }: { offerKey: string; privateKey: string }): MidasKeys {
  const key = readPrivateKey(privateKey)
  return { offerKey, privateKey: key, publicKey: publicKeyOf(key) }
}

/**
 * The exact text that is signed: name=value of every field except `sign`, sorted and joined by &, then the offerKey
 * without a separator (Midas 签名计算). Values are signed before they are URL-encoded.
 */
export function midasSignedText(fields: Readonly<Record<string, string>>, offerKey: string): string {
  const { sign: _, ...signed } = fields
  return sortedPairs(signed).join('&') + offerKey
}

export const signMidas = (fields: Readonly<Record<string, string>>, keys: MidasKeys): string =>
  signRsa('sha256', midasSignedText(fields, keys.offerKey), keys.privateKey)

/**
 * Whether `fields.sign` is right. A value with & is refused, because then the same signed text could be read as other
 * fields.
 */
export const isSignedByMidas = (fields: Readonly<Record<string, string>>, keys: MidasKeys): boolean =>
  !Object.values(fields).some((value) => value.includes('&')) &&
  verifyRsa('sha256', midasSignedText(fields, keys.offerKey), fields.sign, keys.publicKey)
