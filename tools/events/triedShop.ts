// The steps from which the recipes of `npm run trigger` are made: what shoppers, subscribers and staff do in the local
// cloud.
import { randomBytes } from 'node:crypto'
import type { ContractResults } from '../../cloudfunctions/shared/api/contracts'
import type { OrderResults } from '../../cloudfunctions/shared/api/orders'
import type { Contract } from '../../cloudfunctions/shared/domain/contractShape'
import type { Order } from '../../cloudfunctions/shared/domain/orders/orderShape'
import { beijingDigits } from '../../miniprogram/rules/beijing'
import { type RunningCloud, seededOwner, ToolError } from './runningCloud'

const provider = 'wechatpay'
const minuteMs = 60_000
const waitMs = 30_000
const lookEveryMs = 250

export interface TriedShop {
  /** places an order for one item. @returns the order number */
  newOrder(): Promise<string>
  /** pays the order; a scenario of the sandbox decides the result (docs/sandbox.md) */
  pay(orderNo: string, scenario?: string): Promise<void>
  cancel(orderNo: string): Promise<void>
  /** refunds the whole payment */
  refund(orderNo: string): Promise<void>
  /** signs a contract as a new subscriber. @returns the contract's number */
  sign(plan: string): Promise<string>
  /** the subscriber ends the contract in our mini-program */
  endContract(contractNo: string): Promise<void>
  /** runs `during`. Meanwhile the sandbox treats the next call or debit as the scenario says */
  withScenario(scenario: string, during: () => Promise<void>): Promise<void>
  /** polls as the shopper's phone does, until the order satisfies the condition */
  untilOrder(orderNo: string, isSo: (order: Order) => boolean): Promise<void>
  untilContract(contractNo: string, isSo: (contract: Contract) => boolean): Promise<void>
  /** moves the local cloud's clock forward in steps until the condition holds */
  moveUntil(isSo: () => Promise<boolean>, steps: readonly (readonly [times: number, ms: number])[]): Promise<void>
  order(orderNo: string): Promise<Order>
  contract(contractNo: string): Promise<Contract>
}

/** @param say prints a line that tells what was done */
export function openTriedShop(cloud: RunningCloud, say: (line: string) => void): TriedShop {
  // Use a new subscriber at each run, because a subscriber can have only one contract of a plan.
  const openid = `oMiniCashier_trigger_${randomBytes(4).toString('hex')}`
  const order = <A extends keyof OrderResults>(action: A, input: unknown): Promise<OrderResults[A]> =>
    cloud.call('order', { action, input }, openid)
  const contract = <A extends keyof ContractResults>(action: A, input: unknown): Promise<ContractResults[A]> =>
    cloud.call('contract', { action, input }, openid)
  const numberAt = (now: number): string => beijingDigits(now) + randomBytes(4).toString('hex')

  const stored = async <T>(collection: 'orders' | 'contracts', no: string): Promise<T> => {
    const found = await cloud.get<T>(`/local/${collection}/${no}`)
    if (!found) throw new ToolError(`The local cloud has no ${no} in ${collection}.`)
    return found
  }
  const shop: TriedShop = {
    order: (no) => stored('orders', no),
    contract: (no) => stored('contracts', no),

    async newOrder() {
      const { now, products } = await order('catalog', {})
      const [product] = products
      if (!product) throw new ToolError('The shop has nothing on sale.')
      const orderNo = numberAt(now)
      await order('create', { orderNo, items: [{ sku: product.sku, quantity: 1 }] })
      say(`order ${orderNo}: ${product.titleEn}`)
      return orderNo
    },

    async pay(orderNo, scenario = 'pay') {
      const { payInfo } = await order('pay', { orderNo, provider, channel: 'jsapi' })
      const { errMsg } = await cloud.post<{ errMsg: string }>('/local/pay', { payInfo, scenario })
      if (errMsg !== 'requestPayment:ok') throw new ToolError(`The sandbox did not pay: ${errMsg}`)
      await shop.untilOrder(orderNo, ({ state }) => state === 'paid')
      say(`paid at the sandbox’s WeChat Pay`)
    },

    async cancel(orderNo) {
      await order('cancel', { orderNo })
      say('cancelled by the shopper')
    },

    async refund(orderNo) {
      const { payments } = await shop.order(orderNo)
      const { no: paymentNo, amountFen } = payments.find(({ state }) => state === 'paid') ?? {}
      const input = {
        orderNo,
        requestId: `trigger-${randomBytes(6).toString('hex')}`,
        paymentNo,
        amountFen,
        reason: '',
      }
      await cloud.call('admin', { action: 'refund', input }, seededOwner)
      say('a refund is asked for')
    },

    async sign(plan) {
      const { now } = await contract('plans', {})
      const contractNo = numberAt(now)
      const { signing } = await contract('open', { contractNo, plan })
      if (!signing) throw new ToolError('The signing page did not open.')
      await cloud.post('/local/sign', { extraData: signing.extraData }, openid)
      await shop.untilContract(contractNo, ({ state }) => state === 'active')
      say(`contract ${contractNo}: ${plan}, signed`)
      return contractNo
    },

    async endContract(contractNo) {
      await contract('end', { contractNo })
      say('ended by the subscriber')
    },

    withScenario: (scenario, during) => withScenario(cloud, scenario, during),

    untilOrder: (orderNo, isSo) =>
      until(orderNo, async () => {
        await order('read', { orderNo, refresh: true })
        return isSo(await shop.order(orderNo))
      }),

    untilContract: (contractNo, isSo) =>
      until(contractNo, async () => {
        await contract('read', { contractNo, refresh: true })
        return isSo(await shop.contract(contractNo))
      }),

    moveUntil: (isSo, steps) => moveUntil(cloud, say, isSo, steps),
  }
  return shop
}

function spanOf(ms: number): string {
  const minutes = Math.round(ms / minuteMs)
  if (minutes < 120) return `${minutes} minutes`
  const hours = Math.round(minutes / 60)
  return hours < 48 ? `${hours} hours` : `${Math.round(hours / 24)} days`
}

const until = async (what: string, isSo: () => Promise<boolean>): Promise<void> => {
  for (let waited = 0; waited < waitMs; waited += lookEveryMs) {
    if (await isSo()) return
    await new Promise((done) => setTimeout(done, lookEveryMs))
  }
  throw new ToolError(
    `${what} did not become what was wanted within ${waitMs / 1_000} s. The trace of npm start says why.`,
  )
}

async function moveUntil(
  cloud: RunningCloud,
  say: (line: string) => void,
  ...[isSo, steps]: Parameters<TriedShop['moveUntil']>
): Promise<void> {
  let moved = 0
  for (const [times, ms] of steps)
    for (let step = 0; step < times; step++) {
      if (await isSo()) {
        if (moved > 0) say(`the clock of the local cloud was moved by ${spanOf(moved)}`)
        return
      }
      await cloud.post('/local/clock', { advanceMs: ms })
      moved += ms
    }
  if (!(await isSo()))
    throw new ToolError(`Nothing of the kind happened in ${spanOf(moved)}. The trace of npm start says why.`)
  say(`the clock of the local cloud was moved by ${spanOf(moved)}`)
}

async function withScenario(
  cloud: RunningCloud,
  ...[scenario, during]: Parameters<TriedShop['withScenario']>
): Promise<void> {
  const { providers } = (await cloud.get<{ providers: { provider: string; next: string }[] }>('/local/sandbox')) ?? {
    providers: [],
  }
  const before = providers.find((one) => one.provider === provider)?.next ?? 'pay'
  await cloud.post('/local/sandbox', { provider, scenario })
  try {
    await during()
  } finally {
    await cloud.post('/local/sandbox', { provider, scenario: before })
  }
}
