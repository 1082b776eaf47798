// The shop's settings and those of each payment service, for owners: which are on, and whether their keys are well.
import type { SettingsView } from '../../../../cloudfunctions/shared/api/admin'
import { inLanguage } from '../../../messages'
import { serverNow } from '../../../services/serverTime'
import { listPage } from '../listPage'
import { ask } from '../service'
import { problemText, refusedText, settingsName, standing, type Tone } from './health'
import { t } from './messages'

interface Row {
  code: string
  url: string
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
  const url = `/pages/admin/provider/index?code=${view.code}`
  return { code: view.code, url, name, text, tone, seeded: view.seeded, problem, label }
}

listPage({
  title: t.title,
  data: { t },
  isAlwaysFresh: true,
  read: async () => ({ items: (await ask('settings', {})).settings }),
  row: rowOf,
})
