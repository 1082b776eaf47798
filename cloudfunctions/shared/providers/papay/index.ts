// WeChat Pay's contracts (委托代扣, papay). Contracts and their debits use API v2; pre-debit notices use API v3. Contracts
// have the same merchant number, keys and notice address as the merchant's payments. So this folder is not a provider
// of its own: the provider in wechatpay/ uses it.
import { signingAppId } from '../../../../miniprogram/rules/signing'
import { AppError } from '../../domain/errors'
import type { ToldRefund } from '../../domain/orders/orderRefunds'
import { flatXml, readFlatXml } from '../codecs'
import {
  type AnnouncementReport,
  type Chance,
  type ContractRef,
  type ContractReport,
  type Contracts,
  type Http,
  type HttpAnswer,
  type Notice,
  orUnknown,
  type PaymentRef,
  type PaymentReport,
  type RawRequest,
  readSigned,
  unreadable,
  WrongMerchant,
  weChatText,
} from '../provider'
import { randomHex } from '../signing'
import { signV2, verifyV2 } from './sign'
import { createSignPages, signingFields, textsOf } from './signPages'
import {
  announcementReport,
  contractNotice,
  contractState,
  debitRefusal,
  debitReport,
  toldRefunds,
  type V2Fields,
} from './wire'

const xmlType = { 'content-type': 'text/xml; charset=utf-8' }

/** Our answers to a notice of API v2, which are XML and always have the status 200. */
export const v2Answers: Record<'accepted' | 'rejected', HttpAnswer> = {
  accepted: { statusCode: 200, headers: xmlType, body: flatXml({ return_code: 'SUCCESS', return_msg: 'OK' }) },
  rejected: { statusCode: 200, headers: xmlType, body: flatXml({ return_code: 'FAIL', return_msg: 'rejected' }) },
}

/** Whether a notice comes by API v2. The notices of API v2 are XML; the notices of API v3 are JSON. */
export const isV2 = ({ body }: RawRequest): boolean =>
  /^[\s\ufeff]*</.test(Buffer.from(body.subarray(0, 64)).toString('utf8'))

// The page of WeChat's own mini-program for signing contracts (docs/provider-facts.md 6.2).
const signingPath = 'pages/index/index'
const refundPages = 5
// How long after we sent a debit WeChat Pay may still not know it, in ms.
const settledMs = 5 * 60_000

const unknown = (reason: string) => ({ outcome: 'unknown' as const, reason, raw: null })

/**
 * What the functions for contracts need: the settings, the key of API v2, and the functions that call API v2 and API
 * v3.
 */
interface Papay {
  settings: {
    baseUrl: string
    appId: string
    mchId: string
    /** the official account's appid; if absent, contracts cannot be signed inside WeChat's browser */
    officialAppId?: string | undefined
    /** whether WeChat Pay has enabled signing in a phone's browser (H5纯签约) */
    h5Contracts?: boolean | undefined
  }
  key: string
  http: Http
  chance: Chance
  askV3(
    method: 'POST',
    path: string,
    now: number,
    body: object,
  ): Promise<{ ok: true } | { ok: false; error: { code: string } }>
}

/** Signs requests of API v2, sends them, and reads the replies. */
function createV2({ settings, key, http, chance }: Papay) {
  const { appId, mchId } = settings

  /**
   * Makes one signed call of API v2.
   * @throws HttpFailure if no reply came, or if the reply is not signed
   */
  const call = async (path: string, fields: V2Fields): Promise<V2Fields> => {
    const signed = { ...fields, sign: signV2(fields, key) }
    const url = settings.baseUrl + path
    const { status, body } = await http({ method: 'POST', url, headers: xmlType, body: flatXml(signed) })
    if (status !== 200) throw unreadable(`HTTP ${status}`)
    let reply: V2Fields
    try {
      reply = readFlatXml(body)
    } catch {
      throw unreadable('not XML')
    }
    // If a call fails before WeChat Pay has identified the merchant, the reply is not signed, so we cannot trust it.
    if (reply.return_code !== 'SUCCESS') throw unreadable('a refused call')
    try {
      verifyV2(reply, key)
    } catch {
      throw unreadable('its signature')
    }
    if (reply.mch_id !== undefined && reply.mch_id !== mchId) throw unreadable('another merchant')
    return reply
  }

  return { call, merchant: { appid: appId, mch_id: mchId }, nonce: () => randomHex(chance) }
}

type V2 = ReturnType<typeof createV2>

function createDebits({ call, merchant, nonce }: V2) {
  // A debit belongs to the app in which its contract was signed. So each call about the debit sends the appid of that
  // app.
  const merchantOf = ({ debitApp: appid = merchant.appid }: PaymentRef) => ({ ...merchant, appid })

  const query = (payment: PaymentRef): Promise<PaymentReport> =>
    orUnknown<PaymentReport>(async () => {
      const out_trade_no = payment.paymentNo
      const named = payment.isSecond ? { transaction_id: payment.theirNo ?? '' } : { out_trade_no }
      const reply = await call('/pay/orderquery', { ...merchantOf(payment), ...named, nonce_str: nonce() })
      if (reply.result_code !== 'SUCCESS')
        return {
          ...unknown((reply.err_code ?? '').slice(0, 40)),
          // The code ORDERNOTEXIST of WeChat Pay's page on queries (查询订单) says that this payment does not exist. Any
          // other code may mean that the server is busy.
          ...(reply.err_code === 'ORDERNOTEXIST' && { notFound: true as const }),
          raw: reply,
        }
      if (reply.out_trade_no !== out_trade_no || reply.trade_state === undefined)
        return { ...unknown('another payment'), raw: reply }
      if (payment.isSecond && reply.transaction_id !== payment.theirNo)
        return { ...unknown('another charge'), raw: reply }
      return debitReport(reply)
    }, unknown)

  const close = (payment: PaymentRef): Promise<PaymentReport> =>
    orUnknown<PaymentReport>(async () => {
      const out_trade_no = payment.paymentNo
      const reply = await call('/pay/closeorder', { ...merchantOf(payment), out_trade_no, nonce_str: nonce() })
      const word = reply.result_code === 'SUCCESS' ? '' : (reply.err_code ?? '')
      const isOld = payment.now - payment.createdAt > settledMs
      // Either this call has closed the debit, or WeChat Pay has never received it. In both cases the debit did not
      // fail because of the subscriber's account, so the cause is `technical`.
      if (reply.result_code === 'SUCCESS' || (word === 'ORDERNOTEXIST' && isOld))
        return { outcome: 'closed', cause: 'technical', raw: reply }
      if (word === 'ORDERCLOSED') return { outcome: 'closed', raw: reply }
      return word === 'ORDERPAID' ? query(payment) : { ...unknown(word.slice(0, 40)), raw: reply }
    }, unknown)

  // Lists all refunds of a payment. WeChat Pay's query (查询退款, wx:4011987766) returns ten at a time, and a payment has
  // at most fifty.
  const refundsOf = (payment: PaymentRef, theirNo: string | undefined): Promise<ToldRefund[] | undefined> =>
    orUnknown<ToldRefund[] | undefined>(
      async () => {
        const named = theirNo === undefined ? { out_trade_no: payment.paymentNo } : { transaction_id: theirNo }
        const refunds: ToldRefund[] = []
        for (let page = 0; page < refundPages; page++) {
          const offset = page > 0 ? { offset: String(refunds.length) } : {}
          const reply = await call('/pay/refundquery', {
            ...merchantOf(payment),
            ...named,
            ...offset,
            nonce_str: nonce(),
          })
          if (reply.result_code !== 'SUCCESS' || reply.out_trade_no !== payment.paymentNo) return undefined
          const told = toldRefunds(reply)
          refunds.push(...told)
          if (told.length === 0 || refunds.length >= Number(reply.total_refund_count ?? refunds.length)) break
        }
        return refunds
      },
      () => undefined,
    )

  return { query, close, refundsOf }
}

function createContracts(
  { settings, key, http, askV3 }: Papay,
  { call, nonce, ...own }: V2,
  query: (payment: PaymentRef) => Promise<PaymentReport>,
): Contracts {
  const { appId, mchId } = settings
  // Every call about a contract sends the appid of the app in which the contract was signed.
  const merchantOf = ({ appId: appid = appId }: ContractRef) => ({ ...own.merchant, appid })
  const named = ({ contractNo, theirNo, template }: ContractRef): V2Fields =>
    theirNo === null ? { plan_id: template, contract_code: contractNo } : { contract_id: theirNo }
  const isAbout = (fields: V2Fields, { contractNo }: ContractRef): boolean =>
    fields.contract_code === undefined || fields.contract_code === contractNo

  const queryContract = (contract: ContractRef): Promise<ContractReport> =>
    orUnknown<ContractReport>(async () => {
      const reply = await call('/papay/querycontract', { ...merchantOf(contract), ...named(contract), version: '1.0' })
      return isAbout(reply, contract)
        ? contractState(reply, contract.theirNo !== null)
        : { ...unknown('another contract'), raw: reply }
    }, unknown)

  const contracts: Contracts = {
    sign(input) {
      const fields = signingFields(input, own.merchant)
      return { appId: signingAppId, path: signingPath, extraData: { ...fields, sign: signV2(textsOf(fields), key) } }
    },

    pages: createSignPages({ ...settings, key, http }),

    query: queryContract,

    end: (contract, reason) =>
      orUnknown<ContractReport>(async () => {
        const contract_termination_remark = weChatText(reason, 256) || '结束自动续费'
        const fields = { ...merchantOf(contract), ...named(contract), contract_termination_remark, version: '1.0' }
        const reply = await call('/papay/deletecontract', fields)
        if (!isAbout(reply, contract)) return { ...unknown('another contract'), raw: reply }
        if (reply.result_code === 'SUCCESS') return { outcome: 'ended', raw: reply }
        // WeChat Pay refused the call. Maybe the contract ended earlier, or WeChat Pay no longer knows the contract. So
        // ask for the contract's state.
        const asked = await queryContract(contract)
        return asked.outcome === 'refused' ? { ...asked, outcome: 'ended' } : asked
      }, unknown),

    announce: (contract, { amountFen, currency, windowDays }) =>
      orUnknown<AnnouncementReport>(
        async () => {
          // Send the contract's number only in the path, because WxJava#2599 reports that a call failed when the number
          // was also in the body.
          const path = `/v3/papay/contracts/${encodeURIComponent(contract.theirNo ?? '')}/notify`
          const reply = await askV3('POST', path, contract.now, {
            mchid: mchId,
            appid: merchantOf(contract).appid,
            estimated_amount: { amount: amountFen, currency },
            ...(windowDays !== null && { deduct_duration: { count: windowDays, unit: 'DAY' } }),
          })
          return announcementReport(reply.ok ? undefined : reply.error)
        },
        (reason) => ({ outcome: 'unknown', reason }),
      ),

    debit: (input) =>
      orUnknown<PaymentReport>(async () => {
        const reply = await call('/pay/pappayapply', {
          ...merchantOf(input.contract),
          nonce_str: nonce(),
          body: weChatText(input.title, 127) || input.paymentNo,
          out_trade_no: input.paymentNo,
          total_fee: String(input.amountFen),
          fee_type: input.currency,
          notify_url: input.noticeUrl,
          trade_type: 'PAP',
          contract_id: input.contract.theirNo ?? '',
        })
        // WeChat Pay has accepted the debit, but it is not paid yet. A notice will bring the result.
        if (reply.result_code === 'SUCCESS') return { outcome: 'pending', raw: reply }
        return reply.err_code === 'ORDERPAID' ? query(input) : debitRefusal(reply)
      }, unknown),
  }

  return contracts
}

/** Makes the functions for contracts and their debits, by API v2. */
export function createPapay(papay: Papay) {
  const { key } = papay
  const { appId, officialAppId, mchId } = papay.settings
  const v2 = createV2(papay)
  const debits = createDebits(v2)

  const parseNotice = ({ body }: RawRequest): Notice => {
    const fields = readFlatXml(body)
    verifyV2(fields, key)
    const { contract_code, out_trade_no, appid } = fields
    if (fields.mch_id !== mchId || (appid !== undefined && appid !== appId && appid !== officialAppId))
      throw new WrongMerchant(contract_code ?? out_trade_no ?? '')
    return readSigned(contract_code ?? out_trade_no, () => {
      if (fields.return_code !== 'SUCCESS') throw new AppError('BadInput', 'return_code: reports no result')
      if (fields.change_type !== undefined && contract_code)
        return { about: 'contract', contractNo: contract_code, report: contractNotice(fields) }
      if (!out_trade_no) throw new AppError('BadInput', 'out_trade_no: missing')
      const report = fields.result_code === 'SUCCESS' ? debitReport(fields) : debitRefusal(fields)
      return { about: 'payment', paymentNo: out_trade_no, report }
    })
  }

  return { contracts: createContracts(papay, v2, debits.query), ...debits, parseNotice }
}
