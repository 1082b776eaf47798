// Globals for page tests. miniprogram-simulate provides Component(), and each test's phone provides wx. This file adds
// globals of Node that the use cases need and jsdom lacks.
import { TextDecoder, TextEncoder } from 'node:util'
import 'miniprogram-simulate'

// Node's structuredClone makes arrays that miniprogram-simulate treats as objects, because they come from another
// JavaScript realm. This simple copy is enough for plain data.
const plainCopy = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(plainCopy)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, plainCopy(field)]))
}

Object.assign(globalThis, { TextDecoder, TextEncoder, structuredClone: plainCopy })
