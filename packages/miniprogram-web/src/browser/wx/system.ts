// What wx says about the phone, the app and the network.
import { phone } from '../phone/frame'
import { session } from '../session'
import { api, type Callback } from './api'

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

export const systemMembers: Record<string, unknown> = {
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
}
