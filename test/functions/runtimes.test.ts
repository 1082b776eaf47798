// Runs each built function once on every Node version that CloudBase offers.
import { spawnSync } from 'node:child_process'
import { beijingDay } from '../../miniprogram/rules/beijing'
import { nodeOf, runtimes } from '../../tools/checks/nodeRuntimes'
import { adminOf, codeOf } from '../support/adminCall'
import { adminInputs } from '../support/adminInputs'
import { dataOf, shopperA, startCloud } from '../support/startCloud'

const hour = 3_600_000
const exact: Readonly<Record<string, string>> = {
  '18.15': 'v18.15.0',
  '20.19': 'v20.19.6',
  '22.21': 'v22.21.1',
  '24.11': 'v24.11.1',
}
const here = runtimes.filter((runtime) => nodeOf(runtime) !== undefined)

it('npm has these Node versions for Linux on x64, and for no other machine', () => {
  const isTheirs = process.platform === 'linux' && process.arch === 'x64'
  expect(here).toEqual(isTheirs ? Object.keys(exact) : [])
  for (const runtime of here)
    expect(String(spawnSync(nodeOf(runtime) ?? '', ['--version']).stdout).trim()).toBe(exact[runtime])
})

// Skip the first version, 18.15: all other tests run on it.
it.each(here.slice(1))(
  'on Node %s an order is paid, refunded and reconciled, and every action has an answer',
  async (runtime) => {
    const cloud = await startCloud({}, runtime)
    try {
      const admin = adminOf(cloud)
      // Start at nine in the morning, because a refund after midnight would be in the next day's bill.
      await cloud.toHour(9)
      const { orderNo } = await cloud.newOrder()
      const { payInfo } = dataOf(await cloud.order('pay', { orderNo, provider: 'wechatpay', channel: 'jsapi' }))
      await cloud.post('/local/pay', { payInfo })
      await cloud.advance(3_000)
      const { order } = dataOf(await cloud.order('read', { orderNo, refresh: true }))
      expect(order.state).toBe('paid')
      const refund = {
        orderNo,
        paymentNo: `${orderNo}01`,
        amountFen: 700,
        requestId: 'runtime-0001',
        reason: '杯子碎了',
      }
      expect(codeOf(await admin('refund', refund))).toBe('ok')
      await cloud.advance(36 * hour)
      const day = beijingDay(order.paidAt ?? 0)
      const { reconciliation } = dataOf(await admin('bills', { provider: 'wechatpay', day }))
      expect(reconciliation).toMatchObject({ state: 'done', matched: 2, differences: [] })

      const internal: string[] = []
      for (const [action, inputs] of Object.entries(adminInputs))
        for (const input of inputs)
          if (codeOf(await admin(action as keyof typeof adminInputs, input)) === 'Internal') internal.push(action)
      for (const action of ['catalog', 'channels', 'list'] as const)
        if (codeOf(await cloud.order(action, {})) === 'Internal') internal.push(action)
      const plans = await (await cloud.call('contract', { action: 'plans', input: {} }, shopperA)).json()
      expect(plans).toMatchObject({ ok: true })
      expect(internal).toEqual([])
    } finally {
      await cloud.stop()
    }
  },
)
