// One contract for staff: its terms, the calendar of its charges and its history. Staff can end the contract here.
import type { StaffContractView } from '../../../../cloudfunctions/shared/api/admin'
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
import { beijingDay, beijingMinute } from '../../../rules/beijing'
import { Failure } from '../../../services/cloud'
import type { PlaceState } from '../backOffice'
import { t } from '../contracts/messages'
import { detailPage } from '../detailPage'
import { agreed } from '../dialogs'
import { act, ask, whoAmI } from '../service'
import { type Line, line } from '../texts'

type Charge = ChargeLine & { amount: string; url: string }

function monthsOf(contract: StaffContractView): { month: string; charges: Charge[] }[] {
  const months = new Map<string, Charge[]>()
  for (const charge of contract.charges) {
    const month = beijingDay(charge.startsAt).slice(0, 7)
    const words = chargeLine(charge, contract)
    const url = words.orderNo ? `/pages/admin/order/index?orderNo=${words.orderNo}` : ''
    const amount = moneyText(charge.amountFen, contract.plan.currency)
    months.set(month, [...(months.get(month) ?? []), { ...words, amount, url }])
  }
  return [...months].map(([month, charges]) => ({ month, charges }))
}

function linesOf({ plan, shopper, signedAt, next, endedAt, theirNo, tries, dueAt }: StaffContractView): Line[] {
  const at = (time: number | null) => (time === null ? null : beijingMinute(time))
  return [
    ...line(t.plan, inLanguage(plan.title, plan.titleEn)),
    ...line(t.shopper, shopper),
    ...line(t.signed, at(signedAt)),
    ...line(t.next, next && `${beijingDay(next.at)} · ${moneyText(next.amountFen, plan.currency)}`),
    ...line(t.ended, at(endedAt)),
    ...line(t.theirNo, theirNo),
    ...line('', tries > 2 && dueAt !== null ? t.tries(tries, beijingMinute(dueAt)) : null),
  ]
}

detailPage({
  title: t.title,
  data: {
    t,
    card: null as ContractCard | null,
    missed: '',
    lines: [] as Line[],
    months: [] as { month: string; charges: Charge[] }[],
    history: [] as ContractEvent[],
    contractNo: '',
    mayEnd: false,
  },
  fields: () => ({ plan: '', mayAct: false }),
  open({ contractNo = '' }): void {
    this.setData({ contractNo })
  },
  async read(): Promise<StaffContractView> {
    const { contractNo } = this.data
    const [{ contracts }, { role }] = await Promise.all([ask('contracts', { contractNo }), whoAmI()])
    const [contract] = contracts
    if (!contract) throw new Failure('NotFound')
    this.mayAct = role === 'owner' || role === 'operator'
    return contract
  },
  show(contract): PlaceState {
    this.plan = inLanguage(contract.plan.title, contract.plan.titleEn)
    this.setData({
      card: contractCard(contract),
      missed: missedText(contract),
      lines: linesOf(contract),
      months: monthsOf(contract),
      history: contractEvents(contract),
      mayEnd: contract.mayEnd && this.mayAct,
    })
    return 'ready'
  },
  methods: {
    async onEnd(): Promise<void> {
      await this.perform('end', async () => {
        const question = { title: t.endTitle, content: t.endText(this.plan), confirmText: t.endYes }
        if (!(await agreed(question))) return
        this.showNew((await act('endContract', { contractNo: this.data.contractNo })).contract)
      })
    },
  },
})
