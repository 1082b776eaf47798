// The part of wx.* that the host supports. Other members are undefined, as in an older WeChat.
import type { AppConfig } from '../config'
import { BackendError, callFunction } from './call'
import { h } from './element'
import type { Guest } from './guest'
import type { Instance } from './instance'
import {
  askToLeave,
  hideToast,
  type ModalOptions,
  openActionSheet,
  openElsewhere,
  openModal,
  showToast,
} from './phone/dialogs'
import { phone } from './phone/frame'
import { type Navigation, NavigationRefused } from './phone/navigation'
import { type PrivacyCheck, type PrivacyListener, PrivacyRefused } from './privacy'
import { compareVersions, session } from './session'
import { storageOf } from './storage'
import { words } from './words'

type Options = Record<string, unknown>
type Callback = (result: unknown) => void

export class WxFailure extends Error {
  /** @param errCode WeChat's error number, where WeChat's page gives one */
  constructor(
    message: string,
    readonly errCode?: number,
  ) {
    super(message)
  }
}

// Errors that a mini-program is expected to handle. Any other error is a bug of this package.
const expected = [WxFailure, NavigationRefused, BackendError, PrivacyRefused]

/** Makes a function with WeChat's three callbacks, which returns a promise if no callback is passed. */
export function api(name: string, run: (options: Options) => unknown) {
  return (options: Options = {}): unknown => {
    const { success, fail, complete } = options as { success?: Callback; fail?: Callback; complete?: Callback }
    const outcome = (async () => {
      try {
        const result = await run(options)
        return { errMsg: `${name}:ok`, ...(result as object | undefined) }
      } catch (error) {
        if (!expected.some((kind) => error instanceof kind)) console.error(error)
        const reason = error instanceof Error ? error.message : String(error)
        throw Object.assign(new Error(reason), {
          errMsg: reason.startsWith(`${name}:`) ? reason : `${name}:fail ${reason}`,
          ...(error instanceof PrivacyRefused && { errno: error.errno }),
          ...(error instanceof WxFailure && error.errCode !== undefined && { errCode: error.errCode }),
        })
      }
    })()
    if (!success && !fail && !complete) return outcome
    outcome.then(
      (result) => {
        success?.(result)
        complete?.(result)
      },
      (error: unknown) => {
        fail?.(error)
        complete?.(error)
      },
    )
    return undefined
  }
}

const string = (value: unknown, otherwise = ''): string => (typeof value === 'string' ? value : otherwise)

function request(options: Options): { abort(): void } {
  const controller = new AbortController()
  const timer = setTimeout(() => controller.abort('timeout'), Number(options.timeout ?? 60_000))
  const method = string(options.method, 'GET').toUpperCase()
  const header = { 'content-type': 'application/json', ...(options.header as Record<string, string> | undefined) }
  const url = new URL(string(options.url), location.href)
  const { data } = options
  const isForm = /x-www-form-urlencoded/.test(
    Object.entries(header).find(([name]) => /^content-type$/i.test(name))?.[1] ?? '',
  )
  let body: string | ArrayBuffer | undefined
  if (data !== undefined && data !== null) {
    const pairs = () => Object.entries(data as object).map(([name, value]) => [name, String(value)])
    if (typeof data === 'string' || data instanceof ArrayBuffer) body = data
    else if (method === 'GET' || method === 'HEAD')
      for (const [name, value] of pairs()) url.searchParams.set(name ?? '', value ?? '')
    else body = isForm ? new URLSearchParams(pairs()).toString() : JSON.stringify(data)
  }
  const run = api('request', async () => {
    try {
      const init = { method, headers: header, signal: controller.signal, ...(body !== undefined && { body }) }
      const response = await fetch(url, init)
      const isBinary = options.responseType === 'arraybuffer'
      const received: unknown = isBinary ? await response.arrayBuffer() : await response.text()
      let parsed = received
      if (typeof received === 'string' && (options.dataType ?? 'json') === 'json') {
        try {
          parsed = JSON.parse(received)
        } catch {
          parsed = received
        }
      }
      return { data: parsed, statusCode: response.status, header: Object.fromEntries(response.headers), cookies: [] }
    } catch (error) {
      const reason = controller.signal.aborted ? controller.signal.reason : undefined
      throw new WxFailure(typeof reason === 'string' ? reason : error instanceof Error ? error.message : String(error))
    } finally {
      clearTimeout(timer)
    }
  })
  // wx.request returns a task object, never a promise. Passing a callback prevents the promise.
  run({ complete: () => undefined, ...options })
  return { abort: () => controller.abort('abort') }
}

// The phone's file system: files by path. It is lost when the page closes.
function createFolder() {
  const files = new Map<string, Blob>()
  return {
    write: (path: string, content: Blob) => void files.set(path, content),
    /** A URL with which the browser can read the file. */
    urlOf(path: string): string {
      const content = files.get(path)
      return content ? URL.createObjectURL(content) : path
    },
    has: (path: string) => files.has(path),
  }
}

/**
 * The data of wx.getWindowInfo, getDeviceInfo and getAppBaseInfo, and of the older wx.getSystemInfo, which returns all
 * of it.
 */
function systemInfo() {
  const status = phone.querySelector<HTMLElement>('.host-status')?.offsetHeight ?? 0
  const width = phone.clientWidth || 375
  const height = phone.clientHeight || 760
  const pages = phone.querySelector<HTMLElement>('.host-pages')
  const window = {
    pixelRatio: devicePixelRatio,
    screenWidth: width,
    screenHeight: height,
    windowWidth: width,
    windowHeight: pages?.clientHeight || height,
    statusBarHeight: status,
    screenTop: status + 44,
    safeArea: { top: status, left: 0, right: width, bottom: height, width, height: height - status },
  }
  const device = {
    platform: session.platform,
    brand: session.platform,
    model: session.platform === 'ios' ? 'iPhone 15' : 'Pixel 8',
    system: session.platform === 'ios' ? 'iOS 17.5' : session.platform === 'android' ? 'Android 14' : 'devtools',
    benchmarkLevel: 50,
  }
  const base = {
    SDKVersion: '3.8.12',
    version: session.wechatVersion,
    language: session.language,
    theme: 'light',
    enableDebug: false,
    fontSizeSetting: 16,
  }
  return { window, device, base }
}

export interface WxContext {
  app: AppConfig
  guest: Guest
  navigation: Navigation
  privacy: PrivacyCheck
  leaveApp(): void
  returnToApp(scene: number, referrerInfo: unknown): void
}

export function createWx(context: WxContext): Record<string, unknown> {
  const { navigation, privacy } = context
  const storage = storageOf(session.identity.openid, context.guest.tabStorage)
  const top = () => {
    const page = navigation.top()
    if (!page) throw new WxFailure('no page')
    return page
  }
  const launch = { path: navigation.home, query: {}, scene: 1001, referrerInfo: {} }
  const tabIndex = (options: Options) => Number(options.index ?? 0)
  const optional = (value: unknown) => (typeof value === 'string' ? value : undefined)

  const folder = createFolder()
  const writeFile = api('writeFile', (options) => {
    if (options.encoding !== 'base64') throw new WxFailure('the preview writes base64 only')
    const bytes = Uint8Array.from(atob(string(options.data)), (letter) => letter.charCodeAt(0))
    folder.write(string(options.filePath), new Blob([bytes]))
  })
  const downloadFile = api('downloadFile', async (options) => {
    const signal = AbortSignal.timeout(Number(options.timeout ?? 60_000))
    const response = await fetch(string(options.url), { signal }).catch((error: unknown) => {
      throw new WxFailure(error instanceof Error ? error.message : 'no answer')
    })
    const tempFilePath = `http://tmp/${crypto.randomUUID()}`
    folder.write(tempFilePath, await response.blob())
    return { statusCode: response.status, tempFilePath }
  })
  const keep = (path: string, name: string): void => h('a', { href: folder.urlOf(path), download: name }).click()

  const members: Record<string, unknown> = {
    env: { USER_DATA_PATH: 'http://usr' },
    canIUse: (name: string) => {
      let at: unknown = members
      for (const part of name.split('.')) {
        if (at === null || typeof at !== 'object' || !(part in at)) return typeof at === 'function'
        at = (at as Record<string, unknown>)[part]
      }
      return at !== undefined
    },
    cloud: {
      init() {},
      callFunction: api('cloud.callFunction', async (options) => {
        const timeout = (options.config as { timeout?: number } | undefined)?.timeout
        const result = await callFunction(string(options.name), options.data ?? {}, timeout)
        return { result, requestID: crypto.randomUUID() }
      }),
    },
    request,
    login: api('login', () => ({ code: `web-${session.identity.openid}` })),
    checkSession: api('checkSession', () => undefined),

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
    removeTabBarBadge: api('removeTabBarBadge', (options) =>
      navigation.tabBar.change(tabIndex(options), { badge: '' }),
    ),
    showTabBarRedDot: api('showTabBarRedDot', (options) =>
      navigation.tabBar.change(tabIndex(options), { hasDot: true }),
    ),
    hideTabBarRedDot: api('hideTabBarRedDot', (options) =>
      navigation.tabBar.change(tabIndex(options), { hasDot: false }),
    ),
    showTabBar: api('showTabBar', () => navigation.tabBar.hide(false)),
    hideTabBar: api('hideTabBar', () => navigation.tabBar.hide(true)),

    startPullDownRefresh: api('startPullDownRefresh', () => top().pull?.start()),
    stopPullDownRefresh: api('stopPullDownRefresh', () => top().pull?.stop()),
    pageScrollTo: api('pageScrollTo', (options) => {
      const { scroller } = top()
      const target = options.selector ? scroller.querySelector(string(options.selector)) : undefined
      const offset = target ? target.getBoundingClientRect().top - scroller.getBoundingClientRect().top : 0
      const goal = target ? scroller.scrollTop + offset : Number(options.scrollTop ?? 0)
      scroller.scrollTo({ top: goal, behavior: Number(options.duration ?? 300) > 0 ? 'smooth' : 'auto' })
    }),

    showModal: api('showModal', (options) => openModal(options as ModalOptions)),
    showActionSheet: api('showActionSheet', async (options) => {
      const items = options.itemList as string[]
      const tapIndex = await openActionSheet(items, optional(options.alertText), optional(options.itemColor))
      if (tapIndex < 0) throw new WxFailure('cancel')
      return { tapIndex }
    }),
    showToast: api('showToast', (options) =>
      showToast({
        title: string(options.title),
        icon: string(options.icon, 'success'),
        duration: Number(options.duration ?? 1500),
        mask: options.mask === true,
      }),
    ),
    hideToast: api('hideToast', hideToast),
    showLoading: api('showLoading', (options) =>
      showToast({ title: string(options.title), icon: 'loading', mask: options.mask === true }),
    ),
    hideLoading: api('hideLoading', hideToast),

    getStorageSync: storage.read,
    setStorageSync: storage.write,
    removeStorageSync: storage.remove,
    clearStorageSync: storage.clear,
    getStorageInfoSync: () => ({ keys: storage.keys(), currentSize: 1, limitSize: 10_240 }),
    getStorage: api('getStorage', (options) => {
      if (!storage.has(string(options.key))) throw new WxFailure('data not found')
      return { data: storage.read(string(options.key)) }
    }),
    setStorage: api('setStorage', (options) => storage.write(string(options.key), options.data)),
    removeStorage: api('removeStorage', (options) => storage.remove(string(options.key))),
    clearStorage: api('clearStorage', storage.clear),

    getSystemInfoSync: () => {
      const { window, device, base } = systemInfo()
      return { ...window, ...device, ...base }
    },
    getSystemInfo: api('getSystemInfo', () => {
      const { window, device, base } = systemInfo()
      return { ...window, ...device, ...base }
    }),
    getWindowInfo: () => systemInfo().window,
    getDeviceInfo: () => systemInfo().device,
    getAppBaseInfo: () => systemInfo().base,
    getAppAuthorizeSetting: () => ({ albumAuthorized: 'authorized', notificationAuthorized: 'authorized' }),
    getAccountInfoSync: () => ({
      miniProgram: { appId: 'wxpreview000000000', envVersion: 'develop', version: '' },
      plugin: {},
    }),
    getMenuButtonBoundingClientRect: () => {
      const { width, top: up } = phone.getBoundingClientRect()
      const { window } = systemInfo()
      const box = { width: 87, height: 32, top: window.statusBarHeight + 6, right: width - 8 }
      return { ...box, bottom: box.top + box.height, left: box.right - box.width, offset: up }
    },
    getNetworkType: api('getNetworkType', () => ({ networkType: navigator.onLine ? 'wifi' : 'none' })),
    onNetworkStatusChange: (listener: Callback) => {
      for (const name of ['online', 'offline']) {
        window.addEventListener(name, () => listener({ isConnected: navigator.onLine, networkType: 'wifi' }))
      }
    },
    offNetworkStatusChange() {},
    onThemeChange() {},
    offThemeChange() {},
    getUpdateManager: () => ({ onCheckForUpdate() {}, onUpdateReady() {}, onUpdateFailed() {}, applyUpdate() {} }),

    getPrivacySetting: api('getPrivacySetting', () => ({
      needAuthorization: privacy.needsAuthorization(),
      privacyContractName: words.privacyContract,
    })),
    onNeedPrivacyAuthorization: (listener: PrivacyListener) => privacy.listen(listener),
    requirePrivacyAuthorize: api('requirePrivacyAuthorize', () => privacy.pass('requirePrivacyAuthorize')),
    openPrivacyContract: api('openPrivacyContract', () =>
      openModal({ title: words.privacyContract, content: words.privacyText, showCancel: false }).then(() => undefined),
    ),
    setClipboardData: api('setClipboardData', async (options) => {
      await privacy.pass('setClipboardData')
      await copyText(string(options.data))
      showToast({ title: words.copied, icon: 'success', duration: 1500 })
    }),
    getFileSystemManager: () => ({
      writeFile: (options: Options): void => {
        writeFile({ complete: () => undefined, ...options })
      },
    }),
    openSetting: api('openSetting', () => ({ authSetting: { 'scope.writePhotosAlbum': true } })),
    openAppAuthorizeSetting: api('openAppAuthorizeSetting', () => undefined),
    saveImageToPhotosAlbum: api('saveImageToPhotosAlbum', async (options) => {
      await privacy.pass('saveImageToPhotosAlbum')
      const path = string(options.filePath)
      keep(path, path.split('/').pop() ?? 'image.png')
      showToast({ title: words.saved, icon: 'success', duration: 1500 })
    }),
    // wx.downloadFile returns a task object, never a promise. Passing a callback prevents the promise.
    downloadFile: (options: Options): object => {
      downloadFile({ complete: () => undefined, ...options })
      return { abort() {} }
    },
    shareFileMessage: api('shareFileMessage', async (options) => {
      const path = string(options.filePath)
      if (!folder.has(path)) throw new WxFailure('file not exist')
      const title = string(options.fileName, 'file')
      const { confirm } = await openModal({ title, content: words.toChat })
      if (!confirm) throw new WxFailure('cancel')
      keep(path, title)
    }),
    previewImage: api('previewImage', (options) => {
      const url = string(options.current, (options.urls as string[] | undefined)?.[0] ?? '')
      return openModal({ title: url, showCancel: false }).then(() => undefined)
    }),
    makePhoneCall: api('makePhoneCall', (options) =>
      openModal({ title: string(options.phoneNumber), showCancel: false }).then(() => undefined),
    ),
    vibrateShort: api('vibrateShort', () => undefined),
    vibrateLong: api('vibrateLong', () => undefined),
    hideKeyboard: api('hideKeyboard', () => (document.activeElement as HTMLElement | null)?.blur()),
    reportEvent() {},
    createSelectorQuery: () => top().instance.createSelectorQuery(),
    createIntersectionObserver: (component: Instance, options?: unknown) =>
      component.createIntersectionObserver(options),
    nextTick: (run: () => void) => setTimeout(run),
  }

  Object.assign(members, context.guest.members)
  for (const name of missingIn(session.wechatVersion)) delete members[name]
  return members
}

/** The calls that this version of WeChat does not have. Opening another mini-program began with 6.5.9. */
function missingIn(version: string): string[] {
  const since: Record<string, string> = {
    navigateToMiniProgram: '6.5.9',
    getWindowInfo: '8.0.16',
    getDeviceInfo: '8.0.16',
    getAppBaseInfo: '8.0.16',
  }
  return Object.keys(since).filter((name) => compareVersions(version, since[name] ?? '0') < 0)
}

async function copyText(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text)
  } catch {
    // Without the clipboard permission only document.execCommand works.
    const area = h('textarea', { style: 'position:fixed;opacity:0' })
    area.value = text
    document.body.append(area)
    area.select()
    document.execCommand('copy')
    area.remove()
  }
}
