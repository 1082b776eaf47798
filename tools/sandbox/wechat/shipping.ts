// The fake server of WeChat's shipping service (发货信息管理), as WeChat's pages 发货信息录入 and 查询订单发货状态
// describe it (docs/provider-facts.md 9.2). Functions reach it through cloud.openapi. Where a page is unclear, the fake
// server takes the stricter reading.

import { type Ledger, SandboxError } from '../twin'
import type { EventFields } from './messagePush'

type Fields = Record<string, unknown>

/** A payment in the storage of WeChat Pay's fake server. */
interface Sold {
  out_trade_no: string
  asked: Fields
  paid: { at: number; transaction_id: string } | null
}

interface Shipped {
  logistics_type: number
  delivery_mode: number
  shipping_list: Fields[]
  upload_time: string
  finish_shipping_count: number
  receivedAt: number | null
}

/** How the service behaves. works; down: it does nothing; lost: it does its work, but its answer never arrives */
const moods = ['works', 'down', 'lost'] as const
type Mood = (typeof moods)[number]

// The shipping service knows a payment only after some seconds. WeChat's staff advise merchants to try again after a
// minute.
const storedAfterMs = 30_000
const settledAfterDays = 10
const parcelsAtMost = 15
const goodsAtMost = 120

class Refusal extends Error {
  constructor(
    readonly errcode: number,
    message: string,
  ) {
    super(message)
    this.name = 'Refusal'
  }
}

const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/
const isText = (value: unknown, longest: number): value is string =>
  typeof value === 'string' && value !== '' && Buffer.byteLength(value) <= longest
type PaidOrder = Pick<Sold, 'asked' | 'out_trade_no'> & { paid: { at: number; transaction_id: string } }

const fieldsOf = (value: unknown): Fields => {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields
  throw new Refusal(47001, 'data format error')
}

/**
 * Makes the fake server.
 * @param pay the storage of WeChat Pay's fake server
 * @param ledger the storage of this fake server
 * @param push sends an event through WeChat's message push
 */
export function createShippingService(
  clock: { now(): number },
  pay: Ledger,
  ledger: Ledger,
  push: (event: EventFields) => void = () => undefined,
) {
  const moodNow = (): Mood => ledger.get<{ mood: Mood }>('mood', 'now')?.mood ?? 'works'

  function paymentOf(transactionId: unknown): PaidOrder {
    const sold = isText(transactionId, 64) ? pay.get<{ out_trade_no: string }>('transaction', transactionId) : undefined
    const order = sold && pay.get<Sold>('order', sold.out_trade_no)
    if (!order?.paid || clock.now() < order.paid.at + storedAfterMs) throw new Refusal(10060001, '支付单不存在')
    return { ...order, paid: order.paid }
  }

  function upload(data: Fields): Fields {
    const key = fieldsOf(data.order_key)
    if (key.order_number_type !== 2) throw new Refusal(268485194, '订单单号类型非法')
    if (!isText(key.transaction_id, 64)) throw new Refusal(268485195, 'transaction_id 字段不能为空')
    const shipped = read(data)
    const payment = paymentOf(key.transaction_id)
    if (fieldsOf(data.payer).openid !== fieldsOf(payment.asked.payer).openid)
      throw new Refusal(10060031, '该笔支付单不属于 openid 所指定的用户')
    const there = ledger.get<Shipped>('shipped', payment.paid.transaction_id)
    if (there?.receivedAt) throw new Refusal(10060004, '支付单处于不可发货的状态')
    if (there && contentOf(there) === contentOf(shipped)) throw new Refusal(10060023, '发货信息未更新')
    if (there && there.finish_shipping_count >= 2) throw new Refusal(10060003, '支付单已使用重新发货机会')
    if (there && Date.parse(there.upload_time) >= Date.parse(shipped.upload_time))
      throw new Refusal(10060014, '参数错误：upload_time')
    ledger.put('shipped', payment.paid.transaction_id, {
      ...shipped,
      finish_shipping_count: (there?.finish_shipping_count ?? 0) + 1,
    })
    ledger.put('upload', String(ledger.serial()), { transaction_id: payment.paid.transaction_id }, 'all')
    push({
      ...settlementOf(payment, shipped),
      estimated_settlement_time: Math.floor(clock.now() / 1_000) + settledAfterDays * 86_400,
    })
    return {}
  }

  function getOrder(data: Fields): Fields {
    const { asked, out_trade_no, paid } = paymentOf(data.transaction_id)
    const shipped = ledger.get<Shipped>('shipped', paid.transaction_id)
    return { order: orderOf({ asked, out_trade_no, paid }, shipped) }
  }

  const apis = new Map([
    ['wxa.sec.order.uploadShippingInfo', upload],
    ['wxa.sec.order.getOrder', getOrder],
  ])

  return {
    /** Plays an API of cloud.openapi. @throws SandboxError for an API that this service does not have */
    async call(api: string, data: Fields): Promise<Fields> {
      const run = apis.get(api)
      if (!run) throw new SandboxError(`no fake server of ${api}`)
      const mood = moodNow()
      if (mood === 'down') return { errcode: -1, errmsg: 'system error' }
      try {
        const answer = { errcode: 0, errmsg: 'ok', ...run(data) }
        return mood === 'lost' && api.endsWith('uploadShippingInfo') ? { errcode: -1, errmsg: 'system error' } : answer
      } catch (error) {
        if (!(error instanceof Refusal)) throw error
        return { errcode: error.errcode, errmsg: `${error.message} rid: sandbox` }
      }
    },

    /** Changes how the service behaves. @throws SandboxError for an unknown mood */
    setMood(mood: string): void {
      if (!(moods as readonly string[]).includes(mood)) throw new SandboxError(`mood: one of ${moods.join(', ')}`)
      ledger.put('mood', 'now', { mood })
    },

    /**
     * Plays a shopper who confirms the receipt on WeChat's page. @throws SandboxError if the shop has shipped nothing
     */
    receive(transactionId: string): void {
      const shipped = ledger.get<Shipped>('shipped', transactionId)
      if (!shipped) throw new SandboxError('this payment was not shipped')
      ledger.put('shipped', transactionId, { ...shipped, receivedAt: clock.now() })
      const at = Math.floor(clock.now() / 1_000)
      const manual = { confirm_receive_method: 2, confirm_receive_time: at, settlement_time: at }
      push({ ...settlementOf(paymentOf(transactionId), shipped), ...manual })
    },

    /** All accepted shipping reports, one entry for each upload. */
    uploads: (): { transaction_id: string }[] => ledger.list('upload', 'all'),
  }
}

export type ShippingService = ReturnType<typeof createShippingService>

// The fields that both forms of the settlement event (订单将要结算或已经结算) contain.
const settlementOf = ({ asked, out_trade_no, paid }: PaidOrder, shipped: Shipped): EventFields => ({
  Event: 'trade_manage_order_settlement',
  transaction_id: paid.transaction_id,
  merchant_id: String(asked.mchid),
  merchant_trade_no: out_trade_no,
  pay_time: Math.floor(paid.at / 1_000),
  shipped_time: Math.floor(Date.parse(shipped.upload_time) / 1_000),
})

/** An order as 查询订单发货状态 gives it. */
function orderOf({ asked, out_trade_no, paid }: PaidOrder, shipped: Shipped | undefined): Fields {
  return {
    transaction_id: paid.transaction_id,
    merchant_id: asked.mchid,
    merchant_trade_no: out_trade_no,
    openid: fieldsOf(asked.payer).openid,
    pay_time: Math.floor(paid.at / 1_000),
    order_state: shipped?.receivedAt ? 3 : shipped ? 2 : 1,
    in_complaint: false,
    ...(shipped && {
      shipping: {
        delivery_mode: shipped.delivery_mode,
        logistics_type: shipped.logistics_type,
        finish_shipping: true,
        finish_shipping_count: shipped.finish_shipping_count,
        shipping_list: shipped.shipping_list.map(({ tracking_no = '', express_company = '', item_desc }) => ({
          tracking_no,
          express_company,
          goods_desc: item_desc,
          upload_time: Math.floor(Date.parse(shipped.upload_time) / 1_000),
        })),
      },
    }),
  }
}

/**
 * Checks and reads the fields of a shipping report (发货信息录入). Refuses wrong fields with the error codes of WeChat's
 * page.
 */
function read(data: Fields): Shipped {
  const { logistics_type, delivery_mode, is_all_delivered, upload_time } = data
  const list = data.shipping_list
  if (![1, 2, 3, 4].includes(logistics_type as number)) throw new Refusal(10060005, '物流类型有误')
  if (delivery_mode !== 1 && delivery_mode !== 2) throw new Refusal(268485224, '发货模式非法')
  if (typeof upload_time !== 'string' || !rfc3339.test(upload_time)) throw new Refusal(268485216, '上传时间非法')
  if (!Array.isArray(list) || list.length === 0) throw new Refusal(47001, 'data format error')
  if (list.length > parcelsAtMost) throw new Refusal(10060024, '物流信息列表太长')
  if (delivery_mode === 1 && list.length !== 1) throw new Refusal(268485228, '物流信息列表长度必须为 1')
  if (delivery_mode === 2 && logistics_type !== 1) throw new Refusal(10060006, '非快递发货时不允许分拆发货')
  if (delivery_mode === 2 && typeof is_all_delivered !== 'boolean') throw new Refusal(10060007, 'is_all_delivered')
  const shipping_list = list.map(fieldsOf)
  for (const { item_desc, tracking_no, express_company, contact } of shipping_list) {
    if (!isText(item_desc, 4 * goodsAtMost)) throw new Refusal(10060008, '商品描述 item_desc 字段不能为空')
    if (Array.from(item_desc).length > goodsAtMost) throw new Refusal(10060009, '商品描述 item_desc 字段太长')
    if (logistics_type !== 1) continue
    if (!isText(tracking_no, 128)) throw new Refusal(268485226, '物流单号不能为空')
    if (!isText(express_company, 128)) throw new Refusal(268485227, '物流公司编码不能为空')
    const { receiver_contact, consignor_contact } = contact === undefined ? {} : fieldsOf(contact)
    const phone = receiver_contact ?? consignor_contact
    // For the carrier SF a phone number is required, masked except for its last four digits (当发货的物流公司为顺丰时，联系方式为必填).
    if (express_company === 'SF' && !(isText(phone, 1_024) && /\*.*\d{4}$/.test(phone)))
      throw new Refusal(10060014, '参数错误：contact')
  }
  return {
    logistics_type: logistics_type as number,
    delivery_mode,
    shipping_list,
    upload_time,
    finish_shipping_count: 0,
    receivedAt: null,
  }
}

const contentOf = ({ logistics_type, delivery_mode, shipping_list }: Shipped): string =>
  JSON.stringify([logistics_type, delivery_mode, shipping_list])
