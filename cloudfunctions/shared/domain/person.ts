// Who a shopper is, and in which app or browser they shop. WeChat gives the same person a different openid in each app;
// the person's unionid is the same in all apps of one open platform account.

/** Where the shopper is: in the mini-program, in WeChat's own browser, in another browser on a phone, or on a PC. */
export type Place = 'miniprogram' | 'wechat' | 'mobile' | 'pc'
/** All places except the mini-program: the kinds of browsers. */
export type WebPlace = Exclude<Place, 'miniprogram'>

/**
 * The value of `app` for shoppers without an openid. We know such a shopper by a random id that we gave to the browser.
 */
export const browserApp = 'browser'

/**
 * The app in which we know a person's openid, if it is another app than the mini-program, such as the official account.
 * Undefined in the mini-program, and in a browser without a sign-in.
 */
export const otherAppOf = ({ app }: { app?: string }): string | undefined => (app === browserApp ? undefined : app)

export interface Person {
  /** the id of the person in the app `app` */
  openid: string
  /** the app in which the person has this openid, or `browser`; absent: the mini-program */
  app?: string
  unionid?: string
}

/**
 * Whether a document belongs to a person. It does if it has the person's openid in the same app, or the person's
 * unionid.
 */
export const isOwnedBy = (owned: Person, { openid, app, unionid }: Person): boolean =>
  (owned.openid === openid && owned.app === app) || (unionid !== undefined && owned.unionid === unionid)

/** Copies only the fields that identify a person from an object. */
export const personOf = ({ openid, app, unionid }: Person): Person => ({
  openid,
  ...(app !== undefined && { app }),
  ...(unionid !== undefined && { unionid }),
})
