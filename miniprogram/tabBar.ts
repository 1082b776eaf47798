// The tab bar's words. app.json holds the Chinese ones; other languages are set when a tab is shown.
import { isChinese, messages } from './messages'

export function wordTabBar(): void {
  if (isChinese) return
  for (const [index, text] of [messages.tabs.shop, messages.tabs.orders, messages.tabs.me].entries()) {
    // Refused while another page covers the tabs; the next show sets it.
    wx.setTabBarItem({ index, text, fail: () => undefined })
  }
}
