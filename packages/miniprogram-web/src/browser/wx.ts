// The part of wx.* that the host supports. Other members are undefined, as in an older WeChat.
import { callFunction } from './call'
import type { PrivacyCheck } from './privacy'
import { compareVersions, session } from './session'
import { api, string } from './wx/api'
import { dialogMembers, privacyMembers } from './wx/dialogs'
import { fileMembers } from './wx/files'
import { navigationMembers, type PagesContext, pageMembers, tabBarMembers } from './wx/pages'
import { request } from './wx/request'
import { storageMembers } from './wx/storage'
import { systemMembers } from './wx/system'

export interface WxContext extends PagesContext {
  privacy: PrivacyCheck
}

/** Makes `wx` with the members that this version of WeChat has, and those of the guest. */
export function createWx(context: WxContext): Record<string, unknown> {
  const { navigation, privacy } = context
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
    openSetting: api('openSetting', () => ({ authSetting: { 'scope.writePhotosAlbum': true } })),
    openAppAuthorizeSetting: api('openAppAuthorizeSetting', () => undefined),
    vibrateShort: api('vibrateShort', () => undefined),
    vibrateLong: api('vibrateLong', () => undefined),
    hideKeyboard: api('hideKeyboard', () => (document.activeElement as HTMLElement | null)?.blur()),
    reportEvent() {},
    ...navigationMembers(context),
    ...pageMembers(navigation),
    ...tabBarMembers(navigation),
    ...dialogMembers,
    ...privacyMembers(privacy),
    ...storageMembers(session.identity.openid, context.guest.tabStorage),
    ...systemMembers,
    ...fileMembers(privacy),
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
