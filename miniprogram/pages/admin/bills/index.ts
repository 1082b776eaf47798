// A provider's bill of one day against our records: what agrees, what differs, and how it is repaired.
import type { DifferenceView, ReconciliationView } from '../../../../cloudfunctions/shared/api/admin'
import type { PageWith } from '../../../componentWith'
import { moneyText } from '../../../money'
import { codeOf } from '../../../services/cloud'
import { serverNow } from '../../../services/serverTime'
import { once, type PlaceState, placeOf } from '../backOffice'
import { agreed } from '../dialogs'
import { adminMessages, providerName } from '../messages'
import { act, actionsDone, ask, whoAmI } from '../service'
import { beijingDayOf, beijingTimeOf } from '../texts'
import { go } from '../ways'
import { t } from './messages'

type Kind = DifferenceView['kind']
type How = 'query' | 'record' | 'refund' | 'ignore'

interface Row {
  key: string
  no: string
  theirNo: string | null
  kind: Kind
  title: string
  orderNo: string
  ours: string
  theirs: string
  time: string
  waits: boolean
  repaired: string
  note: string
  repairs: { how: How; label: string }[]
}

interface Fields {
  round: number
  /** the actions done when it was read */
  seen: number
  /** the day came with the way here */
  isAsked: boolean
}

// No code that there is: the first answer says which have bills.
const noProvider = '-'
const errorsByCode = new Map<string, string>(Object.entries(adminMessages.errors))
const kindCodes = Object.keys(t.kinds) as Kind[]
const fen = (amount: number | null): string => (amount === null ? t.nothing : moneyText(amount, 'CNY'))

const rowOf = (one: DifferenceView, key: string): Row => ({
  key,
  no: one.no,
  theirNo: one.theirNo,
  kind: one.kind,
  title: one.isSameTrade ? t.sameTrade : t.kinds[one.kind],
  orderNo: one.orderNo ?? '',
  ours: fen(one.oursFen),
  theirs: fen(one.theirsFen),
  time: one.theirAt === null ? '' : beijingTimeOf(one.theirAt),
  waits: one.waits,
  repaired: one.repaired
    ? t.repairedBy(
        t.hows[one.repaired.how],
        one.repaired.by === 'timer' ? '' : one.repaired.by,
        beijingTimeOf(one.repaired.at),
      )
    : '',
  note: one.repaired?.note ?? '',
  repairs: one.repairs.map((how) => ({ how, label: t.hows[how] })),
})

/** A row is known by its difference, wherever it stands: what is typed for it stays with it when the list is read again. */
function rowsOf(differences: readonly DifferenceView[]): Row[] {
  const counts = new Map<string, number>()
  return differences.map((one) => {
    const name = `${one.kind} ${one.no} ${one.theirNo}`
    const nth = counts.get(name) ?? 0
    counts.set(name, nth + 1)
    return rowOf(one, `${name} ${nth}`)
  })
}

;(Component as PageWith<Fields>)({
  data: {
    t,
    a: adminMessages,
    state: 'loading' as PlaceState,
    errorText: '',
    codes: [] as string[],
    names: [] as string[],
    place: 0,
    provider: '',
    providerText: '',
    day: '',
    lastDay: '',
    status: '',
    isDone: false,
    counts: [] as { name: string; billed: string; recorded: string }[],
    matched: '',
    kinds: [] as string[],
    found: '',
    rows: [] as Row[],
    mayAct: false,
    busy: '',
    noteFor: '',
    note: '',
    problem: '',
  },
  lifetimes: {
    created() {
      this.round = 0
      this.seen = -1
      this.isAsked = false
    },
  },
  methods: {
    onLoad(query: { provider?: string; day?: string }): void {
      wx.setNavigationBarTitle({ title: adminMessages.pages.bills })
      const yesterday = beijingDayOf(serverNow(), -1)
      this.isAsked = query.day !== undefined
      this.setData({ lastDay: yesterday, day: query.day ?? yesterday, provider: query.provider ?? noProvider })
      this.load()
    },
    // After an action on another page a difference may be gone.
    onShow(): void {
      if (this.seen !== actionsDone()) this.load()
    },
    async onPullDownRefresh(): Promise<void> {
      await this.load()
      wx.stopPullDownRefresh()
    },
    onRetry(): void {
      this.setData({ state: 'loading' })
      this.load()
    },
    onProvider(event: WechatMiniprogram.CustomEvent<{ value: string }>): void {
      this.setData({ provider: this.data.codes[Number(event.detail.value)] ?? this.data.provider, state: 'loading' })
      this.load()
    },
    onDay(event: WechatMiniprogram.CustomEvent<{ value: string }>): void {
      this.setData({ day: event.detail.value, state: 'loading' })
      this.load()
    },
    async load(): Promise<void> {
      const mine = ++this.round
      this.seen = actionsDone()
      try {
        const { provider, day } = this.data
        const [{ providers, reconciliation, now }, { role }] = await Promise.all([
          ask('bills', { provider, day }),
          whoAmI(),
        ])
        if (mine !== this.round) return
        // Yesterday by the server's clock, where nobody asked for another day and the phone's is wrong.
        const yesterday = beijingDayOf(now, -1)
        if (this.data.lastDay !== yesterday) {
          const isDefault = this.data.day === this.data.lastDay && !this.isAsked
          this.setData({ lastDay: yesterday, ...(isDefault && { day: yesterday, state: 'loading' as const }) })
          if (isDefault) return this.load()
        }
        const known = providers.includes(provider) ? provider : (providers[0] ?? '')
        this.setData({
          codes: providers,
          names: providers.map(providerName),
          place: providers.indexOf(known),
          providerText: providerName(known),
          mayAct: role === 'owner' || role === 'operator',
        })
        if (known !== provider && known !== '') {
          this.setData({ provider: known, state: 'loading' })
          return this.load()
        }
        this.show(reconciliation)
        this.setData({ state: providers.length > 0 ? 'ready' : 'empty' })
      } catch (error) {
        if (mine !== this.round) return
        this.seen = -1
        const code = codeOf(error)
        const errorText = adminMessages.errors[code]
        if (this.data.state === 'ready' && code !== 'Forbidden') wx.showToast({ title: errorText, icon: 'none' })
        else this.setData({ state: placeOf(code), errorText })
      }
    },
    /** What an action brought is newer than whatever was asked before, which is not waited for. */
    showNew(view: ReconciliationView | null): void {
      this.round += 1
      this.show(view)
      this.setData({ state: 'ready' })
    },
    show(view: ReconciliationView | null): void {
      if (!view) {
        this.setData({ status: t.never, isDone: false, rows: [], counts: [], matched: '', kinds: [], found: '' })
        return
      }
      const { billed, recorded, state, failure, ranAt, nextAt } = view
      const status =
        state === 'done'
          ? t.done(beijingTimeOf(ranAt ?? 0))
          : state === 'failed'
            ? t.failed(errorsByCode.get(failure ?? '') ?? adminMessages.errors.Internal, nextAt !== null)
            : nextAt === null
              ? t.never
              : t.next(beijingTimeOf(nextAt))
      const pair = (count: number, amountFen: number) => `${count} · ${moneyText(amountFen, 'CNY')}`
      this.setData({
        status,
        isDone: state === 'done',
        counts: [
          {
            name: t.payments,
            billed: pair(billed.payments, billed.paymentsFen),
            recorded: pair(recorded.payments, recorded.paymentsFen),
          },
          {
            name: t.refunds,
            billed: pair(billed.refunds, billed.refundsFen),
            recorded: pair(recorded.refunds, recorded.refundsFen),
          },
          ...(billed.feesFen === null
            ? []
            : [{ name: t.fees, billed: moneyText(billed.feesFen, 'CNY'), recorded: '' }]),
        ],
        matched: t.matched(view.matched),
        kinds: kindCodes.filter((kind) => view.counts[kind] > 0).map((kind) => `${t.kinds[kind]} ${view.counts[kind]}`),
        found: view.found > view.differences.length ? t.onlySome(view.found) : '',
        rows: rowsOf(view.differences),
      })
    },
    async onRun(): Promise<void> {
      await this.perform('run', async () => {
        const { provider, day } = this.data
        const { reconciliation } = await act('bills', { provider, day, run: true })
        if (this.isShown(provider, day)) this.showNew(reconciliation)
      })
    },
    /** Whether the page is still at this bill: an answer may come late. */
    isShown(provider: string, day: string): boolean {
      return provider === this.data.provider && day === this.data.day
    },
    onOrder(event: WechatMiniprogram.TouchEvent<object, object, { no: string }>): void {
      go(`/pages/admin/order/index?orderNo=${event.currentTarget.dataset.no}`)
    },
    async onRepair(event: WechatMiniprogram.TouchEvent<object, object, { key: string; how: How }>): Promise<void> {
      const { key, how } = event.currentTarget.dataset
      const row = this.data.rows.find((one) => one.key === key)
      if (!row) return
      if (how === 'ignore') {
        this.setData({ noteFor: key, note: '', problem: '' })
        return
      }
      await this.perform(key, async () => {
        const content = t.sure[how](row.no, row.theirs)
        const confirm = await agreed({ title: t.hows[how], content, confirmText: adminMessages.confirm })
        if (confirm) await this.repair(row, how, '')
      })
    },
    onNote(event: WechatMiniprogram.Input): void {
      this.setData({ note: event.detail.value, problem: '' })
    },
    onNoteCancel(): void {
      this.setData({ noteFor: '' })
    },
    async onNoteSave(): Promise<void> {
      const note = this.data.note.trim()
      if (note === '') {
        this.setData({ problem: t.noteFirst })
        return
      }
      const row = this.data.rows.find(({ key }) => key === this.data.noteFor)
      if (row) await this.perform(row.key, () => this.repair(row, 'ignore', note))
    },
    async repair({ kind, no, theirNo }: Row, how: How, note: string): Promise<void> {
      const { provider, day } = this.data
      const deed = { provider, day, kind, no, theirNo, how, ...(note !== '' && { note }) }
      const { reconciliation } = await act('repair', deed, { repeats: true })
      if (this.isShown(provider, day)) {
        this.setData({ noteFor: '' })
        this.showNew(reconciliation)
      }
      const isOpen = reconciliation.differences.some(
        (one) => one.kind === kind && one.no === no && one.theirNo === theirNo && one.repairs.length > 0,
      )
      const stays = how === 'refund' ? t.onItsWay : t.stays
      wx.showToast({ title: isOpen ? stays : t.repaired, icon: 'none', duration: 3_000 })
    },
    async perform(busy: string, work: () => Promise<void>): Promise<void> {
      await once(this, busy, work, async (code) => {
        wx.showToast({ title: code === 'Forbidden' ? t.overLimit : adminMessages.errors[code], icon: 'none' })
        await this.load()
      })
    },
  },
})
