// Orders for staff: by any number, or by one filter within at most 31 days, as far back as they scroll.
import type { StaffOrderRow } from '../../../../cloudfunctions/shared/api/admin'
import type { PageWith } from '../../../componentWith'
import { knowsTime, learnTime, serverNow } from '../../../services/serverTime'
import {
  type Endless,
  type MoreState,
  newEndless,
  type Part,
  type PlaceState,
  type Read,
  readFirst,
  readMore,
  rowsFrom,
} from '../endless'
import { adminMessages, providerName } from '../messages'
import { ask, deedsDone } from '../service'
import { beijingDayOf, fenOf, type OrderRow, orderRow } from '../texts'
import { go } from '../ways'
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
const providers = [...adminMessages.providers.keys()].map((value) => ({ value, label: providerName(value) }))

const asks = ['number', 'span', 'from', 'to', 'kind', 'chosenState', 'chosenProvider', 'amount', 'contractNo'] as const

/** What was asked last: who goes to another page and comes back finds the same list. */
let last: object = {}

interface Fields {
  list: Endless<StaffOrderRow>
  /** what the list was asked with, whatever was typed or chosen since; undefined while that is no question */
  question: Question | undefined
}

;(Component as PageWith<Fields>)({
  data: {
    t,
    a: adminMessages,
    state: 'loading' as PlaceState,
    errorText: '',
    broken: '',
    more: 'no' as MoreState,
    rows: [] as OrderRow[],
    spans,
    kinds,
    states,
    providers,
    number: '',
    span: 'week' as Span,
    from: '',
    to: '',
    today: '',
    kind: 'none' as FilterKind,
    chosenState: 'paid' as 'open' | 'paid' | 'closed',
    chosenProvider: providers[0]?.value ?? '',
    amount: '',
    contractNo: '',
    problem: '',
    emptyTitle: '',
    emptyText: '',
    /** surplus or refund: what waits for a person, without days */
    needs: '' as '' | 'surplus' | 'refund',
  },
  lifetimes: {
    created() {
      this.list = newEndless()
      this.question = undefined
    },
  },
  methods: {
    onLoad(query: { needs?: string; number?: string; contractNo?: string }): void {
      wx.setNavigationBarTitle({ title: adminMessages.pages.orders })
      const today = beijingDayOf(serverNow())
      const needs = query.needs === 'surplus' || query.needs === 'refund' ? query.needs : ''
      const byContract = query.contractNo !== undefined && { kind: 'contract' as const, contractNo: query.contractNo }
      this.setData({
        today,
        from: beijingDayOf(serverNow(), -6),
        to: today,
        needs,
        ...(Object.keys(query).length === 0 && last),
        ...(query.number !== undefined && { number: query.number }),
        ...(byContract && { ...byContract, span: 'month' as const }),
      })
      this.load()
    },
    // After a deed on another page the list may be another one.
    onShow(): void {
      if (this.list.seen !== deedsDone()) this.readFirst()
    },
    onUnload(): void {
      last = Object.fromEntries(asks.map((name) => [name, this.data[name]]))
    },
    async onPullDownRefresh(): Promise<void> {
      await this.load()
      wx.stopPullDownRefresh()
    },
    onReachBottom(): void {
      readMore(
        this,
        this.list,
        (part) => this.read(part),
        (from) => this.show(from),
      )
    },
    onRetry(): void {
      this.setData({ state: 'loading' })
      this.load()
    },
    onNumber(event: WechatMiniprogram.Input): void {
      this.setData({ number: event.detail.value })
    },
    onSearch(): void {
      this.setData({ needs: '' })
      this.again()
    },
    onClear(): void {
      this.setData({ number: '', needs: '', problem: '' })
      this.again()
    },
    onSpan(event: WechatMiniprogram.TouchEvent<object, object, { value: Span }>): void {
      const span = event.currentTarget.dataset.value
      this.setData({ span })
      this.onFilter()
    },
    onFrom(event: WechatMiniprogram.CustomEvent<{ value: string }>): void {
      this.setData({ from: event.detail.value })
      this.onFilter()
    },
    onTo(event: WechatMiniprogram.CustomEvent<{ value: string }>): void {
      this.setData({ to: event.detail.value })
      this.onFilter()
    },
    onKind(event: WechatMiniprogram.TouchEvent<object, object, { value: FilterKind }>): void {
      const kind = event.currentTarget.dataset.value
      this.setData({ kind })
      this.onFilter()
      // What nobody has typed yet is not wrong.
      const typed = { amount: this.data.amount, contract: this.data.contractNo }
      if ((kind === 'amount' || kind === 'contract') && typed[kind] === '') this.setData({ problem: '' })
    },
    onState(event: WechatMiniprogram.TouchEvent<object, object, { value: 'open' | 'paid' | 'closed' }>): void {
      this.setData({ chosenState: event.currentTarget.dataset.value })
      this.onFilter()
    },
    onProvider(event: WechatMiniprogram.TouchEvent<object, object, { value: string }>): void {
      this.setData({ chosenProvider: event.currentTarget.dataset.value })
      this.onFilter()
    },
    onAmount(event: WechatMiniprogram.Input): void {
      this.setData({ amount: event.detail.value })
    },
    onContract(event: WechatMiniprogram.Input): void {
      this.setData({ contractNo: event.detail.value })
    },
    /** Whoever filters looks for no number any more. */
    onFilter(): void {
      this.setData({ number: '', needs: '' })
      this.again()
    },
    again(): void {
      this.setData({ state: 'loading' })
      this.load()
    },
    load(): Promise<void> {
      const question = this.newQuestion()
      this.question = question
      this.setData({
        emptyTitle: question ? t.emptyTitle : '',
        emptyText: question ? ('number' in question ? t.emptySearch : t.emptyText) : t.notAsked,
      })
      return this.readFirst()
    },
    readFirst(): Promise<void> {
      return readFirst(
        this,
        this.list,
        (part) => this.read(part),
        (from) => this.show(from),
      )
    },
    async read(part: Part): Promise<Read<StaffOrderRow>> {
      if (!this.question) return { items: [], broken: [], cursor: null }
      const { orders, broken, cursor, now } = await ask('orders', { ...this.question, ...part })
      learnTime(now)
      return { items: orders, broken, cursor }
    },
    /** What is asked; undefined while something in it is not right, which the page then says. */
    newQuestion(): Question | undefined {
      const { number, needs, span, kind, amount, contractNo, chosenState, chosenProvider } = this.data
      // Copied text brings spaces along, some of them without width.
      const plain = number.replace(/[\s\u200b-\u200f\u2060]/g, '')
      const isNumber = /^[\w-]{4,64}$/.test(plain)
      if (plain !== '') {
        this.setData({ problem: isNumber ? '' : t.wrongNumber })
        return isNumber ? { number: plain } : undefined
      }
      if (needs !== '') return { filter: { needs } }
      const now = serverNow()
      const from = span === 'own' ? this.data.from : beijingDayOf(now, 1 - spanDays[span])
      const to = span === 'own' ? this.data.to : beijingDayOf(now)
      const days = (Date.parse(to) - Date.parse(from)) / 86_400_000 + 1
      const amountFen = fenOf(amount)
      const problem =
        days > 31 || days < 1
          ? t.tooLong
          : kind === 'amount' && !amountFen
            ? t.wrongAmount
            : kind === 'contract' && !/^\d{14}[0-9a-z]{8}$/.test(contractNo.trim())
              ? t.wrongContract
              : ''
      this.setData({ problem })
      if (problem !== '') return undefined
      const filters = {
        none: {},
        state: { filter: { state: chosenState } },
        provider: { filter: { provider: chosenProvider } },
        amount: { filter: { amountFen: amountFen ?? 0 } },
        contract: { filter: { contractNo: contractNo.trim() } },
      }
      // The server's own last seven days, until its time is known.
      const range = span === 'week' && !knowsTime() ? {} : { from, to }
      return { ...range, ...filters[kind] }
    },
    show(from: number): void {
      this.setData({ ...rowsFrom(this.list.items, from, orderRow), today: beijingDayOf(serverNow()) })
    },
    onOpen(event: WechatMiniprogram.TouchEvent<object, object, { no: string }>): void {
      go(`/pages/admin/order/index?orderNo=${event.currentTarget.dataset.no}`)
    },
  },
})
