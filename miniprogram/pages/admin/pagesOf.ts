// The admin pages that each role may open, in display order. The server decides by its own table of permissions; a test
// compares the two tables.
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
