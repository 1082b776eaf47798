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
import { hour } from './world'

export const billRules: BillRules = { readyMs: 10 * hour, refundDay: 'doneAt' }

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
    /** whether an attempt is in our database */
    private readonly isStored: (no: string) => boolean,
  ) {
    if (bank.habits.closes)
      this.close = ({ paymentNo }) => this.askOf(paymentNo, `close ${paymentNo}`, () => bank.close(paymentNo))
  }

  prepare({ paymentNo, amountFen }: PrepareInput): Promise<{ payInfo: string; theirNo?: string }> {
    const { bank } = this
    return this.call(`prepare ${paymentNo}`, () => {
      if (!this.isStored(paymentNo))
        bank.world.fail('a provider hears only of what is stored', `${paymentNo} is not in its order`)
      bank.open(paymentNo, amountFen)
      return { payInfo: `pay ${paymentNo}`, theirNo: `T${paymentNo}` }
    })
  }

  query({ paymentNo, theirNo, isSecond }: PaymentRef): Promise<PaymentReport> {
    const trade = isSecond && theirNo !== null ? theirNo : undefined
    return this.askOf(paymentNo, `ask about ${paymentNo}`, () => this.bank.report(paymentNo, trade))
  }

  refund({ payment, refundNo, amountFen }: RefundInput): Promise<RefundSent> {
    const { bank, process } = this
    process.refundsUnderWay += 1
    return this.call(`refund ${refundNo}`, () => {
      if (!this.isStored(refundNo))
        bank.world.fail('a provider hears only of what is stored', `${refundNo} is not in its order`)
      return bank.refund(payment.paymentNo, refundNo, amountFen)
    }).catch((error: unknown) => {
      // Where nothing arrived the caller sometimes knows.
      const isKnown = error instanceof Error && error.message === neverArrived && process.random.happens(0.5)
      return isKnown ? notSent : unknown
    })
  }

  queryRefund({ payment, refundNo }: RefundInput): Promise<RefundAnswer> {
    const { bank } = this
    return this.orUnknown(`ask about ${refundNo}`, () => {
      const there = bank.ledger.get(payment.paymentNo)?.refunds.get(refundNo)
      return there ? bank.refundReport(there) : notFound
    })
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
    if (headers.sign !== 'good') throw new AppError('BadSignature', 'the signature differs')
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

  private call<T>(what: string, effect: () => T): Promise<T> {
    return this.process.call(`${this.bank.code} ${what}`, effect, odds, this.limitMs)
  }

  private askOf(paymentNo: string, what: string, effect: () => PaymentReport): Promise<PaymentReport> {
    return this.call(what, effect).catch(() => {
      this.bank.wasSilent(paymentNo)
      return unknown
    })
  }

  private orUnknown<T>(what: string, effect: () => T): Promise<T | typeof unknown> {
    return this.call(what, effect).catch(() => unknown)
  }
}
