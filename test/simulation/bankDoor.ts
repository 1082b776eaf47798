// A bank as one process reaches it: the Provider interface over calls that may be lost on their way.
import { startOfDayText } from '../../cloudfunctions/shared/domain/days'
import { AppError } from '../../cloudfunctions/shared/domain/errors'
import { dayMs } from '../../cloudfunctions/shared/domain/period'
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
import type { Bank } from './bank'
import { neverArrived, type Odds, type Process } from './process'
import { hour, minute } from './world'

export const billRules: BillRules = { readyMs: 10 * hour, refundDay: 'doneAt' }

// A minute in the instance, a minute in the function, and an instance whose clock is set back meanwhile.
const staleMs = 5 * minute

const odds: Odds = { lost: 0.03, notSent: 0.03 }
const unknown = { outcome: 'unknown' as const, raw: null }
const notFound = { outcome: 'notFound' as const, raw: null }
const notSent = { outcome: 'notSent' as const, raw: null }

export class BankDoor implements Provider {
  readonly byTheirNo = true
  close?: (payment: PaymentRef) => Promise<PaymentReport>

  constructor(
    private readonly bank: Bank,
    private readonly process: Process,
    /** how long a call may take: less for a function that a provider waits for */
    private readonly limitMs: number,
    /** whether a refund, or an attempt for a channel of this provider, is in our database */
    private readonly isStored: (no: string, channel?: string) => boolean,
    private readonly key: number,
    /** the same provider's books for another merchant */
    private readonly others: () => readonly Bank[],
  ) {
    if (bank.habits.closes)
      this.close = ({ paymentNo }) => this.askOf(paymentNo, `close ${paymentNo}`, () => bank.close(paymentNo))
  }

  /** The same settings as another process reaches their bank. */
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
    ).catch((error: unknown) => {
      // Where nothing arrived the caller sometimes knows.
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

  /** @param no what it is about, by our number */
  private call<T>(what: string, effect: () => T, no?: string): Promise<T> {
    const { bank } = this
    return this.process.call(
      `${bank.account} ${what}`,
      () => {
        this.checkMerchant(no)
        if (!bank.takesKey(this.key)) throw new AppError('ProviderRefused', 'the key is refused')
        return effect()
      },
      odds,
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
