// Derives RSA key pairs from a name, so that a fake server has the same platform keys in every run without storing
// them. Anybody who knows the name can make the key, so it may protect only test money.
import * as crypto from 'node:crypto'

const primeBits = 1024
const exponent = 65_537n
const smallPrimes = primesBelow(2_000)
const known = new Map<string, crypto.KeyObject>()

/** The private key that belongs to a name; the same name gives the same key. */
export function derivedKey(name: string): crypto.KeyObject {
  const key = known.get(name) ?? keyOf(derivedPrime(`${name} p`), derivedPrime(`${name} q`))
  known.set(name, key)
  return key
}

function keyOf(p: bigint, q: bigint): crypto.KeyObject {
  const d = inverse(exponent, (p - 1n) * (q - 1n))
  const numbers = { n: p * q, e: exponent, d, p, q, dp: d % (p - 1n), dq: d % (q - 1n), qi: inverse(q, p) }
  const texts = Object.entries(numbers).map(([part, value]) => [part, bytesOf(value).toString('base64url')])
  return crypto.createPrivateKey({ key: { kty: 'RSA', ...Object.fromEntries(texts) }, format: 'jwk' })
}

/** The first prime number at or above a number that is derived from the seed. */
function derivedPrime(seed: string): bigint {
  const start = startOf(seed)
  const rests = smallPrimes.map((prime) => Number(start % BigInt(prime)))
  for (let step = 0; ; step += 2) {
    const mayBePrime = smallPrimes.every((prime, index) => ((rests[index] ?? 0) + step) % prime !== 0)
    const candidate = start + BigInt(step)
    if (mayBePrime && candidate % exponent !== 1n && crypto.checkPrimeSync(candidate)) return candidate
  }
}

// The two highest bits are set, so that the product of two primes has the full length. The lowest bit makes it odd.
function startOf(seed: string): bigint {
  const blocks = Array.from({ length: primeBits / 256 }, (_, index) =>
    crypto.createHash('sha256').update(`${seed} ${index}`).digest('hex'),
  )
  return BigInt(`0x${blocks.join('')}`) | (3n << BigInt(primeBits - 2)) | 1n
}

function inverse(value: bigint, modulus: bigint): bigint {
  let [rest, nextRest, factor, nextFactor] = [modulus, value % modulus, 0n, 1n]
  while (nextRest !== 0n) {
    const times = rest / nextRest
    ;[rest, nextRest, factor, nextFactor] = [nextRest, rest - times * nextRest, nextFactor, factor - times * nextFactor]
  }
  return ((factor % modulus) + modulus) % modulus
}

function bytesOf(value: bigint): Buffer {
  const hex = value.toString(16)
  return Buffer.from(hex.length % 2 ? `0${hex}` : hex, 'hex')
}

function primesBelow(limit: number): number[] {
  const primes: number[] = []
  for (let n = 3; n < limit; n += 2) if (primes.every((prime) => n % prime !== 0)) primes.push(n)
  return primes
}
