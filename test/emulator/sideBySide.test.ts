// Tests that a shop stays open while its data is migrated from the first release: the functions of the first release,
// built from the repository's history, and those of today work side by side on the same documents.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { derivedOf } from '../../cloudfunctions/shared/domain/orders/order'
import type { Order } from '../../cloudfunctions/shared/domain/orders/orderShape'
import { midas as midasDefinition } from '../../cloudfunctions/shared/providers/midas'
import { readSettingsKeys, seal } from '../../cloudfunctions/shared/store/settings'
import { beijingDigits } from '../../miniprogram/rules/beijing'
import { delivery } from '../../tools/bench/midasNotices'
import { cashierKey } from '../../tools/cashierKey'
import { connectDatabase } from '../../tools/cloudDatabase'
import { migrations } from '../../tools/deploy/migrations/migrations'
import { migrate, sweep } from '../../tools/deploy/migrations/run'
import { type LocalCloud, startLocalCloud } from '../../tools/localCloud'
import { howOften } from '../support/howOften'
import { bothReleases, firstName } from './firstRelease'

const releases = ['first', 'today'] as const
type Release = (typeof releases)[number]

// Each order has a shopper of its own, because a person can begin only some payments in an hour.
const shopperOf = (orderNo: string): string => `oMiniCashier_buyer_${orderNo.slice(-8)}`
const priceFen = 1
const many = howOften(500, 10_000)
const minute = 60_000
const longMs = 1_200_000

let folder: string
let cloud: LocalCloud
let midas: { offerId: string; offerKey: string; privateKey: string }
let userIdOf: (openid: string) => string
let serial = 0

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mini-cashier-side-by-side-'))
  const functionsDir = await bothReleases(folder)
  const dataDir = join(folder, 'data')
  cloud = await startLocalCloud({ port: 0, dataDir, functionsDir })
  // The first release knows fewer settings and refuses others. A shop that upgrades has only those.
  const { web: _, ...fields } = (cloud.settings.get('midas')?.fields ?? {}) as Record<string, unknown>
  const keys = readSettingsKeys([cashierKey(dataDir)])
  const kept = { shop: { publicUrl: cloud.url }, midas: fields }
  cloud.emulator.database.remove('settings', {})
  for (const [code, value] of Object.entries(kept))
    cloud.emulator.database.insert('settings', {
      _id: code,
      version: 1,
      sealed: seal(code, value, keys),
      seeded: true,
      updatedAt: cloud.emulator.clock.now(),
    })
  // The first release's data has no schema number.
  cloud.emulator.database.remove('schema', {})
  const provider = midasDefinition.create(fields as never, () => Promise.reject(new Error('not for calls')))
  midas = fields as typeof midas
  userIdOf = (openid) => provider.shopperName?.(openid) ?? ''
}, longMs)
afterAll(async () => {
  await cloud?.close()
  rmSync(folder, { recursive: true, force: true })
})

const nameOf = (release: Release, name: 'order' | 'notify'): string => (release === 'first' ? firstName(name) : name)

type Input = { orderNo: string } & Record<string, unknown>

async function call(release: Release, action: string, input: Input): Promise<{ ok: boolean; data?: never }> {
  const openid = shopperOf(input.orderNo)
  return (await cloud.emulator.call(nameOf(release, 'order'), { openid }, { action, input })) as { ok: boolean }
}
async function must(release: Release, action: string, input: Input): Promise<void> {
  await patiently(async () => {
    const reply = await call(release, action, input)
    if (!reply.ok) throw new Error(`${release} ${action}: ${JSON.stringify(reply)}`)
  })
}

/**
 * Repeats a call that got no answer in time, because the machine is busy. Shoppers, providers and the person who deploys
 * repeat such calls, too. The server must not do twice what the first call has done.
 */
async function patiently<T>(work: () => Promise<T>, tries = 8): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (tries === 1) throw error
    return patiently(work, tries - 1)
  }
}

const newNumber = () => beijingDigits(cloud.emulator.clock.now()) + String(++serial).padStart(8, '0')

async function create(release: Release): Promise<string> {
  const orderNo = newNumber()
  await must(release, 'create', { orderNo, items: [{ sku: 'tasting', quantity: 1 }] })
  return orderNo
}
const pay = (release: Release, orderNo: string) =>
  must(release, 'pay', { orderNo, provider: 'midas', channel: 'wechat' })

const deliver = (release: Release, orderNo: string): Promise<void> => patiently(() => deliverOnce(release, orderNo))
async function deliverOnce(release: Release, orderNo: string): Promise<void> {
  const answer = await cloud.emulator.http({
    method: 'POST',
    path: `/${nameOf(release, 'notify')}/midas`,
    query: {},
    headers: { 'content-type': 'application/json' },
    body: delivery({ ...midas, userId: userIdOf(shopperOf(orderNo)) }, `${orderNo}01`, priceFen),
  })
  if (String(answer.body) !== '{"ret":0,"msg":"ok"}') throw new Error(`${release} notify: ${answer.body}`)
}

const stored = (orderNo: string): Order => cloud.emulator.database.get('orders', orderNo) as unknown as Order
const expectPaidOnce = (orderNo: string): void => {
  expect(stored(orderNo)).toMatchObject({ state: 'paid', amountFen: priceFen, surplusFen: 0 })
  expect(stored(orderNo).payments.map(({ state }) => state)).toEqual(['paid'])
}

/**
 * Fills the shop with copies of orders that the first release's functions stored, each under a number of its own: paid
 * ones, and ones that nobody has tried to pay.
 */
async function fill(): Promise<{ paid: string[]; begun: string }> {
  const paid = await create('first')
  await pay('first', paid)
  await deliver('first', paid)
  const waiting = await create('first')
  const begun = await create('first')
  await pay('first', begun)
  const copies = Array.from({ length: many }, (_, index) => {
    const from = index % 2 === 0 ? paid : waiting
    const orderNo = `20261101100000${String(index).padStart(8, '0')}`
    const text = JSON.stringify(stored(from)).replaceAll(from, orderNo).replaceAll(from.slice(-8), orderNo.slice(-8))
    return { ...(JSON.parse(text) as Order), openid: `o${index % 97}` }
  })
  cloud.emulator.database.insert('orders', ...(copies as unknown as Record<string, unknown>[]))
  return { paid: [paid], begun }
}

it(
  'the shop sells through both releases before, during and after the migration, and every payment counts once',
  async () => {
    const { paid, begun } = await fill()
    const db = await connectDatabase({ adminUrl: cloud.emulator.adminUrl })
    // Functions of today that are uploaded too early write nothing to data of the older schema.
    const early = { orderNo: newNumber(), items: [{ sku: 'tasting', quantity: 1 }] }
    expect((await call('today', 'create', early)).ok).toBe(false)
    expect(cloud.emulator.database.count('orders')).toBe(many + paid.length + 2)

    let isMigrating = true
    const selling = (async () => {
      while (isMigrating) {
        const orderNo = await create('first')
        await pay('first', orderNo)
        await deliver('first', orderNo)
        paid.push(orderNo)
      }
    })()
    await patiently(() => migrate(db, { say: () => undefined })).finally(() => {
      isMigrating = false
    })
    await selling
    expect(paid.length).toBeGreaterThan(1)

    // Until all functions are replaced, each step of a purchase may reach either release.
    for (const creates of releases)
      for (const pays of releases)
        for (const hears of releases) {
          const orderNo = await create(creates)
          await pay(pays, orderNo)
          await deliver(hears, orderNo)
          // Midas repeats a notice; the repeat may reach the other release.
          for (const again of releases) await deliver(again, orderNo)
          for (const reads of releases) await must(reads, 'read', { orderNo })
          paid.push(orderNo)
        }
    await patiently(() => sweep(db, migrations, () => undefined))

    for (const orderNo of paid) expectPaidOnce(orderNo)
    const orders = cloud.emulator.database.find('orders') as unknown as Order[]
    expect(orders).toHaveLength(many + paid.length + 2)
    for (const order of orders) expect(order).toEqual({ ...order, ...derivedOf(order) })
    // The new functions finish a payment that began under the first release, and close what nobody pays.
    await deliver('today', begun)
    expectPaidOnce(begun)
    const open = () => cloud.emulator.database.count('orders', { state: 'open' })
    for (let runs = 0; runs < 60 && open() > 0; runs++) await cloud.emulator.clock.advance(31 * minute)
    expect(open()).toBe(0)
  },
  longMs,
)
