// Runs pages on miniprogram-simulate, which plays WeChat.
import path from 'node:path'
import simulate from 'miniprogram-simulate'
import { libraryNames, type Mount, type PageInstance, type ShownApp } from './host'

// The rendering engine of miniprogram-simulate. It has no types. The tests use it to send events into nested
// components.
const { Event } = require('miniprogram-exparser') as {
  Event: {
    create(name: string, detail: object, options: object): object
    dispatchEvent(node: unknown, event: object): void
  }
}

// miniprogram-simulate does not copy aria-* attributes to the DOM, but tests find elements by them. These observers
// copy them.
const reflected = (name: string, attribute: string) => ({
  [name]: {
    type: null,
    observer(this: { dom?: HTMLElement; $$: HTMLElement }, value: unknown) {
      this.$$.setAttribute(attribute, String(value))
    },
  },
})
const aria = {
  ...reflected('ariaLabel', 'aria-label'),
  ...reflected('ariaRole', 'role'),
  ...reflected('ariaChecked', 'aria-checked'),
  ...reflected('src', 'src'),
}

for (const id of ['view', 'button', 'image', 'input'])
  simulate.load({ id, tagName: `wx-${id}`, template: '<slot/>', properties: aria } as never)

// Replace the component library, which is tested in the browser. These stubs only show their content and whether they
// are disabled.
const stub = (tagName: string) =>
  simulate.load({ tagName, template: '<slot/>', properties: { ...aria, disabled: Boolean, loading: Boolean } } as never)

export const mountInSimulate: Mount = ({ wx, page, query, root, shown, onApp }) => {
  // miniprogram-simulate clears require.cache, which jest does not use. Without resetModules a second load would
  // register nothing.
  jest.resetModules()
  const App = (app: ShownApp) => {
    onApp(app)
    app.onLaunch?.(shown)
    app.onShow(shown)
  }
  Object.assign(globalThis, { wx, App, getCurrentPages: () => [] })
  require(path.join(root, 'app'))
  const id = simulate.load(path.join(root, page), {
    rootPath: root,
    usingComponents: Object.fromEntries(libraryNames.map((name) => [name, stub(name)])),
  })
  const component = simulate.render(id)
  component.attach(document.body.appendChild(document.createElement('div')))
  // The types of miniprogram-simulate know neither the page's own functions nor the browser's elements.
  const instance = component.instance as unknown as PageInstance
  instance.onLoad?.(query)
  instance.onShow?.()
  const fire = (node: { __wxElement?: unknown }, name: string, detail: object = {}): void => {
    Event.dispatchEvent(
      node.__wxElement,
      Event.create(name, detail, { bubbles: true, composed: true, capturePhase: true }),
    )
  }
  return {
    dom: component.dom as unknown as HTMLElement,
    instance,
    fire,
    enter: (field, value) => fire(field, 'input', { value }),
    pickDay: (picker, value) => fire(picker, 'change', { value }),
    leave() {
      instance.onUnload?.()
      component.detach()
    },
  }
}
