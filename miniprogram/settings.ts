// Where this mini-program lives: its cloud environment, and which Midas it talks to. Deployment edits this file only.

/** The appid that the browser preview reports. WeChat's own are wx and hexadecimal digits. */
const previewAppId = /^(wx)?preview/

export interface Settings {
  /** CloudBase environment; undefined takes the one that belongs to the appid */
  cloudEnv: string | undefined
  midas: { environment: 'release' | 'test'; testHost: string | undefined }
}

/** Empty in clients that do not tell. */
export const ownAppId = (): string => wx.getAccountInfoSync?.().miniProgram.appId ?? ''

/** On a phone Midas's public cloud; in the preview the sandbox that answers beside it. */
export const settings = (): Settings =>
  previewAppId.test(ownAppId())
    ? { cloudEnv: undefined, midas: { environment: 'test', testHost: '/sandbox/midas' } }
    : { cloudEnv: undefined, midas: { environment: 'release', testHost: undefined } }
