// Tests exports in memory: the file's contents, and that no row is missing or repeated wherever the work is
// interrupted.

import { placeOrder } from '../../../cloudfunctions/shared/domain/orders/order'
import { orderNoFrom } from '../../../cloudfunctions/shared/domain/orders/orderNo'
import { applyPaymentNews, openAttempt } from '../../../cloudfunctions/shared/domain/orders/orderPayments'
import { applyRefundNews, openRefund } from '../../../cloudfunctions/shared/domain/orders/orderRefunds'
import type { Order } from '../../../cloudfunctions/shared/domain/orders/orderShape'
import { providerNames } from '../../../cloudfunctions/shared/providers'
import { readJob } from '../../../cloudfunctions/shared/store/jobs'
import { workDueJobs } from '../../../cloudfunctions/shared/usecases/due/workDueJobs'
import type { ExportJob } from '../../../cloudfunctions/shared/usecases/jobs/runExport'
import type { StaffContext } from '../../../cloudfunctions/shared/usecases/platform/context'
import { readExports, startExport } from '../../../cloudfunctions/shared/usecases/staff/manageExports'
import { createMemoryFiles, type MemoryFiles } from '../../support/fakes/memoryFiles'
import { minute, openShop, type Shop } from '../../support/shop'

const hour = 60 * minute
// The test shop's clock starts at 2026-03-01 12:00 in Beijing.
const day = '2026-03-01'
const midnight = Date.parse('2026-02-28T16:00:00Z')

interface Place {
  shop: Shop
  files: MemoryFiles
  ctx: StaffContext
}

function open(): Place {
  const shop = openShop()
  const files = createMemoryFiles()
  return { shop, files, ctx: { ...shop.staff('openid-of-the-owner'), files, providerNames } }
}

const start = (ctx: StaffContext, requestId: string, what: ExportJob['what'] = 'orders', to = day) =>
  startExport(ctx, { start: { requestId, what, from: day, to, language: 'en' } })

function placed(at: number, serial: number, title = 'Jasmine tea'): Order {
  const item = { sku: 'tea', title, titleEn: title, priceFen: 1_250, quantity: 2 }
  const orderNo = orderNoFrom(at, serial.toString(36).padStart(8, '0'))
  return placeOrder({
    orderNo,
    openid: 'openid-of-shopper-123456',
    items: [item],
    currency: 'CNY',
    now: at,
    lifeMs: minute,
  })
}

function paid(at: number, serial: number): Order {
  const { order, payment } = openAttempt(placed(at, serial), 'fake', 'one', at)
  return applyPaymentNews(order, payment.no, { outcome: 'paid', theirNo: `4200001234567890${serial}`, at }, { now: at })
    .order
}

function refunded(order: Order, requestId: string, at: number, reason = ''): Order {
  const paymentNo = `${order._id}01`
  const { order: asked, refund } = openRefund(order, { requestId, paymentNo, amountFen: 100, reason, by: 'x' }, at)
  return applyRefundNews(asked, refund.no, { outcome: 'refunded', at }, at).order
}

/** The rows of the file as lists of cells, without quotes. */
function rowsOf(text: string): string[][] {
  expect(text.startsWith('\ufeff"')).toBe(true)
  expect(text.endsWith('"\r\n')).toBe(true)
  return text
    .slice(1, -2)
    .split('\r\n')
    .map((line) => line.slice(1, -1).split('","'))
}

async function finished({ ctx, files, shop }: Place, id: string): Promise<string> {
  for (let look = 0; look < 200; look++) {
    const job = await readJob<ExportJob>(shop.db, id)
    if (job?.fileId) return Buffer.from(await files.get(job.fileId)).toString('utf8')
    await workDueJobs(ctx, () => true)
    shop.advance(3 * minute)
  }
  throw new Error('the export did not end')
}

test('an order is one line that a spreadsheet opens correctly', async () => {
  const place = open()
  const evil = placed(midnight + hour, 1, '=HYPERLINK("http://x","tea"),\r\n+1')
  place.shop.db.put('orders', evil)
  place.shop.db.put('orders', paid(midnight + 2 * hour, 2))
  place.shop.db.put('orders', placed(midnight - 1, 3))
  place.shop.db.put('orders', placed(midnight + 24 * hour, 4))
  const { result } = await start(place.ctx, 'request-0001')
  const text = await finished(place, result.exports[0]?.id ?? '')
  const [header, first, second, ...others] = rowsOf(text)
  expect(header?.slice(0, 6)).toEqual(['Order', 'State', 'Shopper', 'Goods', 'Pieces', 'Amount'])
  expect(others).toEqual([])
  expect(first?.[0]).toBe(`\t${evil._id}`)
  expect(text).toContain(`"'=HYPERLINK(""http://x"",""tea""), +1 × 2"`)
  expect(second?.slice(0, 8)).toEqual([
    `\t${placed(midnight + 2 * hour, 2)._id}`,
    'paid',
    '…123456',
    'Jasmine tea × 2',
    '2',
    '25.00',
    'CNY',
    '0.00',
  ])
  expect(second?.slice(10, 13)).toEqual(['\t42000012345678902', '2026-03-01 02:00:00', '2026-03-01 02:00:00'])
  expect(text).not.toContain('openid-of-shopper')
})

test('an order of a connected system carries the code and the number of that system, also with its refunds', async () => {
  const place = open()
  const domain = { code: 'race', requestKey: '0017', bgUrl: '' }
  place.shop.db.put('orders', { ...paid(midnight + hour, 1), domain })
  place.shop.db.put('orders', paid(midnight + 2 * hour, 2))
  place.shop.db.put('orders', { ...refunded(paid(midnight + hour, 3), 'refund-0001', midnight + 2 * hour), domain })
  for (const [what, expected] of [
    [
      'orders',
      [
        ['race', '\t0017'],
        ['', ''],
        ['race', '\t0017'],
      ],
    ],
    ['refunds', [['race', '\t0017']]],
  ] as const) {
    const { result } = await start(place.ctx, `request-${what}`, what)
    const [header, ...rows] = rowsOf(await finished(place, result.exports[0]?.id ?? ''))
    const [code, key] = ['System', 'Request key'].map((name) => header?.indexOf(name) ?? -1)
    expect(rows.map((row) => [row[code ?? -1], row[key ?? -1]]).sort()).toEqual([...expected].sort())
    expect(rows.every((row) => row.length === header?.length)).toBe(true)
  }
})

test('no number of a connected system is a formula', async () => {
  const place = open()
  const domain = { code: 'race', requestKey: '=SUM(A1:A9)', bgUrl: '' }
  place.shop.db.put('orders', { ...paid(midnight + hour, 1), domain })
  const { result } = await start(place.ctx, 'request-formula', 'orders')
  const [, row] = rowsOf(await finished(place, result.exports[0]?.id ?? ''))
  expect(row?.at(-1)).toBe("'=SUM(A1:A9)")
})

test('refunds are listed by the day on which they were recorded, and no reason is a formula', async () => {
  const place = open()
  const order = refunded(paid(midnight - 24 * hour, 1), 'refund-0001', midnight + hour, '\t=1+1')
  place.shop.db.put('orders', refunded(order, 'refund-0002', midnight + 2 * hour, '@SUM(A1)'))
  place.shop.db.put('orders', refunded(paid(midnight - 24 * hour, 2), 'refund-0003', midnight - 1))
  const { result } = await start(place.ctx, 'request-0001', 'refunds')
  const rows = rowsOf(await finished(place, result.exports[0]?.id ?? '')).slice(1)
  expect(rows.map(([no, , , state, amount, , reason]) => [no?.slice(-3), state, amount, reason])).toEqual([
    ['r01', 'refunded', '1.00', "'\t=1+1"],
    ['r02', 'refunded', '1.00', "'@SUM(A1)"],
  ])
})

test('an order that is refunded again while an export runs is in it once', async () => {
  const place = open()
  const { shop, ctx } = place
  const orders = Array.from({ length: 6_000 }, (_, index) =>
    refunded(paid(midnight + index, index), `refund-${index}`, midnight + hour + index),
  )
  for (const order of orders) shop.db.put('orders', order)
  const { result } = await start(ctx, 'request-0001', 'refunds')
  const id = result.exports[0]?.id ?? ''
  // After the first part of the file is made, the first order gets another refund.
  let looks = 0
  await workDueJobs(ctx, () => looks++ < 4)
  expect((await readJob<ExportJob>(shop.db, id))?.parts.length).toBe(1)
  const [first] = orders
  if (!first) throw new Error('no order')
  shop.advance(1)
  shop.db.put('orders', refunded(first, 'refund-again', ctx.now()))
  const rows = rowsOf(await finished(place, id)).slice(1)
  expect(rows.length).toBe(6_000)
  expect(new Set(rows.map(([no]) => no)).size).toBe(6_000)
  expect((await readJob<ExportJob>(shop.db, id))?.rows).toBe(6_000)
}, 120_000)

test('interrupted at any line, it continues there: every row once', async () => {
  const plain = open()
  const orders = Array.from({ length: 5_500 }, (_, index) => placed(midnight + Math.floor(index / 7), index))
  const fill = ({ shop }: Place) => {
    for (const order of orders) shop.db.put('orders', order)
  }
  fill(plain)
  const whole = await finished(plain, (await start(plain.ctx, 'request-0001')).result.exports[0]?.id ?? '')
  expect(rowsOf(whole).length).toBe(5_501)

  // In each run one call of the storage or of the database fails, or the answer to this call gets lost.
  for (let cut = 1; cut <= 9; cut++) {
    const place = open()
    fill(place)
    const { result } = await start(place.ctx, 'request-0001')
    let calls = 0
    const broken = <A extends unknown[], R>(work: (...args: A) => Promise<R>, isLost: boolean) => {
      return async (...args: A): Promise<R> => {
        calls += 1
        if (calls === cut && !isLost) throw new Error('killed')
        const answer = await work(...args)
        if (calls === cut) throw new Error('killed after it')
        return answer
      }
    }
    const { files, shop } = place
    const unlucky: StaffContext = {
      ...place.ctx,
      files: {
        ...files,
        put: broken(files.put, cut % 2 === 0),
        get: broken(files.get, false),
        remove: broken(files.remove, false),
      },
      db: { ...shop.db, change: broken(shop.db.change, cut % 2 === 0) as typeof shop.db.change },
    }
    await workDueJobs(unlucky, () => true)
    expect(await finished(place, result.exports[0]?.id ?? '')).toBe(whole)
  }
}, 120_000)

test('the exports of several people run one after the other, and an error in one stops no other', async () => {
  const place = open()
  for (let index = 0; index < 20; index++) place.shop.db.put('orders', placed(midnight + index, index))
  const people = ['anna', 'bert', 'cora'].map((name) => ({ ...place.shop.staff(name), files: place.files }))
  for (const ctx of people) await start(ctx, `request-${ctx.openid}`)
  let atOnce = 0
  let most = 0
  const slowly = async (path: string, content: Uint8Array): Promise<string> => {
    atOnce += 1
    most = Math.max(most, atOnce)
    await new Promise((done) => setTimeout(done, 5))
    atOnce -= 1
    if (path.includes('bert')) throw new Error('killed')
    return place.files.put(path, content)
  }
  await workDueJobs({ ...place.ctx, files: { ...place.files, put: slowly } }, () => true)
  expect(most).toBe(1)
  const states = people.map(
    async ({ openid }) => (await readJob<ExportJob>(place.shop.db, `export-request-${openid}`))?.state,
  )
  expect(await Promise.all(states)).toEqual(['done', 'running', 'done'])
})

test.each(['longer, '.repeat(99), ''])(
  'a part that a delayed older try overwrote ends the export, and is not put into the file',
  async (late) => {
    const { shop, files, ctx } = open()
    for (let index = 0; index < 20; index++) shop.db.put('orders', placed(midnight + index, index))
    const { result } = await start(ctx, 'request-0001')
    const id = result.exports[0]?.id ?? ''
    const overwritten = async (path: string, content: Uint8Array): Promise<string> =>
      files.put(path, path.includes('part-') ? Buffer.from(late) : content)
    await workDueJobs({ ...ctx, files: { ...files, put: overwritten } }, () => true)
    expect(await readJob<ExportJob>(shop.db, id)).toMatchObject({ state: 'failed', fileId: null })
    expect((await start(ctx, 'request-0002')).result.exports[0]?.state).toBe('running')
  },
)

test('a file that could not be completed twice while a person looked is left to the timer', async () => {
  const { shop, files, ctx } = open()
  shop.db.put('orders', placed(midnight, 1))
  const { result } = await start(ctx, 'request-0001')
  const id = result.exports[0]?.id ?? ''
  const put = async (path: string, content: Uint8Array): Promise<string> => {
    if (!path.includes('part-')) throw new Error('killed')
    return files.put(path, content)
  }
  const dying: StaffContext = { ...ctx, files: { ...files, put } }
  for (let look = 0; look < 2; look++) {
    await readExports(dying, { read: id })
    shop.advance(2 * minute)
  }
  expect((await readExports(ctx, { read: id })).result.exports[0]?.state).toBe('running')
  await workDueJobs(ctx, () => true)
  expect((await readExports(ctx, { read: id })).result.exports[0]?.state).toBe('done')
})

test('the same number is the same export, and a person has one at a time', async () => {
  const { ctx } = open()
  const { result } = await start(ctx, 'request-0001')
  expect((await start(ctx, 'request-0001')).result.exports[0]?.id).toBe(result.exports[0]?.id)
  await expect(start(ctx, 'request-0001', 'refunds')).rejects.toMatchObject({ code: 'Conflict' })
  await expect(start(ctx, 'request-0002')).rejects.toMatchObject({ code: 'Conflict' })
  await expect(start(ctx, 'request-0003', 'orders', '2027-03-02')).rejects.toMatchObject({ code: 'BadInput' })
  // Reading the list also finishes the export. Then another export may begin.
  const { result: seen } = await readExports(ctx, { read: result.exports[0]?.id ?? '' })
  expect(seen.exports[0]).toMatchObject({ state: 'done', progress: 1 })
  expect((await start(ctx, 'request-0002')).result.exports[0]?.state).toBe('running')
})

test('after seven days the file and its parts are removed', async () => {
  const place = open()
  place.shop.db.put('orders', placed(midnight + hour, 1))
  const { result } = await start(place.ctx, 'request-0001')
  const id = result.exports[0]?.id ?? ''
  await finished(place, id)
  expect(place.files.stored.size).toBe(1)
  place.shop.advance(7 * 24 * hour)
  await workDueJobs(place.ctx, () => true)
  expect(place.files.stored.size).toBe(0)
  const { result: seen } = await readExports(place.ctx, { read: id })
  expect(seen.exports[0]).toMatchObject({ state: 'expired', url: null, fileId: null })
})

test('more rows than a file can have end as a failure that says so', async () => {
  const place = open()
  const { result } = await start(place.ctx, 'request-0001')
  const id = result.exports[0]?.id ?? ''
  const job = await readJob<ExportJob>(place.shop.db, id)
  if (!job) throw new Error('no job')
  place.shop.db.put('jobs', { ...job, rows: 150_000 })
  place.shop.db.put('orders', placed(midnight + hour, 1))
  const { result: seen } = await readExports(place.ctx, { read: id })
  expect(seen.exports[0]).toMatchObject({ state: 'failed', failure: 'tooMany', url: null })
})

describe('an export speaks the reader’s language', () => {
  const whole = (order: Order): Order => {
    const paymentNo = `${order._id}01`
    const request = { requestId: 'surplus-1', paymentNo, amountFen: 2_500, reason: 'surplus', by: 'system' }
    const { order: asked, refund } = openRefund(order, request, midnight + hour)
    return applyRefundNews(asked, refund.no, { outcome: 'refunded', at: midnight + hour }, midnight + hour).order
  }
  const byWeChat = (order: Order): Order => ({
    ...order,
    provider: 'wechatpay',
    payments: order.payments.map((payment) => ({ ...payment, provider: 'wechatpay' })),
  })

  test.each([
    ['zh', 'orders', ['已退款', '微信支付'], ['wechatpay', 'refunded', 'surplus']],
    ['en', 'orders', ['refunded', 'WeChat Pay'], ['wechatpay', '已退款', 'surplus']],
    ['zh', 'refunds', ['已退款', '微信支付', '多付的款退回'], ['wechatpay', 'surplus']],
    ['en', 'refunds', ['refunded', 'WeChat Pay', 'Paid too much'], ['wechatpay', 'surplus']],
  ] as const)('in %s, of %s: words, no codes', async (language, what, words, codes) => {
    const place = open()
    place.shop.db.put('orders', byWeChat(whole(paid(midnight + hour, 1))))
    const { result } = await startExport(place.ctx, {
      start: { requestId: 'request-0001', what, from: day, to: day, language },
    })
    const text = await finished(place, result.exports[0]?.id ?? '')
    for (const word of words) expect(text).toContain(`"${word}"`)
    for (const code of codes) expect(text).not.toContain(`"${code}"`)
  })

  test('and distinguishes an order that was refunded in part from a paid one', async () => {
    const place = open()
    place.shop.db.put('orders', refunded(paid(midnight + hour, 1), 'refund-0001', midnight + hour))
    const { result } = await start(place.ctx, 'request-0001')
    const text = await finished(place, result.exports[0]?.id ?? '')
    expect(text).toContain('"partly refunded"')
    expect(text).not.toContain('"paid"')
  })
})
