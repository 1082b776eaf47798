// The user and the version of WeChat, read from the address (?as=shopper-b&lang=en&desk=0), so that a link always opens
// the same view.

export interface Identity {
  key: string
  openid: string
  name: string
  nameEn: string
}

// The users that ?as= can name, such as shopper-a. The build inserts them.
declare const __PEOPLE__: readonly Identity[]
const known: readonly Identity[] = __PEOPLE__
const addedKey = 'desk:identities'
const openidShape = /^[\w-]{6,64}$/

function readAdded(): string[] {
  try {
    const list: unknown = JSON.parse(localStorage.getItem(addedKey) ?? '[]')
    return Array.isArray(list) ? list.filter((item): item is string => openidShape.test(String(item))) : []
  } catch {
    return []
  }
}

const identityOf = (openid: string): Identity => ({ key: openid, openid, name: openid, nameEn: openid })

export const identities = (): Identity[] => [...known, ...readAdded().map(identityOf)]

/** Adds a user by openid. @returns false if the text cannot be an openid */
export function addIdentity(openid: string): boolean {
  if (!openidShape.test(openid)) return false
  if (!identities().some((identity) => identity.openid === openid)) {
    localStorage.setItem(addedKey, JSON.stringify([...readAdded(), openid]))
  }
  return true
}

function remembered(name: string): string | undefined {
  try {
    return sessionStorage.getItem(name) ?? undefined
  } catch {
    return undefined
  }
}

export type Language = 'zh_CN' | 'en'

function keep(name: string, value: string): void {
  try {
    sessionStorage.setItem(name, value)
  } catch {
    // If the browser cannot store the value, the next page does not know it.
  }
}

const query = new URLSearchParams(location.search)
// In a website a page's address keeps only the page's own query, so remember a requested language until the tab is
// closed.
const askedLanguage = (query.get('lang') ?? (__SITE__ ? remembered('lang') : undefined))?.toLowerCase()
// If neither the address nor the user has chosen a language, use the browser's language: Chinese, or English for all
// other languages.
if (__SITE__ && askedLanguage !== undefined) keep('lang', askedLanguage)
const isChinese =
  askedLanguage === undefined ? navigator.language.toLowerCase().startsWith('zh') : !askedLanguage.startsWith('en')
const language: Language = isChinese ? 'zh_CN' : 'en'
const asked = __SITE__ ? '' : (query.get('as') ?? '')
const named = identities().find((identity) => identity.key === asked || identity.openid === asked)
const platforms = ['ios', 'android', 'devtools'] as const
const privacies = ['agreed', 'ask', 'undeclared'] as const

export const session = {
  identity: named ?? (openidShape.test(asked) ? identityOf(asked) : (known[0] as Identity)),
  language,
  platform: platforms.find((platform) => platform === query.get('platform')) ?? 'ios',
  wechatVersion: /^\d+\.\d+\.\d+$/.test(query.get('wechat') ?? '') ? String(query.get('wechat')) : '8.0.56',
  hasDesk: query.get('desk') !== '0',
  /** true: WeChat on a PC, in a window of up to 1280 px */
  isPc: query.get('screen') === 'pc',
  /** whether the user has agreed to the privacy guide; `undeclared`: the guide does not mention the interfaces */
  privacy: (!__SITE__ && privacies.find((one) => one === query.get('privacy'))) || 'agreed',
}

/**
 * Opens the same address with changed choices. The mini-program starts anew, as it does when a user changes the
 * account.
 */
export function switchTo(changes: Record<string, string>, keepPage: boolean): void {
  const next = new URL(location.href)
  for (const [name, value] of Object.entries(changes)) next.searchParams.set(name, value)
  if (!keepPage) next.hash = ''
  // Use replaceState and reload, because changing only the hash would not load the page again.
  history.replaceState(null, '', next)
  location.reload()
}

/** Compares two versions by the numbers between their dots. @returns −1, 0 or 1 */
export function compareVersions(left: string, right: string): number {
  const [a, b] = [left, right].map((version) => version.split('.').map(Number))
  for (let index = 0; index < 3; index++) {
    const difference = (a?.[index] ?? 0) - (b?.[index] ?? 0)
    if (difference !== 0) return Math.sign(difference)
  }
  return 0
}
