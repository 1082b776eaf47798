// The list of all errors in the phone, for the devtools' console and for tests (window.__mp.errors).

export interface PhoneError {
  at: number
  kind: 'error' | 'warning'
  message: string
}

const limit = 200
const listeners = new Set<() => void>()
export const phoneErrors: PhoneError[] = []

export function onPhoneErrors(listener: () => void): void {
  listeners.add(listener)
}

export function clearPhoneErrors(): void {
  phoneErrors.length = 0
  for (const listener of listeners) listener()
}

function describe(value: unknown): string {
  if (value instanceof Error) return value.stack ?? value.message
  if (typeof value === 'string') return value
  try {
    return JSON.stringify(value) ?? String(value)
  } catch {
    return String(value)
  }
}

export function recordError(kind: PhoneError['kind'], ...values: unknown[]): void {
  phoneErrors.push({ at: Date.now(), kind, message: values.map(describe).join(' ') })
  if (phoneErrors.length > limit) phoneErrors.shift()
  for (const listener of listeners) listener()
}

/**
 * Records exceptions and console messages of the phone. @param onError App.onError, called for exceptions only, as in
 * WeChat
 */
export function watchErrors(onError: (message: string) => void): void {
  for (const [method, kind] of [['error', 'error'] as const, ['warn', 'warning'] as const]) {
    const original = console[method].bind(console)
    console[method] = (...values: unknown[]) => {
      recordError(kind, ...values)
      original(...values)
    }
  }
  window.addEventListener('error', (event) => {
    if (!event.message) return
    recordError('error', event.error ?? event.message)
    onError(describe(event.error ?? event.message))
  })
  window.addEventListener('unhandledrejection', (event) => recordError('error', 'Unhandled rejection:', event.reason))
}
