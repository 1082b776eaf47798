// The scenarios of a payment, as data: what the phone gets, what money is paid, which notifications follow and when, or
// how a call fails. All providers share them.
import type { DebitWord } from './twin'
import { SandboxError } from './twin'

const minuteMs = 60_000

export interface SheetPlan {
  /** the result of wx.requestPayment */
  errMsg: string
  money?: {
    amount: 'asked' | 'wrong'
    /** ms until the provider's own server learns of the payment [0] */
    hiddenMs?: number
    isTwice?: true
    isTold?: true
  }
  notices?: {
    copies: number
    /** `before`: each notification is tried once before the phone gets its result */
    when: 'before' | 'after'
    delayMs?: number
    forged?: boolean
  }
}

/**
 * How one call of the provider's API fails. The provider still does what was asked, except with `reset` and `error`.
 */
export type Breakage = 'reset' | 'error' | 'slow' | 'garbage' | 'refundFails'

export interface Scenario {
  id: string
  label: string
  labelEn: string
  /** other names of the scenario; letter case and punctuation don't matter */
  aliases?: readonly string[]
  sheet: SheetPlan
  breaks?: { how: Breakage; calls?: readonly string[] }
  /** contracts only: the result of the next debit, or of all debits from now on, and how its notification is sent */
  debit?: { word?: DebitWord; notices?: 'late' | 'twice' | 'never'; lasts?: true }
}

const ok = 'requestPayment:ok'
const paid = { errMsg: ok, money: { amount: 'asked' }, notices: { copies: 1, when: 'after' } } as const

export const scenarios: readonly Scenario[] = [
  { id: 'pay', label: '支付成功', labelEn: 'Pay', sheet: paid },
  { id: 'cancel', label: '用户取消', labelEn: 'Cancel', sheet: { errMsg: 'requestPayment:fail cancel' } },
  {
    id: 'fail',
    label: '支付失败',
    labelEn: 'Fail',
    sheet: { errMsg: 'requestPayment:fail (payment declined: insufficient balance)' },
  },
  {
    id: 'pay-with-no-notice',
    label: '支付成功，但没有通知',
    labelEn: 'Pay, no notice',
    aliases: ['no notice'],
    sheet: { errMsg: ok, money: { amount: 'asked' } },
  },
  {
    id: 'three-notices-at-once',
    label: '同时收到三次通知',
    labelEn: 'Three notices at once',
    aliases: ['three notices'],
    sheet: { ...paid, notices: { copies: 3, when: 'after' } },
  },
  {
    id: 'notice-before-result',
    label: '通知先于支付结果',
    labelEn: 'Notice before the client’s result',
    aliases: ['notice before the client’s own result', 'notice before client result'],
    sheet: { ...paid, notices: { copies: 1, when: 'before' } },
  },
  {
    id: 'notice-after-close',
    label: '关单后才收到通知',
    labelEn: 'Notice after close',
    sheet: {
      // The provider's own server learns of this payment late, so it agrees to close an order that was in fact paid.
      errMsg: 'requestPayment:fail',
      money: { amount: 'asked', hiddenMs: 45 * minuteMs },
      notices: { copies: 1, when: 'after', delayMs: 45 * minuteMs },
    },
  },
  {
    id: 'unknown-result',
    label: '结果未知，随后到账',
    labelEn: 'Unknown result, paid later',
    aliases: ['unknown'],
    sheet: {
      errMsg: 'requestPayment:fail',
      money: { amount: 'asked' },
      notices: { copies: 1, when: 'after', delayMs: 20_000 },
    },
  },
  {
    id: 'forged-notice',
    label: '伪造的通知（未付款）',
    labelEn: 'Forged notice, nothing paid',
    sheet: { errMsg: 'requestPayment:fail cancel', notices: { copies: 1, when: 'before', forged: true } },
  },
  {
    id: 'wrong-amount',
    label: '通知金额不符',
    labelEn: 'Wrong amount',
    sheet: { errMsg: ok, money: { amount: 'wrong' }, notices: { copies: 1, when: 'before' } },
  },
  { id: 'provider-down', label: '支付平台断线', labelEn: 'Provider down', sheet: paid, breaks: { how: 'reset' } },
  {
    id: 'provider-error',
    label: '支付平台返回 HTTP 500',
    labelEn: 'Provider answers HTTP 500',
    aliases: ['http 500'],
    sheet: paid,
    breaks: { how: 'error' },
  },
  { id: 'slow', label: '支付平台响应慢（10 秒）', labelEn: 'Slow (10 s)', sheet: paid, breaks: { how: 'slow' } },
  {
    id: 'garbage-reply',
    label: '支付平台返回乱码',
    labelEn: 'Garbage reply',
    aliases: ['garbage'],
    sheet: paid,
    breaks: { how: 'garbage' },
  },
  {
    id: 'refund-fails',
    label: '退款受理后失败',
    labelEn: 'Refund fails later',
    sheet: paid,
    breaks: { how: 'refundFails', calls: ['refund'] },
  },
  {
    id: 'charged-twice',
    label: '重复扣款（仅账单可见）',
    labelEn: 'Charged twice, seen only in the bill',
    sheet: { ...paid, money: { amount: 'asked', isTwice: true } },
  },
  {
    id: 'charged-twice-told',
    label: '重复扣款，各有通知',
    labelEn: 'Charged twice, two notices',
    sheet: { ...paid, money: { amount: 'asked', isTwice: true, isTold: true } },
  },
  {
    id: 'not-enough',
    label: '下次扣款余额不足',
    labelEn: 'Next debit: NOTENOUGH',
    sheet: paid,
    debit: { word: 'NOTENOUGH' },
  },
  {
    id: 'empty-wallet',
    label: '此后扣款都余额不足',
    labelEn: 'All debits: NOTENOUGH',
    sheet: paid,
    debit: { word: 'NOTENOUGH', lasts: true },
  },
  {
    id: 'account-error',
    label: '下次扣款账户异常',
    labelEn: 'Next debit: ACCOUNTERROR',
    sheet: paid,
    debit: { word: 'ACCOUNTERROR' },
  },
  {
    id: 'rule-limit',
    label: '下次扣款受限',
    labelEn: 'Next debit: RULELIMIT',
    sheet: paid,
    debit: { word: 'RULELIMIT' },
  },
  {
    id: 'system-error',
    label: '下次扣款系统错误',
    labelEn: 'Next debit: SYSTEMERROR',
    sheet: paid,
    debit: { word: 'SYSTEMERROR' },
  },
  {
    id: 'debit-notice-late',
    label: '下次扣款通知迟到',
    labelEn: 'Next debit: late notice',
    sheet: paid,
    debit: { notices: 'late' },
  },
  {
    id: 'debit-notice-twice',
    label: '下次扣款通知两次',
    labelEn: 'Next debit: notice twice',
    sheet: paid,
    debit: { notices: 'twice' },
  },
  {
    id: 'debit-notice-never',
    label: '下次扣款没有通知',
    labelEn: 'Next debit: no notice',
    sheet: paid,
    debit: { notices: 'never' },
  },
]

const plain = (text: string): string => text.toLowerCase().replace(/[^a-z0-9]/g, '')

/**
 * Finds the scenario that a text names. The text may also name one call, and the scenario then applies only to this
 * call. Letter case and punctuation don't matter: `provider down`; `provider-down:query_order`; `slow:*` for the next
 * call of any kind.
 * @throws SandboxError
 */
export function readScenario(text: string): { scenario: Scenario; call?: string } {
  const [name = '', call] = text.split(':')
  const scenario = scenarios.find(({ id, aliases = [] }) => [id, ...aliases].some((one) => plain(one) === plain(name)))
  if (!scenario)
    throw new SandboxError(`no scenario ${JSON.stringify(text)}; there are ${scenarios.map(({ id }) => id).join(', ')}`)
  if (call === undefined) return { scenario }
  if (!scenario.breaks)
    throw new SandboxError(`the scenario ${scenario.id} is about the payment sheet, not about a call`)
  return { scenario, call: call.trim() }
}

/** Finds a scenario by its stored id. */
export const scenarioOf = (id: string): Scenario => readScenario(id).scenario
