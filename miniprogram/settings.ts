// Deployment settings of this mini-program: its cloud environment and its Midas host. Deployment edits only this file.

/** Matches the appid that the browser preview reports. A real WeChat appid is "wx" and hexadecimal digits. */
const previewAppId = /^(wx)?preview/

export interface Settings {
  /** Id of the CloudBase environment; undefined uses the environment bound to the appid. */
  cloudEnv: string | undefined
  midas: { environment: 'release' | 'test'; testHost: string | undefined }
}

/** The app's own appid; empty in clients that do not report one. */
export const ownAppId = (): string => wx.getAccountInfoSync?.().miniProgram.appId ?? ''

/** Settings by appid: Midas's public cloud on a phone, the local sandbox in the preview. */
export const settings = (): Settings =>
  previewAppId.test(ownAppId())
    ? { cloudEnv: undefined, midas: { environment: 'test', testHost: '/sandbox/midas' } }
    : { cloudEnv: undefined, midas: { environment: 'release', testHost: undefined } }
