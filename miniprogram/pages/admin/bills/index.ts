// Reconciliation: compares a provider's bill of one day with our records, shows the differences and lets staff resolve
// them.
import type { AdminResults, DifferenceView, ReconciliationView } from '../../../../cloudfunctions/shared/api/admin'
import { moneyText } from '../../../money'
import { beijingDay, beijingMinute, dayMs } from '../../../rules/beijing'
import { serverNow } from '../../../services/serverTime'
import type { PlaceState, Tap } from '../backOffice'
import { detailPage } from '../detailPage'
import { agreed } from '../dialogs'
import { adminMessages } from '../messages'
import { act, ask, providerName, whoAmI } from '../service'
import { t } from './messages'

type Kind = DifferenceView['kind']
type How = 'query' | 'record' | 'refund' | 'ignore'

interface Row {
  key: string
  no: string
  theirNo: string | null
  kind: Kind
  title: string
  url: string
  ours: string
  theirs: string
  time: string
  waits: boolean
  repaired: string
  note: string
  repairs: { how: How; label: string }[]
}

// A placeholder for the provider's code, used until the first answer lists the providers that have bills. No provider
// has this code.
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
  url: one.orderNo === null ? '' : `/pages/admin/order/index?orderNo=${one.orderNo}`,
  ours: fen(one.oursFen),
  theirs: fen(one.theirsFen),
  time: one.theirAt === null ? '' : beijingMinute(one.theirAt),
  waits: one.waits,
  repaired: one.repaired
    ? t.repairedBy(
        t.hows[one.repaired.how],
        one.repaired.by === 'timer' ? '' : one.repaired.by,
        beijingMinute(one.repaired.at),
      )
    : '',
  note: one.repaired?.note ?? '',
  repairs: one.repairs.map((how) => ({ how, label: t.hows[how] })),
})

/** Each row's key comes from its difference, not its position, so that typed text stays with its row after a reload. */
function rowsOf(differences: readonly DifferenceView[]): Row[] {
  const counts = new Map<string, number>()
  return differences.map((one) => {
    const name = `${one.kind} ${one.no} ${one.theirNo}`
    const nth = counts.get(name) ?? 0
    counts.set(name, nth + 1)
    return rowOf(one, `${name} ${nth}`)
  })
}

function statusOf({ state, ranAt, failure, nextAt }: ReconciliationView): string {
  if (state === 'done') return t.done(beijingMinute(ranAt ?? 0))
  if (state === 'failed')
    return t.failed(errorsByCode.get(failure ?? '') ?? adminMessages.errors.Internal, nextAt !== null)
  return nextAt === null ? t.never : t.next(beijingMinute(nextAt))
}

interface Place {
  provider: string
  day: string
}

interface Shown {
  status: string
  isDone: boolean
  counts: { name: string; billed: string; recorded: string }[]
  matched: string
  kinds: string[]
  found: string
  rows: Row[]
}

const neverCompared: Shown = {
  status: t.never,
  isDone: false,
  counts: [],
  matched: '',
  kinds: [],
  found: '',
  rows: [],
}

function billShown(view: ReconciliationView): Shown {
  const { billed, recorded, state } = view
  const count = (name: string, what: 'payments' | 'refunds') => {
    const pair = (side: typeof recorded) => `${side[what]} · ${moneyText(side[`${what}Fen`], 'CNY')}`
    return { name, billed: pair(billed), recorded: pair(recorded) }
  }
  return {
    status: statusOf(view),
    isDone: state === 'done',
    counts: [
      count(t.payments, 'payments'),
      count(t.refunds, 'refunds'),
      ...(billed.feesFen === null ? [] : [{ name: t.fees, billed: moneyText(billed.feesFen, 'CNY'), recorded: '' }]),
    ],
    matched: t.matched(view.matched),
    kinds: kindCodes.filter((kind) => view.counts[kind] > 0).map((kind) => `${t.kinds[kind]} ${view.counts[kind]}`),
    found: view.found > view.differences.length ? t.onlySome(view.found) : '',
    rows: rowsOf(view.differences),
  }
}

detailPage({
  title: adminMessages.pages.bills,
  data: {
    t,
    ...neverCompared,
    codes: [] as string[],
    names: [] as string[],
    place: 0,
    provider: noProvider,
    providerText: '',
    day: '',
    lastDay: '',
    mayAct: false,
    noteFor: '',
  },
  /**
   * `isAsked`: the page's URL names a day (`?day=2026-03-01`). Then the page shows this day, even if the phone's clock
   * is wrong.
   */
  fields: () => ({ isAsked: false }),
  open({ provider = noProvider, day }): void {
    const yesterday = beijingDay(serverNow() - dayMs)
    this.isAsked = day !== undefined
    this.setData({ lastDay: yesterday, day: day ?? yesterday, provider })
  },
  async read(): Promise<AdminResults['bills']> {
    const { provider, day } = this.data
    const [bills, { role }] = await Promise.all([ask('bills', { provider, day }), whoAmI()])
    this.setData({ mayAct: role === 'owner' || role === 'operator' })
    return bills
  },
  show({ providers, reconciliation, now }): PlaceState {
    const { provider, day, lastDay } = this.data
    const yesterday = beijingDay(now - dayMs)
    const known = providers.includes(provider) ? provider : (providers[0] ?? '')
    this.setData({
      lastDay: yesterday,
      codes: providers,
      names: providers.map(providerName),
      place: providers.indexOf(known),
      providerText: providerName(known),
    })
    // If the phone's clock is wrong and staff have chosen no day, show yesterday by the server's clock.
    const isOtherDay = lastDay !== yesterday && day === lastDay && !this.isAsked
    if (isOtherDay || (known !== provider && known !== '')) {
      this.again({ ...(isOtherDay && { day: yesterday }), ...(known !== '' && { provider: known }) })
      return 'loading'
    }
    this.showBill(reconciliation)
    return providers.length > 0 ? 'ready' : 'empty'
  },
  methods: {
    showBill(view: ReconciliationView | null): void {
      this.setData({ ...(view === null ? neverCompared : billShown(view)) })
    },
    /** Shows the result of an action, unless the user has opened another bill before the answer arrived. */
    keep({ provider, day }: Place, view: ReconciliationView | null, changes: object): void {
      if (provider !== this.data.provider || day !== this.data.day) return
      this.round += 1
      this.showBill(view)
      this.setData({ ...changes, state: 'ready' })
    },
    onProvider({ detail }: Tap): void {
      this.again({ provider: this.data.codes[Number(detail.value)] ?? this.data.provider })
    },
    onDay({ detail }: Tap): void {
      this.again({ day: detail.value })
    },
    async onRun(): Promise<void> {
      const { provider, day } = this.data
      await this.settle('run', async () => {
        this.keep({ provider, day }, (await act('bills', { provider, day, run: true })).reconciliation, {})
      })
    },
    async onRepair({ currentTarget }: Tap<{ key: string; how: How }>): Promise<void> {
      const { key, how } = currentTarget.dataset
      const row = this.data.rows.find((one) => one.key === key)
      if (!row) return
      if (how === 'ignore') return this.setData({ noteFor: key })
      await this.settle(key, async () => {
        const content = t.sure[how](row.no, row.theirs)
        const confirm = await agreed({ title: t.hows[how], content, confirmText: adminMessages.confirm })
        if (confirm) await this.repair(row, how, '')
      })
    },
    onNoteCancel(): void {
      this.setData({ noteFor: '' })
    },
    async onNoteSave({ detail: { value: note } }: Tap): Promise<void> {
      const row = this.data.rows.find(({ key }) => key === this.data.noteFor)
      if (row) await this.settle(row.key, () => this.repair(row, 'ignore', note))
    },
    async repair({ kind, no, theirNo }: Row, how: How, note: string): Promise<void> {
      const { provider, day } = this.data
      const wish = { provider, day, kind, no, theirNo, how, ...(note !== '' && { note }) }
      const { reconciliation } = await act('repair', wish, { repeats: true })
      this.keep({ provider, day }, reconciliation, { noteFor: '' })
      const isOpen = reconciliation.differences.some(
        (one) => one.kind === kind && one.no === no && one.theirNo === theirNo && one.repairs.length > 0,
      )
      const stays = how === 'refund' ? t.onItsWay : t.stays
      wx.showToast({ title: isOpen ? stays : t.repaired, icon: 'none', duration: 3_000 })
    },
    settle(busy: string, work: () => Promise<void>): Promise<void> {
      return this.perform(busy, work, { Forbidden: t.overLimit })
    },
  },
})
