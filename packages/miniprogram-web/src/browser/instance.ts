// Types for the parts of glass-easel's components and elements that this package uses.
import { glassEasel } from 'glass-easel-miniprogram-adapter'

export type Detail = Record<string, unknown>

/** `this` of a component or page */
export interface Instance {
  is: string
  id: string
  data: Record<string, unknown>
  dataset: Record<string, unknown>
  setData(patch: Record<string, unknown>): void
  triggerEvent(name: string, detail?: unknown, options?: { bubbles?: boolean; composed?: boolean }): void
  createSelectorQuery(): { in(component: unknown): unknown }
  createIntersectionObserver(options?: unknown): unknown
  _$: glassEasel.GeneralComponent
}

export type Method = (this: Instance, ...values: never[]) => unknown

export interface Definition {
  properties?: Record<string, unknown>
  data?: Record<string, unknown>
  observers?: Record<string, Method>
  lifetimes?: Record<string, Method>
  methods?: Record<string, Method>
}

/** An HTML element that glass-easel manages. The fields without underscores are ours. */
export interface HostElement extends HTMLElement {
  __wxElement?: glassEasel.Element
  /** true: a plain HTML element inside a built-in component */
  __plain?: boolean
  hover?: (on: boolean) => void
  field?: FormField
  choice?: Choice
  form?: { submit(by: Instance): void; reset(): void }
}

export interface FormField {
  name(): string
  value(): unknown
  reset(): void
}

export interface Choice {
  value(): string
  isChecked(): boolean
  check(on: boolean): void
}

export const text = (value: unknown): string => (value === undefined || value === null ? '' : String(value))

function firstElement(node: glassEasel.Node): HostElement | undefined {
  const own = (node as unknown as { getBackendElement?(): unknown }).getBackendElement?.()
  if (own instanceof HTMLElement) return own
  const children = (node as unknown as { getComposedChildren?(): glassEasel.Node[] }).getComposedChildren?.() ?? []
  for (const child of children) {
    const found = firstElement(child)
    if (found) return found
  }
  return undefined
}

/** The element of a component, as in `elementOf`; undefined while the component has no element yet. */
export const foundElement = (instance: Instance): HostElement | undefined =>
  firstElement(instance._$ as unknown as glassEasel.Node)

/**
 * The element of a component. A component with virtualHost has no element of its own, so this returns its first real
 * child. @throws Error if there is no element
 */
export function elementOf(instance: Instance): HostElement {
  const found = foundElement(instance)
  if (!found) throw new Error(`${instance.is} has no element`)
  return found
}

/** Triggers an event as a finger does: it bubbles and crosses the borders of components. */
export function triggerFrom(element: HTMLElement | null, name: string, detail: Detail = {}): void {
  for (let at: HTMLElement | null = element; at; at = at.parentElement) {
    const target = (at as HostElement).__wxElement
    if (!target) continue
    glassEasel.Event.triggerEvent(target, name, detail, { bubbles: true, composed: true, capturePhase: true })
    return
  }
}
