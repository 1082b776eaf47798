// The phone: its frame, the navigation bar, the area of the pages, the tab bar, and the layers above them.
import type { AppConfig, TabBarConfig } from '../../config'
import { h } from '../element'
import { words } from '../words'

export interface Bar {
  title: string
  background: string
  textStyle: string
  isCustom: boolean
  isLoading: boolean
}

/** The element with the time in the status bar. phoneClock.ts updates it. */
export const statusTime = h('span')
const statusBar = h('div', { class: 'host-status', 'aria-hidden': 'true' }, statusTime, h('i'))
const back = h('button', { class: 'host-back', type: 'button', 'aria-label': words.back })
const title = h('span', { class: 'host-title' })
const spinner = h('i', { class: 'host-spinner', 'aria-hidden': 'true' })
const capsule = h('span', { class: 'host-capsule', 'aria-hidden': 'true' }, h('i'), h('b'))
const navigationBar = h(
  'header',
  { class: 'host-bar' },
  back,
  h('span', { class: 'host-heading' }, spinner, title),
  capsule,
)
const tabs = h('nav', { class: 'host-tabs', 'aria-label': words.tabBar })
export const pageArea = h('main', { class: 'host-pages' })
export const phone = h('div', { id: 'phone' }, statusBar, navigationBar, pageArea, tabs)

export function showBar(bar: Bar, way: 'back' | 'home' | 'none', onWay: () => void): void {
  navigationBar.hidden = bar.isCustom
  for (const part of [statusBar, navigationBar]) {
    part.style.background = bar.background
    part.style.color = bar.textStyle === 'white' ? '#fff' : '#000'
  }
  title.textContent = bar.title
  spinner.hidden = !bar.isLoading
  back.hidden = way === 'none'
  back.dataset.way = way
  back.setAttribute('aria-label', way === 'home' ? words.home : words.back)
  back.onclick = onWay
}

interface TabState {
  text: string
  iconPath: string | undefined
  selectedIconPath: string | undefined
  badge: string
  hasDot: boolean
}

/** Creates the tab bar, which can be changed by wx.setTabBarItem and similar calls. */
export function createTabBar(app: AppConfig, onTab: (pagePath: string) => void) {
  const config: TabBarConfig = app.tabBar ?? { list: [] }
  const items: TabState[] = config.list.map(({ text, iconPath, selectedIconPath }) => ({
    text,
    iconPath,
    selectedIconPath,
    badge: '',
    hasDot: false,
  }))
  const style = { color: config.color, selectedColor: config.selectedColor, backgroundColor: config.backgroundColor }
  let isHidden = false
  let current = ''
  function paint(): void {
    const isTab = config.list.some((item) => item.pagePath === current)
    tabs.hidden = !isTab || isHidden || config.custom === true
    tabs.style.setProperty('--color', style.color ?? '#7a7e83')
    tabs.style.setProperty('--selected', style.selectedColor ?? '#07c160')
    tabs.style.background = style.backgroundColor ?? '#fff'
    tabs.style.borderColor = config.borderStyle === 'white' ? '#fff' : ''
    tabs.replaceChildren(
      ...config.list.map(({ pagePath }, index) => {
        const item = items[index]
        const isCurrent = pagePath === current
        const picture = (isCurrent && item?.selectedIconPath) || item?.iconPath
        return h(
          'button',
          { type: 'button', ...(isCurrent && { 'aria-current': 'page' }), onclick: () => onTab(pagePath) },
          picture && h('img', { src: `/${picture.replace(/^\//, '')}`, alt: '' }),
          h('span', {}, item?.text ?? ''),
          item?.badge ? h('em', {}, item.badge) : item?.hasDot && h('em', { class: 'host-dot' }),
        )
      }),
    )
  }
  return {
    show(pagePath: string) {
      current = pagePath
      paint()
    },
    change(index: number, patch: Partial<TabState>) {
      const item = items[index]
      if (!item) throw new Error(`tab ${index} does not exist`)
      Object.assign(item, patch)
      paint()
    },
    restyle(patch: Partial<typeof style>) {
      Object.assign(style, patch)
      paint()
    },
    hide(hidden: boolean) {
      isHidden = hidden
      paint()
    },
  }
}
