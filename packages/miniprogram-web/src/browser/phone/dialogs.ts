// Draws WeChat's dialogs inside the phone: modal, action sheet, toast and loading.
import { h } from '../element'
import { session } from '../session'
import { words } from '../words'
import { phone } from './frame'

const layers: HTMLElement[] = []

/** Puts a layer over the phone and moves the focus into it. @returns removes the layer and moves the focus back */
export function openLayer(content: HTMLElement, className = ''): () => void {
  const before = document.activeElement
  const layer = h('div', { class: `host-layer ${className}` }, content)
  phone.append(layer)
  layers.push(layer)
  const first = content.querySelector<HTMLElement>('input, button')
  if (!className.includes('host-through')) first?.focus({ preventScroll: true })
  return () => {
    layer.remove()
    layers.splice(layers.indexOf(layer), 1)
    if (before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true })
  }
}

let nextId = 0

export interface ModalOptions {
  title?: string
  content?: string
  showCancel?: boolean
  cancelText?: string
  confirmText?: string
  cancelColor?: string
  confirmColor?: string
  editable?: boolean
  placeholderText?: string
}

export function openModal(options: ModalOptions): Promise<{ confirm: boolean; cancel: boolean; content?: string }> {
  return new Promise((resolve) => {
    const titleId = `host-title-${nextId++}`
    const field = options.editable
      ? h('input', { class: 'host-field', placeholder: options.placeholderText, value: options.content })
      : undefined
    const finish = (confirm: boolean) => {
      close()
      resolve({ confirm, cancel: !confirm, ...(field && confirm && { content: field.value }) })
    }
    const style = (color: string | undefined) => ({ type: 'button', style: color ? `color:${color}` : undefined })
    const box = h(
      'div',
      { class: 'host-modal', role: 'dialog', 'aria-modal': 'true', 'aria-labelledby': titleId },
      h('h3', { id: titleId }, options.title ?? ''),
      field ?? h('p', {}, options.content ?? ''),
      h(
        'div',
        { class: 'host-actions' },
        options.showCancel !== false &&
          h(
            'button',
            { ...style(options.cancelColor), onclick: () => finish(false) },
            options.cancelText ?? words.cancel,
          ),
        h(
          'button',
          { ...style(options.confirmColor), class: 'host-strong', onclick: () => finish(true) },
          options.confirmText ?? words.ok,
        ),
      ),
    )
    const close = openLayer(box)
  })
}

/** Resolves to the chosen index, or −1 if the user cancelled. */
export function openActionSheet(items: string[], alertText?: string, itemColor?: string): Promise<number> {
  return new Promise((resolve) => {
    const finish = (index: number) => {
      close()
      resolve(index)
    }
    const box = h(
      'div',
      { class: 'host-sheet', role: 'dialog', 'aria-modal': 'true', 'aria-label': alertText ?? words.cancel },
      alertText ? h('p', {}, alertText) : undefined,
      ...items.map((item, index) =>
        h('button', { type: 'button', style: itemColor && `color:${itemColor}`, onclick: () => finish(index) }, item),
      ),
      h('button', { type: 'button', class: 'host-apart', onclick: () => finish(-1) }, words.cancel),
    )
    const close = openLayer(box, 'host-bottom')
  })
}

let removeToast: (() => void) | undefined
let toastTimer: ReturnType<typeof setTimeout> | undefined

export function hideToast(): void {
  clearTimeout(toastTimer)
  removeToast?.()
  removeToast = undefined
}

/**
 * Shows a toast. Without `duration` it stays until hideToast is called. With `mask` the page gets no taps meanwhile.
 */
export function showToast(options: { title: string; icon: string; duration?: number; mask?: boolean }): void {
  hideToast()
  const signs: Record<string, string> = { success: '✓', error: '!', loading: '' }
  const sign = options.icon in signs ? h('i', { class: `host-sign-${options.icon}` }, signs[options.icon]) : undefined
  const box = h('div', { class: `host-toast${sign ? ' host-square' : ''}`, role: 'status' }, sign, options.title)
  removeToast = openLayer(box, options.mask ? 'host-through host-masking' : 'host-through')
  if (options.duration !== undefined) toastTimer = setTimeout(hideToast, options.duration)
}

/** The question that WeChat shows before a mini-program opens another one. */
export const askToLeave = async (appName: string): Promise<boolean> =>
  (await openModal({ title: words.leaving, content: appName, confirmText: words.allow })).confirm

/** Shows a page in place of another mini-program, until the user comes back. */
export function openElsewhere(target: { appId: string; path: string; extraData: unknown }): Promise<void> {
  return new Promise((resolve) => {
    const details = JSON.stringify({ path: target.path, extraData: target.extraData ?? {} }, null, 2)
    const box = h(
      'section',
      {
        class: 'host-elsewhere',
        role: 'dialog',
        'aria-modal': 'true',
        'aria-label': words.elsewhere,
        lang: session.language,
      },
      h('h3', {}, words.elsewhere),
      h('p', {}, target.appId),
      h('pre', {}, details),
      h('button', { type: 'button', class: 'host-strong', onclick: () => [close(), resolve()] }, words.comeBack),
    )
    const close = openLayer(box, 'host-full')
  })
}
