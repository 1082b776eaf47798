// The parts of a mini-program's JSON files that the host reads: app.json, and the .json of a page or component.

export interface AppConfig {
  pages: string[]
  subPackages?: { root: string; pages: string[] }[]
  subpackages?: { root: string; pages: string[] }[]
  usingComponents?: Record<string, string>
  window?: Record<string, unknown>
  tabBar?: TabBarConfig
  navigateToMiniProgramAppIdList?: string[]
}

export interface TabBarConfig {
  custom?: boolean
  color?: string
  selectedColor?: string
  backgroundColor?: string
  borderStyle?: 'black' | 'white'
  list: { pagePath: string; text: string; iconPath?: string; selectedIconPath?: string }[]
}

export interface ComponentConfig {
  component?: boolean
  usingComponents?: Record<string, string>
  componentGenerics?: Record<string, true | { default?: string }>
  styleIsolation?: string
  [option: string]: unknown
}

/** The path at which WeChat expects a tab bar that the mini-program draws itself. */
export const customTabBar = 'custom-tab-bar/index'
