// The audit page for owners: who did what and when, newest first, with the changes.
import type { AdminResults, AuditView } from '../../../../cloudfunctions/shared/api/admin'
import { inLanguage } from '../../../messages'
import { beijingMinute } from '../../../rules/beijing'
import type { FailureCode } from '../../../services/cloud'
import { listPage } from '../listPage'
import { adminMessages } from '../messages'
import { ask } from '../service'
import { type Change, changesOf, currencyOf, type Fact, factsOf } from './changes'
import { t } from './messages'

interface Row {
  id: string
  time: string
  by: string
  what: string
  /** Number of the order or contract that the action was about; `url` is the address of its page. */
  number: string
  url: string
  facts: Fact[]
  failed: string
  /** Shown when the log has no result for the action. */
  open: string
  changes: Change[]
  label: string
}

const contractDeeds = new Set(['endContract'])

function rowOf(entry: AuditView): Row {
  const { id, at, by, number, before, after } = entry
  const currency = currencyOf(after, before)
  const what = t.deeds[entry.what as keyof AdminResults] ?? entry.what
  const failed =
    entry.failed === null
      ? ''
      : entry.failed === 'Internal'
        ? t.unsure
        : t.failed(adminMessages.errors[entry.failed as FailureCode] ?? adminMessages.errors.Internal)
  const page = contractDeeds.has(entry.what) ? 'contract/index?contractNo' : 'order/index?orderNo'
  const row = {
    id,
    time: beijingMinute(at),
    by,
    what,
    number: number ?? '',
    url: number === null ? '' : `/pages/admin/${page}=${number}`,
    facts: [...factsOf(entry.wish, currency), ...factsOf(entry.outcome, currency)],
    failed,
    open: entry.hasEnded ? '' : t.open,
    changes: changesOf(before, after),
  }
  return {
    ...row,
    label: [row.time, by, what, ...row.facts.map(({ value }) => value), row.number, failed, row.open]
      .filter(Boolean)
      .join(inLanguage('，', ', ')),
  }
}

listPage({
  title: adminMessages.pages.audit,
  data: { t },
  async read(part) {
    const { entries, broken, cursor } = await ask('audit', part)
    return { items: entries, broken, cursor }
  },
  row: rowOf,
})
