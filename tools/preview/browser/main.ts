// The bundle's entry: the build calls setup, run for every script, then start.

import { mountDesk } from './desk/desk'
import { h } from './element'
import { phone } from './frame'
import { startPhone } from './host'
import phoneStyle from './phone.css'
import { startPhoneClock } from './phoneClock'
import { watchReload } from './reload'
import { session } from './session'

export { run, setup } from './host'

export function start(): void {
  document.head.append(h('style', {}, phoneStyle))
  document.documentElement.lang = session.language === 'en' ? 'en' : 'zh-CN'
  document.body.dataset.desk = session.hasDesk ? '1' : '0'
  document.body.dataset.screen = session.isPc ? 'pc' : 'phone'
  if (session.hasDesk) mountDesk(phone)
  else document.body.append(phone)
  startPhone()
  startPhoneClock()
  watchReload()
}
