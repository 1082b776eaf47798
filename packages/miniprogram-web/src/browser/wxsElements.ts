// The argument of WXS event handlers: WeChat's ComponentDescriptor, as far as a browser can support it.
// developers.weixin.qq.com/miniprogram/dev/framework/view/interactive-animation.html
import { glassEasel } from 'glass-easel-miniprogram-adapter'

interface Described {
  dataset: Record<string, unknown>
  toggleNodeClass(name: string, on: boolean): void
  setNodeStyle(style: string, segment?: number): void
  getBackendElement(): unknown
  getMethodCaller?(): Record<string, unknown>
  triggerEvent?(name: string, detail: unknown, options?: object): void
  getShadowRoot?(): {
    querySelector(selector: string): Described | null
    querySelectorAll(selector: string): Described[]
  } | null
}

const states = new WeakMap<object, Record<string, unknown>>()
// glass-easel keeps an element's styles in numbered segments. The template and the page do not use the segment with
// this number.
const styleSegment = 10

const toText = (style: string | Record<string, string>): string =>
  typeof style === 'string'
    ? style
    : Object.entries(style)
        .map(([name, value]) => `${name}:${value}`)
        .join(';')

const elementOf = (self: Described): Element | undefined => {
  const element = self.getBackendElement()
  return element instanceof Element ? element : undefined
}

const members: Record<string, (this: Described, ...values: never[]) => unknown> = {
  getState() {
    const state = states.get(this) ?? {}
    states.set(this, state)
    return state
  },
  getDataset() {
    return this.dataset
  },
  addClass(name: string) {
    this.toggleNodeClass(name, true)
    return this
  },
  removeClass(name: string) {
    this.toggleNodeClass(name, false)
    return this
  },
  hasClass(name: string) {
    return elementOf(this)?.classList.contains(name) ?? false
  },
  setStyle(style: string | Record<string, string>) {
    this.setNodeStyle(toText(style), styleSegment)
    return this
  },
  selectComponent(selector: string) {
    return this.getShadowRoot?.()?.querySelector(selector) ?? null
  },
  selectAllComponents(selector: string) {
    return this.getShadowRoot?.()?.querySelectorAll(selector) ?? []
  },
  callMethod(name: string, value: unknown) {
    const caller = this.getMethodCaller?.()
    const method = caller?.[name]
    return typeof method === 'function' ? method.call(caller, value) : undefined
  },
  requestAnimationFrame(run: () => void) {
    return requestAnimationFrame(run)
  },
  setTimeout(run: () => void, ms: number) {
    return setTimeout(run, ms)
  },
  clearTimeout(timer: number) {
    clearTimeout(timer)
  },
  getComputedStyle(names: string[]) {
    const element = elementOf(this)
    const style = element && getComputedStyle(element)
    return Object.fromEntries(names.map((name) => [name, style?.getPropertyValue(name) ?? '']))
  },
  getBoundingClientRect() {
    return elementOf(this)?.getBoundingClientRect()
  },
}

/** Adds the members that WXS handlers use to glass-easel's elements, which lack them. */
export function describeElements(): void {
  const prototype = glassEasel.Element.prototype as unknown as Record<string, unknown>
  for (const [name, member] of Object.entries(members)) prototype[name] ??= member
}
