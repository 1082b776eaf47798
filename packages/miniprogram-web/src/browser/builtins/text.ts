// The built-in components input and textarea.
import { type Definition, elementOf, foundElement, type Instance, text } from '../instance'

const keyboards: Record<string, string> = {
  number: 'numeric',
  digit: 'decimal',
  idcard: 'text',
  'safe-password': 'text',
}

function textControl(tag: 'input' | 'textarea'): Definition {
  type Control = HTMLInputElement | HTMLTextAreaElement
  // The input element; undefined while the page is still being created.
  const control = (self: Instance) => foundElement(self)?.querySelector<Control>(tag)
  const fire = (self: Instance, name: string, more: Record<string, unknown> = {}) =>
    self.triggerEvent(name, { value: control(self)?.value ?? '', ...more })
  return {
    properties: {
      name: String,
      value: null,
      placeholder: String,
      placeholderClass: String,
      placeholderStyle: String,
      disabled: Boolean,
      maxlength: { type: Number, value: 140 },
      focus: Boolean,
      password: Boolean,
      type: { type: String, value: 'text' },
      confirmType: String,
      confirmHold: Boolean,
      autoHeight: Boolean,
      cursorSpacing: null,
      adjustPosition: null,
      holdKeyboard: Boolean,
    },
    data: { keyboard: 'text' },
    observers: {
      value(this: Instance, value: unknown) {
        const element = control(this)
        if (element && element.value !== text(value)) element.value = text(value)
      },
      disabled(this: Instance, off: boolean) {
        const element = control(this)
        if (element) element.disabled = off
      },
      type(this: Instance, type: string) {
        this.setData({ keyboard: keyboards[type] ?? 'text' })
      },
      autoHeight(this: Instance, on: boolean) {
        elementOf(this).toggleAttribute('auto-height', on)
      },
      focus(this: Instance, on: boolean) {
        if (on) setTimeout(() => control(this)?.focus())
      },
    },
    lifetimes: {
      attached(this: Instance) {
        const element = control(this)
        if (!element) return
        const first = text(this.data.value)
        element.value = first
        element.disabled = this.data.disabled === true
        elementOf(this).field = {
          name: () => text(this.data.name),
          value: () => element.value,
          reset: () => {
            element.value = first
          },
        }
        if (this.data.focus) element.focus()
      },
    },
    methods: {
      onInput(this: Instance) {
        const element = control(this)
        const value = element?.value ?? ''
        // Also set the property, because model:value listens to the property.
        this.setData({ value })
        fire(this, 'input', { cursor: element?.selectionStart ?? value.length, keyCode: 0 })
      },
      onFocus(this: Instance) {
        fire(this, 'focus', { height: 0 })
      },
      onBlur(this: Instance) {
        fire(this, 'blur', { cursor: 0 })
      },
      onKey(this: Instance, event: { detail: { key?: string } }) {
        if (tag === 'input' && event.detail.key === 'Enter') fire(this, 'confirm')
      },
      swallow() {},
    },
  }
}

export const input = textControl('input')
export const textarea = textControl('textarea')
