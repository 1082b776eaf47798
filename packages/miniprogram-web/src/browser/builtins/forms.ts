// The built-in components form, label, radio, checkbox, switch, slider and picker.
import {
  type Choice,
  type Definition,
  elementOf,
  type FormField,
  foundElement,
  type HostElement,
  type Instance,
  text,
} from '../instance'

const inner = (self: Instance) => elementOf(self).querySelector<HTMLInputElement>('input')

export const form: Definition = {
  properties: { reportSubmit: Boolean },
  lifetimes: {
    attached(this: Instance) {
      const element = elementOf(this)
      const fields = (): FormField[] =>
        [...element.querySelectorAll<HostElement>('*')].flatMap((child) => (child.field?.name() ? [child.field] : []))
      element.form = {
        submit: (by) =>
          this.triggerEvent('submit', {
            value: Object.fromEntries(fields().map((field) => [field.name(), field.value()])),
            target: { id: by.id, dataset: by.dataset },
          }),
        reset: () => {
          for (const field of fields()) field.reset()
          this.triggerEvent('reset')
        },
      }
    },
  },
}

export const label: Definition = { properties: { for: String } }

const chosen = 'preview-choice'

export function choiceGroup(kind: 'radio' | 'checkbox'): Definition {
  return {
    properties: { name: String, disabled: Boolean },
    lifetimes: {
      attached(this: Instance) {
        const element = elementOf(this)
        const choices = (): Choice[] =>
          [...element.querySelectorAll<HostElement>(`wx-${kind}`)].flatMap((child) =>
            child.choice ? [child.choice] : [],
          )
        const checked = () => choices().flatMap((choice) => (choice.isChecked() ? [choice.value()] : []))
        const value = () => (kind === 'radio' ? (checked()[0] ?? '') : checked())
        let first: string[] | undefined
        setTimeout(() => {
          first = checked()
        })
        element.field = {
          name: () => text(this.data.name),
          value,
          reset: () => {
            for (const choice of choices()) choice.check(first?.includes(choice.value()) ?? false)
          },
        }
        element.addEventListener(chosen, (event) => {
          event.stopPropagation()
          if (kind === 'radio') {
            for (const choice of choices()) if (choice !== (event as CustomEvent<Choice>).detail) choice.check(false)
          }
          this.triggerEvent('change', { value: value() })
        })
      },
    },
  }
}

export const choiceItem: Definition = {
  properties: { value: String, checked: Boolean, disabled: Boolean, color: String },
  observers: {
    checked(this: Instance, on: boolean) {
      const element = inner(this)
      if (element) element.checked = on
    },
    disabled(this: Instance, off: boolean) {
      const element = inner(this)
      if (element) element.disabled = off
    },
  },
  lifetimes: {
    attached(this: Instance) {
      const element = inner(this)
      if (!element) return
      element.checked = this.data.checked === true
      element.disabled = this.data.disabled === true
      elementOf(this).choice = {
        value: () => text(this.data.value),
        isChecked: () => element.checked,
        check: (on) => {
          element.checked = on
        },
      }
    },
  },
  methods: {
    onChange(this: Instance) {
      const element = elementOf(this)
      const detail = element.choice
      if (detail) element.dispatchEvent(new CustomEvent(chosen, { bubbles: true, detail }))
    },
    swallow() {},
  },
}

export const switchControl: Definition = {
  properties: { name: String, checked: Boolean, disabled: Boolean, color: String, type: String },
  observers: {
    checked(this: Instance, on: boolean) {
      const element = inner(this)
      if (element) element.checked = on
    },
    disabled(this: Instance, off: boolean) {
      const element = inner(this)
      if (element) element.disabled = off
    },
  },
  lifetimes: {
    attached(this: Instance) {
      const element = inner(this)
      if (!element) return
      const first = this.data.checked === true
      element.checked = first
      element.disabled = this.data.disabled === true
      elementOf(this).field = {
        name: () => text(this.data.name),
        value: () => element.checked,
        reset: () => {
          element.checked = first
        },
      }
    },
  },
  methods: {
    onChange(this: Instance) {
      const value = inner(this)?.checked === true
      this.setData({ checked: value })
      this.triggerEvent('change', { value })
    },
    swallow() {},
  },
}

export const slider: Definition = {
  properties: {
    name: String,
    disabled: Boolean,
    min: Number,
    max: { type: Number, value: 100 },
    step: { type: Number, value: 1 },
    value: Number,
    showValue: Boolean,
  },
  observers: {
    value(this: Instance, value: number) {
      const element = inner(this)
      if (element) element.value = String(value)
    },
  },
  lifetimes: {
    attached(this: Instance) {
      const element = inner(this)
      if (!element) return
      const first = text(this.data.value)
      element.value = first
      element.disabled = this.data.disabled === true
      elementOf(this).field = {
        name: () => text(this.data.name),
        value: () => Number(element.value),
        reset: () => {
          element.value = first
        },
      }
    },
  },
  methods: {
    onChange(this: Instance) {
      this.triggerEvent('change', { value: Number(inner(this)?.value) })
    },
    onInput(this: Instance) {
      this.triggerEvent('changing', { value: Number(inner(this)?.value) })
    },
  },
}

// A picker that the page has removed meanwhile has no element.
const pickerControl = (self: Instance) =>
  foundElement(self)?.querySelector<HTMLInputElement | HTMLSelectElement>('select.host-picker, input.host-picker')

function showPicked(self: Instance): void {
  const element = pickerControl(self)
  if (!element) return
  element.disabled = self.data.disabled === true
  if (self.data.value !== null && self.data.value !== undefined) element.value = text(self.data.value)
}

export const picker: Definition = {
  properties: {
    name: String,
    disabled: Boolean,
    mode: { type: String, value: 'selector' },
    range: Array,
    rangeKey: String,
    value: null,
    start: String,
    end: String,
    fields: String,
  },
  data: { labels: [] },
  observers: {
    'range, rangeKey'(this: Instance, range: unknown[] | undefined, key: string) {
      const labels = (range ?? []).map((item) => text(key ? (item as Record<string, unknown>)[key] : item))
      this.setData({ labels })
    },
    'value, labels, disabled'(this: Instance) {
      setTimeout(() => showPicked(this))
    },
  },
  lifetimes: {
    attached(this: Instance) {
      const first = this.data.value
      elementOf(this).field = {
        name: () => text(this.data.name),
        value: () => this.data.value,
        reset: () => this.setData({ value: first }),
      }
      showPicked(this)
    },
  },
  methods: {
    onSelect(this: Instance) {
      this.triggerEvent('change', { value: Number(pickerControl(this)?.value) })
    },
    onDate(this: Instance) {
      this.triggerEvent('change', { value: pickerControl(this)?.value })
    },
    swallow() {},
  },
}
