// Runs a mini-program on glass-easel: its components, App(), getApp(), the page stack and wx.
import { glassEasel, MiniProgramEnv } from 'glass-easel-miniprogram-adapter'
import { builtinPath } from '../builtinTemplates'
import { type AppConfig, type ComponentConfig, customTabBar } from '../config'
import { builtins } from './builtins'
import builtinStyle from './builtins/builtins.css'
import { privacyTap } from './builtins/plain'
import { phoneErrors, recordError, watchErrors } from './errors'
import type { Guest } from './guest'
import type { ComponentDefinition, Define, PreviewHandle } from './handle'
import { elementOf, type HostElement, type Instance, text } from './instance'
import { createAddresses, type Site } from './phone/addresses'
import { phone } from './phone/frame'
import { installGestures } from './phone/gestures'
import { installLinks } from './phone/links'
import { Navigation, type PageRoot } from './phone/navigation'
import { createPrivacyCheck } from './privacy'
import { session } from './session'
import { createWx } from './wx'
import { describeElements } from './wxsElements'

export interface Scope {
  app: AppConfig
  pages: string[]
  components: Record<string, { config: ComponentConfig; style: string; scope?: string }>
  appStyle: string
  /** set in a website; absent on a developer's page */
  site?: Site
}

type Templates = Record<string, unknown>
interface AppInstance {
  onLaunch?(options: unknown): void
  onShow?(options: unknown): void
  onHide?(): void
  onError?(message: string): void
  [field: string]: unknown
}

const plainPrefix = 'h5-'
// The DOM events that exist in a mini-program. `click` is not in the list, because libraries trigger their own event
// with the name click, and a click of the DOM must not reach bind:click.
const domEvents = new Set(
  'touchstart touchmove touchend touchcancel transitionend animationstart animationiteration animationend'.split(' '),
)
// Copies aria-* properties to the DOM, for screen readers and for getByRole() in tests.
const ariaNames =
  'Role Label Hidden Checked Disabled Selected Expanded Haspopup Controls Labelledby Describedby Busy Modal Live'.split(
    ' ',
  )
const tappableRoles = new Set(['button', 'checkbox', 'radio', 'switch', 'tab', 'link', 'option', 'menuitem'])

let app: AppInstance = {}
let navigation: Navigation
let space: ReturnType<MiniProgramEnv['createCodeSpace']>

const windowObject = window as unknown as Record<string, unknown>

function leaveApp(): void {
  navigation.call(navigation.top(), 'onHide')
  app.onHide?.()
}

function returnToApp(scene: number, referrerInfo: unknown): void {
  app.onShow?.({ path: navigation.top()?.codePath, query: navigation.top()?.query, scene, referrerInfo })
  navigation.call(navigation.top(), 'onShow')
}

/** Prepares the phone: components, pages and `wx`. @param guest the guest of this page, if it has one */
export function setup(scope: Scope, templates: Templates, guest: Guest = {}): void {
  watchErrors((message) => app.onError?.(message))
  const env = new MiniProgramEnv()
  const context = createContext()
  const backend = env.associateBackend(context as never)
  space = env.createCodeSpace('', true)
  patchElements()
  describeElements()
  keepIds()
  // A website loads its styles from a separate CSS file.
  if (!__SITE__) {
    space.addStyleSheet('app', 'app')
    backend.registerStyleSheetContent('app', builtinStyle + scope.appStyle)
  }
  const builtinUsing = Object.fromEntries(Object.keys(builtins).map((name) => [name, `/${builtinPath(name)}`]))
  for (const [codePath, { config, style, scope: styleScope }] of Object.entries(scope.components)) {
    const usingComponents = { ...builtinUsing, ...config.usingComponents }
    space.addComponentStaticConfig(codePath, { ...config, usingComponents } as never)
    space.addCompiledTemplate(codePath, { groupList: templates, content: templates[codePath] } as never)
    if (style) {
      space.addStyleSheet(codePath, codePath, styleScope)
      backend.registerStyleSheetContent(codePath, style)
    } else if (styleScope) space.addStyleSheet(codePath, undefined, styleScope)
  }
  defineBuiltins(templates)
  const known = namedBehaviors()

  const prepare = (codePath: string, definition: ComponentDefinition, extra: unknown[]): ComponentDefinition => {
    const behaviors = (definition.behaviors ?? []).map((item) => (typeof item === 'string' ? known.get(item) : item))
    const prepared = { ...definition, behaviors: [...extra, ...behaviors.filter(Boolean)] }
    if (definition.properties && 'dataset' in definition.properties) {
      // Leave out a property named `dataset`, because it would hide the dataset of glass-easel's elements.
      const { dataset: _dataset, ...properties } = definition.properties
      Object.assign(prepared, { properties, data: { ...definition.data, dataset: {} } })
    }
    const isolation = definition.options?.styleIsolation
    const entry = scope.components[codePath]
    if (isolation && entry && !entry.config.styleIsolation) {
      const usingComponents = { ...builtinUsing, ...entry.config.usingComponents }
      space.addComponentStaticConfig(codePath, { ...entry.config, usingComponents, styleIsolation: isolation } as never)
    }
    return prepared
  }
  const ready = readyBehavior()
  const handle: PreviewHandle = {
    env(codePath) {
      const raw = rawEnv(codePath)
      return {
        Page: (definition) => raw.Page(prepare(codePath, definition, [ready])),
        Component: (definition) => raw.Component(prepare(codePath, definition, [ready])),
        Behavior: (definition) => raw.Behavior(prepare(codePath, definition, [])),
      }
    },
    get path() {
      return navigation.top()?.codePath ?? ''
    },
    get query() {
      return navigation.top()?.query ?? {}
    },
    get depth() {
      return navigation.stack.length
    },
    get data() {
      return navigation.top()?.instance.data ?? {}
    },
    errors: phoneErrors,
    openid: session.identity.openid,
  }
  window.__mp = handle
  navigation = new Navigation({
    app: scope.app,
    pages: scope.pages,
    configOf: (codePath) => scope.components[codePath]?.config ?? {},
    addresses: createAddresses(scope.site),
    site: scope.site,
    hasCustomTabs: scope.app.tabBar?.custom === true && customTabBar in scope.components,
    createRoot: (_codePath, url) => pageRoot(backend.createRoot('page-root', space, url)),
  })
  windowObject.Behavior = handle.env('shared').Behavior
  windowObject.App = (definition: AppInstance) => {
    app = definition
  }
  windowObject.getApp = () => app
  windowObject.getCurrentPages = () => navigation.stack.map((page) => page.instance)
  const privacy = createPrivacyCheck()
  phone.addEventListener(privacyTap, (event) => privacy.tapped((event as CustomEvent<string>).detail))
  windowObject.wx = createWx({ app: scope.app, guest, navigation, privacy, leaveApp, returnToApp })
}

/**
 * Runs the script of a component. While the script runs, the global function Component() is the function of this
 * component, because the script may call Component() through a shared module.
 */
export function run(codePath: string, load: () => void): void {
  Object.assign(windowObject, window.__mp.env(codePath))
  try {
    load()
  } catch (error) {
    console.error(`${codePath} could not be loaded:`, error)
  }
}

export function startPhone({ cameFrom }: Guest): void {
  installGestures(phone)
  if (__SITE__) installLinks(phone, (url) => navigation.hrefOf(url))
  const url = navigation.asked() ?? `/${navigation.home}`
  const [path = '', query = ''] = url.slice(1).split('?')
  const launch = { path, query: Object.fromEntries(new URLSearchParams(query)), scene: 1001, referrerInfo: {} }
  const stored = (windowObject.wx as { getStorageSync(key: string): unknown }).getStorageSync
  const first = { ...launch, ...cameFrom?.(stored) }
  app.onLaunch?.(first)
  app.onShow?.(first)
  try {
    navigation.relaunch(url)
  } catch (error) {
    console.error(error)
    navigation.relaunch(`/${navigation.home}`)
  }
  const hide = () => {
    navigation.call(navigation.top(), 'onHide')
    app.onHide?.()
  }
  const show = () => {
    app.onShow?.({ ...launch, path: navigation.top()?.codePath })
    navigation.call(navigation.top(), 'onShow')
  }
  document.addEventListener('visibilitychange', () => (document.hidden ? hide() : show()))
  // A browser may restore a page from its back-forward cache, as it was when the user left it. Not every browser then
  // reports a change of visibility.
  window.addEventListener('pageshow', ({ persisted }) => {
    if (!persisted) return
    hide()
    show()
  })
  // When the clock jumps, behave as if the user had left WeChat and come back, because pages reload then.
  window.addEventListener('preview-clock', () => {
    if (document.hidden) return
    hide()
    show()
  })
}

function rawEnv(codePath: string): { Page: Define; Component: Define; Behavior: Define } {
  return space.componentEnv(codePath, (raw) => raw as unknown as { Page: Define; Component: Define; Behavior: Define })
}

function pageRoot(root: ReturnType<ReturnType<MiniProgramEnv['associateBackend']>['createRoot']>): PageRoot {
  return {
    instance: root.get() as unknown as Instance,
    attach: (parent, placeholder) => root.attach(parent as never, placeholder as never),
    release: () => root.release(),
    lifetime: (name) => root.getComponent().triggerPageLifetime(name, []),
  }
}

function createContext(): glassEasel.CurrentWindowBackendContext {
  const context = new glassEasel.CurrentWindowBackendContext()
  const tagOf = (name: string): string => {
    if (name === 'label') return 'label'
    return name in builtins ? `wx-${name}` : name
  }
  const ownDocument = {
    createElement: (name: string): HTMLElement => {
      if (!name.startsWith(plainPrefix)) return document.createElement(tagOf(name))
      return Object.assign(document.createElement(name.slice(plainPrefix.length)), { __plain: true })
    },
    createTextNode: (content: string) => document.createTextNode(content),
    createDocumentFragment: () => document.createDocumentFragment(),
  }
  context.document = ownDocument as unknown as typeof context.document
  const listen = context.setListenerStats.bind(context)
  context.setListenerStats = (element, type, capture, level) => {
    const isPlain = (element as unknown as HostElement | undefined)?.__plain === true
    if (isPlain || domEvents.has(type)) listen(element, type, capture, level)
  }
  context.onEvent((target, type, detail, options) => {
    const touches = /^touch|tap$/.test(type) ? touchFields(options as { originalEvent?: unknown }) : undefined
    const event = new glassEasel.Event(type, type.startsWith('touch') ? {} : detail, {
      ...options,
      ...(touches && { extraFields: touches }),
    })
    glassEasel.Event.dispatchEvent(target as glassEasel.Element, event)
    return (event.defaultPrevented() ? 1 : 0) as never
  })
  return context
}

interface TouchLike {
  identifier?: number
  pageX: number
  pageY: number
  clientX: number
  clientY: number
}

// Coordinates start at the corner of the page area, as on a phone.
function touchFields(options: { originalEvent?: unknown }): { touches: TouchLike[]; changedTouches: TouchLike[] } {
  const original = options.originalEvent as
    | (TouchLike & { touches?: Iterable<TouchLike>; changedTouches?: Iterable<TouchLike> })
    | undefined
  const { left = 0, top = 0 } = phone.querySelector('.host-pages')?.getBoundingClientRect() ?? {}
  const flat = (list: Iterable<TouchLike> | undefined): TouchLike[] =>
    [...(list ?? (original ? [original] : []))].map((touch) => ({
      identifier: touch.identifier ?? 0,
      pageX: touch.pageX - left,
      pageY: touch.pageY - top,
      clientX: touch.clientX - left,
      clientY: touch.clientY - top,
    }))
  return { touches: flat(original?.touches), changedTouches: flat(original?.changedTouches) }
}

function patchElements(): void {
  const prototype = glassEasel.Element.prototype as unknown as { setNodeStyle(style: unknown, index?: number): void }
  const setNodeStyle = prototype.setNodeStyle
  prototype.setNodeStyle = function (style, index) {
    const inPixels = typeof style === 'string' ? style.replace(/(-?[\d.]+)rpx/g, 'calc($1*var(--rpx))') : style
    setNodeStyle.call(this, inPixels, index)
  }
  glassEasel.addGlobalWarningListener((message, component) => {
    // Ignore warnings about unknown attributes and about TDesign's own components, which a developer cannot change.
    const owner = typeof component === 'string' ? component : component.is
    if (/is not a valid property|"miniprogram_npm\//.test(message) || owner.startsWith('miniprogram_npm/')) return false
    recordError('warning', message)
    return false
  })
  glassEasel.addGlobalErrorListener((error) => {
    app.onError?.(error instanceof Error ? (error.stack ?? error.message) : String(error))
  })
}

// Stops glass-easel from adding prefixes to ids, because WXSS #id rules and tests look for the plain ids.
function keepIds(): void {
  const owner = space as unknown as {
    prepareComponentOptions(...values: unknown[]): [Record<string, unknown>, unknown]
  }
  const prepare = owner.prepareComponentOptions
  owner.prepareComponentOptions = (...values) => {
    const result = prepare.apply(space, values)
    delete result[0].idPrefixGenerator
    result[0].writeIdToDOM = true
    return result
  }
}

/** Calls the `ready` lifetime, which glass-easel does not call itself. */
function readyBehavior(): unknown {
  return rawEnv('shared').Behavior({
    lifetimes: {
      attached(this: Instance) {
        setTimeout(() => this._$.triggerLifetime('ready', []))
      },
    },
  })
}

// WeChat's named behaviors. wx://component-export is part of glass-easel's adapter, and wx://form-field-button needs no
// code.
function namedBehaviors(): Map<string, unknown> {
  const formField = rawEnv('shared').Behavior({
    properties: { name: String, value: null },
    lifetimes: {
      attached(this: Instance) {
        elementOf(this).field = { name: () => text(this.data.name), value: () => this.data.value, reset() {} }
      },
    },
  })
  return new Map([
    ['wx://form-field', formField],
    ['wx://form-field-group', formField],
  ])
}

function defineBuiltins(templates: Templates): void {
  const ariaProperties = Object.fromEntries(ariaNames.map((name) => [`aria${name}`, { type: null }]))
  const ariaObservers = Object.fromEntries(
    ariaNames.map((name) => [
      `aria${name}`,
      function (this: Instance, value: unknown) {
        const element = this._$.getBackendElement() as unknown as HTMLElement | null
        const attribute = name === 'Role' ? 'role' : `aria-${name.toLowerCase()}`
        if (value === null || value === undefined || value === '') element?.removeAttribute(attribute)
        else element?.setAttribute(attribute, String(value))
        if (name === 'Role' && element && tappableRoles.has(text(value))) element.tabIndex = 0
      },
    ]),
  )
  for (const [name, definition] of Object.entries(builtins)) {
    const codePath = builtinPath(name)
    space.addComponentStaticConfig(codePath, { component: true, styleIsolation: 'shared' } as never)
    space.addCompiledTemplate(codePath, { groupList: templates, content: templates[codePath] } as never)
    rawEnv(codePath).Component({
      ...definition,
      properties: { ...definition.properties, hidden: Boolean, ...ariaProperties },
      observers: {
        ...definition.observers,
        hidden(this: Instance, value: boolean) {
          const element = this._$.getBackendElement() as unknown as HTMLElement | null
          element?.toggleAttribute('hidden', value)
        },
        ...ariaObservers,
      },
    })
  }
}
