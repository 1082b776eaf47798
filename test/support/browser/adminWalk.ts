// A staff member in the back office, for tests in Chromium: on a phone by touch and on a PC by mouse, in both
// languages.
import type { Locator } from 'playwright-core'
import { type Hand, type Stage, type Walk, walk } from './walk'

interface Screen {
  width: number
  lang: 'zh' | 'en'
  hand: Hand
}

export const screens: readonly Screen[] = [
  { width: 390, lang: 'zh', hand: 'touch' },
  { width: 390, lang: 'en', hand: 'touch' },
  { width: 1280, lang: 'zh', hand: 'mouse' },
  { width: 1280, lang: 'en', hand: 'mouse' },
]

export interface AdminWalk extends Walk {
  /** the page on screen */
  shown: Locator
  field(name: string | RegExp): Locator
  /** taps or clicks an element */
  act(target: Locator): Promise<void>
}

/** Opens a page of the back office. @param path below pages/admin; without it the shop is opened */
export async function openAdmin(
  stage: Stage,
  { width, lang, hand }: Screen,
  { path, as = 'merchant' }: { path?: string; as?: string },
): Promise<AdminWalk> {
  const screen = width > 390 ? '&screen=pc' : ''
  const extra = path === undefined ? screen : `${screen}#/pages/admin/${path}`
  const person = await walk(stage, { as, width, lang, hand, extra })
  const shown = person.page.locator('.wx-page').filter({ visible: true }).last()
  return {
    ...person,
    shown,
    field: (name) => shown.getByLabel(name).locator('input'),
    act: (target) => (hand === 'touch' ? target.tap() : target.click()),
  }
}
