// RSA keys as settings and people give them: a PEM text, a certificate, or bare base64.
import * as crypto from 'node:crypto'
import { readPrivateKey, readPublicKey } from '../../cloudfunctions/shared/providers/signing'
import { DoctorError, type NamedKey, type Settings, setting } from './doctor'

/** The public half of any RSA key text, or undefined. */
export function publicHalf(text: string): crypto.KeyObject | undefined {
  for (const read of [readPublicKey, (one: string) => crypto.createPublicKey(readPrivateKey(one))]) {
    try {
      return read(text)
    } catch {
      // The next one reads the other kind.
    }
  }
  return undefined
}

/** @throws DoctorError */
export function namedKey(settings: Settings, name: string): NamedKey {
  const key = publicHalf(setting(settings, name))
  if (!key) throw new DoctorError(`${name} is not an RSA key`)
  return { name, key }
}

/** @throws DoctorError */
export function ownKey(settings: Settings): crypto.KeyObject {
  try {
    return readPrivateKey(setting(settings, 'privateKey'))
  } catch {
    throw new DoctorError('privateKey is not an RSA key')
  }
}
