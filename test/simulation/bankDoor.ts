// Connects one process with a simulated bank through our Provider interface. A call may get lost on its way to the
// bank, and an answer may get lost on its way back.
import { startOfDayText } from '../../cloudfunctions/shared/domain/days'
import { AppError } from '../../cloudfunctions/shared/domain/errors'
import type {
  BillRow,
  BillRules,
  ContractReport,
  HttpAnswer,
  Notice,
  PaymentRef,
  PaymentReport,
  PrepareInput,
  Provider,
  RawRequest,
  RefundAnswer,
  RefundInput,
  RefundReport,
  RefundSent,
} from '../../cloudfunctions/shared/providers/provider'
import { dayMs } from '../../miniprogram/rules/beijing'
import type { Bank } from './bank'
import { neverArrived, type Odds, type Process } from './process'
import { hour, minute } from './world'

export const billRules: BillRules = { readyMs: 10 * hour, refundDay: 'doneAt' }

// How long a process may still use old settings: a minute because the instance caches them, a minute because the
// function still runs, and three minutes because its clock may be set back meanwhile.
const staleMs = 5 * minute

const odds: Odds = { lost: 0.03, notSent: 0.03, hangs: 0.005 }
// The worst fault is a refund that the provider executes twice, so calls about refunds hang more often.
const refundOdds: Odds = { ...odds, hangs: 0.04 }
const unknown = { outcome: 'unknown' as const, raw: null }
const notFound = { outcome: 'notFound' as const, raw: null }
const notSent = { outcome: 'notSent' as const, raw: null }

export class BankDoor implements Provider {
  readonly byTheirNo = true
  close?: (payment: PaymentRef) => Promise<PaymentReport>

  constructor(
    private readonly bank: Bank,
    private readonly process: Process,
    /** how long a call may take, in ms. The limit is shorter in a function whose answer a provider waits for */
    private readonly limitMs: number,
    /**
     * says whether our database contains the refund with this number. With a channel: whether it contains the attempt
     * with this number, at this provider and in this channel
     */
    private readonly isStored: (no: string, channel?: string) => boolean,
    private readonly key: number,
    /** the ledgers of the same provider's other merchants */
    private readonly others: () => readonly Bank[],
  ) {
    if (bank.habits.closes)
      this.close = ({ paymentNo }) => this.askOf(paymentNo, `close ${paymentNo}`, () => bank.close(paymentNo))
  }

  /** Makes a connection with the same settings for another process. */
  of(process: Process, limitMs: number): BankDoor {
    return new BankDoor(this.bank, process, limitMs, this.isStored, this.key, this.others)
  }

  prepare({ paymentNo, amountFen, channel }: PrepareInput): Promise<{ payInfo: string; theirNo?: string }> {
    const { bank } = this
    return this.call(
      `prepare ${paymentNo}`,
      () => {
        if (!this.isStored(paymentNo, channel))
          bank.world.fail(
            'a provider hears only of what is stored',
            `${paymentNo} is not in its order for this way to pay`,
          )
        bank.open(paymentNo, amountFen)
        return { payInfo: `pay ${paymentNo}`, theirNo: `T${paymentNo}` }
      },
      paymentNo,
    )
  }

  query({ paymentNo, theirNo, isSecond }: PaymentRef): Promise<PaymentReport> {
    const trade = isSecond && theirNo !== null ? theirNo : undefined
    return this.askOf(paymentNo, `ask about ${paymentNo}`, () => this.bank.report(paymentNo, trade))
  }

  refund({ payment, refundNo, amountFen }: RefundInput): Promise<RefundSent> {
    const { bank, process } = this
    process.refundsUnderWay += 1
    return this.call(
      `refund ${refundNo}`,
      () => {
        if (!this.isStored(refundNo))
          bank.world.fail('a provider hears only of what is stored', `${refundNo} is not in its order`)
        return bank.refund(payment.paymentNo, refundNo, amountFen)
      },
      payment.paymentNo,
      refundOdds,
    ).catch((error: unknown) => {
      // If the request never reached the bank, the caller knows so in half of the cases.
      const isKnown = error instanceof Error && error.message === neverArrived && process.random.happens(0.5)
      return isKnown ? notSent : unknown
    })
  }

  queryRefund({ payment, refundNo }: RefundInput): Promise<RefundAnswer> {
    const { bank } = this
    const ask = () => {
      const there = bank.ledger.get(payment.paymentNo)?.refunds.get(refundNo)
      return there ? bank.refundReport(there) : notFound
    }
    return this.call(`ask about ${refundNo}`, ask, payment.paymentNo).catch(() => unknown)
  }

  bill(day: string): Promise<BillRow[]> {
    const { world } = this.bank
    return this.call(`bill of ${day}`, () => {
      if (world.now < startOfDayText(day, 'day') + dayMs + billRules.readyMs)
        throw new AppError('ProviderUnavailable', 'the bill is not ready')
      return this.bank.bill(day)
    }).catch((cause: unknown) => {
      throw new AppError('ProviderUnavailable', 'no bill', { cause })
    })
  }

  parseNotice({ body, headers }: RawRequest): Notice {
    if (headers.sign !== 'good' || headers.key !== `${this.bank.account} ${this.key}`)
      throw new AppError('BadSignature', 'the signature differs')
    const text = Buffer.from(body).toString('utf8')
    const { paymentNo, refundNo, contractNo, ...news } = JSON.parse(text) as Record<string, string> & {
      paymentNo: string
    }
    const report = { ...news, raw: null }
    if (contractNo !== undefined) return { about: 'contract', contractNo, report: report as unknown as ContractReport }
    return refundNo === undefined
      ? { about: 'payment', paymentNo, report: report as unknown as PaymentReport }
      : { about: 'refund', refundNo, report: report as unknown as RefundReport }
  }

  answer(verdict: 'accepted' | 'rejected'): HttpAnswer {
    return { statusCode: verdict === 'accepted' ? 200 : 500, headers: {}, body: verdict }
  }

  /** @param no our number of the payment or contract that the call is about */
  private call<T>(what: string, effect: () => T, no?: string, fails = odds): Promise<T> {
    const { bank } = this
    return this.process.call(
      `${bank.account} ${what}`,
      () => {
        this.checkMerchant(no)
        if (!bank.takesKey(this.key)) throw new AppError('ProviderRefused', 'the key is refused')
        return effect()
      },
      fails,
      this.limitMs,
    )
  }

  private checkMerchant(no: string | undefined): void {
    const { bank } = this
    const { world, endedAt } = bank
    if (endedAt !== undefined && world.now > endedAt + staleMs)
      world.fail('nothing goes to a merchant whose settings were ended', `${bank.account} hears of ${no}`)
    if (no === undefined || bank.ledger.has(no) || !this.others().some((other) => other.ledger.has(no))) return
    world.fail('nothing goes to another merchant', `${bank.account} hears of ${no}`)
  }

  private askOf(paymentNo: string, what: string, effect: () => PaymentReport): Promise<PaymentReport> {
    return this.call(what, effect, paymentNo).catch(() => {
      this.bank.wasSilent(paymentNo)
      return unknown
    })
  }
}
