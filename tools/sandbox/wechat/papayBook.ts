// WeChat's rules for contracts and debits (委托代扣): what WeChat stores and what WeChat refuses, as its pages say
// (docs/provider-facts.md 6). The wire format is in papay.ts. Where the pages leave something open, the fake server
// takes the stricter reading.
import { beijingDay, beijingOffsetMs, dayMs, dayOf, hourMs } from '../../../miniprogram/rules/beijing'
import type { DebitWord, Ledger } from '../twin'

/** A template of the merchant platform: the rules for all contracts that use it. */
export interface Template {
  rule: 'notice24h' | 'preNotice'
  period: 'day' | 'week' | 'month' | 'quarter' | 'year'
  amount: { kind: 'fixed' | 'ceiling'; fen: number } | null
}

export interface BookContract {
  /** the appid of the app under which the person signed; absent: the person signed in the mini-program */
  appid?: string
  contract_code: string
  plan_id: string
  template: Template
  openid: string
  contract_id: string
  request_serial: string
  display_account: string
  notify_url: string
  signedAt: number
  endedAt: number | null
  /** who ended the contract: 1 expiry, 2 user, 3 merchant's API, 4 merchant platform … */
  endMode: string | null
  /** the latest pre-debit notice; `isSpent` is true when a debit has used the notice */
  notice: { at: number; amountFen: number; days: number; isSpent: boolean } | null
  /** the times of successful debits */
  successes: number[]
  /** the number of the debit that has no result yet */
  waiting: string | null
}

export interface BookDebit {
  /** the app of the contract */
  appid?: string
  out_trade_no: string
  contract_code: string
  total_fee: number
  body: string
  notify_url: string
  createdAt: number
  resultAt: number
  word: DebitWord
  state: 'ACCEPT' | 'SUCCESS' | 'NOTPAY' | 'CLOSED'
  err_code: string | null
  paidAt: number | null
  transaction_id: string
}

/** A refusal: WeChat's error code, and our name for the rule that was broken, if it was a rule of debits. */
export interface Refused {
  code: string
  rule?: 'hours' | 'notice' | 'window' | 'amount' | 'busy' | 'day' | 'period'
  why: string
}

const firstDebitMs = 12 * hourMs
const closableMs = 5 * 60_000
const immediateMs = 2_000

const hourOf = (at: number): number => Math.floor((at + beijingOffsetMs) / hourMs) % 24
const isDaytime = (at: number): boolean => hourOf(at) >= 7 && hourOf(at) < 22

export const contractOf = (ledger: Ledger, code: string): BookContract | undefined =>
  ledger.get<BookContract>('contract', code)
export const contractById = (ledger: Ledger, id: string): BookContract | undefined => {
  const known = ledger.get<{ code: string }>('contractId', id)
  return known && contractOf(ledger, known.code)
}
const keep = (ledger: Ledger, contract: BookContract): void =>
  ledger.put('contract', contract.contract_code, contract, `${contract.openid} ${contract.plan_id}`)

export interface Asked {
  appid?: string
  contract_code: string
  plan_id: string
  openid: string
  request_serial: string
  display_account: string
  notify_url: string
  template: Template
}

/**
 * The person signs a contract. It is refused if the contract's number was used before, or if the person has another
 * active contract of this plan.
 */
export function signContract(ledger: Ledger, asked: Asked, now: number): BookContract | Refused {
  if (contractOf(ledger, asked.contract_code)) return { code: 'CONTRACT_CODE_USED', why: '签约协议号重复' }
  const others = ledger.list<BookContract>('contract', `${asked.openid} ${asked.plan_id}`)
  if (others.some(({ endedAt }) => endedAt === null)) return { code: 'CONTRACT_EXISTS', why: '已签约' }
  const contract: BookContract = {
    ...asked,
    contract_id: `${asked.contract_code.slice(0, 14)}${String(ledger.serial()).padStart(10, '0')}`,
    signedAt: now,
    endedAt: null,
    endMode: null,
    notice: null,
    successes: [],
    waiting: null,
  }
  keep(ledger, contract)
  ledger.put('contractId', contract.contract_id, { code: contract.contract_code })
  return contract
}

/** Ends a contract and cancels its waiting debit. Does nothing if the contract has already ended. */
export function endContract(ledger: Ledger, contract: BookContract, mode: string, now: number): BookContract {
  const settled = settleWaiting(ledger, contract, now)
  if (settled.endedAt !== null) return settled
  const waiting = settled.waiting === null ? undefined : debitOf(ledger, settled.waiting)
  if (waiting)
    ledger.put('debit', waiting.out_trade_no, { ...waiting, state: 'CLOSED', err_code: 'CONTRACT_NOT_EXIST' })
  const ended = { ...settled, endedAt: now, endMode: mode, waiting: null }
  keep(ledger, ended)
  return ended
}

/** Stores a pre-debit notice: the person is told that a debit may follow. */
export function giveNotice(
  ledger: Ledger,
  before: BookContract,
  { amountFen, days }: { amountFen: number; days: number | null },
  now: number,
): BookContract | Refused {
  const contract = settleWaiting(ledger, before, now)
  if (contract.endedAt !== null) return { code: 'CONTRACT_NOT_EXIST', why: '协议不存在' }
  if (contract.template.rule !== 'preNotice') return { code: 'INVALID_REQUEST', why: '该模板不支持预扣费通知' }
  if (!isDaytime(now)) return { code: 'RULELIMIT', rule: 'hours', why: '不在可通知时间内' }
  const { notice } = contract
  const isOpen = notice !== null && !notice.isSpent && dayOf(now) < dayOf(notice.at) + 2 + notice.days
  if (isOpen) return { code: 'RESOURCE_ALREADY_EXISTS', why: '已发送过预扣费通知' }
  const told = { ...contract, notice: { at: now, amountFen, days: days ?? 7, isSpent: false } }
  keep(ledger, told)
  return told
}

export const debitOf = (ledger: Ledger, no: string): BookDebit | undefined => ledger.get<BookDebit>('debit', no)

export interface Application {
  out_trade_no: string
  total_fee: number
  body: string
  notify_url: string
}

/**
 * The merchant asks for a debit. An accepted debit gets its result `word` at `resultAt`; a refused one changes nothing.
 */
export function applyDebit(
  ledger: Ledger,
  before: BookContract,
  asked: Application & { word: DebitWord },
  now: number,
): BookDebit | Refused {
  const contract = settleWaiting(ledger, before, now)
  const known = debitOf(ledger, asked.out_trade_no)
  if (known?.state === 'SUCCESS') return { code: 'ORDERPAID', why: '订单已支付' }
  if (known?.state === 'CLOSED') return { code: 'ORDERCLOSED', why: '订单已关闭' }
  if (known) return { code: 'ORDER_ACCEPTED', why: '订单已受理' }
  if (contract.endedAt !== null) return { code: 'CONTRACT_NOT_EXIST', why: '协议已解约' }
  if (contract.waiting !== null) return { code: 'RULELIMIT', rule: 'busy', why: '上一笔扣款处理中' }
  const broken = brokenRule(contract, asked.total_fee, now)
  if (broken) return { code: 'RULELIMIT', ...broken }
  const debit: BookDebit = {
    ...asked,
    ...(contract.appid !== undefined && { appid: contract.appid }),
    contract_code: contract.contract_code,
    createdAt: now,
    resultAt: resultAtOf(contract, now),
    state: 'ACCEPT',
    err_code: null,
    paidAt: null,
    transaction_id: `4200${asked.out_trade_no.slice(0, 14)}${String(ledger.serial()).padStart(10, '0')}`,
  }
  ledger.put('debit', debit.out_trade_no, debit)
  keep(ledger, { ...contract, waiting: debit.out_trade_no })
  return debit
}

const isFirst = ({ signedAt, successes, notice }: BookContract, now: number): boolean =>
  successes.length === 0 && notice === null && now < signedAt + firstDebitMs

const resultAtOf = (contract: BookContract, now: number): number =>
  now + (contract.template.rule === 'notice24h' && !isFirst(contract, now) ? dayMs : immediateMs)

function brokenRule(contract: BookContract, fen: number, now: number): Pick<Refused, 'rule' | 'why'> | undefined {
  const { template, notice } = contract
  const limit = template.amount
  if (limit && (limit.kind === 'fixed' ? fen !== limit.fen : fen > limit.fen))
    return { rule: 'amount', why: '扣款金额与模板不符' }
  const limits = brokenLimit(contract, resultAtOf(contract, now))
  if (limits) return limits
  if (template.rule === 'notice24h') return undefined
  if (!isDaytime(now)) return { rule: 'hours', why: '不在可扣款时间内' }
  if (isFirst(contract, now)) return undefined
  if (notice === null || notice.isSpent) return { rule: 'notice', why: '未发送预扣费通知' }
  const day = dayOf(now) - dayOf(notice.at)
  if (day < 2 || day >= 2 + notice.days) return { rule: 'window', why: '不在可扣款日期内' }
  return fen > notice.amountFen ? { rule: 'amount', why: '扣款金额大于预估金额' } : undefined
}

function brokenLimit({ template, signedAt, successes }: BookContract, at: number) {
  if (successes.some((one) => dayOf(one) === dayOf(at))) return { rule: 'day' as const, why: '当日已扣款成功' }
  const cycle = cycleOf(signedAt, template.period, at)
  const inCycle = successes.filter((one) => cycleOf(signedAt, template.period, one) === cycle)
  return inCycle.length >= 2 ? { rule: 'period' as const, why: '本周期扣款次数已达上限' } : undefined
}

/** The number of whole periods since the signing, by the calendar. */
function cycleOf(signedAt: number, period: Template['period'], at: number): number {
  if (period === 'day') return dayOf(at) - dayOf(signedAt)
  if (period === 'week') return Math.floor((dayOf(at) - dayOf(signedAt)) / 7)
  const from = new Date(signedAt + beijingOffsetMs)
  const to = new Date(at + beijingOffsetMs)
  const whole = (to.getUTCFullYear() - from.getUTCFullYear()) * 12 + to.getUTCMonth() - from.getUTCMonth()
  const lastDay = new Date(Date.UTC(to.getUTCFullYear(), to.getUTCMonth() + 1, 0)).getUTCDate()
  const months = to.getUTCDate() < Math.min(from.getUTCDate(), lastDay) ? whole - 1 : whole
  return Math.floor(months / { month: 1, quarter: 3, year: 12 }[period])
}

/** A debit with its result, if the time of its result has come. */
export function settledDebit(ledger: Ledger, no: string, now: number): BookDebit | undefined {
  const debit = debitOf(ledger, no)
  if (debit?.state !== 'ACCEPT' || now < debit.resultAt) return debit
  const contract = contractOf(ledger, debit.contract_code)
  if (!contract) return debit
  const at = debit.resultAt
  const word = debit.word === 'SUCCESS' && brokenLimit(contract, at) ? 'RULELIMIT' : debit.word
  const isPaid = word === 'SUCCESS'
  // WeChat closes a failed debit itself. After SYSTEMERROR the debit stays open, and the merchant has to close it.
  const made: BookDebit = {
    ...debit,
    word,
    state: isPaid ? 'SUCCESS' : word === 'SYSTEMERROR' ? 'NOTPAY' : 'CLOSED',
    err_code: isPaid ? null : word,
    paidAt: isPaid ? at : null,
  }
  ledger.put('debit', no, made)
  if (isPaid) ledger.put('debitDay', no, { out_trade_no: no }, beijingDay(at))
  keep(ledger, {
    ...contract,
    waiting: null,
    ...(isPaid && {
      successes: [...contract.successes, at].slice(-20),
      notice: contract.notice && { ...contract.notice, isSpent: true },
    }),
  })
  return made
}

function settleWaiting(ledger: Ledger, contract: BookContract, now: number): BookContract {
  if (contract.waiting === null) return contract
  settledDebit(ledger, contract.waiting, now)
  return contractOf(ledger, contract.contract_code) ?? contract
}

/** The merchant closes a debit. A paid debit, and one younger than five minutes, cannot be closed. */
export function closeDebit(ledger: Ledger, no: string, now: number): BookDebit | Refused {
  const debit = settledDebit(ledger, no, now)
  if (!debit) return { code: 'ORDERNOTEXIST', why: '订单不存在' }
  if (debit.state === 'SUCCESS') return { code: 'ORDERPAID', why: '订单已支付' }
  if (debit.state === 'CLOSED') return debit
  if (now < debit.createdAt + closableMs) return { code: 'SYSTEMERROR', why: '下单五分钟内不能关单' }
  const closed: BookDebit = { ...debit, state: 'CLOSED' }
  ledger.put('debit', no, closed)
  const contract = contractOf(ledger, debit.contract_code)
  if (contract?.waiting === no) keep(ledger, { ...contract, waiting: null })
  return closed
}

export const isRefused = <T extends object>(done: T | Refused): done is Refused => 'code' in done
