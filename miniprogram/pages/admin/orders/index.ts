// Orders for staff: search by any number, or filter within at most 31 days. Scrolling loads older orders.

import type { StaffOrderRow } from '../../../../cloudfunctions/shared/api/admin'
import { beijingDay, dayMs } from '../../../rules/beijing'
import { orderNoPattern, searchPattern, withoutOuterBlanks } from '../../../rules/numbers'
import { longestDays } from '../../../rules/terms'
import { knowsTime, learnTime, serverNow } from '../../../services/serverTime'
import type { Tap } from '../backOffice'
import { listPage, type Read } from '../listPage'
import { adminMessages } from '../messages'
import { ask, providerCodes, providerName } from '../service'
import { fenOf, orderRow } from '../texts'
import { t } from './messages'

type Question = Parameters<typeof ask<'orders'>>[1]
type Span = 'today' | 'week' | 'month' | 'own'
type FilterKind = 'none' | 'state' | 'provider' | 'amount' | 'contract'

const spans = (['today', 'week', 'month', 'own'] as const).map((value) => ({ value, label: t.days[value] }))
const spanDays = { today: 1, week: 7, month: 31 }
const kinds = (['none', 'state', 'provider', 'amount', 'contract'] as const).map((value) => ({
  value,
  label: t.filters[value],
}))
const states = (['paid', 'open', 'closed'] as const).map((value) => ({
  value,
  label: adminMessages.orderStates[value],
}))

const needsKinds = ['surplus', 'refund', 'shipping'] as const

const asks = ['number', 'span', 'from', 'to', 'kind', 'chosenState', 'chosenProvider', 'amount', 'contractNo'] as const
type Asked = (typeof asks)[number]

/** The last search. A user who returns to this page from another one finds the same list. */
let last: object = {}

listPage({
  title: adminMessages.pages.orders,
  data: {
    t,
    spans,
    kinds,
    states,
    providers: [] as { value: string; label: string }[],
    number: '',
    span: 'week' as Span,
    from: '',
    to: '',
    today: '',
    kind: 'none' as FilterKind,
    chosenState: 'paid' as 'open' | 'paid' | 'closed',
    chosenProvider: '',
    amount: '',
    contractNo: '',
    problem: '',
    emptyTitle: '',
    emptyText: '',
    /**
     * Shows only orders that need a person: with an overpayment ("surplus"), with a refund case, or to be shipped. With
     * this filter the date range is ignored.
     */
    needs: '' as '' | 'surplus' | 'refund' | 'shipping',
    /** A sentence that says what the orders of this filter need. */
    needsText: '',
  },
  fields: (): { question: Question | undefined } => ({ question: undefined }),
  open(query): void {
    const today = beijingDay(serverNow())
    const { number, contractNo } = query
    const needs = needsKinds.find((one) => one === query.needs) ?? ''
    this.setData({
      today,
      from: beijingDay(serverNow() - 6 * dayMs),
      to: today,
      needs,
      needsText: needs === '' ? '' : t.needs[needs],
      ...(Object.keys(query).length === 0 && last),
      ...(number !== undefined && { number }),
      ...(contractNo !== undefined && { kind: 'contract', contractNo, span: 'month' }),
    })
    this.ask()
  },
  methods: {
    onUnload(): void {
      last = Object.fromEntries(asks.map((name) => [name, this.data[name]]))
    },
    async onPullDownRefresh(): Promise<void> {
      this.ask()
      await this.load()
      wx.stopPullDownRefresh()
    },
    /** Text in the search field takes effect only when the user taps the search button. */
    onType({ currentTarget, detail }: Tap<{ name: Asked }>): void {
      this.setData({ [currentTarget.dataset.name]: detail.value })
    },
    onPick({ currentTarget, detail }: Tap<{ name: Asked }>): void {
      const { name } = currentTarget.dataset
      this.setData({ [name]: detail.value })
      this.onFilter()
      if (name !== 'kind') return
      // Show no error at a field that the user has not filled in yet.
      const typed = { amount: this.data.amount, contract: this.data.contractNo }
      const { kind } = this.data
      if ((kind === 'amount' || kind === 'contract') && typed[kind] === '') this.setData({ problem: '' })
    },
    onSearch(): void {
      this.again({ needs: '' })
    },
    onClear(): void {
      this.again({ number: '', needs: '', problem: '' })
    },
    /** Using a filter clears the search by number. */
    onFilter(): void {
      this.again({ number: '', needs: '' })
    },
    again(changes: object): void {
      this.setData({ ...changes, state: 'loading' })
      this.ask()
      this.load()
    },
    /**
     * Keeps a copy of the current search, so that later typing does not change the search while the user
     * scrolls.
     */
    ask(): void {
      const question = this.newQuestion()
      this.question = question
      this.setData({
        emptyTitle: question ? t.emptyTitle : '',
        emptyText: question ? ('number' in question ? t.emptySearch : t.emptyText) : t.notAsked,
      })
    },
    /** The search that the form describes; undefined if an input is invalid, and then the page shows the error. */
    newQuestion(): Question | undefined {
      const { number, needs, span, kind, amount, contractNo, chosenState, chosenProvider } = this.data
      const typed = withoutOuterBlanks(number)
      const isNumber = searchPattern.test(typed)
      if (typed !== '') {
        this.setData({ problem: isNumber ? '' : t.wrongNumber })
        return isNumber ? { number: typed } : undefined
      }
      if (needs !== '') return { filter: { needs } }
      const now = serverNow()
      const from = span === 'own' ? this.data.from : beijingDay(now - (spanDays[span] - 1) * dayMs)
      const to = span === 'own' ? this.data.to : beijingDay(now)
      const days = (Date.parse(to) - Date.parse(from)) / dayMs + 1
      const amountFen = fenOf(amount)
      const problem =
        days > longestDays.search || days < 1
          ? t.tooLong
          : kind === 'amount' && !amountFen
            ? t.wrongAmount
            : kind === 'contract' && !orderNoPattern.test(contractNo.trim())
              ? t.wrongContract
              : ''
      this.setData({ problem })
      if (problem !== '') return undefined
      const filters = {
        none: {},
        state: { filter: { state: chosenState } },
        provider: chosenProvider === '' ? {} : { filter: { provider: chosenProvider } },
        amount: { filter: { amountFen: amountFen ?? 0 } },
        contract: { filter: { contractNo: contractNo.trim() } },
      }
      // Send no dates until the server's time is known. Without dates the server searches the last seven days by its
      // own clock.
      const range = span === 'week' && !knowsTime() ? {} : { from, to }
      return { ...range, ...filters[kind] }
    },
  },
  async read(part): Promise<Read<StaffOrderRow>> {
    if (!this.question) return { items: [] }
    const { orders, broken, cursor, now } = await ask('orders', { ...this.question, ...part })
    learnTime(now)
    return { items: orders, broken, cursor }
  },
  row: orderRow,
  beside() {
    const providers = providerCodes().map((value) => ({ value, label: providerName(value) }))
    return {
      today: beijingDay(serverNow()),
      providers,
      chosenProvider: this.data.chosenProvider || (providers[0]?.value ?? ''),
    }
  },
})
