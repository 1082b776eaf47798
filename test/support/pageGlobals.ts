// Globals of page tests: miniprogram-simulate brings Component(), each test's phone brings wx. jsdom lacks some of
// Node's globals that the use cases behind the phone need.
import { TextDecoder, TextEncoder } from 'node:util'
import 'miniprogram-simulate'

// Node's own makes arrays of another realm, which simulate takes for objects. Documents and replies are plain data.
const plainCopy = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(plainCopy)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, plainCopy(field)]))
}

Object.assign(globalThis, { TextDecoder, TextEncoder, structuredClone: plainCopy })
