// Navigation between admin pages.

/** Opens a page on top of this one. WeChat allows ten open pages; beyond that, the new page replaces this one. */
export const go = (url: string): void => wx.navigateTo({ url, fail: () => void wx.redirectTo({ url }) })
