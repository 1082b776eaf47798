// Defines window.__mp: functions of the running phone for tests and devtools, and Page and Component for the bundle.
import type { PhoneError } from './errors'
import type { Definition } from './instance'

export type Define = (definition: ComponentDefinition) => unknown
export interface ComponentDefinition extends Definition {
  behaviors?: unknown[]
  options?: { styleIsolation?: string }
}

/** The functions of the running phone for tests and the devtools. */
export interface PreviewHandle {
  env(codePath: string): { Page: Define; Component: Define; Behavior: Define }
  readonly path: string
  readonly query: Record<string, string>
  readonly depth: number
  readonly data: Record<string, unknown>
  readonly errors: PhoneError[]
  readonly openid: string
}
