// Opening and leaving pages and mini-programs, and what surrounds a page: title bar, tab bar, pulling, scrolling.
import type { AppConfig } from '../../config'
import type { Guest } from '../guest'
import type { Instance } from '../instance'
import { askToLeave, openElsewhere } from '../phone/dialogs'
import type { Navigation } from '../phone/navigation'
import { api, type Options, string, WxFailure } from './api'

export interface PagesContext {
  app: AppConfig
  guest: Guest
  navigation: Navigation
  leaveApp(): void
  returnToApp(scene: number, referrerInfo: unknown): void
}

function topOf(navigation: Navigation) {
  const page = navigation.top()
  if (!page) throw new WxFailure('no page')
  return page
}

/** The members of wx that open and leave pages and mini-programs. */
export function navigationMembers(context: PagesContext): Record<string, unknown> {
  const { navigation } = context
  const launch = { path: navigation.home, query: {}, scene: 1001, referrerInfo: {} }
  return {
    navigateTo: api('navigateTo', (options) => {
      navigation.to(string(options.url))
    }),
    redirectTo: api('redirectTo', (options) => navigation.redirect(string(options.url))),
    reLaunch: api('reLaunch', (options) => navigation.relaunch(string(options.url))),
    switchTab: api('switchTab', (options) => navigation.tab(string(options.url))),
    navigateBack: api('navigateBack', (options) => navigation.back(Number(options.delta ?? 1))),
    navigateToMiniProgram: api('navigateToMiniProgram', async (options) => {
      const appId = string(options.appId)
      const declared = context.app.navigateToMiniProgramAppIdList
      if (declared && !declared.includes(appId)) throw new WxFailure(`appId "${appId}" is not declared in app.json`)
      const target = { appId, path: string(options.path), extraData: options.extraData }
      const visit = context.guest.openMiniProgram?.(target)
      if (visit?.fails) throw new WxFailure('the mini program cannot be opened')
      if (!(await askToLeave(visit?.name ?? appId))) throw new WxFailure('cancel')
      context.leaveApp()
      const answered = visit ? visit.open() : openElsewhere(target).then(() => ({ extraData: {} }))
      void answered.then((answer) => context.returnToApp(1038, { appId, ...answer }))
      return undefined
    }),
    getLaunchOptionsSync: () => launch,
    getEnterOptionsSync: () => launch,
  }
}

/** The members of wx that change the title bar, and pull or scroll the page. */
export function pageMembers(navigation: Navigation): Record<string, unknown> {
  const top = () => topOf(navigation)
  return {
    setNavigationBarTitle: api('setNavigationBarTitle', (options) => {
      top().bar.title = string(options.title)
      navigation.paint()
    }),
    setNavigationBarColor: api('setNavigationBarColor', (options) => {
      top().bar.background = string(options.backgroundColor)
      top().bar.textStyle = options.frontColor === '#ffffff' ? 'white' : 'black'
      navigation.paint()
    }),
    showNavigationBarLoading: api('showNavigationBarLoading', () => {
      top().bar.isLoading = true
      navigation.paint()
    }),
    hideNavigationBarLoading: api('hideNavigationBarLoading', () => {
      top().bar.isLoading = false
      navigation.paint()
    }),
    setBackgroundColor: api('setBackgroundColor', () => undefined),
    startPullDownRefresh: api('startPullDownRefresh', () => top().pull?.start()),
    stopPullDownRefresh: api('stopPullDownRefresh', () => top().pull?.stop()),
    pageScrollTo: api('pageScrollTo', (options) => {
      const { scroller } = top()
      const target = options.selector ? scroller.querySelector(string(options.selector)) : undefined
      const offset = target ? target.getBoundingClientRect().top - scroller.getBoundingClientRect().top : 0
      const goal = target ? scroller.scrollTop + offset : Number(options.scrollTop ?? 0)
      scroller.scrollTo({ top: goal, behavior: Number(options.duration ?? 300) > 0 ? 'smooth' : 'auto' })
    }),
    createSelectorQuery: () => top().instance.createSelectorQuery(),
    createIntersectionObserver: (component: Instance, options?: unknown) =>
      component.createIntersectionObserver(options),
    nextTick: (run: () => void) => setTimeout(run),
  }
}

const tabIndex = (options: Options) => Number(options.index ?? 0)

/** The members of wx that change the tab bar. */
export const tabBarMembers = (navigation: Navigation): Record<string, unknown> => ({
  setTabBarItem: api('setTabBarItem', (options) => {
    const { text, iconPath, selectedIconPath } = options
    navigation.tabBar.change(tabIndex(options), {
      ...(typeof text === 'string' && { text }),
      ...(typeof iconPath === 'string' && { iconPath }),
      ...(typeof selectedIconPath === 'string' && { selectedIconPath }),
    })
  }),
  setTabBarStyle: api('setTabBarStyle', ({ color, selectedColor, backgroundColor }) =>
    navigation.tabBar.restyle({
      ...(typeof color === 'string' && { color }),
      ...(typeof selectedColor === 'string' && { selectedColor }),
      ...(typeof backgroundColor === 'string' && { backgroundColor }),
    }),
  ),
  setTabBarBadge: api('setTabBarBadge', (options) =>
    navigation.tabBar.change(tabIndex(options), { badge: string(options.text) }),
  ),
  removeTabBarBadge: api('removeTabBarBadge', (options) => navigation.tabBar.change(tabIndex(options), { badge: '' })),
  showTabBarRedDot: api('showTabBarRedDot', (options) => navigation.tabBar.change(tabIndex(options), { hasDot: true })),
  hideTabBarRedDot: api('hideTabBarRedDot', (options) =>
    navigation.tabBar.change(tabIndex(options), { hasDot: false }),
  ),
  showTabBar: api('showTabBar', () => navigation.tabBar.hide(false)),
  hideTabBar: api('hideTabBar', () => navigation.tabBar.hide(true)),
})
