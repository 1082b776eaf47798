// The fake server of WeChat Pay's contracts (委托代扣, API v2) and of the mini-program in which people sign them
// (docs/provider-facts.md 6). This file has the wire: XML, signatures, fields and their lengths. The rules are in
// papayBook.ts. wechatpay.ts calls this file.

import * as crypto from 'node:crypto'
import { beijingDigits, beijingText } from '../../../miniprogram/rules/beijing'
import type { PageSigning } from '../pages/papayPages'
import type { Desk, Handled, NoticeAnswer, NoticeRequest, TwinRequest } from '../twin'
import {
  applyDebit,
  type BookContract,
  type BookDebit,
  closeDebit,
  contractById,
  contractOf,
  debitOf,
  endContract,
  giveNotice,
  isRefused,
  type Refused,
  settledDebit,
  signContract,
  type Template,
} from './papayBook'

type Fields = Record<string, string>

/**
 * The contract templates of the merchant platform. An unlisted number is a monthly template with pre-debit notices, up
 * to 10,000 yuan.
 */
export const papayTemplates: Readonly<Record<string, Template>> = {
  '100001': { rule: 'preNotice', period: 'month', amount: { kind: 'fixed', fen: 3_900 } },
  '100002': { rule: 'notice24h', period: 'week', amount: { kind: 'fixed', fen: 1_200 } },
  '100003': { rule: 'preNotice', period: 'year', amount: { kind: 'ceiling', fen: 39_900 } },
}
const anyTemplate: Template = { rule: 'preNotice', period: 'month', amount: { kind: 'ceiling', fen: 1_000_000 } }

const signingAppId = 'wxbd687630cd02ce1d'
const lateMs = 10 * 60_000

interface Rule {
  required?: true
  /** the longest value, in bytes */
  max: number
  pattern?: RegExp
}

const merchantRules: Record<string, Rule> = {
  appid: { required: true, max: 32 },
  mch_id: { required: true, max: 32 },
  sign: { required: true, max: 64 },
}
const nonce: Rule = { required: true, max: 32 }
const outTradeNo: Rule = { required: true, max: 32, pattern: /^[0-9A-Za-z_\-|*@]{6,32}$/ }
const contractNames: Record<string, Rule> = {
  contract_id: { max: 32 },
  plan_id: { max: 28 },
  contract_code: { max: 128, pattern: /^[0-9A-Za-z]+$/ },
  version: { required: true, max: 8, pattern: /^1\.0$/ },
}
// WeChat requires an https address for notifications, but the local shop's address is http. The address may never
// contain a query.
const address: Rule = { required: true, max: 256, pattern: /^https?:\/\/[^\s?#]+$/ }

interface Call {
  name: string
  rules: Record<string, Rule>
  run(fields: Fields, desk: Desk): Fields
}

const calls: Readonly<Record<string, Call>> = {
  '/papay/querycontract': { name: 'querycontract', rules: { ...merchantRules, ...contractNames }, run: queryContract },
  '/papay/deletecontract': {
    name: 'deletecontract',
    rules: { ...merchantRules, ...contractNames, contract_termination_remark: { required: true, max: 512 } },
    run: deleteContract,
  },
  '/pay/pappayapply': {
    name: 'pappayapply',
    rules: {
      ...merchantRules,
      nonce_str: nonce,
      body: { required: true, max: 127 },
      out_trade_no: outTradeNo,
      total_fee: { required: true, max: 12, pattern: /^[1-9]\d*$/ },
      fee_type: { max: 3, pattern: /^CNY$/ },
      spbill_create_ip: { max: 16 },
      notify_url: address,
      trade_type: { required: true, max: 16, pattern: /^PAP$/ },
      contract_id: { required: true, max: 32 },
    },
    run: apply,
  },
  '/pay/orderquery': {
    name: 'orderquery',
    rules: { ...merchantRules, nonce_str: nonce, out_trade_no: outTradeNo },
    run: queryDebit,
  },
  '/pay/closeorder': {
    name: 'closeorder',
    rules: { ...merchantRules, nonce_str: nonce, out_trade_no: outTradeNo },
    run: close,
  },
  '/pay/refundquery': {
    name: 'refundquery',
    rules: {
      ...merchantRules,
      nonce_str: nonce,
      out_trade_no: { max: 32 },
      transaction_id: { max: 32 },
      offset: { max: 2, pattern: /^\d+$/ },
    },
    run: listRefunds,
  },
}

/** An error reply. With `return_code` FAIL it is unsigned, with `result_code` FAIL it is signed. */
class Failure extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly isSigned = true,
  ) {
    super(message)
    this.name = 'Failure'
  }
}

export const isPapay = (path: string): boolean => Object.hasOwn(calls, path)
export const papayCallOf = (path: string): string | undefined => (isPapay(path) ? calls[path]?.name : undefined)

/** Answers a call of API v2. */
export function handlePapay(request: TwinRequest, desk: Desk): Handled {
  try {
    const { rules, run } = calls[request.path] as Call
    if (request.method !== 'POST') throw new Failure('REQUIRE_POST_METHOD', '请使用post方法', false)
    const fields = readXml(request.body.toString('utf8'))
    check(fields, rules, desk)
    const reply = run(fields, desk)
    return { answer: printed(signed({ result_code: 'SUCCESS', ...reply }, desk)), ok: true, detail: aboutOf(fields) }
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    const { code, message, isSigned } = error
    const reply = isSigned
      ? signed({ result_code: 'FAIL', err_code: code, err_code_des: message }, desk)
      : { return_code: 'FAIL', return_msg: message }
    return { answer: printed(reply), ok: false, detail: `${code} ${message}` }
  }
}

// Both the mini-program and the official account belong to the merchant.
const isBound = (appid: unknown, desk: Desk): boolean =>
  appid === setting('appId', desk) || (appid !== undefined && appid === desk.settings?.officialAppId)

// WeChat's pages do not say whether another app of the merchant finds a contract or debit. In this fake server only the
// app under which the contract was signed finds them.
const isUnder = (fields: Fields, { appid }: { appid?: string }, desk: Desk): boolean =>
  fields.appid === (appid ?? setting('appId', desk))

const aboutOf = ({ out_trade_no, contract_code, contract_id }: Fields): string =>
  out_trade_no ?? contract_code ?? contract_id ?? ''

function check(fields: Fields, rules: Record<string, Rule>, desk: Desk): void {
  for (const [name, { required, max, pattern }] of Object.entries(rules)) {
    const value = fields[name]
    if (value === undefined || value === '') {
      if (required) throw new Failure('PARAM_ERROR', `缺少参数${name}`, false)
      continue
    }
    if (Buffer.byteLength(value) > max || (pattern && !pattern.test(value)))
      throw new Failure('PARAM_ERROR', `参数${name}格式错误`)
    if (/[\u{10000}-\u{10FFFF}]/u.test(value)) throw new Failure('PARAM_ERROR', `参数${name}含四字节字符`)
  }
  if (fields.sign !== signOf(fields, desk)) throw new Failure('SIGNERROR', '签名错误', false)
  if (fields.mch_id !== setting('mchId', desk) || !isBound(fields.appid, desk))
    throw new Failure('APPID_MCHID_NOT_MATCH', 'appid和mch_id不匹配')
}

function contractAsked(fields: Fields, desk: Desk): BookContract {
  const contract = fields.contract_id
    ? contractById(desk.ledger, fields.contract_id)
    : contractOf(desk.ledger, fields.contract_code ?? '')
  const isPlan = fields.contract_id !== undefined || contract?.plan_id === fields.plan_id
  if (!contract || !isPlan || !isUnder(fields, contract, desk)) throw new Failure('-25', '协议不存在')
  return contract
}

const contractNamesOf = ({ contract_id, contract_code, plan_id }: BookContract): Fields => ({
  contract_id,
  contract_code,
  plan_id,
})

function queryContract(fields: Fields, desk: Desk): Fields {
  const contract = contractAsked(fields, desk)
  return {
    ...contractNamesOf(contract),
    request_serial: contract.request_serial,
    contract_display_account: contract.display_account,
    openid: contract.openid,
    contract_state: contract.endedAt === null ? '0' : '1',
    contract_signed_time: beijingText(contract.signedAt),
    contract_expired_time: '2099-12-31 00:00:00',
    ...(contract.endedAt !== null && {
      contract_terminated_time: beijingText(contract.endedAt),
      contract_termination_mode: contract.endMode ?? '',
    }),
    // The document's sample of a success contains this field.
    err_code: '0',
  }
}

function deleteContract(fields: Fields, desk: Desk): Fields {
  const contract = contractAsked(fields, desk)
  if (contract.endedAt !== null) throw new Failure('PARAMETER FAIL', '协议已解约')
  endContract(desk.ledger, contract, '3', desk.now)
  tell(`contract DELETE ${contract.contract_code}`, desk.now, desk)
  return contractNamesOf(contract)
}

function apply(fields: Fields, desk: Desk): Fields {
  const contract = contractById(desk.ledger, fields.contract_id ?? '')
  if (!contract || !isUnder(fields, contract, desk)) throw new Failure('CONTRACT_NOT_EXIST', '协议不存在')
  const asked = {
    out_trade_no: fields.out_trade_no ?? '',
    total_fee: Number(fields.total_fee),
    body: fields.body ?? '',
    notify_url: fields.notify_url ?? '',
  }
  const debit = taken(applyDebit(desk.ledger, contract, { ...asked, word: desk.papay?.word ?? 'SUCCESS' }, desk.now))
  tell(`debit ${debit.out_trade_no}`, debit.resultAt, desk)
  return {}
}

const taken = <T extends object>(done: T | Refused): T => {
  if (isRefused(done)) throw new Failure(done.code, done.why)
  return done
}

const refundsAtOnce = 10

interface Back {
  refund_id: string
  out_refund_no: string
  transaction_id: string
  amountFen: number
  doneAt: number
  fails: boolean
}

// The call for refunds (查询退款) finds the refunds of a payment by the payment's number (ours or WeChat's), and returns
// ten refunds, starting at an offset. wechatpay.ts stores the refunds.
function listRefunds(fields: Fields, desk: Desk): Fields {
  const { out_trade_no, transaction_id = '', offset = '0' } = fields
  const sold = desk.ledger.get<{ out_trade_no: string }>('transaction', transaction_id)
  const no = transaction_id === '' ? (out_trade_no ?? '') : (sold?.out_trade_no ?? '')
  const all = desk.ledger
    .list<Back>('refund', no)
    .filter((one) => transaction_id === '' || one.transaction_id === transaction_id)
  const debit = debitOf(desk.ledger, no)
  if (all.length === 0 || (debit && !isUnder(fields, debit, desk)))
    throw new Failure('REFUNDNOTEXIST', '退款订单不存在')
  const some = all.slice(Number(offset), Number(offset) + refundsAtOnce)
  const listed = some.map(({ refund_id, out_refund_no, amountFen, doneAt, fails }, index): Fields => {
    const status = desk.now < doneAt ? 'PROCESSING' : fails ? 'REFUNDCLOSE' : 'SUCCESS'
    return {
      [`refund_id_${index}`]: refund_id,
      [`out_refund_no_${index}`]: out_refund_no,
      [`refund_fee_${index}`]: String(amountFen),
      [`refund_status_${index}`]: status,
      ...(status === 'SUCCESS' && { [`refund_success_time_${index}`]: beijingText(doneAt) }),
    }
  })
  const counts = { total_refund_count: String(all.length), refund_count: String(some.length) }
  return Object.assign({ out_trade_no: no, ...counts }, ...listed) as Fields
}

function queryDebit(fields: Fields, desk: Desk): Fields {
  const debit = settledDebit(desk.ledger, fields.out_trade_no ?? '', desk.now)
  if (!debit || !isUnder(fields, debit, desk)) throw new Failure('ORDERNOTEXIST', '此交易订单号不存在')
  return { ...debitFields(debit), trade_state: debit.state, trade_type: 'PAP' }
}

const debitFields = ({ out_trade_no, total_fee, transaction_id, paidAt }: BookDebit): Fields => ({
  out_trade_no,
  total_fee: String(total_fee),
  fee_type: 'CNY',
  ...(paidAt !== null && {
    transaction_id,
    cash_fee: String(total_fee),
    bank_type: 'OTHERS',
    time_end: beijingDigits(paidAt),
  }),
})

function close(fields: Fields, desk: Desk): Fields {
  const { out_trade_no = '' } = fields
  const debit = debitOf(desk.ledger, out_trade_no)
  if (debit && !isUnder(fields, debit, desk)) throw new Failure('ORDERNOTEXIST', '订单不存在')
  taken(closeDebit(desk.ledger, out_trade_no, desk.now))
  return {}
}

/** Accepts a pre-debit notice (API v3). @returns undefined if accepted, otherwise the error */
export function announcePapay(
  id: string,
  fields: Record<string, unknown>,
  desk: Desk,
): { code: string; why: string } | undefined {
  const refused = (code: string, why: string) => ({ code, why })
  if (fields.mchid !== setting('mchId', desk) || !isBound(fields.appid, desk))
    return refused('APPID_MCHID_NOT_MATCH', 'appid和mchid不匹配')
  const odd = Object.keys(fields).find(
    (name) => !['mchid', 'appid', 'deduct_duration', 'estimated_amount'].includes(name),
  )
  if (odd !== undefined) return refused('PARAM_ERROR', `多余的参数：${odd}`)
  const { amount, currency } = (fields.estimated_amount ?? {}) as { amount?: unknown; currency?: unknown }
  if (!Number.isSafeInteger(amount) || Number(amount) <= 0 || currency !== 'CNY')
    return refused('PARAM_ERROR', '参数错误：estimated_amount')
  const { count, unit } = (fields.deduct_duration ?? { count: 7, unit: 'DAY' }) as { count?: unknown; unit?: unknown }
  const isShort = fields.deduct_duration === undefined || [1, 2, 3].includes(Number(count))
  if (!isShort || unit !== 'DAY') return refused('PARAM_ERROR', '参数错误：deduct_duration')
  const contract = contractById(desk.ledger, id)
  if (!contract || !isUnder({ appid: String(fields.appid) }, contract, desk))
    return refused('CONTRACT_NOT_EXIST', '协议不存在')
  const done = giveNotice(desk.ledger, contract, { amountFen: Number(amount), days: Number(count) }, desk.now)
  return isRefused(done) ? refused(done.code, done.why) : undefined
}

/** What a person does on WeChat's signing page, or what happens before or after. */
export const signScenarios = [
  'sign',
  'refuse',
  'back',
  'signed-and-back',
  'too-old',
  'jump-fails',
  'already-signed',
  'notice-late',
  'notice-twice',
  'notice-never',
] as const
type SignScenario = (typeof signScenarios)[number]

/**
 * What the mini-program gets from a signing: a failed jump, or the data of App.onShow. `page` is the text that the
 * person saw, for developers.
 */
export interface SignResult {
  errMsg: string
  unsupported?: true
  scene?: 1038
  referrerInfo?: { appId: string; extraData?: Record<string, string> }
  page?: string
}

/**
 * Signs a contract on WeChat's page. @param extraData the argument that the phone passed to wx.navigateToMiniProgram
 */
export function signPapay(
  extraData: Record<string, unknown>,
  openid: string,
  scenario: SignScenario,
  desk: Desk,
): SignResult {
  if (scenario === 'too-old') return { errMsg: 'navigateToMiniProgram:fail not supported', unsupported: true }
  if (scenario === 'jump-fails') return { errMsg: 'navigateToMiniProgram:fail can not navigate to mini program' }
  const back = (page: string): SignResult => ({ ...came(), page })
  const failed = (why: string): SignResult => ({ ...came({ return_code: 'FAIL', return_msg: why }), page: why })
  // A signing in a browser sends a session number. Its fields were checked when the page opened, so they are not
  // checked again.
  const begun = desk.ledger.get<PageSigning>('signing', String(extraData.session ?? ''))
  const wrong = begun ? undefined : wrongExtraData(extraData, desk)
  if (wrong !== undefined) return back(`商家系统错误，请联系商家处理（${wrong}）`)
  if (scenario === 'back') return back('用户从左上角返回')
  if (scenario === 'refuse') return failed('用户取消签约')
  if (scenario === 'already-signed') return failed('已签约，无法重复签约')
  const text = (name: string): string => String((begun?.fields ?? extraData)[name])
  const done = signContract(
    desk.ledger,
    {
      appid: text('appid'),
      contract_code: text('contract_code'),
      plan_id: text('plan_id'),
      openid,
      request_serial: text('request_serial'),
      display_account: text('contract_display_account'),
      notify_url: text('notify_url'),
      template: papayTemplates[text('plan_id')] ?? anyTemplate,
    },
    desk.now,
  )
  if (isRefused(done)) return failed(done.why)
  const notices = { 'notice-late': 'late', 'notice-twice': 'twice', 'notice-never': 'never' } as const
  const when = notices[scenario as keyof typeof notices]
  if (text('notify_url') !== midasNoticeUrl)
    tell(
      `contract ADD ${done.contract_code}`,
      desk.now,
      when === undefined ? desk : { ...desk, papay: { notices: when } },
    )
  if (scenario === 'signed-and-back') return back('签约成功，用户从左上角返回')
  return came({ return_code: 'SUCCESS', return_msg: 'OK', contract_id: done.contract_id })
}

// WeChat sends the notifications of Midas's own contracts to this address. The merchant gets no notifications of these
// contracts, because no document describes any.
const midasNoticeUrl = 'https://midas.sandbox/contract'

/**
 * Makes a contract with a number from Midas's host, signed with the keys of the sandbox's merchant. Uses the first
 * template, while the real Midas has a template for each app.
 * @param userId the app's name of the person, letters and digits
 * @returns the argument for the signing page; 'signed' if this person has an active contract; undefined without
 * settings for WeChat Pay's contracts
 */
export function openMidasContract(userId: string, desk: Desk): SigningTarget | 'signed' | undefined {
  if (typeof desk.settings?.apiV2Key !== 'string') return undefined
  for (let index = 1; ; index++) {
    const person = crypto.createHash('sha256').update(userId).digest('hex').slice(0, 20)
    const contract_code = `midas${person}n${index}`
    const there = contractOf(desk.ledger, contract_code)
    if (there && there.endedAt === null) return 'signed'
    if (there) continue
    const fields = {
      appid: setting('appId', desk),
      mch_id: setting('mchId', desk),
      plan_id: '100001',
      contract_code,
      request_serial: Math.floor(desk.now / 1000),
      contract_display_account: 'OpenMidas',
      notify_url: midasNoticeUrl,
      timestamp: Math.floor(desk.now / 1000),
    }
    const texts = Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, String(value)]))
    return { appId: signingAppId, path: 'pages/index/index', extraData: { ...fields, sign: signOf(texts, desk) } }
  }
}

interface SigningTarget {
  appId: string
  path: string
  extraData: Record<string, string | number>
}

const came = (extraData?: Record<string, string>): SignResult => ({
  errMsg: 'navigateToMiniProgram:ok',
  scene: 1038,
  referrerInfo: { appId: signingAppId, ...(extraData && { extraData }) },
})

/** Plays a subscriber who ends the contract in WeChat. */
export function terminatePapay(code: string, desk: Desk): boolean {
  const contract = contractOf(desk.ledger, code)
  if (!contract || contract.endedAt !== null) return false
  endContract(desk.ledger, contract, '2', desk.now)
  tell(`contract DELETE ${code}`, desk.now, desk)
  return true
}

const extraDataRules: Record<string, Rule & { isNumber?: true }> = {
  appid: { required: true, max: 32 },
  mch_id: { required: true, max: 32 },
  plan_id: { required: true, max: 28 },
  contract_code: { required: true, max: 32, pattern: /^[0-9A-Za-z]+$/ },
  request_serial: { required: true, max: 19, pattern: /^[1-9]\d{8,18}$/, isNumber: true },
  contract_display_account: { required: true, max: 128, pattern: /^[^\u{10000}-\u{10FFFF}]+$/u },
  notify_url: address,
  timestamp: { required: true, max: 10, pattern: /^\d{10}$/, isNumber: true },
  sign: { required: true, max: 32 },
  outerid: { max: 128 },
}

// WeChat's page says only that something is wrong. This text tells the developer what is wrong.
function wrongExtraData(extraData: Record<string, unknown>, desk: Desk): string | undefined {
  const extra = Object.keys(extraData).find((name) => !Object.hasOwn(extraDataRules, name))
  if (extra !== undefined) return `多余的字段 ${extra}`
  for (const [name, { required, max, pattern, isNumber }] of Object.entries(extraDataRules)) {
    const value = extraData[name]
    if (value === undefined) {
      if (required) return `缺少字段 ${name}`
      continue
    }
    if (isNumber ? !Number.isSafeInteger(value) : typeof value !== 'string') return `${name} 类型错误`
    const text = String(value)
    if (text === '' || Buffer.byteLength(text) > max || (pattern && !pattern.test(text))) return `${name} 格式错误`
  }
  if (extraData.mch_id !== setting('mchId', desk) || extraData.appid !== setting('appId', desk))
    return 'appid 或 mch_id 错误'
  const texts = Object.fromEntries(Object.entries(extraData).map(([name, value]) => [name, String(value)]))
  return texts.sign === signOf(texts, desk) ? undefined : '签名错误'
}

/** Plans a notification as the scenario says: on time, late, twice or never. */
function tell(no: string, at: number, desk: Desk): void {
  const how = desk.papay?.notices
  if (how === 'never') return
  desk.announce(no, how === 'late' ? at + lateMs : at)
  if (how === 'twice') desk.announce(no, at)
}

const noticeNo = /^(contract (ADD|DELETE)|debit) (\w+)$/

export const isPapayNotice = (no: string): boolean => noticeNo.test(no)

/** Builds a notification that is sent now. A forged notification has the right fields but a wrong signature. */
export function papayNotice(no: string, forged: boolean, url: string, desk: Desk): NoticeRequest {
  const [, kind, change, id = ''] = noticeNo.exec(no) ?? []
  const { fields, place } = kind === 'debit' ? debitNotice(id, url, desk) : contractNotice(id, change ?? '', url, desk)
  const all = { return_code: 'SUCCESS', mch_id: setting('mchId', desk), ...fields }
  const sign = forged ? crypto.randomBytes(16).toString('hex').toUpperCase() : signOf(all, desk)
  const target = new URL(new URL(place).pathname, url).href
  return { method: 'POST', url: target, headers: { 'Content-Type': 'text/xml' }, body: xmlOf({ ...all, sign }) }
}

function contractNotice(code: string, change_type: string, url: string, desk: Desk): { fields: Fields; place: string } {
  const contract = contractOf(desk.ledger, code)
  if (!contract) throw new Error(`no contract ${code}`)
  const ended = change_type === 'DELETE'
  const at = ended ? (contract.endedAt ?? desk.now) : contract.signedAt
  const fields = {
    result_code: 'SUCCESS',
    ...contractNamesOf(contract),
    openid: contract.openid,
    change_type,
    operate_time: beijingText(at),
    request_serial: contract.request_serial,
    ...(ended
      ? { contract_termination_mode: contract.endMode ?? '' }
      : { contract_expired_time: '2099-12-31 00:00:00' }),
  }
  return { fields, place: ended ? url : contract.notify_url }
}

function debitNotice(no: string, url: string, desk: Desk): { fields: Fields; place: string } {
  const debit = settledDebit(desk.ledger, no, desk.now)
  const contract = debit && contractOf(desk.ledger, debit.contract_code)
  if (!debit || !contract) throw new Error(`no debit ${no}`)
  const { contract_id, openid } = contract
  const base = { appid: setting('appId', desk), nonce_str: crypto.randomBytes(16).toString('hex'), contract_id }
  const fields: Fields =
    debit.state === 'SUCCESS'
      ? { ...base, result_code: 'SUCCESS', openid, trade_state: 'SUCCESS', trade_type: 'PAP', ...debitFields(debit) }
      : {
          ...base,
          result_code: 'FAIL',
          out_trade_no: no,
          err_code: debit.err_code ?? 'SYSTEMERROR',
          err_code_des: '扣款失败',
        }
  return { fields, place: debit.notify_url || url }
}

/** Whether the merchant's answer confirms a notification of API v2. */
export function isPapayThanked({ status, body }: NoticeAnswer): boolean {
  const answer = parsed(body)
  return status === 200 && answer?.return_code === 'SUCCESS' && answer.return_msg === 'OK'
}

function signOf(fields: Fields, desk: Desk): string {
  const pairs = Object.keys(fields)
    .filter((name) => name !== 'sign' && fields[name] !== '')
    .sort()
    .map((name) => `${name}=${fields[name]}`)
  return crypto
    .createHash('md5')
    .update(`${pairs.join('&')}&key=${setting('apiV2Key', desk)}`)
    .digest('hex')
    .toUpperCase()
}

function signed(fields: Fields, desk: Desk): Fields {
  const all = {
    return_code: 'SUCCESS',
    return_msg: 'OK',
    appid: setting('appId', desk),
    mch_id: setting('mchId', desk),
    nonce_str: crypto.randomBytes(16).toString('hex'),
    ...fields,
  }
  return { ...all, sign: signOf(all, desk) }
}

const printed = (fields: Fields): Handled['answer'] => ({
  statusCode: 200,
  headers: { 'Content-Type': 'text/plain;charset=utf-8' },
  body: xmlOf(fields),
})

const xmlOf = (fields: Fields): string =>
  `<xml>\n${Object.entries(fields)
    .map(([name, value]) => `<${name}><![CDATA[${value}]]></${name}>\n`)
    .join('')}</xml>`

const element = /<(\w+)>(?:<!\[CDATA\[([\s\S]*?)\]\]>|([^<&]*))<\/\1>/g

function parsed(text: string): Fields | undefined {
  const [, inner] = /^\s*<xml>([\s\S]*)<\/xml>\s*$/.exec(text) ?? []
  if (inner === undefined || inner.replace(element, '').trim() !== '') return undefined
  return Object.fromEntries([...inner.matchAll(element)].map(([, name, cdata, plain]) => [name, cdata ?? plain ?? '']))
}

function readXml(text: string): Fields {
  const fields = parsed(text)
  if (!fields) throw new Failure('XML_FORMAT_ERROR', 'XML格式错误', false)
  return fields
}

function setting(name: 'appId' | 'mchId' | 'apiV2Key', desk: Desk): string {
  const value = desk.settings?.[name]
  if (typeof value !== 'string') throw new Failure('SIGNERROR', `the sandbox has no ${name} for WeChat Pay`, false)
  return value
}
