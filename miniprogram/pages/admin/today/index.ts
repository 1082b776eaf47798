// First admin page: today's takings and the cases that wait for a person. A non-staff user can enter an invite code
// here.

import type { NeedView, StatsView } from '../../../../cloudfunctions/shared/api/admin'
import type { PageWith } from '../../../componentWith'
import { moneyText } from '../../../money'
import { beijingDay, beijingMinute } from '../../../rules/beijing'
import { longest } from '../../../rules/terms'
import { codeOf, type FailureCode } from '../../../services/cloud'
import { learnTime } from '../../../services/serverTime'
import { once, type PlaceState, placeOf } from '../backOffice'
import { adminMessages } from '../messages'
import { act, ask, forgetMe, providerName, whoAmI } from '../service'
import { settingsName } from '../settings/health'
import { go } from '../ways'
import { t } from './messages'

type Rows = StatsView['days'][number]['rows']

const againMs = 60_000

interface Fields {
  timer: ReturnType<typeof setInterval> | undefined
  /** Number of the newest request, used to drop slower answers to older requests. */
  round: number
}

const sum = (rows: Rows, name: 'orders' | 'tried' | 'succeeded' | 'paid' | 'takingsFen' | 'refunds' | 'refundedFen') =>
  rows.reduce((total, row) => total + row[name], 0)

/** Amounts by currency, CNY first. Amounts in different currencies are never added up. */
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

type Difference = Extract<NeedView, { what: 'difference' }>

interface NeedRow {
  text: string
  /** URL of the page on which staff resolve the case. */
  url: string
}

function needRow(need: Exclude<NeedView, Difference>, now: number): NeedRow {
  if (need.what === 'complaints')
    return {
      text: t.needs.complaints(need.count, beijingMinute(need.by), need.by < now),
      url: '/pages/admin/complaints/index',
    }
  if (need.what === 'notices')
    return {
      text: t.needs.notices(adminMessages.noticeKinds[need.kind], need.count),
      url: `/pages/admin/notices/index?kind=${need.kind}`,
    }
  if (need.what === 'settings')
    return {
      text: t.needs.settings(
        settingsName(need),
        need.problem,
        need.at === null ? '' : need.problem === 'refused' ? beijingMinute(need.at) : beijingDay(need.at),
      ),
      url: `/pages/admin/provider/index?code=${need.code}`,
    }
  const text = t.needs[need.what](need.count)
  if (need.what === 'pastDue') return { text, url: '/pages/admin/contracts/index?state=pastDue' }
  if (need.what === 'endpoints') return { text, url: '/pages/admin/endpoints/index' }
  return { text, url: `/pages/admin/orders/index?needs=${need.what}` }
}

/**
 * One row for all bills of a provider that have differences. The row opens the oldest day, because staff should begin
 * there.
 */
function differenceRow(provider: string, differences: readonly Difference[]): NeedRow {
  const [day = ''] = differences.map((one) => one.day).sort()
  const days = differences.length
  const count = differences.reduce((total, one) => total + one.count, 0)
  const name = providerName(provider)
  return {
    text: days === 1 ? t.needs.difference(name, day, count) : t.needs.differences(name, days, count),
    url: `/pages/admin/bills/index?provider=${provider}&day=${day}`,
  }
}

function needRows(needs: readonly NeedView[], now: number): NeedRow[] {
  const differences = needs.filter((need) => need.what === 'difference')
  return needs.flatMap((need) => {
    if (need.what !== 'difference') return [needRow(need, now)]
    const those = differences.filter(({ provider }) => provider === need.provider)
    return need === those[0] ? [differenceRow(need.provider, those)] : []
  })
}

;(Component as PageWith<Fields>)({
  data: {
    t,
    longest,
    a: adminMessages,
    state: 'loading' as PlaceState | 'door' | 'name',
    // The page names stay hidden until the user's role is known.
    isStaff: false,
    errorText: '',
    needs: [] as (NeedRow & { key: string })[],
    /** The text in place of the rows: it says that there is nothing to do, or that the rows could not be loaded. */
    noNeeds: '',
    takings: '',
    takingsBefore: '',
    figures: [] as { name: string; value: string; before: string }[],
    providers: [] as { code: string; name: string; amount: string; rate: string }[],
    domains: [] as { code: string; name: string; value: string }[],
    bars: [] as { day: string; label: string; height: number; isToday: boolean; short: string }[],
    hasTakings: false,
    asOf: '',
    code: '',
    name: '',
    problem: '',
    busy: '',
  },
  lifetimes: {
    created() {
      this.timer = undefined
      this.round = 0
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
      const failed = await this.load()
      wx.stopPullDownRefresh()
      if (failed && failed !== 'Forbidden' && this.stands())
        wx.showToast({ title: adminMessages.errors[failed], icon: 'none' })
    },
    onRetry(): void {
      this.setData({ state: 'loading' })
      this.load()
    },
    /**
     * Whether the page's content must stay on screen when an error message shows. It stays if the page shows figures,
     * or if the user is typing a code or a name.
     */
    stands(): boolean {
      return this.data.state === 'ready' || this.data.state === 'door' || this.data.state === 'name'
    },
    /** Loads the page and returns the failure's code, if any. What is on screen stays after a failure. */
    async load(): Promise<FailureCode | undefined> {
      const mine = ++this.round
      // Do not reload while the user is entering a name.
      if (this.data.state === 'name') return undefined
      try {
        const { role } = await whoAmI()
        if (mine !== this.round) return undefined
        if (role === 'stranger') {
          forgetMe()
          this.setData({ state: 'door', isStaff: false })
          return undefined
        }
        this.setData({ isStaff: true })
        const stats = await ask('stats', {})
        if (mine !== this.round) return undefined
        learnTime(stats.now)
        this.show(stats)
        return undefined
      } catch (error) {
        if (mine !== this.round) return undefined
        const code = codeOf(error)
        // A user who was just removed from the staff sees the field for an invite code again.
        if (code === 'Forbidden') {
          forgetMe()
          this.setData({ state: 'door', isStaff: false })
        } else if (!this.stands()) this.setData({ state: placeOf(code), errorText: adminMessages.errors[code] })
        return code
      }
    },
    show({ days, yesterdaySoFar, domainNames, countedAt, needs, now }: StatsView): void {
      const today = days[days.length - 1]?.rows ?? []
      const yesterday = days[days.length - 2]?.rows ?? []
      const fens = days.map(({ rows }) =>
        sum(
          rows.filter(({ currency }) => currency === 'CNY'),
          'takingsFen',
        ),
      )
      const most = Math.max(...fens, 1)
      const nameOf = new Map(domainNames.map(({ code, name }) => [code, name]))
      const systems = [...new Set(today.flatMap(({ domain }) => domain ?? []))]
      const codes = [...new Set(today.flatMap(({ provider }) => provider ?? []))]
      this.setData({
        state: 'ready',
        needs: needRows(needs ?? [], now).map((row, index) => ({ key: String(index), ...row })),
        noNeeds: needs === null ? t.needsUnread : t.nothing,
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
        domains: systems.map((code) => {
          const rows = today.filter(({ domain }) => domain === code)
          const value = `${t.ordered(sum(rows, 'orders'))} · ${amounts(rows, 'takingsFen')}`
          return { code, name: nameOf.get(code) ?? code, value }
        }),
        bars: days.map(({ day }, index) => ({
          day,
          label: t.chartLabel(day, moneyText(fens[index] ?? 0, 'CNY')),
          height: Math.round(((fens[index] ?? 0) / most) * 100),
          isToday: index === days.length - 1,
          short: index % 7 === (days.length - 1) % 7 ? day.slice(5) : '',
        })),
        hasTakings: fens.some((fen) => fen > 0),
        asOf: t.asOf(beijingMinute(countedAt)),
      })
    },
    onNeed(event: WechatMiniprogram.TouchEvent<object, object, { url: string }>): void {
      go(event.currentTarget.dataset.url)
    },
    onCode(event: WechatMiniprogram.Input): void {
      this.setData({ code: event.detail.value, problem: '' })
    },
    async onEnter(): Promise<void> {
      const code = this.data.code.trim()
      if (code === '') return
      const enter = async () => {
        this.setData({ problem: '' })
        const { role, name } = await act('claim', { code })
        forgetMe()
        if (role !== 'stranger') wx.showToast({ title: t.welcome(adminMessages.roles[role]), icon: 'none' })
        if (role !== 'stranger' && name === '') {
          this.round += 1
          this.setData({ state: 'name', name: '' })
        } else await this.goIn()
      }
      await once(this, 'enter', enter, (failure) => {
        const isWrong = failure === 'Forbidden' || failure === 'BadInput'
        this.setData({ problem: isWrong ? t.wrongCode : adminMessages.errors[failure] })
      })
    },
    async goIn(): Promise<void> {
      this.setData({ state: 'loading', code: '' })
      await this.load()
    },
    onName(event: WechatMiniprogram.Input): void {
      this.setData({ name: event.detail.value, problem: '' })
    },
    /**
     * This user has just used the invite code. Sends the same code a second time, now with a name. The server accepts a
     * used code from the same user.
     */
    async onNamed(): Promise<void> {
      const name = this.data.name.trim()
      if (name === '') {
        this.setData({ problem: t.nameFirst })
        return
      }
      const keep = async () => {
        await act('claim', { code: this.data.code.trim(), name }, { repeats: true })
        forgetMe()
        await this.goIn()
      }
      await once(this, 'name', keep, (failure) => this.setData({ problem: adminMessages.errors[failure] }))
    },
    onNoName(): void {
      if (this.data.busy === '') this.goIn()
    },
  },
})
