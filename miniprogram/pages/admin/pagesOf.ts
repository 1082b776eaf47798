// The admin pages that each role may open, in display order. The server's permission table decides; a test compares the
// two.
import type { AdminResults } from '../../../cloudfunctions/shared/api/admin'
import type { AdminPage } from './messages'

const viewer: readonly AdminPage[] = ['today', 'orders', 'complaints', 'notices', 'bills', 'contracts', 'goods']
const operator: readonly AdminPage[] = [...viewer, 'shipping', 'exports']

export const pagesOf: Record<AdminResults['claim']['role'], readonly AdminPage[]> = {
  stranger: [],
  viewer: [...viewer, 'endpoints', 'sessions'],
  operator: [...operator, 'endpoints', 'sessions'],
  owner: [...operator, 'domains', 'endpoints', 'staff', 'sessions', 'audit', 'settings'],
}
