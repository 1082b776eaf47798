// Tests the admin function on the local cloud, with the real wx-server-sdk: who may use which action, and what an
// action stores.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { AdminAction, AdminResults } from '../../../cloudfunctions/shared/api/admin'
import type { Reply } from '../../../cloudfunctions/shared/api/reply'
import type { Role } from '../../../cloudfunctions/shared/domain/staff'
import type { AuditEntry } from '../../../cloudfunctions/shared/store/audit'
import type { Database } from '../../../cloudfunctions/shared/store/database'
import type { Staff } from '../../../cloudfunctions/shared/store/staff'
import { beijingDay } from '../../../miniprogram/rules/beijing'
import { connectDatabase } from '../../../tools/cloudDatabase'
import { auditOf } from '../../support/adminCall'
import { untold } from '../../support/fakes/untold'
import { dataOf, shopperA, startCloud, type TestCloud } from '../../support/startCloud'

const root = resolve(__dirname, '../../..')
const people = {
  owner: 'oMiniCashier_merchant_0000',
  operator: 'oMiniCashier_operator_000',
  viewer: 'oMiniCashier_viewer_00000',
  stranger: shopperA,
} as const satisfies Record<Role, string>
const minute = 60_000

let cloud: TestCloud
let db: Database
let serial = 0

beforeAll(async () => {
  cloud = await startCloud()
  const { adminUrl } = JSON.parse(readFileSync(join(cloud.dataDir, 'running.json'), 'utf8')) as { adminUrl: string }
  db = await connectDatabase({ adminUrl })
  const member = { version: 1, name: '', addedAt: 1 }
  await db.insert<Staff>('staff', { ...member, _id: people.operator, role: 'operator', refundLimitFen: 10_000 })
  await db.insert<Staff>('staff', { ...member, _id: people.viewer, role: 'viewer' })
})
afterAll(() => cloud.stop())

const admin = async <A extends AdminAction>(
  action: A,
  input: unknown,
  openid: string = people.owner,
): Promise<Reply<AdminResults[A]>> => (await cloud.call('admin', { action, input }, openid)).json() as never

const requestId = (): string => `request-${++serial}`

/** Makes an order of 172.00 yuan and pays it through Midas's fake server. */
async function paidOrder(): Promise<{ orderNo: string; paymentNo: string }> {
  const { orderNo } = await cloud.newOrder()
  await cloud.pay(orderNo, 'pay with no notice')
  await cloud.advance(3_000)
  const { order } = dataOf(await cloud.order('read', { orderNo, refresh: true }))
  expect(order.state).toBe('paid')
  return { orderNo, paymentNo: `${orderNo}01` }
}

const refundOf = (order: { orderNo: string; paymentNo: string }, amountFen: number, id = requestId()) => ({
  ...order,
  amountFen,
  requestId: id,
  reason: '杯子碎了',
})

const entries = (orderNo: string) => auditOf(db, { orderNo })

describe('who may use which action', () => {
  it('an outsider gets the same answer to an action, an unknown action, a malformed event and a missing order', async () => {
    const events = [
      { action: 'order', input: { orderNo: '20260101000000abcdefgh' } },
      { action: 'order', input: { orderNo: { $gt: '' } } },
      { action: 'constructor' },
      { action: '__proto__' },
      { action: 1 },
      {},
      null,
      'x',
    ]
    const replies = await Promise.all(
      events.map(async (event) => (await cloud.call('admin', event, people.stranger)).text()),
    )
    expect(new Set(replies).size).toBe(1)
    expect(replies[0]).toContain('Forbidden')
    expect(await (await cloud.call('admin', { action: 'order' }, '')).text()).toContain('Forbidden')
    // The owner's claim code is stored among the staff, but nobody may sign in with its id.
    expect(await admin('order', { orderNo: '20260101000000abcdefgh' }, 'claim')).toMatchObject({ ok: false })
  })

  it('a removed staff member can do nothing from then on', async () => {
    const openid = 'oMiniCashier_leaving_0000'
    await db.insert<Staff>('staff', { _id: openid, version: 1, role: 'viewer', name: '', addedAt: 1 })
    const { orderNo } = await cloud.newOrder()
    expect(await admin('order', { orderNo }, openid)).toMatchObject({ ok: true })
    await db.remove('staff', openid)
    expect(await admin('order', { orderNo }, openid)).toMatchObject({ error: { code: 'Forbidden' } })
  })

  it.each([
    ['an operator', { orderNo: { $gt: '' } }, 'orderNo'],
    ['a negative amount', { amountFen: -1 }, 'amountFen'],
    ['a fraction', { amountFen: 0.5 }, 'amountFen'],
    ['text for money', { amountFen: '1' }, 'amountFen'],
    ['another’s name', { by: 'system' }, 'by'],
    ['a limit of one’s own', { limitFen: 1e9 }, 'limitFen'],
    ['a long reason', { reason: 'x'.repeat(81) }, 'reason'],
    ['no requestId', { requestId: '' }, 'requestId'],
  ])('a refund with %s is an error that names the field', async (_, wrong, field) => {
    const order = { orderNo: '20260101000000abcdefgh', paymentNo: '20260101000000abcdefgh01' }
    const reply = await admin('refund', { ...refundOf(order, 1), ...wrong })
    expect(reply).toMatchObject({ ok: false, error: { code: 'BadInput' } })
    expect(JSON.stringify(reply)).toContain(field)
  })
})

describe('an order as staff see it', () => {
  it('is complete, but has no payment data and no whole openid', async () => {
    const order = await paidOrder()
    const stored = await cloud.stored(order.orderNo)
    dataOf(await admin('refund', refundOf(order, 100)))
    const reply = dataOf(await admin('order', { orderNo: order.orderNo }, people.viewer))
    expect(reply.order).toMatchObject({
      orderNo: order.orderNo,
      shopper: '…A_0000',
      amountFen: 17_200,
      payments: [{ paymentNo: order.paymentNo, theirNo: expect.any(String), refundableFen: 17_100, canRefund: true }],
      refunds: [{ amountFen: 100, by: '店主', reason: '杯子碎了' }],
    })
    const text = JSON.stringify(reply)
    for (const hidden of [shopperA, people.owner, stored.payments[0]?.payInfo ?? 'none'])
      expect(text).not.toContain(hidden)
  })
})

describe('a refund', () => {
  it('in part and then of the rest is done when the provider has done it, and never exceeds the payment, even with simultaneous requests', async () => {
    const order = await paidOrder()
    const first = dataOf(await admin('refund', refundOf(order, 7_200)))
    expect(first.refundNo).toBe(`${order.orderNo}r01`)
    const rush = await Promise.all(
      [people.owner, people.owner, people.owner].map((openid) => admin('refund', refundOf(order, 10_000), openid)),
    )
    expect(rush.filter(({ ok }) => ok)).toHaveLength(1)
    await cloud.advance(21 * minute)
    const { order: after } = dataOf(await admin('recheck', { orderNo: order.orderNo }))
    expect(after).toMatchObject({ refundedFen: 17_200, refunds: [{ state: 'done' }, { state: 'done' }] })
    expect(after.payments).toMatchObject([{ refundableFen: 0 }])
  })

  it('repeated with its requestId is the same refund, with the same number', async () => {
    const order = await paidOrder()
    const input = refundOf(order, 500)
    const replies = [
      await admin('refund', input),
      ...(await Promise.all([admin('refund', input), admin('refund', input)])),
    ]
    expect(new Set(replies.map((reply) => dataOf(reply).refundNo))).toEqual(new Set([`${order.orderNo}r01`]))
    expect((await cloud.stored(order.orderNo)).refunds).toHaveLength(1)
  })

  it('over an operator’s limit needs an owner', async () => {
    const order = await paidOrder()
    const operator = (amountFen: number) => admin('refund', refundOf(order, amountFen), people.operator)
    expect(await operator(6_000)).toMatchObject({ ok: true })
    expect(await operator(4_001)).toMatchObject({ error: { code: 'Forbidden', message: 'amountFen: over your limit' } })
    expect(await operator(4_000)).toMatchObject({ ok: true })
    expect(await admin('refund', refundOf(order, 4_001))).toMatchObject({ ok: true })
  })

  it('that may not have arrived is pending; the timer queries it, and sends it again under the same number', async () => {
    const { orderNo } = await cloud.newOrder()
    const paying = { orderNo, provider: 'wechatpay', channel: 'jsapi' }
    const { payInfo } = dataOf(await cloud.order('pay', paying))
    await cloud.post('/local/pay', { payInfo, scenario: 'pay with no notice' })
    // The provider is queried about a payment at most once in 3 s. The timer may have just queried it, before it was
    // paid.
    await cloud.advance(3_000)
    expect(dataOf(await cloud.order('read', { orderNo, refresh: true })).order.state).toBe('paid')
    await cloud.post('/local/sandbox', { provider: 'wechatpay', scenario: 'provider down' })
    const order = { orderNo, paymentNo: `${orderNo}01` }
    const { order: asked, refundNo } = dataOf(await admin('refund', refundOf(order, 17_200)))
    expect(asked.refunds).toMatchObject([{ refundNo, state: 'pending' }])
    await cloud.advance(70 * minute)
    expect(await cloud.stored(orderNo)).toMatchObject({
      refundedFen: 17_200,
      dueAt: null,
      refunds: [{ no: refundNo, state: 'done' }],
    })
  })

  it('that may not have arrived is never sent again if no reply would say so: staff get a case', async () => {
    const order = await paidOrder()
    await cloud.post('/local/sandbox', { provider: 'midas', scenario: 'provider down' })
    const { refundNo } = dataOf(await admin('refund', refundOf(order, 17_200)))
    await cloud.advance(130 * minute)
    expect(await cloud.stored(order.orderNo)).toMatchObject({ refundedFen: 0, refunds: [{ state: 'pending' }] })
    const reason = 'the provider does not say what became of this refund'
    const { notices } = dataOf(await admin('notices', {}))
    expect(notices).toEqual(expect.arrayContaining([expect.objectContaining({ orderNo: order.orderNo, reason })]))
    expect(refundNo).toBe(`${order.orderNo}r01`)
  })

  it('of an order that is not paid, or of another order’s payment, is refused', async () => {
    const paid = await paidOrder()
    const { orderNo } = await cloud.newOrder()
    await cloud.order('pay', { orderNo, provider: 'midas', channel: 'wechat' })
    const unpaid = { orderNo, paymentNo: `${orderNo}01` }
    expect(await admin('refund', refundOf(unpaid, 1))).toMatchObject({ error: { code: 'Conflict' } })
    const mixed = { orderNo, paymentNo: paid.paymentNo }
    expect(await admin('refund', refundOf(mixed, 1))).toMatchObject({ error: { code: 'NotFound' } })
  })

  it('is refused before anything is written if the provider has no refunds', async () => {
    const { orderNo } = await cloud.newOrder()
    const { payInfo } = dataOf(await cloud.order('pay', { orderNo, provider: 'jubao', channel: '201' }))
    await cloud.post('/local/pay', { payInfo, scenario: 'pay with no notice' })
    await cloud.advance(3_000)
    expect(dataOf(await cloud.order('read', { orderNo, refresh: true })).order.state).toBe('paid')
    const before = await cloud.stored(orderNo)
    const order = { orderNo, paymentNo: `${orderNo}01` }
    expect(dataOf(await admin('order', { orderNo })).order.payments).toMatchObject([{ canRefund: false }])
    expect(await admin('refund', refundOf(order, 1))).toMatchObject({ error: { code: 'Unsupported' } })
    expect(untold(await cloud.stored(orderNo))).toEqual(untold(before))
  })
})

describe('close', () => {
  it('closes an unpaid order at the provider and here; a paid order is a conflict', async () => {
    const { orderNo } = await cloud.newOrder()
    await cloud.order('pay', { orderNo, provider: 'midas', channel: 'wechat' })
    expect(dataOf(await admin('close', { orderNo })).order).toMatchObject({
      state: 'closed',
      payments: [{ state: 'closed' }],
    })
    expect(await admin('close', { orderNo })).toMatchObject({ ok: true })
    const paid = await paidOrder()
    expect(await admin('close', { orderNo: paid.orderNo })).toMatchObject({ error: { code: 'Conflict' } })
  })
})

describe('the audit', () => {
  it('records who did what, with the order before and after, and what failed', async () => {
    const order = await paidOrder()
    const reply = dataOf(await admin('refund', refundOf(order, 500), people.operator))
    await admin('refund', refundOf(order, 20_000))
    await admin('order', { orderNo: order.orderNo }, people.viewer)
    expect(await entries(order.orderNo)).toMatchObject([
      {
        by: people.operator,
        what: 'refund',
        wish: { amountFen: 500, reason: '杯子碎了' },
        outcome: { refundNo: reply.refundNo },
        before: { refunds: [] },
        after: { refunds: [{ no: reply.refundNo, amountFen: 500 }] },
        failed: null,
      },
      { by: people.owner, what: 'refund', failed: 'Conflict', before: null, after: null },
    ])
  })

  it('has no entries from outsiders', async () => {
    const before = await db.find<AuditEntry>('audit', { where: {}, orderBy: [['at', 'asc']], limit: 1_000 })
    for (let tried = 0; tried < 5; tried++)
      await admin('claim', { code: `wrong-${tried}-wrong-wrong-wro` }, 'oStranger')
    expect(await db.find<AuditEntry>('audit', { where: {}, orderBy: [['at', 'asc']], limit: 1_000 })).toHaveLength(
      before.length,
    )
  })
})

describe('the first owner', () => {
  const printed = (): string => {
    const args = ['--import', 'tsx', 'tools/settings.ts', 'claim', '--data', cloud.dataDir]
    const run = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8', timeout: 60_000 })
    expect([run.status, run.stderr]).toEqual([0, ''])
    return run.stdout.split('\n')[0] ?? ''
  }

  it('claims the shop with the printed code, once, and only a digest of the code is stored', async () => {
    const code = printed()
    expect(code).toMatch(/^([2-9B-Z]{5}-){3}[2-9B-Z]{5}$/)
    expect(JSON.stringify(await db.get('staff', 'claim'))).not.toContain(code.replaceAll('-', ''))
    const openid = 'oMiniCashier_founder_0000'
    expect(await admin('claim', { code: printed().replace(/.$/, '2').replace(/^./, '3') }, openid)).toMatchObject({
      error: { code: 'Forbidden' },
    })
    // Printing a second claim code makes the first one invalid.
    expect(await admin('claim', { code }, openid)).toMatchObject({ error: { code: 'Forbidden' } })
    const good = printed()
    const rush = await Promise.all(
      [openid, 'oAnotherOne', 'oAThirdOne'].map((who) => admin('claim', { code: good.toLowerCase() }, who)),
    )
    expect(rush.filter(({ ok }) => ok)).toHaveLength(1)
    const winner = [openid, 'oAnotherOne', 'oAThirdOne'][rush.findIndex(({ ok }) => ok)] ?? ''
    expect(await db.get<Staff>('staff', winner)).toMatchObject({ role: 'owner' })
    expect(await admin('claim', { code: good }, 'oTooLate')).toMatchObject({ error: { code: 'Forbidden' } })
    const { orderNo } = await cloud.newOrder()
    expect(await admin('close', { orderNo }, winner)).toMatchObject({ ok: true })
  })

  it('gives a name at the claim, and can change it later', async () => {
    const code = printed()
    const openid = 'oMiniCashier_founder_0001'
    expect(dataOf(await admin('claim', { code }, openid))).toMatchObject({ role: 'owner', name: '' })
    // The page first sends the code alone, then asks for a name and sends the code again with the name.
    expect(dataOf(await admin('claim', { code, name: '王店长' }, openid))).toMatchObject({
      role: 'owner',
      name: '王店长',
    })
    dataOf(await admin('staff', { rename: '老王' }, openid))
    expect(dataOf(await admin('claim', {}, openid))).toMatchObject({ role: 'owner', name: '老王' })
  })

  it('cannot claim the shop after an hour', async () => {
    const code = printed()
    await cloud.advance(61 * minute)
    expect(await admin('claim', { code }, 'oLateComer')).toMatchObject({ error: { code: 'Forbidden' } })
  })
})

describe('bills', () => {
  it('exist for past days, if the provider has bills', async () => {
    const bill = (provider: string, day: string) => admin('bills', { provider, day, run: true })
    const tomorrow = beijingDay(Date.now() + 20 * 86_400_000)
    expect(await bill('midas', '2026-01-01')).toMatchObject({ error: { code: 'Unsupported' } })
    expect(await bill('nobody', '2026-01-01')).toMatchObject({ error: { code: 'BadInput' } })
    for (const day of [tomorrow, '2026-02-30', '2026-13-01'])
      expect(await bill('wechatpay', day)).toMatchObject({ error: { code: 'BadInput' } })
    expect(await bill('wechatpay', '../../x')).toMatchObject({ error: { code: 'BadInput' } })
  })

  it('contain the payments and refunds of their day, under our numbers', async () => {
    // Start a new day, because an earlier test may have paid orders on the same day.
    await cloud.toHour(0)
    await cloud.toHour(12)
    const { orderNo } = await cloud.newOrder()
    const { payInfo } = dataOf(await cloud.order('pay', { orderNo, provider: 'wechatpay', channel: 'jsapi' }))
    expect(await (await cloud.post('/local/pay', { payInfo })).json()).toMatchObject({ errMsg: 'requestPayment:ok' })
    await cloud.advance(3_000)
    const { order } = dataOf(await cloud.order('read', { orderNo, refresh: true }))
    expect(order.state).toBe('paid')
    const refund = dataOf(await admin('refund', refundOf({ orderNo, paymentNo: `${orderNo}01` }, 700)))
    const day = beijingDay(order.paidAt ?? 0)
    await cloud.advance(36 * 60 * minute)
    // The timer has reconciled the day by now.
    const { reconciliation } = dataOf(await admin('bills', { provider: 'wechatpay', day }, people.viewer))
    expect(reconciliation).toMatchObject({
      state: 'done',
      billed: { payments: 1, paymentsFen: 17_200, refunds: 1, refundsFen: 700 },
      recorded: { payments: 1, paymentsFen: 17_200, refunds: 1, refundsFen: 700 },
      matched: 2,
      differences: [],
    })
    expect(refund.refundNo).toBe(`${orderNo}r01`)
    expect(await admin('bills', { provider: 'wechatpay', day, run: true }, people.viewer)).toMatchObject({
      error: { code: 'Forbidden' },
    })
    const again = dataOf(await admin('bills', { provider: 'wechatpay', day, run: true }))
    expect(again.reconciliation).toMatchObject({ matched: 2, differences: [] })
  })
})

it('an order shows the notification that could not be applied to it', async () => {
  const { orderNo } = await cloud.newOrder()
  await cloud.pay(orderNo, 'wrong amount')
  await cloud.advance(1_000)
  const { order } = dataOf(await admin('order', { orderNo }))
  expect(order.state).toBe('open')
  expect(order.notices).toMatchObject([{ kind: 'mismatched', reason: 'amount differs' }])
})
