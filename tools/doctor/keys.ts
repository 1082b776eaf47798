// Reads RSA keys in the forms that settings contain: a PEM text, a certificate, or base64 without a frame.
import * as crypto from 'node:crypto'
import { readPrivateKey, readPublicKey } from '../../cloudfunctions/shared/providers/signing'
import { DoctorError, type NamedKey, type Settings, setting } from './doctor'

/** The public half of an RSA key in any of these forms; undefined if the text is no key. */
export function publicHalf(text: string): crypto.KeyObject | undefined {
  for (const read of [readPublicKey, (one: string) => crypto.createPublicKey(readPrivateKey(one))]) {
    try {
      return read(text)
    } catch {
      // The text is no key of this kind. Try the next kind.
    }
  }
  return undefined
}

/** Reads a public key from the settings. @throws DoctorError if it is absent or not an RSA key */
export function namedKey(settings: Settings, name: string): NamedKey {
  const key = publicHalf(setting(settings, name))
  if (!key) throw new DoctorError(`${name} is not an RSA key`)
  return { name, key }
}

/** Reads the merchant's private key from the settings. @throws DoctorError if it is absent or not an RSA key */
export function ownKey(settings: Settings): crypto.KeyObject {
  try {
    return readPrivateKey(setting(settings, 'privateKey'))
  } catch {
    throw new DoctorError('privateKey is not an RSA key')
  }
}
