// Which admin pages a role may open, in the order in which they are shown. The server's table of rights decides; a test
// holds this one against it.
import type { AdminResults } from '../../../cloudfunctions/shared/api/admin'
import type { AdminPage } from './messages'

const viewer: readonly AdminPage[] = ['today', 'orders', 'notices', 'bills', 'contracts', 'goods']
const operator: readonly AdminPage[] = [...viewer, 'exports']

export const pagesOf: Record<AdminResults['claim']['role'], readonly AdminPage[]> = {
  stranger: [],
  viewer,
  operator,
  owner: [...operator, 'staff', 'audit', 'settings'],
}
