// Runs pages on the host of the web shop (packages/miniprogram-web): its page stack, its built-in components, glass-easel.
// WeChat's interfaces are the test's own, as under miniprogram-simulate.
import { execFileSync } from 'node:child_process'
import path from 'node:path'
import { pageTemplatesFile } from '../builtCloud'
import { type Mount, type Node, ownRoot, type PageInstance, type ShownApp } from './host'

const packageFolder = path.resolve(__dirname, '../../../packages/miniprogram-web/src')
const compiler = path.resolve(__dirname, '../jest/compilePages.ts')

interface Config {
  usingComponents?: Record<string, string>
}

// jsdom has no layout, so it lacks these two.
Object.assign(globalThis, { CSS: { escape: (name: string) => name } })
Element.prototype.scrollIntoView = () => undefined

/** What compilePages.ts has written. */
interface Compiled {
  scope: { pages: string[]; components: Record<string, { config: Config; style: string }> }
  templates: Record<string, unknown>
}

type Define = (definition: object) => unknown

/** The parts of the host that this file uses. Each start of the mini-program loads them again. */
interface Host {
  setup(scope: object, templates: object, guest: object): void
  run(codePath: string, load: () => void): void
  startPhone(guest: object): void
}

const slotOnly = '__builtin__/view'
const emptyPage = 'empty/index'

const compiledIn = new Map<string, Compiled>()

/** The compiled templates of a mini-program. Those of ours are built before the tests. */
function compiledOf(root: string): Compiled {
  const known = compiledIn.get(root)
  if (known) return known
  let file = pageTemplatesFile
  if (root !== ownRoot) {
    file = path.join(root, 'pageTemplates.cjs')
    execFileSync(process.execPath, ['--import', 'tsx', compiler, root, file])
  }
  const compiled = require(file) as Compiled
  compiledIn.set(root, compiled)
  return compiled
}

/** A component of the library: it shows its content, its name for screen readers, and whether it can be used. */
function defineStub(): void {
  const show = (attribute: string) =>
    function (this: { _$: { getBackendElement(): HTMLElement | null } }, value: unknown) {
      const element = this._$.getBackendElement()
      if (value !== null && value !== undefined) element?.setAttribute(attribute, String(value))
    }
  // The web host defines Component on the global object, where its type is not declared.
  const { Component } = globalThis as unknown as { Component: Define }
  Component({
    properties: { ariaLabel: null, ariaRole: null, disabled: Boolean, loading: Boolean },
    observers: { ariaLabel: show('aria-label'), ariaRole: show('role') },
  })
}

/** Runs the scripts of a page, of the components in it, and so on; each once, the innermost first. */
function runScripts(host: Host, { scope }: Compiled, root: string, page: string): void {
  const seen = new Set<string>()
  const run = (codePath: string): void => {
    if (seen.has(codePath)) return
    seen.add(codePath)
    for (const used of Object.values(scope.components[codePath]?.config.usingComponents ?? {})) run(used.slice(1))
    host.run(codePath, () =>
      codePath.startsWith('miniprogram_npm/') ? defineStub() : require(path.join(root, codePath)),
    )
  }
  run(page)
}

/** Sets the value of the HTML field inside a built-in component, as the user does. */
function change(node: Node, selector: string, value: string, event: string): void {
  const field = node.querySelector<HTMLInputElement>(selector)
  if (!field) throw new Error(`no ${selector} in ${node.outerHTML}`)
  field.value = value
  field.dispatchEvent(new Event(event, { bubbles: true }))
}

export const mountInWebHost: Mount = ({ wx, page, query, root, shown, onApp }) => {
  jest.resetModules()
  // The page stack reads its first page from the address.
  const parameters = Object.entries(query).map(([name, value]) => `${name}=${value}`)
  history.replaceState(null, '', `/#/${page}?${parameters.join('&')}`)
  const compiled = compiledOf(root)
  const host = require(path.join(packageFolder, 'browser/host')) as Host
  const { phone } = require(path.join(packageFolder, 'browser/phone/frame')) as { phone: HTMLElement }
  const { triggerFrom } = require(path.join(packageFolder, 'browser/instance')) as {
    triggerFrom(element: HTMLElement, name: string, detail: object): void
  }
  const { scope, templates } = compiled
  const library = Object.keys(scope.components).filter((name) => name.startsWith('miniprogram_npm/'))
  // A page is left by opening an empty one.
  const stubs = [emptyPage, ...library]
  const guest = { members: wx, cameFrom: () => shown }
  host.setup(
    {
      ...scope,
      pages: [...scope.pages, emptyPage],
      components: { ...scope.components, [emptyPage]: { config: {}, style: '' } },
      appStyle: '',
    },
    { ...templates, ...Object.fromEntries(stubs.map((name) => [name, templates[slotOnly]])) },
    guest,
  )
  // The web host has now defined these on the global object, where their types are not declared.
  const started = globalThis as unknown as {
    App: (app: ShownApp) => void
    Component: Define
    wx: Record<string, (options: object) => Promise<unknown>>
    getCurrentPages(): PageInstance[]
  }
  const hostApp = started.App
  started.App = (app) => {
    onApp(app)
    hostApp(app)
  }
  host.run('app', () => require(path.join(root, 'app')))
  host.run(emptyPage, () => started.Component({}))
  runScripts(host, compiled, root, page)
  document.body.append(phone)
  host.startPhone(guest)
  const instance = started.getCurrentPages().at(-1)
  const dom = phone.querySelector<HTMLElement>(`[data-page="${page}"]`)
  if (!instance || !dom) throw new Error(`the web host did not open ${page}`)
  return {
    dom,
    instance,
    fire: (node, name, detail = {}) => triggerFrom(node, name, detail),
    enter: (field, value) => change(field, '.host-field', value, 'input'),
    pickDay: (picker, day) => change(picker, 'input.host-picker', day, 'change'),
    leave() {
      void started.wx.reLaunch?.({ url: `/${emptyPage}` })
      phone.remove()
    },
  }
}
