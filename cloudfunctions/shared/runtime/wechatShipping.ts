// Sends shipping reports through WeChat's service (发货信息管理), behind the interface of the use cases: the service's names,
// words and error codes. Sources: docs/provider-facts.md 9.2.
import { beijingText } from '../../../miniprogram/rules/beijing'
import type { ShippingWay } from '../../../miniprogram/rules/terms'
import type { ShippingNews, ShippingOutcome } from '../domain/orders/shipping'
import type { ShippingDoor, ShippingReport } from '../usecases/platform/context'

/**
 * Calls one API of WeChat with the fields that the API's page names.
 * @throws what the SDK throws; `errCode` is WeChat's error code
 */
export type CallWechat = (api: readonly string[], data: object) => Promise<unknown>

const apiOf = (name: string): readonly string[] => ['wxa', 'sec', 'order', name]

// The values of logistics_type and delivery_mode, from WeChat's page on shipping reports (发货信息录入).
const logisticsTypes: Record<ShippingWay, number> = { parcel: 1, city: 2, virtual: 3, pickup: 4 }
const ways = new Map(Object.entries(logisticsTypes).map(([way, type]) => [type, way as ShippingWay]))
const together = 1
const apart = 2

// WeChat allows at most 120 characters in item_desc.
const goodsLimit = 120

const bodyOf = ({ theirNo, openid, goods, way, parcels, enteredAt }: ShippingReport): object => {
  const item_desc = Array.from(goods).slice(0, goodsLimit).join('')
  const list = parcels.map(({ carrier, trackingNo, phoneTail }) => ({
    tracking_no: trackingNo,
    express_company: carrier,
    item_desc,
    // WeChat wants the phone number masked, except for its last four digits.
    ...(phoneTail !== undefined && { contact: { receiver_contact: `****${phoneTail}` } }),
  }))
  const isSplit = list.length > 1
  return {
    order_key: { order_number_type: 2, transaction_id: theirNo },
    logistics_type: logisticsTypes[way],
    delivery_mode: isSplit ? apart : together,
    ...(isSplit && { is_all_delivered: true }),
    shipping_list: list.length > 0 ? list : [{ item_desc }],
    upload_time: rfc3339(enteredAt),
    payer: { openid },
  }
}

const rfc3339 = (at: number): string =>
  `${beijingText(at).replace(' ', 'T')}.${String(at % 1_000).padStart(3, '0')}+08:00`

/** What an error code of WeChat means. If a code is not in the table, we do not know whether WeChat did anything. */
interface Meaning {
  outcome: ShippingOutcome
  /** whether WeChat has certainly done nothing */
  isSure: boolean
}
const done: Meaning = { outcome: 'reported', isSure: true }
const already: Meaning = { outcome: 'already', isSure: true }
const notYet: Meaning = { outcome: 'later', isSure: true }
const wrong: Meaning = { outcome: 'refused', isSure: true }
const unclear: Meaning = { outcome: 'later', isSure: false }

// The error codes of WeChat's page on shipping reports (发货信息录入). -1, 10060012 and 10060019 are not listed. They say
// that WeChat's system is busy, so we do not know whether WeChat stored the report.
const meanings = new Map<number, Meaning>([
  // WeChat already has a report with this content (发货信息未更新).
  [10060023, done],
  [10060002, already],
  [10060003, already],
  // WeChat does not know the payment yet (支付单不存在), because WeChat stores a payment some time after it is paid.
  [10060001, notYet],
  ...[
    10060004, 10060005, 10060006, 10060007, 10060008, 10060009, 10060014, 10060020, 10060024, 10060025, 10060026,
    10060031, 268485194, 268485195, 268485196, 268485197, 268485216, 268485224, 268485226, 268485227, 268485228, 47001,
  ].map((code) => [code, wrong] as const),
  // The function or the mini-program has no permission yet, or has called too often. The report itself is not wrong, so
  // we send it again later.
  ...[-604100, -604101, -604104, 40013, 40097, 44990, 45009, 48001, 61003, 61004, 61011].map(
    (code) => [code, notYet] as const,
  ),
])

const codeOf = (error: unknown): number | null => {
  const code = (error as { errCode?: unknown } | null)?.errCode
  return typeof code === 'number' && Number.isSafeInteger(code) ? code : null
}

const refusal = (error: unknown): ShippingNews => {
  const code = codeOf(error)
  return { ...((code === null ? undefined : meanings.get(code)) ?? unclear), code }
}

// The values of order_state on WeChat's page about an order's shipping (查询订单发货状态): 1 to be shipped, 2 shipped, 3
// received, 4 finished, 5 refunded, 6 money to be settled.
const received = new Set([3, 4])
const reported = new Set([2, 6])

export function createShippingDoor(call: CallWechat): ShippingDoor {
  return {
    async upload(report) {
      try {
        await call(apiOf('uploadShippingInfo'), bodyOf(report))
        return { outcome: 'reported', code: null }
      } catch (error) {
        return refusal(error)
      }
    },
    async look(theirNo) {
      try {
        return readOrder(await call(apiOf('getOrder'), { transaction_id: theirNo }))
      } catch (error) {
        const { code } = refusal(error)
        // The error says that WeChat has not stored the payment yet. So WeChat cannot have a shipping report about the
        // payment either.
        const isUnknownThere = code === 10060001
        return { outcome: 'later', code, ...(isUnknownThere && { held: { way: undefined, trackingNos: [] } }) }
      }
    },
  }
}

type Fields = Record<string, unknown>
const fieldsOf = (value: unknown): Fields => (typeof value === 'object' && value !== null ? (value as Fields) : {})

function readOrder(reply: unknown): ShippingNews {
  const order = fieldsOf(fieldsOf(reply).order)
  if (typeof order.order_state !== 'number') return { outcome: 'later', code: null }
  const shipping = fieldsOf(order.shipping)
  const list = Array.isArray(shipping.shipping_list) ? shipping.shipping_list.map(fieldsOf) : []
  const trackingNos = list.flatMap(({ tracking_no }) =>
    typeof tracking_no === 'string' && tracking_no !== '' ? [tracking_no] : [],
  )
  const held = { way: ways.get(Number(shipping.logistics_type)), trackingNos }
  if (received.has(order.order_state)) return { outcome: 'received', code: null, held }
  const isReported = reported.has(order.order_state) || shipping.finish_shipping === true
  return { outcome: isReported ? 'reported' : 'later', code: null, held }
}
