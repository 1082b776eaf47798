// The settings of the shop and of each provider, for owners: which are enabled, and whether their keys work.
import type { SettingsView } from '../../../../cloudfunctions/shared/api/admin'
import { inLanguage } from '../../../messages'
import { serverNow } from '../../../services/serverTime'
import type { ListRow } from '../components/rows/index'
import { listPage } from '../listPage'
import { ask } from '../service'
import { problemText, refusedText, settingsName, standing } from './health'
import { t } from './messages'

function rowOf(view: SettingsView): ListRow {
  const title = settingsName(view)
  const stands = standing(view, serverNow())
  const note = problemText(view) || refusedText(view)
  return {
    url: `/pages/admin/provider/index?code=${view.code}`,
    title,
    note,
    isBad: true,
    tags: [...(view.seeded ? [{ text: t.sandbox, tone: '' as const }] : []), stands],
    label: [title, stands.text, note].filter(Boolean).join(inLanguage('，', ', ')),
  }
}

listPage({
  title: t.title,
  data: { t },
  isAlwaysFresh: true,
  read: async () => ({ items: (await ask('settings', {})).settings }),
  row: rowOf,
})
