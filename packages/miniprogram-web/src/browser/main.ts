// Entry file of the bundle. The generated code calls setup, then run for every script, then start.
import { h } from './element'
import type { Guest } from './guest'
import { startPhone } from './host'
import { phone } from './phone/frame'
import phoneStyle from './phone/phone.css'
import { watchReload } from './reload'
import { session } from './session'

export { run, setup } from './host'

export async function start(guest: Guest = {}): Promise<void> {
  if (!__SITE__) document.head.append(h('style', {}, phoneStyle))
  for (const early of document.querySelectorAll('.host-shell, .host-unavailable')) early.remove()
  document.documentElement.lang = session.language === 'en' ? 'en' : 'zh-CN'
  document.body.dataset.desk = guest.mount && session.hasDesk && !__SITE__ ? '1' : '0'
  document.body.dataset.screen = __SITE__ ? 'site' : session.isPc ? 'pc' : 'phone'
  if (guest.ready) await guest.ready()
  if (guest.mount) guest.mount(phone)
  else document.body.append(phone)
  startPhone(guest)
  if (!__SITE__) watchReload()
}
