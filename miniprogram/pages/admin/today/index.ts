// What came in today, and above all what waits for a person. Who is not of the shop finds the door here.
import type { NeedView, StatsView } from '../../../../cloudfunctions/shared/api'
import type { PageWith } from '../../../componentWith'
import { moneyText } from '../../../money'
import { codeOf } from '../../../services/cloud'
import { learnTime } from '../../../services/serverTime'
import { dayText, timeText } from '../../../time'
import { type PlaceState, placeOf } from '../endless'
import { adminMessages, providerName } from '../messages'
import { act, ask, forgetMe, whoAmI } from '../service'
import { t } from './messages'

type Rows = StatsView['days'][number]['rows']

const againMs = 60_000

interface Fields {
  timer: ReturnType<typeof setInterval> | undefined
  busy: boolean
}

const sum = (rows: Rows, name: 'orders' | 'tried' | 'succeeded' | 'paid' | 'takingsFen' | 'refunds' | 'refundedFen') =>
  rows.reduce((total, row) => total + row[name], 0)

/** Amounts by currency, the yuan first: money of two countries is never added up. */
function amounts(rows: Rows, name: 'takingsFen' | 'refundedFen'): string {
  const currencies = [...new Set(['CNY', ...rows.map(({ currency }) => currency)])]
  const parts = currencies.flatMap((currency) => {
    const fen = sum(
      rows.filter((row) => row.currency === currency),
      name,
    )
    return fen > 0 || currency === 'CNY' ? [moneyText(fen, currency)] : []
  })
  return parts.join(' + ')
}

const rate = (rows: Rows): string => {
  const tried = sum(rows, 'tried')
  return tried === 0 ? '—' : `${Math.round((sum(rows, 'succeeded') / tried) * 100)}%`
}

function needText(need: NeedView): string {
  if (need.what === 'notices') return t.needs.notices(adminMessages.noticeKinds[need.kind], need.count)
  if (need.what === 'difference') return t.needs.difference(providerName(need.provider), need.day, need.count)
  if (need.what === 'settings')
    return t.needs.settings(providerName(need.code), need.problem, need.at === null ? '' : dayText(need.at))
  return t.needs[need.what](need.count)
}

function needUrl(need: NeedView): string {
  if (need.what === 'notices') return `/pages/admin/notices/index?kind=${need.kind}`
  if (need.what === 'difference') return `/pages/admin/bills/index?provider=${need.provider}&day=${need.day}`
  if (need.what === 'settings') return `/pages/admin/provider/index?code=${need.code}`
  if (need.what === 'pastDue') return '/pages/admin/contracts/index?state=pastDue'
  return `/pages/admin/orders/index?needs=${need.what}`
}

;(Component as PageWith<Fields>)({
  data: {
    t,
    a: adminMessages,
    state: 'loading' as PlaceState | 'door',
    // Until this is known not even the names of the pages show.
    isStaff: false,
    errorText: '',
    needs: [] as { key: string; text: string; url: string }[],
    takings: '',
    takingsBefore: '',
    figures: [] as { name: string; value: string; before: string }[],
    providers: [] as { code: string; name: string; amount: string; rate: string }[],
    bars: [] as { day: string; label: string; height: number; isToday: boolean; short: string }[],
    hasTakings: false,
    asOf: '',
    code: '',
    problem: '',
    entering: false,
  },
  lifetimes: {
    created() {
      this.timer = undefined
      this.busy = false
    },
  },
  methods: {
    onLoad(): void {
      wx.setNavigationBarTitle({ title: adminMessages.title })
    },
    onShow(): void {
      this.load()
      this.rest()
      this.timer = setInterval(() => this.load(), againMs)
    },
    onHide(): void {
      this.rest()
    },
    onUnload(): void {
      this.rest()
    },
    rest(): void {
      if (this.timer !== undefined) clearInterval(this.timer)
      this.timer = undefined
    },
    async onPullDownRefresh(): Promise<void> {
      await this.load()
      wx.stopPullDownRefresh()
    },
    onRetry(): void {
      this.setData({ state: 'loading' })
      this.load()
    },
    async load(): Promise<void> {
      try {
        if ((await whoAmI()).role === 'stranger') {
          forgetMe()
          this.setData({ state: 'door', isStaff: false })
          return
        }
        this.setData({ isStaff: true })
        const stats = await ask('stats', {})
        learnTime(stats.now)
        this.show(stats)
      } catch (error) {
        const code = codeOf(error)
        // Somebody who was removed a moment ago is at the door.
        if (code === 'Forbidden') {
          forgetMe()
          this.setData({ state: 'door', isStaff: false })
        } else if (this.data.state !== 'ready')
          this.setData({ state: placeOf(code), errorText: adminMessages.errors[code] })
      }
    },
    show({ days, yesterdaySoFar, countedAt, needs }: StatsView): void {
      const today = days[days.length - 1]?.rows ?? []
      const yesterday = days[days.length - 2]?.rows ?? []
      const fens = days.map(({ rows }) =>
        sum(
          rows.filter(({ currency }) => currency === 'CNY'),
          'takingsFen',
        ),
      )
      const most = Math.max(...fens, 1)
      const codes = [...new Set(today.flatMap(({ provider }) => provider ?? []))]
      this.setData({
        state: 'ready',
        needs: needs.map((need, index) => ({ key: String(index), text: needText(need), url: needUrl(need) })),
        takings: amounts(today, 'takingsFen'),
        takingsBefore: `${t.against(amounts(yesterdaySoFar, 'takingsFen'))} · ${t.yesterday} ${amounts(yesterday, 'takingsFen')}`,
        figures: [
          {
            name: t.orders,
            value: t.pieces(sum(today, 'orders')),
            before: t.against(t.pieces(sum(yesterdaySoFar, 'orders'))),
          },
          {
            name: t.refunds,
            value: amounts(today, 'refundedFen'),
            before: t.against(amounts(yesterdaySoFar, 'refundedFen')),
          },
          { name: t.success, value: rate(today), before: t.against(rate(yesterdaySoFar)) },
        ],
        providers: codes.map((code) => {
          const rows = today.filter(({ provider }) => provider === code)
          return { code, name: providerName(code), amount: amounts(rows, 'takingsFen'), rate: rate(rows) }
        }),
        bars: days.map(({ day }, index) => ({
          day,
          label: t.chartLabel(day, moneyText(fens[index] ?? 0, 'CNY')),
          height: Math.round(((fens[index] ?? 0) / most) * 100),
          isToday: index === days.length - 1,
          short: index % 7 === (days.length - 1) % 7 ? day.slice(5) : '',
        })),
        hasTakings: fens.some((fen) => fen > 0),
        asOf: t.asOf(timeText(countedAt)),
      })
    },
    onNeed(event: WechatMiniprogram.TouchEvent<object, object, { url: string }>): void {
      wx.navigateTo({ url: event.currentTarget.dataset.url })
    },
    onCode(event: WechatMiniprogram.Input): void {
      this.setData({ code: event.detail.value, problem: '' })
    },
    async onEnter(): Promise<void> {
      const code = this.data.code.trim()
      if (this.busy || code === '') return
      this.busy = true
      this.setData({ entering: true, problem: '' })
      try {
        const { role } = await act('claim', { code })
        forgetMe()
        if (role !== 'stranger') wx.showToast({ title: t.welcome(adminMessages.roles[role]), icon: 'none' })
        this.setData({ state: 'loading', code: '' })
        await this.load()
      } catch (error) {
        const failure = codeOf(error)
        const isWrong = failure === 'Forbidden' || failure === 'BadInput'
        this.setData({ problem: isWrong ? t.wrongCode : adminMessages.errors[failure] })
      } finally {
        this.busy = false
        this.setData({ entering: false })
      }
    },
  },
})
