// Calls the admin function of a test's cloud as a staff member, and reads its database.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { AdminResults } from '../../cloudfunctions/shared/api/admin'
import type { Reply } from '../../cloudfunctions/shared/api/reply'
import { type AuditEntry, type Audited, withEnds } from '../../cloudfunctions/shared/store/audit'
import type { Database, Find } from '../../cloudfunctions/shared/store/database'
import { connectDatabase } from '../../tools/cloudDatabase'
import type { TestCloud } from './startCloud'

export const owner = 'oMiniCashier_merchant_0000'

export type Admin = <A extends keyof AdminResults>(
  action: A,
  input: unknown,
  openid?: string,
) => Promise<Reply<AdminResults[A]>>

/** @param heard collects the text of every answer, so that a test can search it for secrets */
export const adminOf =
  (cloud: TestCloud, heard: string[] = []): Admin =>
  async (action, input, openid = owner) => {
    const text = await (await cloud.call('admin', { action, input }, openid)).text()
    heard.push(text)
    return JSON.parse(text) as never
  }

export function databaseOf(cloud: TestCloud): Promise<Database> {
  const { adminUrl } = JSON.parse(readFileSync(join(cloud.dataDir, 'running.json'), 'utf8')) as { adminUrl: string }
  return connectDatabase({ adminUrl })
}

/** Audit entries with their results, the oldest first. */
export async function auditOf(db: Database, where: Find['where'] = {}): Promise<Audited[]> {
  const entries = await db.find<AuditEntry>('audit', {
    where: { at: { gte: 0 }, ...where },
    orderBy: [['at', 'asc']],
    limit: 100,
  })
  return withEnds(db, entries)
}

/** The reply's error code, or `ok`. */
export const codeOf = (reply: Reply<unknown>): string => (reply.ok ? 'ok' : reply.error.code)
