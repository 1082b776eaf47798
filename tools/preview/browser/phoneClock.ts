// Shows the Beijing time in the phone's status bar: the local cloud's time, or this machine's time if there is no local
// cloud.

import { statusTime } from '../../../packages/miniprogram-web/src/browser/phone/frame'
import { get } from './backend'

const text = new Intl.DateTimeFormat('en-GB', { timeZone: 'Asia/Shanghai', timeStyle: 'short' })
const tickMs = 1_000

export function startPhoneClock(): void {
  let aheadMs = 0
  const tick = () => {
    statusTime.textContent = text.format(Date.now() + aheadMs)
  }
  const read = () =>
    get('/local/clock').then(
      (state) => {
        aheadMs = (state as { now: number }).now - Date.now()
        tick()
      },
      () => undefined,
    )
  tick()
  void read()
  setInterval(tick, tickMs)
  for (const event of ['focus', 'preview-clock']) window.addEventListener(event, () => void read())
}
