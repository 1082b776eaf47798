// The shop's settings and those of each payment service, for owners: which are on, and whether their keys are well.
import type { SettingsView } from '../../../../cloudfunctions/shared/api/admin'
import type { PageWith } from '../../../componentWith'
import { inLanguage } from '../../../messages'
import { codeOf } from '../../../services/cloud'
import { serverNow } from '../../../services/serverTime'
import { type PlaceState, placeOf } from '../endless'
import { adminMessages } from '../messages'
import { ask } from '../service'
import { go } from '../ways'
import { problemText, refusedText, settingsName, standing, type Tone } from './health'
import { t } from './messages'

interface Row {
  code: string
  name: string
  text: string
  tone: Tone
  seeded: boolean
  problem: string
  label: string
}

function rowOf(view: SettingsView): Row {
  const name = settingsName(view)
  const { text, tone } = standing(view, serverNow())
  const problem = problemText(view.problem) || refusedText(view)
  const label = [name, text, problem].filter(Boolean).join(inLanguage('，', ', '))
  return { code: view.code, name, text, tone, seeded: view.seeded, problem, label }
}

;(Component as PageWith<Record<never, never>>)({
  data: {
    t,
    a: adminMessages,
    state: 'loading' as PlaceState,
    errorText: '',
    rows: [] as Row[],
  },
  methods: {
    onLoad(): void {
      wx.setNavigationBarTitle({ title: t.title })
    },
    // Coming back from a form shows what was saved there.
    onShow(): void {
      this.load()
    },
    async onPullDownRefresh(): Promise<void> {
      await this.load()
      wx.stopPullDownRefresh()
    },
    onRetry(): void {
      this.setData({ state: 'loading' })
      this.load()
    },
    async load(): Promise<void> {
      try {
        const { settings } = await ask('settings', {})
        this.setData({ rows: settings.map(rowOf), state: 'ready' })
      } catch (error) {
        const code = codeOf(error)
        const errorText = adminMessages.errors[code]
        if (this.data.state === 'ready' && code !== 'Forbidden') wx.showToast({ title: errorText, icon: 'none' })
        else this.setData({ state: placeOf(code), errorText })
      }
    },
    onOpen(event: WechatMiniprogram.TouchEvent<object, object, { code: string }>): void {
      go(`/pages/admin/provider/index?code=${event.currentTarget.dataset.code}`)
    },
  },
})
