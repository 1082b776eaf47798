// The contracts of all subscribers, for staff: by state, newest first.
import { contractCard } from '../../../contractTexts'
import { listPage } from '../listPage'
import { adminMessages } from '../messages'
import { ask } from '../service'
import { t } from './messages'

const states = ['pastDue', 'active', 'signing', 'ended', 'failed'] as const

listPage({
  title: adminMessages.pages.contracts,
  data: { t },
  tabs: (['all', ...states] as const).map((value) => ({ value, label: t.tabs[value] })),
  tabQuery: 'state',
  async read(part) {
    const state = states.find((one) => one === this.data.tab)
    const { contracts, broken, cursor } = await ask('contracts', { ...(state && { state }), ...part })
    return { items: contracts, broken, cursor }
  },
  row: (one) => ({
    ...contractCard(one),
    shopper: one.shopper,
    url: `/pages/admin/contract/index?contractNo=${one.contractNo}`,
  }),
})
