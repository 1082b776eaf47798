// One subscription for staff: its terms, the calendar of its charges, what happened, and to end it.
import type { StaffContractView } from '../../../../cloudfunctions/shared/api/admin'
import type { PageWith } from '../../../componentWith'
import {
  type ChargeLine,
  type ContractCard,
  type ContractEvent,
  chargeLine,
  contractCard,
  contractEvents,
  missedText,
} from '../../../contractTexts'
import { inLanguage } from '../../../messages'
import { moneyText } from '../../../money'
import { codeOf } from '../../../services/cloud'
import { once, type PlaceState, placeOf } from '../backOffice'
import { t } from '../contracts/messages'
import { agreed, copy } from '../dialogs'
import { adminMessages } from '../messages'
import { act, actionsDone, ask, whoAmI } from '../service'
import { beijingDayOf, beijingTimeOf } from '../texts'
import { go } from '../ways'

interface Fields {
  contractNo: string
  contract: StaffContractView | undefined
  /** the actions done when it was read */
  seen: number
  /** a slower answer to an older question is dropped */
  round: number
}

;(Component as PageWith<Fields>)({
  data: {
    t,
    a: adminMessages,
    state: 'loading' as PlaceState,
    errorText: '',
    card: null as ContractCard | null,
    missed: '',
    lines: [] as { name: string; value: string }[],
    months: [] as { month: string; charges: (ChargeLine & { amount: string; mark: string })[] }[],
    history: [] as ContractEvent[],
    contractNo: '',
    mayEnd: false,
    busy: '',
  },
  lifetimes: {
    created() {
      this.contractNo = ''
      this.contract = undefined
      this.seen = -1
      this.round = 0
    },
  },
  methods: {
    onLoad(query: { contractNo?: string }): void {
      wx.setNavigationBarTitle({ title: t.title })
      this.contractNo = query.contractNo ?? ''
      this.load()
    },
    // After an action on another page it may be another one.
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
    async load(): Promise<void> {
      const mine = ++this.round
      this.seen = actionsDone()
      try {
        const [{ contracts }, { role }] = await Promise.all([
          ask('contracts', { contractNo: this.contractNo }),
          whoAmI(),
        ])
        if (mine !== this.round) return
        const [contract] = contracts
        if (!contract) {
          this.setData({ state: 'error', errorText: adminMessages.errors.NotFound })
          return
        }
        this.show(contract)
        this.setData({ state: 'ready', mayEnd: contract.mayEnd && (role === 'owner' || role === 'operator') })
      } catch (error) {
        if (mine !== this.round) return
        this.seen = -1
        const code = codeOf(error)
        if (this.contract && code !== 'Forbidden') wx.showToast({ title: adminMessages.errors[code], icon: 'none' })
        else this.setData({ state: placeOf(code), errorText: adminMessages.errors[code] })
      }
    },
    show(contract: StaffContractView): void {
      this.contract = contract
      const line = (name: string, value: string | null) => (value === null ? [] : [{ name, value }])
      const { next, plan, tries, dueAt } = contract
      const months = new Map<string, (ChargeLine & { amount: string; mark: string })[]>()
      for (const charge of contract.charges) {
        const month = beijingDayOf(charge.startsAt).slice(0, 7)
        const words = chargeLine(charge, contract)
        const mark =
          words.tone === 'bad'
            ? 'tag--bad'
            : words.tone === 'good'
              ? 'tag--good'
              : words.tone === 'wait'
                ? 'tag--warn'
                : ''
        const amount = moneyText(charge.amountFen, plan.currency)
        months.set(month, [...(months.get(month) ?? []), { ...words, amount, mark }])
      }
      this.setData({
        contractNo: contract.contractNo,
        card: contractCard(contract),
        missed: missedText(contract),
        lines: [
          ...line(t.plan, inLanguage(plan.title, plan.titleEn)),
          ...line(t.shopper, contract.shopper),
          ...line(t.signed, contract.signedAt === null ? null : beijingTimeOf(contract.signedAt)),
          ...line(
            t.next,
            next === null ? null : `${beijingDayOf(next.at)} · ${moneyText(next.amountFen, plan.currency)}`,
          ),
          ...line(t.ended, contract.endedAt === null ? null : beijingTimeOf(contract.endedAt)),
          ...line(t.theirNo, contract.theirNo),
          ...(tries > 2 && dueAt !== null ? line('', t.tries(tries, beijingTimeOf(dueAt))) : []),
        ],
        months: [...months].map(([month, charges]) => ({ month, charges })),
        history: contractEvents(contract),
      })
    },
    onOrder(event: WechatMiniprogram.TouchEvent<object, object, { no: string }>): void {
      const { no } = event.currentTarget.dataset
      if (no) go(`/pages/admin/order/index?orderNo=${no}`)
    },
    onOrders(): void {
      go(`/pages/admin/orders/index?number=${this.contractNo}`)
    },
    onCopy(): void {
      copy(this.contractNo)
    },
    async onEnd(): Promise<void> {
      const { contract } = this
      if (!contract) return
      const end = async () => {
        const confirm = await agreed({
          title: t.endTitle,
          content: t.endText(inLanguage(contract.plan.title, contract.plan.titleEn)),
          confirmText: t.endYes,
        })
        if (!confirm) return
        const done = await act('endContract', { contractNo: this.contractNo })
        // Newer than whatever was asked before, which is not waited for.
        this.round += 1
        this.show(done.contract)
        this.setData({ state: 'ready', mayEnd: false })
      }
      await once(this, 'end', end, async (code) => {
        wx.showToast({ title: adminMessages.errors[code], icon: 'none' })
        await this.load()
      })
    },
  },
})
