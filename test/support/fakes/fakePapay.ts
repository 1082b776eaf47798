// A fake provider of contracts for tests of use cases: WeChat's rules for contracts without its wire format. It records
// requests that break a rule. A test can let a call or its answer get lost.
import * as z from 'zod/mini'
import { AppError } from '../../../cloudfunctions/shared/domain/errors'
import type { DebitCause } from '../../../cloudfunctions/shared/domain/payment'
import type {
  AnnouncementReport,
  ContractRef,
  ContractReport,
  Contracts,
  PaymentRef,
  PaymentReport,
  Provider,
} from '../../../cloudfunctions/shared/providers/provider'
import type { EnabledProvider } from '../../../cloudfunctions/shared/usecases/platform/context'
import type { DebitWord, Ledger } from '../../../tools/sandbox/twin'
import {
  applyDebit,
  type BookContract,
  type BookDebit,
  closeDebit,
  contractById,
  contractOf,
  endContract,
  giveNotice,
  isRefused,
  type Refused,
  settledDebit,
  signContract,
  type Template,
} from '../../../tools/sandbox/wechat/papayBook'

export type Line = 'fine' | 'down' | 'lost'

export interface FakePapay {
  enabled: EnabledProvider
  ledger: Ledger
  templates: Map<string, Template>
  /** how far WeChat's clock is ahead of ours, in ms */
  skewMs: number
  /** decides whether the next call arrives, and whether its answer comes back */
  line: (call: string) => Line
  /** decides the result of the next debit */
  word: () => DebitWord
  /** the requests that broke a rule */
  broken: { rule: string; call: string; at: number }[]
  /** all accepted debits, the oldest first */
  taken: BookDebit[]
  /** called for each debit request, before the request is checked */
  onDebit: (ref: ContractRef, amountFen: number) => void
  sign(contractNo: string, template: string, openid: string, now: number): BookContract | Refused
  terminate(contractNo: string, now: number): void
  signNotice(contractNo: string): ContractReport
  debitReport(no: string, now: number): PaymentReport
}

export function memoryLedger(): Ledger {
  const entries = new Map<string, object>()
  const groups = new Map<string, string[]>()
  let serial = 0
  return {
    get: <T>(kind: string, id: string) => entries.get(`${kind} ${id}`) as T | undefined,
    put(kind, id, value, group) {
      const key = `${kind} ${id}`
      if (group !== undefined && !entries.has(key))
        groups.set(`${kind} ${group}`, [...(groups.get(`${kind} ${group}`) ?? []), key])
      entries.set(key, value)
    },
    list: <T>(kind: string, group: string) =>
      (groups.get(`${kind} ${group}`) ?? []).map((key) => entries.get(key) as T),
    serial: () => ++serial,
  }
}

const causes = new Map<string, DebitCause>([
  ['NOTENOUGH', 'funds'],
  ['ACCOUNTERROR', 'account'],
  ['BANKERROR', 'account'],
  ['RULELIMIT', 'limit'],
  ['CONTRACT_NOT_EXIST', 'contract'],
])

export function createFakePapay(provider: Provider): FakePapay {
  const ledger = memoryLedger()
  const unknown = { outcome: 'unknown' as const, raw: null }

  const call = async <T>(name: string, work: () => T, otherwise: T): Promise<T> => {
    const line = fake.line(name)
    if (line === 'down') return otherwise
    const done = work()
    return line === 'lost' ? otherwise : done
  }
  const found = ({ contractNo, theirNo }: ContractRef): BookContract | undefined =>
    theirNo === null ? contractOf(ledger, contractNo) : contractById(ledger, theirNo)
  const noteRefusal = (name: string, refused: Refused, at: number) => {
    if (refused.rule) fake.broken.push({ rule: refused.rule, call: name, at })
  }

  const contractReport = (contract: BookContract | undefined): ContractReport =>
    contract === undefined
      ? { outcome: 'refused', raw: null }
      : {
          outcome: contract.endedAt === null ? 'signed' : 'ended',
          theirNo: contract.contract_id,
          template: contract.plan_id,
          payer: contract.openid,
          at: contract.endedAt ?? contract.signedAt,
          raw: null,
        }

  const contracts: Contracts = {
    sign: ({ contractNo }) => ({ appId: 'sign', path: 'sign', extraData: { contract_code: contractNo } }),
    pages: { wechat: async () => 'http://wechat.test/sign', mobile: async () => 'http://wechat.test/h5' },
    query: (ref) => call<ContractReport>('query', () => contractReport(found(ref)), unknown),
    end: (ref) =>
      call<ContractReport>(
        'end',
        () => {
          const contract = found(ref)
          return contract
            ? contractReport(endContract(ledger, contract, '3', ref.now + fake.skewMs))
            : { outcome: 'ended', raw: null }
        },
        unknown,
      ),
    announce: (ref, { amountFen, windowDays }) =>
      call<AnnouncementReport>(
        'announce',
        () => {
          const contract = found(ref)
          const done = contract
            ? giveNotice(ledger, contract, { amountFen, days: windowDays }, ref.now + fake.skewMs)
            : undefined
          if (done && !isRefused(done)) return { outcome: 'sent' }
          if (done) noteRefusal('announce', done, ref.now)
          if (done?.code === 'RESOURCE_ALREADY_EXISTS') return { outcome: 'already' }
          return { outcome: 'later', cause: causes.get(done?.code ?? '') ?? 'contract' }
        },
        { outcome: 'unknown' },
      ),
    debit: (input) =>
      call<PaymentReport>(
        'debit',
        () => {
          fake.onDebit(input.contract, input.amountFen)
          const contract = found(input.contract)
          if (!contract) return { outcome: 'declined', cause: 'contract', raw: null }
          const asked = { out_trade_no: input.paymentNo, total_fee: input.amountFen, body: '', notify_url: '' }
          const done = applyDebit(ledger, contract, { ...asked, word: fake.word() }, input.now + fake.skewMs)
          if (!isRefused(done)) {
            fake.taken.push(done)
            return { outcome: 'pending', raw: null }
          }
          noteRefusal('debit', done, input.now)
          if (done.code === 'ORDER_ACCEPTED') return { outcome: 'pending', raw: null }
          if (done.code === 'ORDERPAID') return fake.debitReport(input.paymentNo, input.now)
          if (done.code === 'ORDERCLOSED') return { outcome: 'closed', raw: null }
          return { outcome: 'declined', cause: causes.get(done.code) ?? 'merchant', raw: null }
        },
        unknown,
      ),
  }

  const isDebit = (payment: PaymentRef) => payment.channel === 'papay'
  const fake: FakePapay = {
    enabled: {
      definition: {
        code: 'papay',
        names: { zh: 'papay', en: 'papay' },
        fields: {},
        repeat: 'same',
        settings: z.unknown(),
        account: [],
        judgeKeys: () => undefined,
        channels: [],
        create: () => provider,
      },
      provider: {
        ...provider,
        shopperName: (openid) => openid,
        contracts,
        query: (payment) =>
          isDebit(payment)
            ? call<PaymentReport>('queryDebit', () => fake.debitReport(payment.paymentNo, payment.now), unknown)
            : provider.query(payment),
        close: (payment) =>
          call<PaymentReport>(
            'closeDebit',
            () => {
              const done = closeDebit(ledger, payment.paymentNo, payment.now + fake.skewMs)
              if (!isRefused(done)) return { outcome: 'closed', cause: 'technical', raw: null }
              if (done.code === 'ORDERPAID') return fake.debitReport(payment.paymentNo, payment.now)
              const isOld = payment.now - payment.createdAt > 300_000
              return done.code === 'ORDERNOTEXIST' && isOld
                ? { outcome: 'closed', cause: 'technical', raw: null }
                : unknown
            },
            unknown,
          ),
        parseNotice: ({ body, headers }) => {
          if (headers.sign !== 'good') throw new AppError('BadSignature', 'signature differs')
          return JSON.parse(Buffer.from(body).toString('utf8'))
        },
      },
    },
    ledger,
    skewMs: 0,
    templates: new Map(),
    line: () => 'fine',
    word: () => 'SUCCESS',
    broken: [],
    taken: [],
    onDebit: () => undefined,
    sign(contractNo, plan_id, openid, now) {
      const template = fake.templates.get(plan_id)
      if (!template) throw new Error(`no template ${plan_id}`)
      const asked = {
        contract_code: contractNo,
        plan_id,
        openid,
        request_serial: '1',
        display_account: '',
        notify_url: '',
      }
      return signContract(ledger, { ...asked, template }, now + fake.skewMs)
    },
    terminate(contractNo, now) {
      const contract = contractOf(ledger, contractNo)
      if (contract) endContract(ledger, contract, '2', now + fake.skewMs)
    },
    signNotice: (contractNo) => contractReport(contractOf(ledger, contractNo)),
    debitReport(no, now) {
      const debit = settledDebit(ledger, no, now + fake.skewMs)
      if (!debit) return { ...unknown, notFound: true }
      const theirNo = debit.transaction_id
      if (debit.state === 'SUCCESS' && debit.paidAt !== null)
        return { outcome: 'paid', amountFen: debit.total_fee, currency: 'CNY', at: debit.paidAt, theirNo, raw: null }
      if (debit.state === 'ACCEPT') return { outcome: 'pending', raw: null }
      return debit.state === 'NOTPAY' ? unknown : { outcome: 'closed', raw: null }
    },
  }
  return fake
}
