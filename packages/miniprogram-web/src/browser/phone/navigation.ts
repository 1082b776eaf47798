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

export function createNavigation(options: {
  app: AppConfig
  pages: string[]
  configOf(codePath: string): Record<string, unknown>
  createRoot(codePath: string, url: string): PageRoot
  addresses: Addresses
  site: Site | undefined
  /** true: the mini-program draws its own tab bar */
  hasCustomTabs: boolean
}) {
  const { app, pages, addresses, site } = options
  const stack: Page[] = []
  const kept = new Map<string, Page>()
  // A mini-program may open a page in App.onShow, before its first page exists. The opened page then lies on top of the
  // first page.
  let early: string | undefined
  const home = pages[0] ?? ''
  const tabBar = createTabBar(app, (pagePath) => {
    const page = top()
    const index = (app.tabBar?.list ?? []).findIndex((item) => item.pagePath === pagePath)
    if (page?.codePath !== pagePath) tab(`/${pagePath}`)
    const text = app.tabBar?.list[index]?.text
    call(top(), 'onTabItemTap', { index, pagePath, text })
  })
  const top = (): Page | undefined => stack[stack.length - 1]
  const isTab = (codePath: string) => app.tabBar?.list.some((item) => item.pagePath === codePath) ?? false
  const settingOf = (codePath: string, name: string): unknown => options.configOf(codePath)[name] ?? app.window?.[name]

  function call(page: Page | undefined, name: string, ...values: unknown[]): unknown {
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

  function parse(url: string): { codePath: string; query: Record<string, string> } {
    const { pathname, search } = new URL(url, `http://phone/${top()?.codePath ?? ''}`)
    const codePath = pathname.slice(1)
    if (!pages.includes(codePath)) throw new NavigationRefused(`page "${codePath}" is not found`)
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

  function open(url: string): Page {
    const { codePath, query } = parse(url)
    const scroller = h('div', { class: 'wx-page', 'data-page': codePath })
    const area = h('div', { class: 'host-page' }, scroller)
    const placeholder = h('i')
    scroller.append(placeholder)
    // The page's window colour shows behind a page that the user pulls down. The page itself is white unless its style
    // says otherwise.
    area.style.background = String(settingOf(codePath, 'backgroundColor') ?? '#ffffff')
    area.dataset.dots = String(settingOf(codePath, 'backgroundTextStyle') ?? 'dark')
    pageArea.append(area)
    const root = options.createRoot(codePath, `${codePath}?${url.split('?')[1] ?? ''}`)
    for (const [name, value] of [['route', codePath] as const, ['options', query] as const]) {
      Object.defineProperty(root.instance, name, { value, configurable: true, writable: true })
    }
    const customTabs = isTab(codePath) ? openCustomTabs(area) : undefined
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
    if (settingOf(codePath, 'enablePullDownRefresh') === true) {
      page.pull = installPull(area, scroller, () => call(page, 'onPullDownRefresh'))
    }
    watchScroll(page)
    stack.push(page)
    root.attach(scroller, placeholder)
    call(page, 'onLoad', query)
    return page
  }

  function openCustomTabs(area: HTMLElement): PageRoot | undefined {
    if (!options.hasCustomTabs) return undefined
    const place = h('div', { class: 'host-custom-tabs' })
    const placeholder = h('i')
    place.append(placeholder)
    area.append(place)
    const tabs = options.createRoot(customTabBar, customTabBar)
    tabs.attach(place, placeholder)
    return tabs
  }

  function watchScroll(page: Page): void {
    const distance = Number(settingOf(page.codePath, 'onReachBottomDistance') ?? defaultReachDistance)
    let reachedAt = -1
    page.scroller.addEventListener('scroll', () => {
      const { scrollTop, scrollHeight, clientHeight } = page.scroller
      call(page, 'onPageScroll', { scrollTop })
      if (scrollHeight - clientHeight - scrollTop > distance) reachedAt = -1
      else if (reachedAt !== scrollHeight) {
        reachedAt = scrollHeight
        call(page, 'onReachBottom')
      }
    })
  }

  function close(page: Page): void {
    call(page, 'onUnload')
    page.customTabs?.release()
    page.root.release()
    page.area.remove()
  }

  function paint(): void {
    const page = top()
    if (!page) return
    const setting = (name: string, otherwise: string) => String(settingOf(page.codePath, name) ?? otherwise)
    const canGoHome = page.codePath !== home && !isTab(page.codePath)
    showBar(
      {
        title: page.bar.title ?? setting('navigationBarTitleText', ''),
        background: page.bar.background ?? setting('navigationBarBackgroundColor', '#ffffff'),
        textStyle: page.bar.textStyle ?? setting('navigationBarTextStyle', 'black'),
        isCustom: setting('navigationStyle', 'default') === 'custom',
        isLoading: page.bar.isLoading === true,
      },
      stack.length > 1 ? 'back' : canGoHome ? 'home' : 'none',
      () => (stack.length > 1 ? back(1) : relaunch(`/${home}`)),
    )
    tabBar.show(page.codePath)
    if (site) document.title = page.bar.title ?? setting('navigationBarTitleText', '')
  }

  function show(opened?: Page): void {
    const page = top()
    if (!page) return
    for (const other of stack) other.area.hidden = other !== page
    paint()
    addresses.show(address(page), stack.length, isTab(page.codePath))
    window.dispatchEvent(new CustomEvent('preview-page', { detail: page.query }))
    call(page, 'onShow')
    if (opened) call(opened, 'onReady')
  }

  const address = (page: Page): string => {
    const query = Object.entries(page.query).map(([name, value]) => `${name}=${value}`)
    return `/${page.codePath}${query.length > 0 ? `?${query.join('&')}` : ''}`
  }

  function refuseTab(url: string, verb: string): void {
    if (isTab(parse(url).codePath)) throw new NavigationRefused(`can not ${verb} a tabbar page`)
  }

  /** The path of a page's address in this website; undefined if the website does not have the page. */
  function hrefOf(url: string): string | undefined {
    const { pathname, search } = new URL(url, `http://phone/${top()?.codePath ?? ''}`)
    const path = pathname.slice(1)
    const base = pages.includes(path) ? site?.base : site?.others.includes(path) ? site.elsewhere : undefined
    return base === undefined ? undefined : base + path + search
  }

  /** If another bundle of this site has the page, the browser loads that page. @returns whether the browser loads it */
  function leave(url: string): boolean {
    const { pathname } = new URL(url, `http://phone/${top()?.codePath ?? ''}`)
    const href = pages.includes(pathname.slice(1)) ? undefined : hrefOf(url)
    if (href === undefined) return false
    location.assign(href)
    return true
  }

  function to(url: string): void {
    if (leave(url)) return
    refuseTab(url, 'navigateTo')
    if (stack.length === 0) {
      early = url
      return
    }
    if (stack.length >= stackLimit) throw new NavigationRefused('webview count limit exceed')
    call(top(), 'onHide')
    show(open(url))
  }

  function back(delta: number): void {
    if (stack.length < 2) throw new NavigationRefused('cannot navigate back at first page')
    for (let left = Math.min(delta, stack.length - 1); left > 0; left--) {
      const page = stack.pop()
      if (page) close(page)
    }
    show()
  }

  function redirect(url: string): void {
    if (leave(url)) return
    refuseTab(url, 'redirectTo')
    const page = stack.pop()
    if (page) close(page)
    show(open(url))
  }

  function relaunch(url: string): void {
    if (leave(url)) return
    parse(url)
    for (const page of [...stack.splice(0).reverse(), ...kept.values()]) close(page)
    kept.clear()
    show(open(url))
    const next = early
    early = undefined
    if (next !== undefined) to(next)
  }

  function tab(url: string): void {
    if (leave(url)) return
    const { codePath } = parse(url.split('?')[0] ?? url)
    if (!isTab(codePath)) throw new NavigationRefused('can not switch to no-tabBar page')
    if (top()?.codePath === codePath && stack.length === 1) return
    const wasVisible = stack.length === 1
    for (const page of stack.splice(1).reverse()) close(page)
    const old = stack.pop()
    if (old && isTab(old.codePath)) {
      kept.set(old.codePath, old)
      old.area.hidden = true
      if (wasVisible) call(old, 'onHide')
    } else if (old) close(old)
    const waiting = kept.get(codePath)
    if (waiting) {
      kept.delete(codePath)
      stack.push(waiting)
      show()
    } else show(open(`/${codePath}`))
  }

  // The user pressed the browser's back or forward button, or typed another address.
  addresses.onAsked((asked, length) => {
    const page = top()
    if (!page || !pages.includes(pathOf(asked))) return
    const isNext = length === stack.length + 1 && stack.length < stackLimit && !isTab(pathOf(asked))
    if (isNext) to(asked)
    else if (length >= 1 && length <= stack.length) {
      while (stack.length > length) {
        const left = stack.pop()
        if (left) close(left)
      }
      const reached = top()
      if (reached && address(reached) === asked) show()
      else if (length === 1 && isTab(pathOf(asked))) tab(asked)
      else restart(asked)
    } else if (asked !== address(page)) restart(asked)
  })
  const restart = (asked: string): void => {
    addresses.restart()
    relaunch(asked)
  }
  const asked = (): string | undefined => {
    const url = addresses.asked()
    return url !== undefined && pages.includes(pathOf(url)) ? url : undefined
  }

  return { asked, stack, tabBar, top, call, to, back, redirect, relaunch, tab, paint, home, hrefOf }
}

export type Navigation = ReturnType<typeof createNavigation>
