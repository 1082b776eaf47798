// The plans on offer, the facts to know before signing, and the button to WeChat's signing page after explicit consent.
import type { PlanView } from '../../../cloudfunctions/shared/api/contracts'
import type { PageWith } from '../../componentWith'
import { type ContractWay, contractMessages, contractWays, signingWays } from '../../contractMessages'
import { type Fact, type PlanRow, planFacts, planRow, planSummary } from '../../contractTexts'
import { codeOf } from '../../services/cloud'
import { chargeMessages, contractUrl, plans, type SignEnd, signContract } from '../../services/contracts'
import { askToTell } from '../../services/messages'
import { serverNow } from '../../services/serverTime'

interface Fields {
  plans: PlanView[]
  /** Number of the contract that this user has already signed (result code −101). */
  existing: string
  loading: boolean
  busy: boolean
  gone: boolean
}

;(Component as PageWith<Fields>)({
  data: {
    t: contractMessages.plans,
    state: 'loading' as 'loading' | 'ready' | 'empty' | 'error',
    errorText: '',
    rows: [] as PlanRow[],
    chosen: '',
    facts: [] as Fact[],
    summary: '',
    agreed: false,
    signing: false,
    problem: '',
    way: 'retry' as ContractWay,
    wayText: '',
  },
  lifetimes: {
    created() {
      this.plans = []
      this.existing = ''
      this.loading = false
      this.busy = false
      this.gone = false
    },
  },
  methods: {
    onLoad(): void {
      wx.setNavigationBarTitle({ title: contractMessages.plans.title })
      this.load()
    },
    onShow(): void {
      // Dates in the plan may have changed since loading. Reload, so that the user agrees to the current dates.
      if (this.data.state === 'ready') this.load()
    },
    onUnload(): void {
      this.gone = true
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
      if (this.loading || this.busy) return
      this.loading = true
      try {
        this.plans = await plans()
        const before = this.data.chosen
        const chosen = this.plans.find(({ plan }) => plan === before) ?? this.plans[0]
        this.setData({ state: chosen ? 'ready' : 'empty', rows: this.plans.map(planRow) })
        this.choose(chosen?.plan ?? '')
      } catch (error) {
        const errorText = contractMessages.errors[codeOf(error)]
        if (this.data.state === 'ready') wx.showToast({ title: errorText, icon: 'none' })
        else this.setData({ state: 'error', errorText })
      } finally {
        this.loading = false
      }
    },
    /** Consent applies only to this plan with exactly the text that was shown. */
    choose(chosen: string): void {
      const plan = this.plans.find((one) => one.plan === chosen)
      const facts = plan ? planFacts(plan, serverNow()) : []
      const isSame = chosen === this.data.chosen && JSON.stringify(facts) === JSON.stringify(this.data.facts)
      this.setData({
        chosen,
        facts,
        summary: plan ? planSummary(plan, serverNow()) : '',
        agreed: isSame && this.data.agreed,
      })
    },
    onChoose(event: WechatMiniprogram.TouchEvent): void {
      const { plan } = event.currentTarget.dataset
      if (this.busy || plan === this.data.chosen) return
      this.setData({ problem: '' })
      this.choose(plan)
    },
    onAgree(): void {
      if (!this.busy) this.setData({ agreed: !this.data.agreed })
    },
    async onSign(): Promise<void> {
      if (this.busy) return
      if (!this.data.agreed) {
        wx.showToast({ title: contractMessages.plans.agreeFirst, icon: 'none' })
        return
      }
      this.busy = true
      // Ask for permission before anything is awaited, because WeChat shows its permission dialog only directly in a
      // tap.
      const asked = askToTell(chargeMessages())
      this.setData({ signing: true, problem: '' })
      await asked
      const ended = await signContract({ plan: this.data.chosen }, () => this.setData({ signing: false }))
      this.busy = false
      if (!this.gone) this.afterSigning(ended)
    },
    afterSigning(ended: SignEnd): void {
      this.setData({ signing: false })
      if (ended.end === 'back') {
        wx.redirectTo({ url: contractUrl(ended.contractNo, ended.word) })
        return
      }
      const { end, failure, contractNo } = ended
      this.existing = end === '-101' ? (contractNo ?? '') : ''
      const way = failure === undefined ? signingWays[end] : contractWays[failure]
      this.setData({
        problem:
          failure === undefined
            ? contractMessages.signing[end].text
            : failure === 'Network'
              ? contractMessages.plans.noAnswer
              : contractMessages.errors[failure],
        way,
        wayText: contractMessages.ways[way],
      })
      // The plan has changed or is no longer offered. Reload the list before the user agrees again.
      if (failure === 'BadInput') this.load()
    },
    onWay(): void {
      const { way } = this.data
      if (way === 'retry') this.onSign()
      else if (way === 'contract' && this.existing !== '') wx.navigateTo({ url: contractUrl(this.existing) })
      else if (way === 'contract' || way === 'contracts') this.onMine()
      else if (way === 'plans') this.setData({ problem: '' })
    },
    onMine(): void {
      wx.navigateTo({ url: '/pages/contracts/index' })
    },
  },
})
