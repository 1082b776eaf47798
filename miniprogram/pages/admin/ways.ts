// The way from one admin page to another.

/** Opens a page above this one; in its place when ten are open, more than which WeChat does not allow. */
export const go = (url: string): void => wx.navigateTo({ url, fail: () => void wx.redirectTo({ url }) })
