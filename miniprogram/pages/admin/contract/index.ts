// One subscription for staff: its terms, the calendar of its charges, what happened, and to end it.
import type { StaffContractView } from '../../../../cloudfunctions/shared/api'
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
import { dayText, timeText } from '../../../time'
import { t } from '../contracts/messages'
import { agreed, copy } from '../dialogs'
import { type PlaceState, placeOf } from '../endless'
import { adminMessages } from '../messages'
import { act, ask, whoAmI } from '../service'

interface Fields {
  contractNo: string
  contract: StaffContractView | undefined
  busy: boolean
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
    busy: false,
  },
  lifetimes: {
    created() {
      this.contractNo = ''
      this.contract = undefined
      this.busy = false
    },
  },
  methods: {
    onLoad(query: { contractNo?: string }): void {
      wx.setNavigationBarTitle({ title: t.title })
      this.contractNo = query.contractNo ?? ''
      this.load()
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
        const [{ contracts }, { role }] = await Promise.all([
          ask('contracts', { contractNo: this.contractNo }),
          whoAmI(),
        ])
        const [contract] = contracts
        if (!contract) {
          this.setData({ state: 'error', errorText: adminMessages.errors.NotFound })
          return
        }
        this.show(contract)
        this.setData({ state: 'ready', mayEnd: contract.mayEnd && (role === 'owner' || role === 'operator') })
      } catch (error) {
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
        const month = dayText(charge.startsAt).slice(0, 7)
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
          ...line(t.signed, contract.signedAt === null ? null : timeText(contract.signedAt)),
          ...line(t.next, next === null ? null : `${dayText(next.at)} · ${moneyText(next.amountFen, plan.currency)}`),
          ...line(t.ended, contract.endedAt === null ? null : timeText(contract.endedAt)),
          ...line(t.theirNo, contract.theirNo),
          ...(tries > 2 && dueAt !== null ? line('', t.tries(tries, timeText(dueAt))) : []),
        ],
        months: [...months].map(([month, charges]) => ({ month, charges })),
        history: contractEvents(contract),
      })
    },
    onOrder(event: WechatMiniprogram.TouchEvent<object, object, { no: string }>): void {
      const { no } = event.currentTarget.dataset
      if (no) wx.navigateTo({ url: `/pages/admin/order/index?orderNo=${no}` })
    },
    onOrders(): void {
      wx.navigateTo({ url: `/pages/admin/orders/index?number=${this.contractNo}` })
    },
    onCopy(): void {
      copy(this.contractNo)
    },
    async onEnd(): Promise<void> {
      const { contract } = this
      if (this.busy || !contract) return
      this.busy = true
      this.setData({ busy: true })
      try {
        const confirm = await agreed({
          title: t.endTitle,
          content: t.endText(inLanguage(contract.plan.title, contract.plan.titleEn)),
          confirmText: t.endYes,
        })
        if (!confirm) return
        const done = await act('endContract', { contractNo: this.contractNo })
        this.show(done.contract)
        this.setData({ mayEnd: false })
      } catch (error) {
        wx.showToast({ title: adminMessages.errors[codeOf(error)], icon: 'none' })
        await this.load()
      } finally {
        this.busy = false
        this.setData({ busy: false })
      }
    },
  },
})
