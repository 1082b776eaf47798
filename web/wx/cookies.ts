// Shows a message on a page whose browser keeps no cookies. Without a cookie the server cannot recognise the shopper,
// so the shopper cannot order.
import { noCookies } from '../messages'

const style =
  'position:fixed;z-index:10000;inset:0 0 auto;padding:14px 20px;background:#fff3e0;color:#7a4100;font-size:16px;line-height:1.5;text-align:center'

/** Shows the message above the page, once. */
export function sayNoCookies(): void {
  if (document.querySelector('#noCookies')) return
  const notice = document.createElement('div')
  notice.id = 'noCookies'
  notice.setAttribute('role', 'alert')
  notice.setAttribute('style', style)
  notice.textContent = document.documentElement.lang === 'en' ? noCookies.en : noCookies.zh
  document.body.append(notice)
}
