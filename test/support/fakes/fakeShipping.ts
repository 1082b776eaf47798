// WeChat's shipping service, in memory, for tests of use cases: the sandbox's fake server behind the interface that
// functions use.
import { createShippingDoor } from '../../../cloudfunctions/shared/runtime/wechatShipping'
import type { ShippingDoor } from '../../../cloudfunctions/shared/usecases/platform/context'
import type { Ledger } from '../../../tools/sandbox/twin'
import { createShippingService, type ShippingService } from '../../../tools/sandbox/wechat/shipping'

export interface FakeShipping {
  door: ShippingDoor
  service: ShippingService
  /** decides what happens to the n-th call (the first is 1) */
  fate: (call: number, api: string) => 'fine' | 'notSent' | 'lostReply'
  calls: string[]
  /** how often WeChat got a report that WeChat already had */
  repeated: number
}

/**
 * @param paidAt returns when a payment was made, by paymentNo; undefined if it was not made. WeChat's number of a
 * payment is the letter T followed by the paymentNo
 * @param payerOf returns the openid of the payer
 */
export function createFakeShipping(
  now: () => number,
  paidAt: (paymentNo: string) => number | undefined,
  payerOf: (paymentNo: string) => string,
): FakeShipping {
  const pay: Ledger = {
    ...memoryLedger(),
    get<T>(kind: string, id: string) {
      if (kind === 'transaction') return { out_trade_no: id.slice(1) } as T
      const at = paidAt(id)
      const asked = { mchid: '1900000001', payer: { openid: payerOf(id) } }
      return { out_trade_no: id, asked, paid: at === undefined ? null : { at, transaction_id: `T${id}` } } as T
    },
  }
  const service = createShippingService({ now }, pay, memoryLedger())
  const fake: FakeShipping = {
    service,
    fate: () => 'fine',
    calls: [],
    repeated: 0,
    door: createShippingDoor(async (path, data) => {
      const api = path.join('.')
      fake.calls.push(path[path.length - 1] ?? '')
      const fate = fake.fate(fake.calls.length, api)
      await Promise.resolve()
      if (fate === 'notSent') throw new Error('connection reset')
      const answer = await service.call(api, JSON.parse(JSON.stringify(data)) as Record<string, unknown>)
      if (answer.errcode === 10060023) fake.repeated += 1
      if (fate === 'lostReply') throw new Error('reply lost')
      if (answer.errcode !== 0) throw Object.assign(new Error(String(answer.errmsg)), { errCode: answer.errcode })
      return answer
    }),
  }
  return fake
}

/** The storage of a fake server, in memory. */
export function memoryLedger(): Ledger {
  const entries = new Map<string, { value: object; group: string }>()
  let serial = 0
  return {
    get: <T>(kind: string, id: string) => structuredClone(entries.get(`${kind} ${id}`)?.value) as T | undefined,
    put: (kind, id, value, group = '') =>
      void entries.set(`${kind} ${id}`, { value: structuredClone(value), group: `${kind} ${group}` }),
    list: <T>(kind: string, group: string) =>
      [...entries.values()].filter((one) => one.group === `${kind} ${group}`).map(({ value }) => value as T),
    serial: () => ++serial,
  }
}
