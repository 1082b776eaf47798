// The list of complaints that shoppers made in WeChat, the newest first. Each shows until when staff must answer.
import { listPage } from '../listPage'
import { adminMessages } from '../messages'
import { ask } from '../service'
import { t } from './messages'
import { complaintRow } from './shown'

listPage({
  title: adminMessages.pages.complaints,
  data: { t },
  tabs: (['open', 'all'] as const).map((value) => ({ value, label: t.tabs[value] })),
  async read(part) {
    const which = this.data.tab === 'all' ? 'all' : 'open'
    const { complaints, broken, cursor, now } = await ask('complaints', { which, ...part })
    return { items: complaints.map((one) => ({ ...one, now })), broken, cursor }
  },
  row: (one) => complaintRow(one, one.now),
})
