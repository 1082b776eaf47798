// A fake payment provider for tests of use cases. A test can let the shopper pay, make the provider fail, or lose its
// answers.
import * as z from 'zod/mini'
import { AppError } from '../../../cloudfunctions/shared/domain/errors'
import type {
  BillRow,
  Channel,
  PaymentReport,
  Provider,
  ProviderDefinition,
  RefundAnswer,
  RefundReport,
  RefundSent,
} from '../../../cloudfunctions/shared/providers/provider'

export type Mood = 'fine' | 'refuses' | 'down' | 'silent'

interface Entry {
  amountFen: number
  state: 'open' | 'paid' | 'closed'
  refunds: Map<string, number>
}

export interface FakeProvider {
  definition: ProviderDefinition
  provider: Provider
  /** the payments that the provider has stored, by paymentNo */
  ledger: Map<string, Entry>
  /** how the provider behaves from now on; with `silent` it does the work, but its answer gets lost */
  mood: Mood
  /**
   * the provider's answer to refund requests from now on. The provider pays the money back unless the answer is
   * `refused`
   */
  refunds: 'refunded' | 'pending' | 'refused'
  calls: string[]
  /** the shopper pays at the provider; false if the provider does not accept the payment */
  pay(paymentNo: string): boolean
  report(paymentNo: string): PaymentReport
}

const sheets: readonly Channel[] = [
  { code: 'main', name: '主要', nameEn: 'Main', kind: 'jsapi' },
  { code: 'other', name: '另一个', nameEn: 'Other', kind: 'jsapi' },
]

export function createFakeProvider(
  code = 'fake',
  repeat: 'same' | 'new' = 'same',
  channels: readonly Channel[] = sheets,
): FakeProvider {
  const ledger = new Map<string, Entry>()
  const calls: string[] = []

  function answer<T>(call: string, work: () => T): T {
    calls.push(call)
    if (fake.mood === 'down') throw new AppError('ProviderUnavailable', 'could not be reached')
    if (fake.mood === 'refuses') throw new AppError('ProviderRefused', 'refused')
    const result = work()
    if (fake.mood === 'silent') throw new Error('reply lost')
    return result
  }

  const orUnknown = <T extends { outcome: string; raw: unknown }>(
    call: string,
    work: () => T,
  ): T | { outcome: 'unknown'; raw: null } => {
    try {
      return answer(call, work)
    } catch {
      return { outcome: 'unknown', raw: null }
    }
  }

  const report = (paymentNo: string): PaymentReport => {
    const entry = ledger.get(paymentNo)
    if (!entry) return { outcome: 'unknown', raw: null }
    const outcome = entry.state === 'open' ? 'pending' : entry.state
    return { outcome, amountFen: entry.amountFen, currency: 'CNY', theirNo: `T${paymentNo}`, raw: null }
  }

  const provider: Provider = {
    prepare: async ({ paymentNo, amountFen }) =>
      answer('prepare', () => {
        const there = ledger.get(paymentNo)
        if (there && (repeat === 'new' || there.state !== 'open'))
          throw new AppError('ProviderRefused', 'number is taken')
        if (!there) ledger.set(paymentNo, { amountFen, state: 'open', refunds: new Map() })
        return { payInfo: `pay ${paymentNo}`, theirNo: `T${paymentNo}` }
      }),
    query: async ({ paymentNo }) => orUnknown('query', () => report(paymentNo)) as PaymentReport,
    close: async ({ paymentNo }) =>
      orUnknown('close', () => {
        const entry = ledger.get(paymentNo)
        if (entry?.state === 'open') entry.state = 'closed'
        return report(paymentNo)
      }) as PaymentReport,
    refund: async ({ payment, refundNo, amountFen }) => {
      if (fake.mood === 'down') return { outcome: 'notSent', raw: null }
      return orUnknown('refund', () => {
        const entry = ledger.get(payment.paymentNo)
        if (entry?.state !== 'paid' || fake.refunds === 'refused') return { outcome: 'refused', raw: null }
        const others = [...entry.refunds].filter(([no]) => no !== refundNo).reduce((sum, [, fen]) => sum + fen, 0)
        if (others + amountFen > entry.amountFen) return { outcome: 'refused', raw: null }
        entry.refunds.set(refundNo, amountFen)
        return { outcome: fake.refunds, amountFen, theirNo: `T${refundNo}`, raw: null }
      }) as RefundSent
    },
    queryRefund: async ({ payment, refundNo }) =>
      orUnknown('queryRefund', () => {
        const amountFen = ledger.get(payment.paymentNo)?.refunds.get(refundNo)
        return amountFen === undefined
          ? { outcome: 'notFound', raw: null }
          : { outcome: fake.refunds, amountFen, theirNo: `T${refundNo}`, raw: null }
      }) as RefundAnswer,
    parseNotice: ({ body, headers }) => {
      const text = Buffer.from(body).toString('utf8')
      if (headers.sign !== 'good') throw new AppError('BadSignature', 'signature differs')
      const { paymentNo, refundNo, ofTheirNo, ...news } = JSON.parse(text) as {
        paymentNo: string
        refundNo?: string
        ofTheirNo?: string
      }
      const report = { ...news, raw: { text } }
      return refundNo === undefined
        ? { about: 'payment', paymentNo, report: report as PaymentReport }
        : {
            about: 'refund',
            refundNo,
            report: report as RefundReport,
            ...(paymentNo !== undefined && {
              of: { paymentNo, ...(ofTheirNo !== undefined && { theirNo: ofTheirNo }) },
            }),
          }
    },
    bill: async (day) =>
      answer('bill', () =>
        [...ledger].map(
          ([no, { amountFen }]): BillRow => ({
            kind: 'payment',
            no,
            theirNo: `T${no}`,
            amountFen,
            feeFen: null,
            at: Date.parse(`${day}T04:00:00Z`),
          }),
        ),
      ),
    answer: (verdict) => ({ statusCode: verdict === 'accepted' ? 200 : 500, headers: {}, body: verdict }),
  }

  const fake: FakeProvider = {
    definition: {
      code,
      names: { zh: code, en: code },
      fields: {},
      repeat,
      settings: z.unknown(),
      account: [],
      judgeKeys: () => undefined,
      channels: channels.map((channel) => ({ ...channel })),
      create: () => provider,
    },
    provider,
    ledger,
    mood: 'fine',
    refunds: 'refunded',
    calls,
    pay(paymentNo) {
      const entry = ledger.get(paymentNo)
      if (entry?.state !== 'open') return false
      entry.state = 'paid'
      return true
    },
    report,
  }
  return fake
}
