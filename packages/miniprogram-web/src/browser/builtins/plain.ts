// The built-in components view, text, button, navigator and others that are little more than a box.
import { type Definition, elementOf, type Instance, text } from '../instance'
import { pageUrl } from './assets'

const hoverProperties = {
  hoverClass: { type: String, value: 'none' },
  hoverStayTime: Number,
  hoverStartTime: Number,
  hoverStopPropagation: Boolean,
}

function installHover(self: Instance): void {
  elementOf(self).hover = (on) => {
    const classes = text(self.data.hoverClass)
    if (classes === 'none') return
    for (const name of classes.split(/\s+/).filter(Boolean)) self._$.toggleNodeClass(name, on)
  }
}

export const box: Definition = {}

export const view: Definition = {
  properties: hoverProperties,
  lifetimes: {
    attached(this: Instance) {
      installHover(this)
    },
  },
}

export const textBox: Definition = {
  properties: { selectable: Boolean, userSelect: Boolean, decode: Boolean, space: String },
}

const signs: Record<string, string> = {
  success: '✔',
  success_no_circle: '✓',
  warn: '⚠',
  cancel: '✖',
  info: 'ℹ',
  waiting: '…',
  search: '⌕',
  clear: '✕',
  download: '↓',
}

export const icon: Definition = {
  properties: { type: String, size: { type: null, value: 23 }, color: String },
  data: { sign: '' },
  observers: {
    'type, size, color'(this: Instance, type: string, size: unknown, color: string) {
      this.setData({ sign: signs[type] ?? '•' })
      const { style } = elementOf(this)
      style.fontSize = typeof size === 'number' ? `${size}px` : text(size)
      style.color = color
    },
  },
}

export const progress: Definition = { properties: { percent: Number, showInfo: Boolean } }

function showButton(self: Instance): void {
  const element = elementOf(self)
  const disabled = self.data.disabled === true
  element.setAttribute('role', 'button')
  element.tabIndex = disabled ? -1 : 0
  element.setAttribute('aria-disabled', String(disabled))
  for (const name of ['size', 'type']) element.setAttribute(name, text(self.data[name]))
  for (const name of ['plain', 'loading', 'disabled']) element.toggleAttribute(name, self.data[name] === true)
}

/** The DOM event of a tap on a button with open-type agreePrivacyAuthorization; its detail is the button's id. */
export const privacyTap = 'host-privacy-tap'

export const button: Definition = {
  properties: {
    ...hoverProperties,
    size: { type: String, value: 'default' },
    type: { type: String, value: 'default' },
    plain: Boolean,
    disabled: Boolean,
    loading: Boolean,
    formType: String,
    openType: String,
    name: String,
  },
  observers: {
    'size, type, plain, disabled, loading'(this: Instance) {
      showButton(this)
    },
  },
  lifetimes: {
    attached(this: Instance) {
      installHover(this)
      showButton(this)
      // Find the element before the page's own tap handler runs, because that handler may close the page.
      const element = elementOf(this)
      this._$.addListener('tap', () => {
        const form = (element.closest('wx-form') as { form?: { submit(by: Instance): void; reset(): void } } | null)
          ?.form
        if (this.data.formType === 'submit') form?.submit(this)
        if (this.data.formType === 'reset') form?.reset()
        if (this.data.openType === 'agreePrivacyAuthorization') {
          // Tell the host about the tap first. The host accepts the page's answer to the privacy question only after a
          // tap.
          element.dispatchEvent(new CustomEvent(privacyTap, { bubbles: true, detail: element.id }))
          this.triggerEvent('agreeprivacyauthorization', {})
        } else if (this.data.openType) {
          wx.showToast?.({ title: `open-type: ${text(this.data.openType)}`, icon: 'none' })
        }
      })
    },
  },
}

export const navigator: Definition = {
  properties: {
    ...hoverProperties,
    url: String,
    openType: { type: String, value: 'navigate' },
    delta: { type: Number, value: 1 },
    target: String,
    appId: String,
    path: String,
    extraData: null,
  },
  lifetimes: {
    attached(this: Instance) {
      installHover(this)
      const element = elementOf(this)
      element.setAttribute('role', 'link')
      element.tabIndex = 0
      this._$.addListener('tap', () => {
        const url = pageUrl(this, text(this.data.url))
        const failed = (error: unknown) => console.error(error)
        if (this.data.target === 'miniProgram') {
          const { appId, path, extraData } = this.data
          wx.navigateToMiniProgram?.({ appId, path, extraData, fail: failed })
          return
        }
        const calls: Record<string, string> = { redirect: 'redirectTo', switchTab: 'switchTab', reLaunch: 'reLaunch' }
        if (this.data.openType === 'navigateBack') wx.navigateBack?.({ delta: this.data.delta, fail: failed })
        else wx[calls[text(this.data.openType)] ?? 'navigateTo']?.({ url, fail: failed })
      })
    },
  },
}

export const richText: Definition = {
  properties: { nodes: null, space: String },
  observers: {
    nodes(this: Instance, nodes: unknown) {
      const element = elementOf(this).querySelector('.host-rich')
      if (element) element.innerHTML = typeof nodes === 'string' ? nodes : ''
    },
  },
}

export const webView: Definition = { properties: { src: String } }
