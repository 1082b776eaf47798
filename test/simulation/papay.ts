// A simulated provider of contracts: who has signed, which pre-debit notices were sent, and the debits. It follows
// WeChat Pay's rules for pre-debit notices (docs/provider-facts.md 6.7). If our code breaks one of these rules, an
// invariant breaks.
import { isAtOnce } from '../../cloudfunctions/shared/domain/chargeSteps'
import type { Contract } from '../../cloudfunctions/shared/domain/contractShape'
import type { Order } from '../../cloudfunctions/shared/domain/orders/orderShape'
import type {
  AnnouncementReport,
  ContractRef,
  ContractReport,
  Contracts,
  DebitInput,
  PaymentRef,
  PaymentReport,
  Provider,
} from '../../cloudfunctions/shared/providers/provider'
import { dayOf } from '../../miniprogram/rules/beijing'
import type { Bank } from './bank'
import type { Odds, Process } from './process'
import type { Random } from './random'
import type { Shop } from './shop'
import { minute, type World } from './world'

export interface Signed {
  contractNo: string
  theirNo: string
  payer: string
  signedAt: number
  endedAt: number | null
  /** when each pre-debit notice was sent, and on how many days it allows a debit */
  announced: { at: number; days: number }[]
}

interface Debit {
  paymentNo: string
  amountFen: number
  state: 'accepted' | 'paid' | 'closed'
  /** when the provider accepted the debit, epoch ms */
  at: number
}

const odds: Odds = { lost: 0.03, notSent: 0.03, hangs: 0.005 }
const limitMs = 6_000
const unknown = { outcome: 'unknown' as const, raw: null }
// A debit may follow on the second day after the pre-debit notice and the days after it: on seven days, or on as many as
// the merchant asked for.
const firstDebitDay = 2
const mostWindowDays = 7

export class PapayBook {
  readonly contracts = new Map<string, Signed>()
  readonly debits = new Map<string, Debit>()
  /** probability that the subscriber has enough money for a debit */
  readonly fundsOdds: number
  private readonly random: Random
  private readonly world: World

  constructor(
    private readonly shop: Shop,
    private readonly bank: Bank,
    private readonly notify: (bank: Bank, news: object) => void,
  ) {
    this.world = shop.world
    this.random = this.world.randomOf('papay')
    this.fundsOdds = this.random.pick([1, 0.8, 0.3])
    shop.addTo = (code, process) => (code === bank.code ? this.doorFor(process) : {})
  }

  /** A subscriber signs on the provider's page. */
  sign(contractNo: string, payer: string): void {
    if (this.contracts.has(contractNo)) return
    const signedAt = this.world.now
    const theirNo = `C${contractNo}`
    this.contracts.set(contractNo, { contractNo, theirNo, payer, signedAt, endedAt: null, announced: [] })
    this.world.say(1, () => `${payer} signs ${contractNo}`)
    if (this.random.happens(0.85)) this.tell(contractNo)
  }

  end(contractNo: string, by: string, isTold = this.random.happens(0.85)): void {
    const contract = this.contracts.get(contractNo)
    if (!contract || contract.endedAt !== null) return
    contract.endedAt = this.world.now
    this.world.say(1, () => `${by} ends ${contractNo} at the provider`)
    if (isTold) this.tell(contractNo)
  }

  private tell(contractNo: string): void {
    const { raw: _, ...news } = this.contractReport(contractNo)
    this.notify(this.bank, { contractNo, ...news })
  }

  private contractReport(contractNo: string): ContractReport {
    const contract = this.contracts.get(contractNo)
    if (!contract) return { outcome: 'refused', raw: null }
    const { theirNo, payer, signedAt, endedAt } = contract
    return { outcome: endedAt === null ? 'signed' : 'ended', theirNo, payer, at: endedAt ?? signedAt, raw: null }
  }

  private announce(ref: ContractRef, windowDays: number | null): AnnouncementReport {
    const contract = this.contracts.get(ref.contractNo)
    if (!contract || contract.endedAt !== null) return { outcome: 'later', cause: 'contract' }
    contract.announced.push({ at: this.world.now, days: windowDays ?? mostWindowDays })
    this.world.say(1, () => `the provider announces a debit of ${ref.contractNo}`)
    return { outcome: 'sent' }
  }

  private debit({ paymentNo, amountFen, contract: ref }: DebitInput): PaymentReport {
    const { world } = this
    const there = this.debits.get(paymentNo)
    if (there) return this.debitReport(paymentNo)
    const order = this.shop.store.peek<Order>('orders', paymentNo.slice(0, 22))
    const ours = this.shop.store.peek<Contract>('contracts', ref.contractNo)
    if (!order?.payments.some(({ no }) => no === paymentNo))
      world.fail('a provider hears only of what is stored', `${paymentNo} is not in its order`)
    const contract = this.contracts.get(ref.contractNo)
    if (!contract || contract.endedAt !== null) return { outcome: 'declined', cause: 'contract', raw: null }
    const endedAt = ours?.endedAt ?? ours?.ending?.at ?? world.now
    if (endedAt < world.now - 10 * minute) world.fail('nothing is debited after the end', ref.contractNo)
    this.checkAnnounced(contract, ours)
    this.debits.set(paymentNo, { paymentNo, amountFen, state: 'accepted', at: world.now })
    world.after(1_000 + this.random.below(5 * minute), () => this.settle(paymentNo, contract))
    return { outcome: 'pending', raw: null }
  }

  private checkAnnounced({ contractNo, announced }: Signed, ours: Contract | undefined): void {
    const { now } = this.world
    if (ours && isAtOnce(ours, now)) return
    const today = dayOf(now)
    const isAnnounced = announced.some(({ at, days }) => {
      const since = today - dayOf(at)
      return since >= firstDebitDay && since < firstDebitDay + days
    })
    if (!isAnnounced) this.world.fail('no debit without its announcement', contractNo)
  }

  private settle(paymentNo: string, contract: Signed): void {
    const debit = this.debits.get(paymentNo)
    if (debit?.state !== 'accepted') return
    const isPaid = this.random.happens(this.fundsOdds) && contract.endedAt === null
    debit.state = isPaid ? 'paid' : 'closed'
    if (isPaid) {
      this.bank.open(paymentNo, debit.amountFen)
      this.bank.pay(paymentNo)
      return
    }
    this.world.reached.add('debit that found no money')
    this.world.say(1, () => `the debit ${paymentNo} finds no money`)
    if (this.random.happens(0.85)) this.notify(this.bank, { paymentNo, outcome: 'declined', cause: 'funds' })
  }

  private debitReport(paymentNo: string): PaymentReport {
    const debit = this.debits.get(paymentNo)
    if (!debit) return { ...unknown, notFound: true }
    if (debit.state === 'paid') return this.bank.report(paymentNo)
    if (debit.state === 'accepted') return { outcome: 'pending', raw: null }
    return { outcome: 'closed', cause: 'funds', raw: null }
  }

  // In its first five minutes WeChat Pay closes no debit (SYSTEMERROR). If WeChat Pay does not know the number
  // (ORDERNOTEXIST), our client reports `closed` only when the attempt is older than that, because the debit may still be
  // on its way.
  private closeDebit({ paymentNo, createdAt, now }: PaymentRef): PaymentReport {
    const debit = this.debits.get(paymentNo)
    if (debit?.state === 'paid') return this.bank.report(paymentNo)
    const age = debit ? this.world.now - debit.at : now - createdAt
    if (debit?.state !== 'closed' && age <= 5 * minute) return unknown
    if (debit) debit.state = 'closed'
    return { outcome: 'closed', cause: 'technical', raw: null }
  }

  private doorFor(process: Process): Partial<Provider> {
    const call = <T>(what: string, effect: () => T): Promise<T> => process.call(`papay ${what}`, effect, odds, limitMs)
    const orUnknown = <T>(what: string, effect: () => T): Promise<T | typeof unknown> =>
      call(what, effect).catch(() => unknown)
    const contracts: Contracts = {
      sign: ({ contractNo }) => ({ appId: 'sign', path: 'sign', extraData: { contractNo } }),
      query: ({ contractNo }) => orUnknown('ask about the contract', () => this.contractReport(contractNo)),
      end: ({ contractNo }) =>
        orUnknown('end the contract', () => {
          this.end(contractNo, 'the shop')
          const report = this.contractReport(contractNo)
          return report.outcome === 'refused' ? { outcome: 'ended' as const, raw: null } : report
        }),
      announce: (ref, { windowDays }) => orUnknown('announce', () => this.announce(ref, windowDays)),
      debit: (input) => orUnknown(`debit ${input.paymentNo}`, () => this.debit(input)),
    }
    return {
      contracts,
      shopperName: (openid) => openid,
      query: ({ paymentNo }) => orUnknown(`ask about ${paymentNo}`, () => this.debitReport(paymentNo)),
      close: (payment) => orUnknown(`close ${payment.paymentNo}`, () => this.closeDebit(payment)),
    }
  }
}
