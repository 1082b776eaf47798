// A test's local cloud loads this file before all other code. Its fake servers then get RSA keys that were made before
// the tests (buildForTests.ts), because making a key is slow.
const crypto = require('node:crypto')
const { readFileSync } = require('node:fs')
const { resolve } = require('node:path')

const keys = JSON.parse(readFileSync(resolve(__dirname, '../../../dist/test/keys.json'), 'utf8'))
const { generateKeyPairSync } = crypto

crypto.generateKeyPairSync = (type, options) => {
  const isKnown = type === 'rsa' && options.modulusLength === 2048 && Object.keys(options).length === 1
  const known = isKnown ? keys.shift() : undefined
  if (known === undefined) return generateKeyPairSync(type, options)
  const privateKey = crypto.createPrivateKey(known)
  return { privateKey, publicKey: crypto.createPublicKey(privateKey) }
}
