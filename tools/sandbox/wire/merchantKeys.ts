// RSA keys of merchants, which several providers read and write in the same way. In these fake servers one key pair
// signs for both sides.
import * as crypto from 'node:crypto'

type Hash = 'RSA-SHA1' | 'RSA-SHA256'

interface Keys {
  own: crypto.KeyObject
  open: crypto.KeyObject
}

const read = new Map<string, Keys>()

/** The key pair of a private key, given as PEM or as the base64 text of its PKCS #8 form. */
function keysOf(privateKey: string): Keys {
  const known = read.get(privateKey)
  if (known) return known
  const own = privateKey.includes('-----')
    ? crypto.createPrivateKey(privateKey)
    : crypto.createPrivateKey({ key: Buffer.from(privateKey, 'base64'), format: 'der', type: 'pkcs8' })
  const keys = { own, open: crypto.createPublicKey(own) }
  read.set(privateKey, keys)
  return keys
}

/** Makes the signature of a text, in base64. */
export const signRsa = (hash: Hash, text: string, privateKey: string): string =>
  crypto.sign(hash, Buffer.from(text), keysOf(privateKey).own).toString('base64')

/** Whether this is the signature of a text, in the one form of base64 that has no other spelling. */
export function isSignedRsa(hash: Hash, text: string, signature: string, privateKey: string): boolean {
  const bytes = Buffer.from(signature, 'base64')
  return (
    bytes.toString('base64') === signature && crypto.verify(hash, Buffer.from(text), keysOf(privateKey).open, bytes)
  )
}

/** Makes a private key: as PEM, or as the base64 text that some providers give their merchants. */
export function newPrivateKey(form: 'pem' | 'base64'): string {
  const { privateKey } = crypto.generateKeyPairSync('rsa', { modulusLength: 2048 })
  return form === 'pem'
    ? privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    : privateKey.export({ type: 'pkcs8', format: 'der' }).toString('base64')
}

/** The public half of a private key, as PEM or as base64 text. */
export function publicText(privateKey: string, form: 'pem' | 'base64'): string {
  const { open } = keysOf(privateKey)
  return form === 'pem'
    ? open.export({ type: 'spki', format: 'pem' }).toString()
    : open.export({ type: 'spki', format: 'der' }).toString('base64')
}
