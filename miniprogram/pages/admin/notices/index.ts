// Webhook notifications that could not be applied: the reason, what to do, and buttons with which staff process a
// notification again or dismiss it.
import type { NoticeView } from '../../../../cloudfunctions/shared/api/admin'
import { moneyText } from '../../../money'
import { beijingMinute, dayMs } from '../../../rules/beijing'
import { serverNow } from '../../../services/serverTime'
import type { Tap } from '../backOffice'
import { agreed } from '../dialogs'
import { listPage, type Read } from '../listPage'
import { adminMessages } from '../messages'
import { act, ask, providerName, whoAmI } from '../service'
import { fieldName } from '../settings/messages'
import { t } from './messages'

type Kind = NoticeView['kind']

interface Row {
  id: string
  kind: string
  provider: string
  reason: string
  times: string
  advice: string
  url: string
  facts: string[]
  canReplay: boolean
  dismissed: string
  note: string
}

const weekMs = 7 * dayMs
const kindCodes = Object.keys(adminMessages.noticeKinds) as Kind[]
const tabs = [
  { value: 'all', label: t.all },
  ...kindCodes.map((value) => ({ value, label: adminMessages.noticeKinds[value] })),
  { value: 'dismissed', label: t.dismissed },
]

// Matches the reason of a notification that we could not read. The reason names the field for support staff, but never
// its value.
const unreadable = /^unreadable: ([A-Za-z][\w.]{0,40})$/
const reasonText = (reason: string): string => {
  const field = unreadable.exec(reason)?.[1]
  return field === undefined ? (t.reasons.get(reason) ?? t.otherReason) : t.unreadable(field)
}
/** A reason without its detail, which follows a colon. */
const causeOf = (reason: string): string => reason.replace(/:.*$/, '')
const unreadBill = /^a bill cannot be read: (\d{4}-\d{2}-\d{2})$/
const outcomeText = (results: readonly { applied: boolean; reason: string }[]): string => {
  const [first] = results
  if (!first) return t.nothingToReplay
  if (results.length === 1 && !first.applied)
    return t.staysFor.get(first.reason) ?? t.notApplied(reasonText(first.reason))
  const applied = results.filter((one) => one.applied || t.staysFor.has(one.reason)).length
  return t.replayed(applied, results.length)
}

const rowOf = (notice: NoticeView): Row => ({
  id: notice.id,
  kind: adminMessages.noticeKinds[notice.kind],
  provider: providerName(notice.provider),
  reason: reasonOf(notice),
  times: t.times(notice.count, beijingMinute(notice.firstAt), beijingMinute(notice.at)),
  advice: t.adviceFor.get(causeOf(notice.reason)) ?? t.advice[notice.kind],
  url: notice.orderNo === null ? '' : `/pages/admin/order/index?orderNo=${notice.orderNo}`,
  facts: factsOf(notice.facts),
  canReplay: notice.canReplay && notice.dismissed === null,
  dismissed: notice.dismissed === null ? '' : t.dismissedBy(notice.dismissed.by, beijingMinute(notice.dismissed.at)),
  note: t.notes.get(notice.dismissed?.note ?? '') ?? notice.dismissed?.note ?? '',
})

function reasonOf({ kind, reason, provider }: NoticeView): string {
  if (kind === 'forged') return ''
  if (kind === 'keysRefused') return fieldName(reason, provider)
  const day = unreadBill.exec(reason)?.[1]
  return day === undefined ? (t.reasons.get(causeOf(reason)) ?? t.otherReason) : t.unreadBill(day)
}

/** The facts of a case that staff compare with the provider's website. */
function factsOf(facts: NoticeView['facts']): string[] {
  if (!facts) return []
  const { no, theirNo, dueFen, toldFen, currency } = facts
  const money = (fen: number | null) => (fen === null ? t.unknownAmount : moneyText(fen, currency ?? 'CNY'))
  return [
    ...(dueFen === null && toldFen === null ? [] : [t.amounts(money(dueFen), money(toldFen))]),
    ...(no === '' ? [] : [t.ourNo(no)]),
    ...(theirNo === null ? [] : [t.theirNo(theirNo)]),
  ]
}

/**
 * The content of the case that staff have opened, without repetitions. Sending the content of all cases would exceed
 * the size that one setData call allows.
 */
const contentOf = (notice: NoticeView | undefined): string => {
  const texts = notice?.samples.map(({ content }) => JSON.stringify(content, readable, 1)) ?? []
  return [...new Set(texts)].join('\n\n')
}

/** Shows JSON inside a string field as parsed JSON, because doubly escaped text is unreadable. */
function readable(_name: string, value: unknown): unknown {
  if (typeof value !== 'string' || !/^\s*[{[]/.test(value)) return value
  try {
    return JSON.parse(value)
  } catch {
    return value
  }
}

listPage({
  title: adminMessages.pages.notices,
  data: {
    t,
    open: '',
    content: '',
    mayAct: false,
    /** The providers that have at least one case to process again. */
    providers: [] as { code: string; label: string }[],
    noteFor: '',
  },
  tabs,
  tabQuery: 'kind',
  async read(part): Promise<Read<NoticeView>> {
    const { tab } = this.data
    const kind = kindCodes.find((one) => one === tab)
    const [{ notices, broken, cursor }, { role }] = await Promise.all([
      ask('notices', { ...(tab === 'dismissed' && { dismissed: true }), ...(kind && { kind }), ...part }),
      whoAmI(),
    ])
    this.setData({ mayAct: role === 'owner' || role === 'operator' })
    return { items: notices, broken, cursor }
  },
  row: rowOf,
  fields: () => ({ notices: [] as readonly NoticeView[] }),
  methods: {
    onTab({ detail }: Tap): void {
      this.again({ tab: detail.value, open: '', noteFor: '' })
    },
    onShowContent({ currentTarget }: Tap<{ id: string }>): void {
      const { id } = currentTarget.dataset
      const open = this.data.open === id ? '' : id
      this.setData({ open, content: contentOf(this.notices.find((one) => one.id === open)) })
    },
    async onReplay({ currentTarget }: Tap<{ id: string }>): Promise<void> {
      const { id } = currentTarget.dataset
      await this.settle(id, async () => {
        const { results } = await act('replay', { which: { ids: [id] } })
        wx.showToast({ title: outcomeText(results), icon: 'none', duration: 3_000 })
      })
    },
    async onReplayAll({ currentTarget }: Tap<{ code: string }>): Promise<void> {
      const { code: provider } = currentTarget.dataset
      await this.settle('all', async () => {
        const confirm = await agreed({
          title: t.replay,
          content: t.replayAllText(providerName(provider)),
          confirmText: t.replay,
        })
        if (!confirm) return
        const now = serverNow()
        const { results } = await act('replay', { which: { provider, from: now - weekMs, to: now + weekMs } })
        wx.showToast({ title: outcomeText(results), icon: 'none', duration: 3_000 })
      })
    },
    onDismiss({ currentTarget }: Tap<{ id: string }>): void {
      this.setData({ noteFor: currentTarget.dataset.id })
    },
    onNoteCancel(): void {
      this.setData({ noteFor: '' })
    },
    async onNoteSave({ detail }: Tap): Promise<void> {
      const { noteFor: id } = this.data
      await this.settle(id, async () => {
        await act('dismiss', { id, note: detail.value }, { repeats: true })
        this.setData({ noteFor: '' })
      })
    },
    /** Runs an action and reloads the list. The reload also runs if the user declined the confirmation. */
    settle(busy: string, work: () => Promise<void>): Promise<void> {
      return this.perform(busy, async () => {
        await work()
        await this.load()
      })
    },
  },
  beside(items) {
    const waiting = items.filter((one) => one.canReplay && one.dismissed === null)
    const codes = [...new Set(waiting.map(({ provider }) => provider))]
    this.notices = items
    return {
      content: contentOf(items.find(({ id }) => id === this.data.open)),
      providers: codes.map((code) => ({ code, label: t.replayAll(providerName(code)) })),
    }
  },
})
