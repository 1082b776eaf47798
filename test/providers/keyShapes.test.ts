// Tests keys in the forms in which people paste them: all forms of one key are read as the same key, and another text
// is refused with a description of its form only.
import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto'
import fc from 'fast-check'
import { findProvider } from '../../cloudfunctions/shared/providers'
import { keyHealthOf, readPrivateKey, readPublicKey } from '../../cloudfunctions/shared/providers/signing'
import { parseSettings } from '../../cloudfunctions/shared/runtime/settingsSchema'
import { makeKeys } from './fixtures/keys'
import { midasSettings } from './fixtures/midas'

const keys = makeKeys()
const own = createPrivateKey(keys.privatePem)
const open = createPublicKey(keys.publicPem)
const texts = {
  private: [
    keys.privatePem,
    keys.privateBase64,
    own.export({ type: 'pkcs1', format: 'pem' }).toString(),
    own.export({ type: 'pkcs1', format: 'der' }).toString('base64'),
  ],
  public: [
    keys.publicPem,
    keys.publicBase64,
    open.export({ type: 'pkcs1', format: 'pem' }).toString(),
    open.export({ type: 'pkcs1', format: 'der' }).toString('base64'),
  ],
}
const pastes: Record<string, (text: string) => string> = {
  'as it is': (text) => text,
  'with \\n as letters': (text) => text.replaceAll('\n', '\\n'),
  'on one line': (text) => text.replaceAll('\n', ''),
  'with blanks for line ends': (text) => text.replaceAll('\n', ' '),
  indented: (text) => text.replaceAll('\n', '\n    '),
  'in quotes': (text) => `"${text.replaceAll('\n', '\\n')}"`,
  'with CRLF': (text) => text.replaceAll('\n', '\r\n'),
  'with a byte order mark': (text) => `\uFEFF${text}`,
  'with \\n, as JSON within JSON': (text) => text.replaceAll('\n', '\\\\n'),
  // Encode only texts with a PEM frame, because the texts without a frame are base64 already.
  'as a file in base64': (text) => (text.startsWith('-----') ? Buffer.from(text).toString('base64') : text),
}

it.each(Object.keys(pastes))('all forms of one key, %s, are read as the same key', (paste) => {
  const pasted = (text: string): string => pastes[paste]?.(text) ?? ''
  for (const text of texts.private) {
    expect(readPrivateKey(pasted(text)).equals(own)).toBe(true)
    expect(keyHealthOf(pasted(text))?.mode).toBe('RSA 2048 private')
  }
  for (const text of texts.public) expect(readPublicKey(pasted(text)).equals(open)).toBe(true)
})

const shapeSeen = (read: (text: string) => unknown, text: string): string => {
  try {
    read(text)
    return 'taken'
  } catch (error) {
    return (error as Error).message
  }
}

it('a text that is no such key is refused with a description of its form', () => {
  const encrypted = own.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' }).toString()
  const elliptic = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
    type: 'pkcs8',
    format: 'pem',
  })
  expect(shapeSeen(readPrivateKey, encrypted)).toBe('an encrypted private key')
  expect(shapeSeen(readPrivateKey, elliptic.toString())).toBe('a key that is not RSA')
  expect(shapeSeen(readPrivateKey, 'ssh-rsa AAAAB3NzaC1yc2E me@home')).toBe('an SSH key')
  expect(shapeSeen(readPrivateKey, '我的密钥')).toBe('not base64')
  expect(shapeSeen(readPrivateKey, keys.privatePem.slice(0, -40))).toBe('a PEM text that is cut off')
  for (const text of texts.public)
    expect(shapeSeen(readPrivateKey, text)).toBe('a public key where the private one is wanted')
  for (const text of texts.private)
    expect(shapeSeen(readPublicKey, text)).toBe('a private key where the public one is wanted')
})

it('200 damaged texts are refused, and no message repeats any of them', () => {
  const damaged = fc
    .record({ text: fc.constantFrom(...texts.private), from: fc.double({ min: 0.1, max: 0.9, noNaN: true }) })
    .map(({ text, from }) => {
      const start = Math.floor(text.length * from)
      return `${text.slice(0, start)}${text.slice(start + 41)}`
    })
  fc.assert(
    fc.property(damaged, (text) => {
      const seen = shapeSeen(readPrivateKey, text)
      expect(seen).not.toBe('taken')
      expect(seen).toMatch(/^(a|an|not|empty|base64)\b[\w #]*$/)
      expect(seen.length).toBeLessThan(60)
    }),
    { numRuns: 200 },
  )
})

it('settings report which field breaks which rule, and the message names the form', () => {
  const schema = findProvider('midas')?.settings
  if (!schema) throw new Error('no midas')
  const fields = { ...midasSettings, offerId: undefined, privateKey: keys.publicPem, colour: 'red' }
  const seen = 'a public key where the private one is wanted'
  const refused = (() => {
    try {
      return parseSettings('midas', schema, fields)
    } catch (error) {
      return error
    }
  })()
  expect(refused).toMatchObject({
    details: expect.arrayContaining([
      { field: 'offerId', rule: 'missing' },
      { field: 'privateKey', rule: 'privateKey' },
      { field: 'colour', rule: 'unknown' },
    ]),
  })
  expect(() => parseSettings('midas', schema, fields)).toThrow(`privateKey (${seen})`)
})
