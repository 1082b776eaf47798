// Who a shopper is, and where they are. WeChat gives one person another openid under each app; a unionid is the same
// under all apps of one open platform account.

/** The place where the shop is open: the mini-program, WeChat's own browser, another browser of a phone, or a PC. */
export type Place = 'miniprogram' | 'wechat' | 'mobile' | 'pc'
export type WebPlace = Exclude<Place, 'miniprogram'>

/** The `app` of people without an openid: they are known by a random id of their browser. */
export const browserApp = 'browser'

export interface Person {
  /** the id of the person under `app` */
  openid: string
  /** the app id under which the openid is known, or `browser`; absent: the mini-program's */
  app?: string
  unionid?: string
}

/** Whether something belongs to a person: by openid under the same app, or by unionid if both have one. */
export const isOwnedBy = (owned: Person, { openid, app, unionid }: Person): boolean =>
  (owned.openid === openid && owned.app === app) || (unionid !== undefined && owned.unionid === unionid)

/** The fields of a person, without anything else that an object holds. */
export const personOf = ({ openid, app, unionid }: Person): Person => ({
  openid,
  ...(app !== undefined && { app }),
  ...(unionid !== undefined && { unionid }),
})
