// The list of connected systems: other systems of the merchant that send their customers to the shop's cashier.
import type { DomainView } from '../../../../cloudfunctions/shared/api/admin'
import { inLanguage } from '../../../messages'
import type { ListRow } from '../components/rows/index'
import { listPage } from '../listPage'
import { adminMessages } from '../messages'
import { ask, whoAmI } from '../service'
import { t } from './messages'

function rowOf({ code, name, state, hasTwoSecrets }: DomainView): ListRow {
  const text = state === 'open' ? t.on : t.off
  const tags = [{ text, tone: state === 'open' ? ('good' as const) : ('' as const) }]
  if (hasTwoSecrets) tags.push({ text: t.twoSecrets, tone: '' })
  return {
    url: `/pages/admin/domain/index?code=${code}`,
    title: name,
    note: code,
    value: '',
    tags,
    label: [name, code, ...tags.map((tag) => tag.text)].join(inLanguage('，', ', ')),
  }
}

listPage({
  title: adminMessages.pages.domains,
  data: { t, mayChange: false, addUrl: '/pages/admin/domain/index' },
  isAlwaysFresh: true,
  async read() {
    const [{ domains, broken }, { role }] = await Promise.all([ask('domains', {}), whoAmI()])
    this.setData({ mayChange: role === 'owner' })
    return { items: domains, broken }
  },
  row: rowOf,
})
