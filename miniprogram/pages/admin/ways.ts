// Navigation between admin pages.

/**
 * Opens a page on top of the current one. WeChat allows ten open pages; after that, the new page replaces the current
 * one.
 */
export const go = (url: string): void => wx.navigateTo({ url, fail: () => void wx.redirectTo({ url }) })
