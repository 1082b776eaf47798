// window.__mp: what tests and the desk may ask the running phone, and where the bundle gets Page and Component from.
import type { PhoneError } from './errors'
import type { Definition } from './instance'

export type Define = (definition: ComponentDefinition) => unknown
export interface ComponentDefinition extends Definition {
  behaviors?: unknown[]
  options?: { styleIsolation?: string }
}

/** What tests and the desk may ask the running phone. */
export interface PreviewHandle {
  env(codePath: string): { Page: Define; Component: Define; Behavior: Define }
  readonly path: string
  readonly query: Record<string, string>
  readonly depth: number
  readonly data: Record<string, unknown>
  readonly errors: PhoneError[]
  readonly openid: string
}
