// The wire format of WeChat Pay's API v2, which contracts (委托代扣, papay) still need, and of its pre-debit notices: field
// names and formats, and their translation into our own terms.
import { fromBeijingDigits, fromBeijingText } from '../../../../miniprogram/rules/beijing'
import type { ContractOutcome } from '../../domain/contractShape'
import { AppError } from '../../domain/errors'
import { fenFromWire } from '../../domain/money'
import type { ToldRefund } from '../../domain/orders/orderRefunds'
import type { DebitCause, PaymentOutcome } from '../../domain/payment'
import type { RefundOutcome } from '../../domain/refund'
import type { AnnouncementReport, ContractReport, KeysVerdict, PaymentReport } from '../provider'
import { saysWrongSignature } from '../provider'

export type V2Fields = Readonly<Record<string, string>>

// The cause of a failed debit for each error code (docs/provider-facts.md 6.5, 6.6). Codes that leave the result
// unknown (SYSTEMERROR, FREQUENCY_LIMITED, and every new one) are not listed.
const debitCauses = new Map<string, DebitCause>([
  ['NOTENOUGH', 'funds'],
  ['BANKERROR', 'account'],
  ['ACCOUNTERROR', 'account'],
  ['USER_ACCOUNT_ABNORMAL', 'account'],
  ['USER_NOT_EXIST', 'account'],
  ['USER_ERROR', 'account'],
  ['TRADE_ERROR', 'account'],
  ['CONTRACT_NOT_EXIST', 'contract'],
  ['CONTRACTERROR', 'contract'],
  ['RULELIMIT', 'limit'],
  ['PARAM_ERROR', 'merchant'],
  ['SIGN_ERROR', 'merchant'],
  ['APPID_MCHID_NOT_MATCH', 'merchant'],
  ['INVALID_REQUEST', 'merchant'],
  ['NOAUTH', 'merchant'],
])

// The values of trade_state for a debit. A debit that waits for its result has the state ACCEPT. NOTPAY is not listed,
// so its result is `unknown`. We must close a debit in the state NOTPAY.
const debitStates = new Map<string, PaymentOutcome>([
  ['SUCCESS', 'paid'],
  ['REFUND', 'refunded'],
  ['ACCEPT', 'pending'],
  ['USERPAYING', 'pending'],
  ['CLOSED', 'closed'],
  ['REVOKED', 'closed'],
  ['PAYERROR', 'declined'],
])

// The values of refund_status_$n in the reply to a query of refunds (查询退款). CHANGE means that the refund failed at the
// shopper's bank and the merchant must act. CHANGE counts as pending, because the refund may still succeed.
const listedStates = new Map<string, RefundOutcome>([
  ['SUCCESS', 'refunded'],
  ['REFUNDCLOSE', 'refused'],
  ['PROCESSING', 'pending'],
  ['CHANGE', 'pending'],
])

/** Reads the refunds that one reply to a query of refunds (查询退款) lists. The reply numbers the refunds from 0. */
export function toldRefunds(fields: V2Fields): ToldRefund[] {
  const refunds: ToldRefund[] = []
  for (let index = 0; fields[`refund_id_${index}`] !== undefined; index++) {
    const field = (name: string): string | undefined => fields[`${name}_${index}`]
    const at = fromBeijingText(field('refund_success_time') ?? '')
    refunds.push({
      no: field('out_refund_no') ?? '',
      outcome: listedStates.get(field('refund_status') ?? '') ?? 'unknown',
      theirNo: field('refund_id') ?? '',
      amountFen: fenFromWire(field('refund_fee')),
      ...(at !== undefined && { at }),
    })
  }
  return refunds
}

/** Reads the state of a debit from a reply or notice. @throws BadInput for an invalid amount */
export function debitReport(fields: V2Fields): PaymentReport {
  const outcome = debitStates.get(fields.trade_state ?? 'SUCCESS') ?? 'unknown'
  if (outcome === 'paid' && !fields.total_fee) throw new AppError('BadInput', 'amount: missing')
  const at = fields.time_end ? fromBeijingDigits(fields.time_end) : undefined
  return {
    outcome,
    ...(fields.transaction_id && { theirNo: fields.transaction_id }),
    ...(fields.total_fee && { amountFen: fenFromWire(fields.total_fee) }),
    ...(fields.fee_type && { currency: fields.fee_type.toUpperCase() }),
    ...(at !== undefined && { at }),
    ...(outcome !== 'paid' && { reason: (fields.trade_state ?? '').slice(0, 40) }),
    raw: fields,
  }
}

/** What an error code means for a debit: it failed with a cause, was accepted, was closed, or its result is unknown. */
export function debitRefusal(fields: V2Fields): PaymentReport {
  const word = fields.err_code ?? ''
  const cause = debitCauses.get(word)
  const reason = word.slice(0, 40)
  if (cause !== undefined) return { outcome: 'declined', cause, reason, raw: fields }
  if (word === 'ORDER_ACCEPTED') return { outcome: 'pending', reason, raw: fields }
  return { outcome: word === 'ORDERCLOSED' ? 'closed' : 'unknown', reason, raw: fields }
}

// The values of change_type in a notice. The reply to a query has the field contract_state instead. Its value 1 may
// mean "never signed" or "ended".
const changeTypes = new Map<string, ContractOutcome>([
  ['ADD', 'signed'],
  ['DELETE', 'ended'],
])
const contractStates = new Map<string, ContractOutcome>([
  ['0', 'signed'],
  ['1', 'refused'],
  ['9', 'pending'],
])

// The error codes with which querycontract says that no contract has this number.
const noContract = new Set(['-25', 'RESULT NULL', 'CONTRACT_NOT_EXIST'])

const contractFacts = (fields: V2Fields): Omit<ContractReport, 'outcome' | 'raw'> => {
  const validUntil = fromBeijingText(fields.contract_expired_time ?? '')
  return {
    ...(fields.contract_id && { theirNo: fields.contract_id }),
    ...(fields.plan_id && { template: fields.plan_id }),
    ...(fields.openid && { payer: fields.openid }),
    ...(validUntil !== undefined && { validUntil }),
    ...(fields.contract_termination_mode && { reason: `mode ${fields.contract_termination_mode.slice(0, 8)}` }),
  }
}

/** Reads a notice about a contract that was signed or has ended. */
export function contractNotice(fields: V2Fields): ContractReport {
  const outcome = fields.result_code === 'SUCCESS' ? changeTypes.get(fields.change_type ?? '') : undefined
  const at = fromBeijingText(fields.operate_time ?? '')
  return { outcome: outcome ?? 'unknown', ...contractFacts(fields), ...(at !== undefined && { at }), raw: fields }
}

/**
 * Reads a reply of querycontract.
 * @param wasSigned whether the contract was signed before; then "not signed" means that it has ended
 */
export function contractState(fields: V2Fields, wasSigned: boolean): ContractReport {
  if (fields.result_code !== 'SUCCESS') {
    const word = fields.err_code ?? ''
    return { outcome: noContract.has(word) ? 'refused' : 'unknown', reason: word.slice(0, 40), raw: fields }
  }
  const endedAt = fromBeijingText(fields.contract_terminated_time ?? '')
  const signedAt = fromBeijingText(fields.contract_signed_time ?? '')
  const state = contractStates.get(fields.contract_state ?? '') ?? 'unknown'
  const outcome = state === 'refused' && (wasSigned || endedAt !== undefined) ? 'ended' : state
  const at = outcome === 'ended' ? endedAt : outcome === 'signed' ? signedAt : undefined
  return { outcome, ...contractFacts(fields), ...(at !== undefined && { at }), raw: fields }
}

// Why WeChat Pay did not send a pre-debit notice, for the error codes of API v3.
const announcementCauses = new Map<string, DebitCause>([
  ['CONTRACTNOTEXIST', 'contract'],
  ['RULELIMIT', 'limit'],
  ['PARAMERROR', 'merchant'],
  ['INVALIDREQUEST', 'merchant'],
  ['APPIDMCHIDNOTMATCH', 'merchant'],
  ['NOAUTH', 'merchant'],
  ['SIGNERROR', 'merchant'],
])

export function announcementReport(error: { code: string } | undefined): AnnouncementReport {
  if (error === undefined) return { outcome: 'sent' }
  const reason = error.code.slice(0, 40)
  if (error.code === 'RESOURCEALREADYEXISTS') return { outcome: 'already', reason }
  const cause = announcementCauses.get(error.code)
  return cause === undefined ? { outcome: 'unknown', reason } : { outcome: 'later', cause, reason }
}

/** Judges from a reply of API v2 whether WeChat Pay accepted our key. */
export function judgeV2({ return_code, return_msg, err_code = '' }: V2Fields): KeysVerdict | undefined {
  const field = 'apiV2Key'
  if (return_code !== 'SUCCESS') return saysWrongSignature(return_msg) ? { isAccepted: false, field } : undefined
  return { isAccepted: err_code.replaceAll('_', '') !== 'SIGNERROR', field }
}
