// A provider's bill of one day against our records: what agrees, what differs, and how it is repaired.
import type { DifferenceView, ReconciliationView } from '../../../../cloudfunctions/shared/api'
import type { PageWith } from '../../../componentWith'
import { moneyText } from '../../../money'
import { codeOf, type FailureCode } from '../../../services/cloud'
import { newNumber, serverNow } from '../../../services/serverTime'
import { timeText } from '../../../time'
import { agreed } from '../dialogs'
import { type PlaceState, placeOf } from '../endless'
import { adminMessages, providerName } from '../messages'
import { act, ask, whoAmI } from '../service'
import { beijingDayOf } from '../texts'
import { t } from './messages'

type Kind = DifferenceView['kind']
type How = 'query' | 'refund' | 'ignore'

interface Row {
  key: string
  no: string
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
  busy: boolean
  round: number
  /** numbers of wishes that have no answer yet: the same one again is the same deed */
  wishes: Map<string, string>
  /** the day came with the way here */
  isAsked: boolean
}

// No code that there is: the first answer says which have bills.
const noProvider = '-'
const errorsByCode = new Map<string, string>(Object.entries(adminMessages.errors))
const kindCodes = Object.keys(t.kinds) as Kind[]
const fen = (amount: number | null): string => (amount === null ? t.nothing : moneyText(amount, 'CNY'))

const rowOf = (one: DifferenceView, index: number): Row => ({
  key: String(index),
  no: one.no,
  kind: one.kind,
  title: one.isSameTrade ? t.sameTrade : t.kinds[one.kind],
  orderNo: one.orderNo ?? '',
  ours: fen(one.oursFen),
  theirs: fen(one.theirsFen),
  time: one.theirAt === null ? '' : timeText(one.theirAt),
  waits: one.waits,
  repaired: one.repaired
    ? t.repairedBy(
        t.hows[one.repaired.how],
        one.repaired.by === 'timer' ? '' : one.repaired.by,
        timeText(one.repaired.at),
      )
    : '',
  note: one.repaired?.note ?? '',
  repairs: one.repairs.map((how) => ({ how, label: t.hows[how] })),
})

;(Component as PageWith<Fields>)({
  data: {
    t,
    a: adminMessages,
    state: 'loading' as PlaceState,
    errorText: '',
    codes: [] as string[],
    names: [] as string[],
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
      this.busy = false
      this.round = 0
      this.wishes = new Map()
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
      whoAmI()
        .then(({ role }) => this.setData({ mayAct: role === 'owner' || role === 'operator' }))
        .catch(() => undefined)
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
      try {
        const { provider, day } = this.data
        const { providers, reconciliation, now } = await ask('bills', { provider, day })
        if (mine !== this.round) return
        // Yesterday by the server's clock, where nobody asked for another day and the phone's is wrong.
        const yesterday = beijingDayOf(now, -1)
        if (this.data.lastDay !== yesterday) {
          const isDefault = this.data.day === this.data.lastDay && !this.isAsked
          this.setData({ lastDay: yesterday, ...(isDefault && { day: yesterday }) })
          if (isDefault) return this.load()
        }
        const known = providers.includes(provider) ? provider : (providers[0] ?? '')
        this.setData({ codes: providers, names: providers.map(providerName), providerText: providerName(known) })
        if (known !== provider && known !== '') {
          this.setData({ provider: known })
          return this.load()
        }
        this.show(reconciliation)
        this.setData({ state: providers.length > 0 ? 'ready' : 'empty' })
      } catch (error) {
        if (mine !== this.round) return
        const code = codeOf(error)
        this.setData({ state: placeOf(code), errorText: adminMessages.errors[code] })
      }
    },
    show(view: ReconciliationView | null): void {
      if (!view) {
        this.setData({ status: t.never, isDone: false, rows: [], counts: [], matched: '', kinds: [], found: '' })
        return
      }
      const { billed, recorded, state, failure, ranAt, nextAt } = view
      const status =
        state === 'done'
          ? t.done(timeText(ranAt ?? 0))
          : state === 'failed'
            ? t.failed(errorsByCode.get(failure ?? '') ?? adminMessages.errors.Internal, nextAt !== null)
            : nextAt === null
              ? t.never
              : t.next(timeText(nextAt))
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
        rows: view.differences.map(rowOf),
      })
    },
    async onRun(): Promise<void> {
      await this.deed('run', async () => {
        const { provider, day } = this.data
        this.show((await act('bills', { provider, day, run: true })).reconciliation)
      })
    },
    onOrder(event: WechatMiniprogram.TouchEvent<object, object, { no: string }>): void {
      wx.navigateTo({ url: `/pages/admin/order/index?orderNo=${event.currentTarget.dataset.no}` })
    },
    async onRepair(event: WechatMiniprogram.TouchEvent<object, object, { key: string; how: How }>): Promise<void> {
      const { key, how } = event.currentTarget.dataset
      const row = this.data.rows.find((one) => one.key === key)
      if (!row) return
      if (how === 'ignore') {
        this.setData({ noteFor: key, note: '', problem: '' })
        return
      }
      await this.deed(key, async () => {
        const content = t.sure[how](row.no, row.ours)
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
      if (row) await this.deed(row.key, () => this.repair(row, 'ignore', note))
    },
    async repair({ kind, no }: Row, how: How, note: string): Promise<void> {
      const { provider, day } = this.data
      const wish = `${provider} ${day} ${kind} ${no} ${how}`
      const requestId = this.wishes.get(wish) ?? newNumber()
      this.wishes.set(wish, requestId)
      const deed = { provider, day, kind, no, how, ...(note !== '' && { note }), requestId }
      const { reconciliation } = await ask('repair', deed)
      this.wishes.delete(wish)
      if (provider === this.data.provider && day === this.data.day) {
        this.setData({ noteFor: '' })
        this.show(reconciliation)
      }
      const isOpen = reconciliation.differences.some(
        (one) => one.kind === kind && one.no === no && one.repairs.length > 0,
      )
      wx.showToast({ title: isOpen ? t.stays : t.repaired, icon: 'none' })
    },
    async deed(busy: string, work: () => Promise<void>): Promise<void> {
      if (this.busy) return
      this.busy = true
      this.setData({ busy })
      try {
        await work()
      } catch (error) {
        const code: FailureCode = codeOf(error)
        wx.showToast({ title: code === 'Forbidden' ? t.overLimit : adminMessages.errors[code], icon: 'none' })
        await this.load()
      } finally {
        this.busy = false
        this.setData({ busy: '' })
      }
    },
  },
})
