// One contract: its state, the next charge, past charges, and the button to end it. The server's record decides whether
// the contract is signed; the signing page's result only selects the sentence shown until then.

import type { ContractView } from '../../../cloudfunctions/shared/api/contracts'
import type { PageWith } from '../../componentWith'
import { type ContractWay, contractMessages, contractWays, signingWays } from '../../contractMessages'
import { contractHeadline, contractStanding, contractTones, isContractAwaited } from '../../contractStanding'
import {
  type ChargeLine,
  type ContractEvent,
  chargeLine,
  contractEvents,
  missedText,
  priceText,
} from '../../contractTexts'
import { inLanguage } from '../../messages'
import { moneyText } from '../../money'
import { beijingDay, beijingMinute } from '../../rules/beijing'
import { orderNoPattern } from '../../rules/numbers'
import { copyText } from '../../services/clipboard'
import { codeOf, type FailureCode } from '../../services/cloud'
import {
  endContract,
  type ReturnWord,
  readContract,
  refreshContract,
  type SignEnd,
  signContract,
} from '../../services/contracts'
import type { Tone } from '../../standing'
import { createWatch, type Watch } from '../../watch'

interface Fields {
  contractNo: string
  contract: ContractView | null
  /** The result from WeChat's signing page, if the user came from that page. */
  word: ReturnWord | undefined
  watch: Watch
  /** true: the page has polled for a minute and nothing changed. */
  late: boolean
  /** Number of the newest read. The page drops answers to older reads, so that they never replace newer data. */
  asked: number
  applied: number
  visible: boolean
  gone: boolean
  busy: boolean
  /** The action whose failure message is on screen. */
  failed: 'signing' | 'end' | undefined
}

const words = new Map<string | undefined, ReturnWord>([
  ['signed', 'signed'],
  ['refused', 'refused'],
  ['already', 'already'],
  ['left', 'left'],
])

// WeChat sends no pre-debit notice for a charge that comes right after signing.
function nextNote({ next, plan, charges }: ContractView): string {
  if (!next) return ''
  if (next.announcedAt !== null) return contractMessages.contract.nextAnnounced(beijingDay(next.announcedAt))
  const isFirst = plan.trialDays === 0 && charges.every(({ state }) => state !== 'paid')
  return isFirst ? '' : contractMessages.contract.nextToAnnounce
}

;(Component as PageWith<Fields>)({
  data: {
    t: contractMessages.contract,
    stop: contractMessages.facts.stop,
    state: 'loading' as 'loading' | 'ready' | 'error',
    errorText: '',
    errorWay: 'retry' as ContractWay,
    errorWayText: '',
    contractNo: '',
    plan: '',
    note: '',
    price: '',
    title: '',
    text: '',
    tone: 'quiet' as Tone,
    nextDay: '',
    nextFen: 0,
    nextNote: '',
    currency: 'CNY',
    missed: '',
    missedFen: 0,
    missedLabel: '',
    missedOrderNo: '',
    signBy: '',
    signed: '',
    ended: '',
    charges: [] as ChargeLine[],
    hasHistory: false,
    timeline: [] as ContractEvent[],
    isWaiting: false,
    isLate: false,
    maySign: false,
    maySignAnew: false,
    isSignedElsewhere: false,
    mayEnd: false,
    signing: false,
    ending: false,
    problem: '',
    problemWay: 'retry' as ContractWay,
    problemWayText: '',
  },
  lifetimes: {
    created() {
      this.contractNo = ''
      this.contract = null
      this.word = undefined
      this.late = false
      this.asked = 0
      this.applied = 0
      this.visible = false
      this.gone = false
      this.busy = false
      this.failed = undefined
      this.watch = createWatch(
        () => this.ask(),
        () => {
          this.late = true
          this.show()
        },
      )
    },
  },
  methods: {
    onLoad(query: Record<string, string | undefined>): void {
      wx.setNavigationBarTitle({ title: contractMessages.contract.title })
      const { contractNo = '', word } = query
      if (!orderNoPattern.test(contractNo)) {
        this.showError('NotFound')
        return
      }
      this.contractNo = contractNo
      this.word = words.get(word)
      this.setData({ contractNo })
    },
    onShow(): void {
      this.visible = true
      if (this.contractNo !== '' && !this.busy) this.open()
    },
    onHide(): void {
      this.rest()
    },
    onUnload(): void {
      this.gone = true
      this.rest()
    },
    rest(): void {
      this.visible = false
      this.watch.stop()
    },
    async onPullDownRefresh(): Promise<void> {
      if (this.contract) {
        const error = await this.read(refreshContract)
        if (error) wx.showToast({ title: contractMessages.errors[error], icon: 'none' })
        else this.follow()
      } else if (this.contractNo !== '') await this.open()
      wx.stopPullDownRefresh()
    },
    /** After a return from WeChat's signing page, the server asks WeChat for the result. */
    async open(): Promise<void> {
      const error = await this.read(this.word === undefined ? readContract : refreshContract)
      if (!error || this.contract) this.follow()
      else if (this.word !== undefined) await this.openAnyway()
      else this.showError(error)
    },
    // If WeChat cannot be asked, still show our own record.
    async openAnyway(): Promise<void> {
      const error = await this.read(readContract)
      if (error) this.showError(error)
      else this.follow()
    },
    /** Reads the contract with the given function and shows it. Returns the failure's code, if any. */
    async read(by: (contractNo: string) => Promise<ContractView>): Promise<FailureCode | undefined> {
      const mine = ++this.asked
      try {
        this.apply(await by(this.contractNo), mine)
        return undefined
      } catch (error) {
        return codeOf(error)
      }
    },
    /**
     * Shows a contract.
     * @param asked number of the read that returned this contract; if a newer read was shown, the page drops the
     * contract
     */
    apply(contract: ContractView, asked: number): void {
      if (this.gone || asked < this.applied) return
      this.applied = asked
      this.contract = contract
      this.show()
    },
    async ask(): Promise<boolean> {
      await this.read(refreshContract)
      return this.contract !== null && isContractAwaited(this.contract)
    },
    /** Starts polling when the contract may change soon. */
    follow(): void {
      if (!this.visible || this.busy || !this.contract) return
      this.late = false
      if (isContractAwaited(this.contract)) this.watch.start()
      else this.watch.stop()
      this.show()
    },
    show(): void {
      const { contract, word, late } = this
      if (!contract) return
      const standing = contractStanding(contract, word)
      const { title, text } = contractHeadline(contract, word, late)
      const { next, missed, plan } = contract
      const isWaiting = standing === 'confirming' || standing === 'charging' || standing === 'ending'
      this.setData({
        state: 'ready',
        plan: inLanguage(plan.title, plan.titleEn),
        note: inLanguage(plan.note, plan.noteEn),
        price: priceText(plan),
        title,
        text,
        tone: standing === 'toSign' && word === 'refused' ? 'bad' : contractTones[standing],
        nextDay: next && !missed && standing !== 'charging' ? beijingMinute(next.at) : '',
        nextFen: next?.amountFen ?? 0,
        nextNote: nextNote(contract),
        currency: plan.currency,
        missed: missedText(contract),
        missedFen: missed?.amountFen ?? 0,
        missedLabel: missed ? `${contractMessages.contract.payNow} ${moneyText(missed.amountFen, plan.currency)}` : '',
        missedOrderNo: missed?.orderNo ?? '',
        signBy: contract.maySign && contract.signBy !== null ? beijingMinute(contract.signBy) : '',
        signed: contract.signedAt === null ? '' : beijingMinute(contract.signedAt),
        ended: contract.endedAt === null ? '' : beijingMinute(contract.endedAt),
        charges: contract.charges.map((charge) => chargeLine(charge, contract)),
        hasHistory: contract.signedAt !== null,
        timeline: contractEvents(contract),
        isWaiting: isWaiting && !late && isContractAwaited(contract),
        isLate: isWaiting && late,
        maySign: contract.maySign && standing === 'toSign' && word !== 'already',
        isSignedElsewhere: standing === 'toSign' && word === 'already',
        maySignAnew: standing === 'notSigned' || standing === 'ended',
        mayEnd: contract.mayEnd,
      })
      const isOver = (this.failed === 'signing' && !this.data.maySign) || (this.failed === 'end' && !this.data.mayEnd)
      if (isOver) this.setData({ problem: '' })
    },
    async onGoOn(): Promise<void> {
      const { contract } = this
      if (this.busy || !contract) return
      this.busy = true
      this.watch.stop()
      this.setData({ signing: true, problem: '' })
      const wish = { plan: contract.plan.plan, contractNo: contract.contractNo }
      const ended = await signContract(wish, () => this.setData({ signing: false }))
      this.busy = false
      if (this.gone) return
      this.setData({ signing: false })
      await this.afterSigning(ended)
    },
    async afterSigning(ended: SignEnd): Promise<void> {
      if (ended.end === 'back') {
        this.word = ended.word
        await this.open()
        return
      }
      const { end, failure } = ended
      // The contract is already signed, or its signing is over. Reload the contract and show its current state.
      const isElsewhere = end === '-101' || failure === 'Conflict'
      if (isElsewhere) this.word = undefined
      await this.read(isElsewhere ? refreshContract : readContract)
      this.follow()
      if (this.data.maySign) {
        const text = failure === undefined ? contractMessages.signing[end].text : contractMessages.errors[failure]
        this.showProblem('signing', text, failure === undefined ? signingWays[end] : contractWays[failure])
      }
    },
    onPayMissed(): void {
      wx.navigateTo({ url: `/pages/order/index?orderNo=${this.data.missedOrderNo}` })
    },
    onCharge(event: WechatMiniprogram.TouchEvent): void {
      const { no } = event.currentTarget.dataset
      if (no) wx.navigateTo({ url: `/pages/order/index?orderNo=${no}` })
    },
    async onEnd(): Promise<void> {
      if (this.busy || !this.contract) return
      this.busy = true
      const { t } = this.data
      try {
        const { confirm } = await wx.showModal({
          title: t.endTitle,
          content: this.contract.missed ? t.endMissedText : t.endText,
          cancelText: t.endNo,
          confirmText: t.endYes,
          confirmColor: '#9f3623',
        })
        if (!confirm) return
        this.setData({ ending: true, problem: '' })
        this.apply(await endContract(this.contractNo), ++this.asked)
      } catch (error) {
        await this.afterFailedEnd(codeOf(error))
      } finally {
        this.busy = false
        if (!this.gone) {
          this.setData({ ending: false })
          this.follow()
        }
      }
    },
    /** A request to end the contract that got no answer may have taken effect. Reload the contract to find out. */
    async afterFailedEnd(code: FailureCode): Promise<void> {
      if (this.gone) return
      await this.read(readContract)
      if (this.data.mayEnd) {
        const way = code === 'Conflict' ? 'retry' : contractWays[code]
        this.showProblem('end', contractMessages.errors[code], way)
      }
    },
    showProblem(failed: 'signing' | 'end', problem: string, problemWay: ContractWay): void {
      this.failed = failed
      this.setData({ problem, problemWay, problemWayText: contractMessages.ways[problemWay] })
    },
    showError(code: FailureCode): void {
      const errorWay = contractWays[code]
      this.setData({
        state: 'error',
        errorText: contractMessages.errors[code],
        errorWay,
        errorWayText: contractMessages.ways[errorWay],
      })
    },
    onRefresh(): void {
      this.follow()
    },
    onErrorWay(): void {
      if (this.data.errorWay === 'retry') {
        this.setData({ state: 'loading' })
        this.open()
      } else this.go(this.data.errorWay)
    },
    onProblemWay(): void {
      if (this.data.problemWay !== 'retry') this.go(this.data.problemWay)
      else if (this.failed === 'end') this.onEnd()
      else this.onGoOn()
    },
    go(way: ContractWay): void {
      if (way === 'plans') wx.redirectTo({ url: '/pages/plans/index' })
      else if (way === 'contracts') wx.redirectTo({ url: '/pages/contracts/index' })
    },
    onPlans(): void {
      this.go('plans')
    },
    onMine(): void {
      this.go('contracts')
    },
    onCopyNo(): void {
      void copyText(this.contractNo)
    },
  },
})
