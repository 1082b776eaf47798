// Sets the labels of the tab bar. app.json has the Chinese labels; other languages are set when a tab page shows.
import { isChinese, messages } from './messages'

export function wordTabBar(): void {
  if (isChinese) return
  for (const [index, text] of [messages.tabs.shop, messages.tabs.orders, messages.tabs.me].entries()) {
    // WeChat refuses this call while another page covers the tabs. Ignore the failure, because the label is set again
    // when a tab page shows.
    wx.setTabBarItem({ index, text, fail: () => undefined })
  }
}
