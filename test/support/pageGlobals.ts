// The globals of page tests: miniprogram-simulate provides Component(), each test's phone provides wx. Some globals of
// Node that the use cases need are missing in jsdom.
import { TextDecoder, TextEncoder } from 'node:util'
import 'miniprogram-simulate'

// structuredClone of Node makes arrays of another realm, which miniprogram-simulate treats as objects. This copy is
// enough, because documents and replies are plain data.
const plainCopy = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(plainCopy)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, plainCopy(field)]))
}

Object.assign(globalThis, { TextDecoder, TextEncoder, structuredClone: plainCopy })
