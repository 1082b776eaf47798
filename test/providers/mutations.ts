// Makes random changes to a signed notification from a seed, as a careless proxy, a bug or an attacker might.
import type { RawRequest } from '../../cloudfunctions/shared/providers/provider'
import { Random } from '../simulation/random'

export const seededRandom = (seed: number): Random => new Random(seed >>> 0)

const oddTexts = [
  '',
  ' ',
  '0',
  '-1',
  '1.5',
  '1e3',
  '010',
  '9007199254740993',
  '9'.repeat(400),
  'constructor',
  '__proto__',
  'null',
  '\u0000',
  '\ud800',
  'é',
  'é',
  '收银台',
  'a&amount=1',
  'SUCCESS',
  '1; drop',
  'x'.repeat(5000),
]
// JSON texts, including some that no program would write.
const oddJson = [
  'null',
  'true',
  '{}',
  '[]',
  '[1]',
  '{"a":{"b":1}}',
  '1e400',
  '-0',
  '1.0',
  '0.1',
  '-1',
  '12345678901234567890',
  '"\\u0000"',
  '"\\ud800"',
  `"${'x'.repeat(3000)}"`,
  `${'['.repeat(2000)}${']'.repeat(2000)}`,
]
const oddNames = ['__proto__', 'constructor', 'toString', 'sign', 'amount', 'status', '', 'x=y', 'a&b', 'x[]', 'ключ']
const oddBytes = [0x00, 0x09, 0x0a, 0x0d, 0x20, 0x22, 0x25, 0x26, 0x2b, 0x2c, 0x3d, 0x5b, 0x5c, 0x7b, 0x7d, 0xc0, 0xff]

const latin = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')
const bytesOf = (text: string): Uint8Array => Buffer.from(text)

type Damage = (request: RawRequest, random: Random) => RawRequest

const splice = (bytes: Uint8Array, at: number, remove: number, insert: Uint8Array): Uint8Array =>
  Buffer.concat([bytes.subarray(0, at), insert, bytes.subarray(at + remove)])

const byteDamage: readonly Damage[] = [
  (request, random) => {
    const at = random.below(request.body.length)
    const flipped = (request.body[at] ?? 0) ^ (1 << random.below(8))
    return { ...request, body: splice(request.body, at, 1, Uint8Array.of(flipped)) }
  },
  (request, random) => ({
    ...request,
    body: splice(request.body, random.below(request.body.length), 1, Uint8Array.of(random.pick(oddBytes))),
  }),
  (request, random) => ({
    ...request,
    body: splice(request.body, random.below(request.body.length), 0, Uint8Array.of(random.pick(oddBytes))),
  }),
  (request, random) => ({
    ...request,
    body: splice(request.body, random.below(request.body.length), 1 + random.below(8), new Uint8Array()),
  }),
  (request, random) => ({ ...request, body: request.body.subarray(0, random.below(request.body.length)) }),
  (request, random) => {
    const from = random.below(request.body.length)
    const piece = request.body.subarray(from, from + 1 + random.below(64))
    return { ...request, body: splice(request.body, random.below(request.body.length), 0, piece) }
  },
  (request, random) => {
    const around = random.pick(['\n', ' ', '\r\n', '\0', '﻿', '{}', '&', 'x'])
    const both = random.below(2) === 0 ? [around, ''] : ['', around]
    return { ...request, body: Buffer.concat([bytesOf(both[0] ?? ''), request.body, bytesOf(both[1] ?? '')]) }
  },
  (request) => ({ ...request, body: Buffer.from(latin(request.body), 'utf8') }),
  (request, random) => ({
    ...request,
    body: bytesOf(
      random.pick(['', '{', '[]', 'null', '"x"', '{"a":'.repeat(3000), '['.repeat(20_000), '<html></html>', '\0\0']),
    ),
  }),
]

type Pair = [name: string, raw: string]

// Changes one thing in the members of a JSON object, or in the pairs of a form body. The pairs are raw texts, so that
// the rest of the body stays the same.
function damagePairs(pairs: Pair[], odd: (random: Random) => string, random: Random): Pair[] {
  const at = random.below(pairs.length)
  const other = random.below(pairs.length)
  const [name, raw] = pairs[at] ?? ['', '']
  const [otherName, otherRaw] = pairs[other] ?? ['', '']
  const changed = [...pairs]
  switch (random.below(9)) {
    case 0:
      changed.splice(at, 1)
      return changed
    case 1:
      changed[at] = [name, odd(random)]
      return changed
    case 2:
      return [...changed, [name, odd(random)]]
    case 3:
      return [[name, odd(random)], ...changed]
    case 4:
      changed[at] = [name, otherRaw]
      changed[other] = [otherName, raw]
      return changed
    case 5:
      changed[at] = [random.pick(oddNames), raw]
      return changed
    case 6:
      return [...changed, [random.pick(oddNames), odd(random)]]
    case 7:
      changed[at] = [otherName, otherRaw]
      changed[other] = [name, raw]
      return changed
    default:
      changed[at] = [random.below(2) === 0 ? name.toUpperCase() : name.toLowerCase(), raw]
      return changed
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function parsedBody(body: Uint8Array): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(body).toString())
    return isRecord(value) && Object.keys(value).length > 0 ? value : undefined
  } catch {
    return undefined
  }
}

const writeObject = (pairs: readonly Pair[], gap: string): string =>
  `{${gap}${pairs.map(([name, raw]) => `${JSON.stringify(name)}:${gap}${raw}`).join(`,${gap}`)}${gap}}`

function damageJson(value: Record<string, unknown>, random: Random): string {
  const pairs = Object.entries(value).map(([name, one]): Pair => [name, JSON.stringify(one)])
  const inner = Object.entries(value).filter(([, one]) => isRecord(one) && Object.keys(one).length > 0)
  if (inner.length > 0 && random.below(2) === 0) {
    const [name, one] = random.pick(inner)
    const deeper = damageJson(one as Record<string, unknown>, random)
    return writeObject(
      pairs.map(([other, raw]) => [other, other === name ? deeper : raw]),
      '',
    )
  }
  const kind = random.below(12)
  if (kind === 0) return writeObject(pairs, random.pick([' ', '\n  ', '\t']))
  if (kind === 1) return writeObject([...pairs].reverse(), '')
  if (kind === 2) return `{"data":${writeObject(pairs, '')}}`
  if (kind === 3) {
    const text = writeObject(pairs, '')
    const at = random.below(text.length)
    const letter = text.charAt(at)
    if (!/[A-Za-z0-9]/.test(letter)) return text
    return `${text.slice(0, at)}\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}${text.slice(at + 1)}`
  }
  if (kind === 4) {
    const at = random.below(pairs.length)
    const retyped = pairs.map(([name, raw], index): Pair => {
      if (index !== at) return [name, raw]
      return [name, raw.startsWith('"') ? (JSON.parse(raw) as string) || '0' : JSON.stringify(raw)]
    })
    return writeObject(retyped, '')
  }
  const odd = (from: Random) => (from.below(2) === 0 ? from.pick(oddJson) : JSON.stringify(from.pick(oddTexts)))
  return writeObject(damagePairs(pairs, odd, random), '')
}

const jsonDamage: Damage = (request, random) => {
  const value = parsedBody(request.body)
  return value ? { ...request, body: bytesOf(damageJson(value, random)) } : request
}

// encodeURIComponent throws for half a surrogate pair. Old libraries send a replacement character instead.
const encode = (text: string): string => encodeURIComponent(text.replaceAll('\ud800', '�'))

const formDamage: Damage = (request, random) => {
  const pairs = Buffer.from(request.body)
    .toString()
    .split('&')
    .map((pair): Pair => {
      const at = pair.indexOf('=')
      return at < 0 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)]
    })
  const write = (list: readonly Pair[]): Uint8Array =>
    bytesOf(list.map(([name, raw]) => `${name}=${raw}`).join(random.below(12) === 0 ? '&&' : '&'))
  const kind = random.below(6)
  if (kind === 0) {
    const at = random.below(pairs.length)
    const escaped = ([name, raw]: Pair): Pair => [
      name,
      raw.replace(/[A-Za-z0-9]/, (letter) => `%${letter.charCodeAt(0).toString(16)}`),
    ]
    return { ...request, body: write(pairs.map((pair, index) => (index === at ? escaped(pair) : pair))) }
  }
  if (kind === 1) return { ...request, body: write([...pairs].reverse()) }
  if (kind === 2) return { ...request, body: bytesOf(Buffer.from(request.body).toString().replaceAll('%20', '+')) }
  const odd = (from: Random) =>
    from.below(4) === 0 ? from.pick(['%', '%zz', '%ff', '%00']) : encode(from.pick(oddTexts))
  return { ...request, body: write(damagePairs(pairs, odd, random)) }
}

function damageText(text: string, random: Random): string {
  const at = random.below(Math.max(1, text.length))
  const letter = text.charAt(at)
  switch (random.below(7)) {
    case 0:
      return random.pick(oddTexts)
    case 1:
      return text.slice(0, at)
    case 2:
      return `${text} `
    case 3:
      return text.slice(0, at) + (letter === 'A' ? 'B' : 'A') + text.slice(at + 1)
    case 4:
      return text.toUpperCase() === text ? text.toLowerCase() : text.toUpperCase()
    case 5:
      return text.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
    default:
      return text + text
  }
}

const recordDamage =
  (part: 'headers' | 'query'): Damage =>
  (request, random) => {
    const record = { ...request[part] }
    const names = Object.keys(record)
    if (names.length === 0 || random.below(8) === 0) record[random.pick(oddNames)] = random.pick(oddTexts)
    else {
      const name = random.pick(names)
      const other = random.pick(names)
      const kind = random.below(4)
      if (kind === 0) delete record[name]
      else if (kind === 1) {
        const kept = record[name] ?? ''
        record[name] = record[other] ?? ''
        record[other] = kept
      } else record[name] = damageText(record[name] ?? '', random)
    }
    return { ...request, [part]: record }
  }

const methodDamage: Damage = (request, random) => ({
  ...request,
  method: random.pick(['GET', 'POST', 'PUT', 'DELETE', 'HEAD', 'post', '']),
})

/** Makes one seeded change of a request: of its bytes, fields, encoding, headers, query or method. */
export function damage(request: RawRequest, random: Random): RawRequest {
  const structured = parsedBody(request.body) ? jsonDamage : formDamage
  const kinds: readonly Damage[] =
    request.body.length === 0
      ? [recordDamage('query'), recordDamage('query'), recordDamage('query'), recordDamage('headers'), methodDamage]
      : [structured, structured, structured, random.pick(byteDamage), random.pick(byteDamage), recordDamage('headers')]
  const rare = random.below(40)
  if (rare === 0) return methodDamage(request, random)
  if (rare === 1) return recordDamage('query')(request, random)
  return random.pick(kinds)(request, random)
}
