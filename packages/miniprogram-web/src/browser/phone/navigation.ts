// The page stack. It follows WeChat's rules: at most ten pages, tab pages stay loaded, and lifetimes run in WeChat's
// order.
import { type AppConfig, customTabBar } from '../../config'
import { h } from '../element'
import type { Instance } from '../instance'
import type { Addresses, Site } from './addresses'
import { createTabBar, pageArea, showBar } from './frame'
import { installPull, type Pull } from './pull'

export interface PageRoot {
  instance: Instance
  attach(parent: HTMLElement, placeholder: HTMLElement): void
  release(): void
  lifetime(name: 'show' | 'hide'): void
}

export interface Page {
  codePath: string
  query: Record<string, string>
  instance: Instance
  area: HTMLElement
  scroller: HTMLElement
  root: PageRoot
  /** the page's own tab bar, if the mini-program draws its tab bar itself; otherwise undefined */
  customTabs: PageRoot | undefined
  pull: Pull | undefined
  bar: { title?: string; background?: string; textStyle?: string; isLoading?: boolean }
}

export class NavigationRefused extends Error {}

const stackLimit = 10
const pathOf = (address: string): string => address.slice(1).split('?')[0] ?? ''
const defaultReachDistance = 50

export interface NavigationOptions {
  app: AppConfig
  pages: string[]
  configOf(codePath: string): Record<string, unknown>
  createRoot(codePath: string, url: string): PageRoot
  addresses: Addresses
  site: Site | undefined
  /** true: the mini-program draws its own tab bar */
  hasCustomTabs: boolean
}

/** The page stack of the phone. */
export class Navigation {
  readonly stack: Page[] = []
  readonly home: string
  readonly tabBar: ReturnType<typeof createTabBar>
  readonly #options: NavigationOptions
  readonly #kept = new Map<string, Page>()
  // A mini-program may open a page in App.onShow, before its first page exists. The opened page then lies on top of the
  // first page.
  #early: string | undefined

  constructor(options: NavigationOptions) {
    this.#options = options
    this.home = options.pages[0] ?? ''
    this.tabBar = createTabBar(options.app, (pagePath) => this.#tapTab(pagePath))
    options.addresses.onAsked((asked, length) => this.#follow(asked, length))
  }

  call(page: Page | undefined, name: string, ...values: unknown[]): unknown {
    if (!page) return undefined
    const method = (page.instance as unknown as Record<string, unknown>)[name]
    if (name === 'onShow') page.root.lifetime('show')
    if (name === 'onHide') page.root.lifetime('hide')
    if (typeof method !== 'function') return undefined
    try {
      return method.apply(page.instance, values)
    } catch (error) {
      console.error(error)
      return undefined
    }
  }

  #parse(url: string): { codePath: string; query: Record<string, string> } {
    const { pathname, search } = new URL(url, `http://phone/${this.top()?.codePath ?? ''}`)
    const codePath = pathname.slice(1)
    if (!this.#options.pages.includes(codePath)) throw new NavigationRefused(`page "${codePath}" is not found`)
    // WeChat passes query values undecoded; the page decodes them.
    const raw = url.includes('?') ? url.slice(url.indexOf('?') + 1) : search.slice(1)
    const query = Object.fromEntries(
      raw
        .split('&')
        .filter(Boolean)
        .map((pair) => {
          const at = pair.indexOf('=')
          return at < 0 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)]
        }),
    )
    return { codePath, query }
  }

  #open(url: string): Page {
    const { codePath, query } = this.#parse(url)
    const scroller = h('div', { class: 'wx-page', 'data-page': codePath })
    const area = h('div', { class: 'host-page' }, scroller)
    const placeholder = h('i')
    scroller.append(placeholder)
    // The page's window colour shows behind a page that the user pulls down. The page itself is white unless its style
    // says otherwise.
    area.style.background = String(this.#settingOf(codePath, 'backgroundColor') ?? '#ffffff')
    area.dataset.dots = String(this.#settingOf(codePath, 'backgroundTextStyle') ?? 'dark')
    pageArea.append(area)
    const root = this.#options.createRoot(codePath, `${codePath}?${url.split('?')[1] ?? ''}`)
    for (const [name, value] of [['route', codePath] as const, ['options', query] as const]) {
      Object.defineProperty(root.instance, name, { value, configurable: true, writable: true })
    }
    const customTabs = this.#isTab(codePath) ? this.#openCustomTabs(area) : undefined
    Object.assign(root.instance, { getTabBar: () => customTabs?.instance ?? null })
    const page: Page = {
      codePath,
      query,
      instance: root.instance,
      area,
      scroller,
      root,
      customTabs,
      pull: undefined,
      bar: {},
    }
    if (this.#settingOf(codePath, 'enablePullDownRefresh') === true) {
      page.pull = installPull(area, scroller, () => this.call(page, 'onPullDownRefresh'))
    }
    this.#watchScroll(page)
    this.stack.push(page)
    root.attach(scroller, placeholder)
    this.call(page, 'onLoad', query)
    return page
  }

  #openCustomTabs(area: HTMLElement): PageRoot | undefined {
    if (!this.#options.hasCustomTabs) return undefined
    const place = h('div', { class: 'host-custom-tabs' })
    const placeholder = h('i')
    place.append(placeholder)
    area.append(place)
    const tabs = this.#options.createRoot(customTabBar, customTabBar)
    tabs.attach(place, placeholder)
    return tabs
  }

  #watchScroll(page: Page): void {
    const distance = Number(this.#settingOf(page.codePath, 'onReachBottomDistance') ?? defaultReachDistance)
    let reachedAt = -1
    page.scroller.addEventListener('scroll', () => {
      const { scrollTop, scrollHeight, clientHeight } = page.scroller
      this.call(page, 'onPageScroll', { scrollTop })
      if (scrollHeight - clientHeight - scrollTop > distance) reachedAt = -1
      else if (reachedAt !== scrollHeight) {
        reachedAt = scrollHeight
        this.call(page, 'onReachBottom')
      }
    })
  }

  #close(page: Page): void {
    this.call(page, 'onUnload')
    page.customTabs?.release()
    page.root.release()
    page.area.remove()
  }

  paint(): void {
    const page = this.top()
    if (!page) return
    const setting = (name: string, otherwise: string) => String(this.#settingOf(page.codePath, name) ?? otherwise)
    const canGoHome = page.codePath !== this.home && !this.#isTab(page.codePath)
    showBar(
      {
        title: page.bar.title ?? setting('navigationBarTitleText', ''),
        background: page.bar.background ?? setting('navigationBarBackgroundColor', '#ffffff'),
        textStyle: page.bar.textStyle ?? setting('navigationBarTextStyle', 'black'),
        isCustom: setting('navigationStyle', 'default') === 'custom',
        isLoading: page.bar.isLoading === true,
      },
      this.stack.length > 1 ? 'back' : canGoHome ? 'home' : 'none',
      () => (this.stack.length > 1 ? this.back(1) : this.relaunch(`/${this.home}`)),
    )
    this.tabBar.show(page.codePath)
    if (this.#options.site) document.title = page.bar.title ?? setting('navigationBarTitleText', '')
  }

  #show(opened?: Page): void {
    const page = this.top()
    if (!page) return
    for (const other of this.stack) other.area.hidden = other !== page
    this.paint()
    this.#options.addresses.show(this.#address(page), this.stack.length, this.#isTab(page.codePath))
    window.dispatchEvent(new CustomEvent('preview-page', { detail: page.query }))
    this.call(page, 'onShow')
    if (opened) this.call(opened, 'onReady')
  }

  #address(page: Page): string {
    const query = Object.entries(page.query).map(([name, value]) => `${name}=${value}`)
    return `/${page.codePath}${query.length > 0 ? `?${query.join('&')}` : ''}`
  }

  #refuseTab(url: string, verb: string): void {
    if (this.#isTab(this.#parse(url).codePath)) throw new NavigationRefused(`can not ${verb} a tabbar page`)
  }

  /** The path of a page's address in this website; undefined if the website does not have the page. */
  hrefOf(url: string): string | undefined {
    const { pathname, search } = new URL(url, `http://phone/${this.top()?.codePath ?? ''}`)
    const path = pathname.slice(1)
    const base = this.#options.pages.includes(path)
      ? this.#options.site?.base
      : this.#options.site?.others.includes(path)
        ? this.#options.site.elsewhere
        : undefined
    return base === undefined ? undefined : base + path + search
  }

  /** If another bundle of this site has the page, the browser loads that page. @returns whether the browser loads it */
  #leave(url: string): boolean {
    const { pathname } = new URL(url, `http://phone/${this.top()?.codePath ?? ''}`)
    const href = this.#options.pages.includes(pathname.slice(1)) ? undefined : this.hrefOf(url)
    if (href === undefined) return false
    location.assign(href)
    return true
  }

  to(url: string): void {
    if (this.#leave(url)) return
    this.#refuseTab(url, 'navigateTo')
    if (this.stack.length === 0) {
      this.#early = url
      return
    }
    if (this.stack.length >= stackLimit) throw new NavigationRefused('webview count limit exceed')
    this.call(this.top(), 'onHide')
    this.#show(this.#open(url))
  }

  back(delta: number): void {
    if (this.stack.length < 2) throw new NavigationRefused('cannot navigate back at first page')
    for (let left = Math.min(delta, this.stack.length - 1); left > 0; left--) {
      const page = this.stack.pop()
      if (page) this.#close(page)
    }
    this.#show()
  }

  redirect(url: string): void {
    if (this.#leave(url)) return
    this.#refuseTab(url, 'redirectTo')
    const page = this.stack.pop()
    if (page) this.#close(page)
    this.#show(this.#open(url))
  }

  relaunch(url: string): void {
    if (this.#leave(url)) return
    this.#parse(url)
    for (const page of [...this.stack.splice(0).reverse(), ...this.#kept.values()]) this.#close(page)
    this.#kept.clear()
    this.#show(this.#open(url))
    const next = this.#early
    this.#early = undefined
    if (next !== undefined) this.to(next)
  }

  tab(url: string): void {
    if (this.#leave(url)) return
    const { codePath } = this.#parse(url.split('?')[0] ?? url)
    if (!this.#isTab(codePath)) throw new NavigationRefused('can not switch to no-tabBar page')
    if (this.top()?.codePath === codePath && this.stack.length === 1) return
    const wasVisible = this.stack.length === 1
    for (const page of this.stack.splice(1).reverse()) this.#close(page)
    const old = this.stack.pop()
    if (old && this.#isTab(old.codePath)) {
      this.#kept.set(old.codePath, old)
      old.area.hidden = true
      if (wasVisible) this.call(old, 'onHide')
    } else if (old) this.#close(old)
    const waiting = this.#kept.get(codePath)
    if (waiting) {
      this.#kept.delete(codePath)
      this.stack.push(waiting)
      this.#show()
    } else this.#show(this.#open(`/${codePath}`))
  }

  // The user pressed the browser's back or forward button, or typed another address.
  #follow(asked: string, length: number): void {
    const page = this.top()
    if (!page || !this.#options.pages.includes(pathOf(asked))) return
    const isNext = length === this.stack.length + 1 && this.stack.length < stackLimit && !this.#isTab(pathOf(asked))
    if (isNext) this.to(asked)
    else if (length >= 1 && length <= this.stack.length) {
      while (this.stack.length > length) {
        const left = this.stack.pop()
        if (left) this.#close(left)
      }
      const reached = this.top()
      if (reached && this.#address(reached) === asked) this.#show()
      else if (length === 1 && this.#isTab(pathOf(asked))) this.tab(asked)
      else this.#restart(asked)
    } else if (asked !== this.#address(page)) this.#restart(asked)
  }

  #restart(asked: string): void {
    this.#options.addresses.restart()
    this.relaunch(asked)
  }

  asked(): string | undefined {
    const url = this.#options.addresses.asked()
    return url !== undefined && this.#options.pages.includes(pathOf(url)) ? url : undefined
  }

  top(): Page | undefined {
    return this.stack[this.stack.length - 1]
  }

  #isTab(codePath: string): boolean {
    return this.#options.app.tabBar?.list.some((item) => item.pagePath === codePath) ?? false
  }

  #settingOf(codePath: string, name: string): unknown {
    return this.#options.configOf(codePath)[name] ?? this.#options.app.window?.[name]
  }

  #tapTab(pagePath: string): void {
    const page = this.top()
    const index = (this.#options.app.tabBar?.list ?? []).findIndex((item) => item.pagePath === pagePath)
    if (page?.codePath !== pagePath) this.tab(`/${pagePath}`)
    const text = this.#options.app.tabBar?.list[index]?.text
    this.call(this.top(), 'onTabItemTap', { index, pagePath, text })
  }
}
