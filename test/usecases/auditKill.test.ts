// Kills the process at each call of the database and of the provider, before or after the call takes effect. Each
// change that was made by then must have an audit entry with the person, the action and the object.
import type { AdminAction } from '../../cloudfunctions/shared/api/admin'
import { createSettingsEditor } from '../../cloudfunctions/shared/runtime/settingsEditor'
import type { AuditEntry } from '../../cloudfunctions/shared/store/audit'
import type { Database } from '../../cloudfunctions/shared/store/database'
import type { KeptNotice } from '../../cloudfunctions/shared/store/notices'
import { readSettingsKeys, staffIdOf } from '../../cloudfunctions/shared/store/settings'
import type { Staff } from '../../cloudfunctions/shared/store/staff'
import { readOwnOrder } from '../../cloudfunctions/shared/usecases/orders/ownOrders'
import { payOrder } from '../../cloudfunctions/shared/usecases/orders/payOrder'
import type { StaffContext } from '../../cloudfunctions/shared/usecases/platform/context'
import { audited, type Done } from '../../cloudfunctions/shared/usecases/staff/audited'
import { checkCode, claimShop } from '../../cloudfunctions/shared/usecases/staff/claimShop'
import { startExport } from '../../cloudfunctions/shared/usecases/staff/manageExports'
import { saveProduct } from '../../cloudfunctions/shared/usecases/staff/manageGoods'
import { dismissAsStaff } from '../../cloudfunctions/shared/usecases/staff/manageNotices'
import { saveSettings } from '../../cloudfunctions/shared/usecases/staff/manageSettings'
import { manageStaff } from '../../cloudfunctions/shared/usecases/staff/manageStaff'
import { closeAsStaff } from '../../cloudfunctions/shared/usecases/staff/ordersAsStaff'
import { refundAsStaff } from '../../cloudfunctions/shared/usecases/staff/refundsAsStaff'
import { openShop, payMain, type Shop } from '../support/shop'

const owner = 'openid-of-the-owner-0123'
const eve = 'openid-of-eve-0123456789'
const collections = ['orders', 'contracts', 'products', 'plans', 'staff', 'settings', 'notices', 'jobs']

type Work = (ctx: StaffContext, input: never) => Promise<Done<unknown>>
interface Action {
  what: AdminAction
  work: Work
  admits?: (ctx: StaffContext, input: never) => Promise<void>
  /** prepares the shop. @returns the action's input */
  prepare(shop: Shop): Promise<object>
  who?: Pick<StaffContext, 'openid' | 'role'>
  /** the audit entry that is expected if something was changed */
  wish: object
}

async function orderOf(shop: Shop, isPaid: boolean): Promise<string> {
  const orderNo = await shop.newOrder('abcdefgh')
  await payOrder(shop.ctx, payMain(orderNo))
  if (!isPaid) return orderNo
  shop.fake.pay(`${orderNo}01`)
  await readOwnOrder(shop.ctx, { orderNo, refresh: true })
  return orderNo
}

const withEve = async (shop: Shop): Promise<void> =>
  shop.db.put<Staff>('staff', { _id: eve, version: 1, role: 'viewer', name: 'Eve', addedAt: 1 })

const product = {
  sku: 'cup',
  title: '杯子',
  titleEn: 'Cup',
  note: '',
  noteEn: '',
  priceFen: 900,
  currency: 'CNY',
  onSale: true,
  rank: 1,
}

const actions: Record<string, Action> = {
  refund: {
    what: 'refund',
    work: refundAsStaff as Work,
    wish: { amountFen: 1_000, reason: 'torn' },
    async prepare(shop) {
      const orderNo = await orderOf(shop, true)
      return { orderNo, requestId: 'request-1', paymentNo: `${orderNo}01`, amountFen: 1_000, reason: 'torn' }
    },
  },
  close: {
    what: 'close',
    work: closeAsStaff as Work,
    wish: {},
    prepare: async (shop) => ({ orderNo: await orderOf(shop, false) }),
  },
  saveProduct: {
    what: 'saveProduct',
    work: saveProduct as Work,
    wish: { sku: 'cup', title: '杯子' },
    prepare: async () => ({ version: null, product }),
  },
  dismiss: {
    what: 'dismiss',
    work: dismissAsStaff as Work,
    wish: { note: 'seen' },
    async prepare(shop) {
      const told = { kind: 'forged' as const, provider: 'fake', orderNo: null, reason: 'the signature is wrong' }
      const times = { count: 1, firstAt: 1, at: 1, samples: [], dismissedAt: null }
      shop.db.put<KeptNotice>('notices', { _id: 'notice-1', version: 1, ...told, ...times })
      return { id: 'notice-1', note: 'seen' }
    },
  },
  export: {
    what: 'export',
    work: startExport as Work,
    wish: { what: 'orders', from: '2026-02-01', to: '2026-02-02' },
    prepare: async () => ({
      start: { requestId: 'request-1', what: 'orders', from: '2026-02-01', to: '2026-02-02', language: 'zh' },
    }),
  },
  saveSettings: {
    what: 'saveSettings',
    work: saveSettings as Work,
    wish: { code: 'shop', enabled: true, fields: 'publicUrl' },
    prepare: async () => ({ code: 'shop', version: null, enabled: true, fields: { publicUrl: 'https://a.test' } }),
  },
  invite: {
    what: 'staff',
    work: manageStaff as Work,
    wish: { deed: 'invite', name: '小王', role: 'viewer' },
    prepare: async () => ({ invite: { role: 'viewer', name: '小王' } }),
  },
  change: {
    what: 'staff',
    work: manageStaff as Work,
    wish: { deed: 'change', name: 'Eve', who: '…456789' },
    prepare: async (shop) =>
      withEve(shop).then(() => ({ change: { staffId: staffIdOf(eve), role: 'operator', name: 'Eva' } })),
  },
  remove: {
    what: 'staff',
    work: manageStaff as Work,
    wish: { deed: 'remove', name: 'Eve', who: '…456789' },
    prepare: async (shop) => withEve(shop).then(() => ({ remove: staffIdOf(eve) })),
  },
  claim: {
    what: 'claim',
    work: claimShop as Work,
    admits: checkCode as never,
    who: { openid: eve, role: 'stranger' },
    wish: {},
    async prepare(shop) {
      const ctx = { ...shop.staff(owner), role: 'owner' as const }
      const { result } = await manageStaff(ctx, { invite: { role: 'viewer', name: 'Eve' } })
      return { code: result.code ?? '' }
    },
  },
}

/** Everything that an action can change, in our database and at the provider, as one text. */
const world = (shop: Shop): string =>
  JSON.stringify([
    collections.map((name) => shop.db.all(name)),
    [...shop.fake.ledger].map(([no, { state, refunds }]) => [no, state, [...refunds]]),
  ])

/**
 * Runs an action and kills the process at its n-th call to the outside.
 * @param lands whether the n-th call still takes effect
 * @returns whether the action made at least n calls
 */
async function killedAt(shop: Shop, action: Action, input: object, nth: number, lands: boolean): Promise<boolean> {
  let calls = 0
  let isDead = false
  const mortal =
    <A extends unknown[], R>(work: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      calls += 1
      if (isDead) throw new Error('killed')
      if (calls < nth) return work(...args)
      isDead = true
      if (lands) await work(...args)
      throw new Error('killed')
    }
  const { db } = shop
  const dying = Object.fromEntries(
    (['get', 'insert', 'change', 'remove', 'find', 'count', 'aggregate'] as const).map((name) => [
      name,
      mortal(db[name] as never),
    ]),
  ) as unknown as Database
  const provider = { ...shop.fake.provider }
  for (const name of ['query', 'close', 'refund', 'queryRefund'] as const)
    provider[name] = mortal(provider[name] as never) as never
  const enabled = { definition: shop.fake.definition, provider }
  const ctx: StaffContext = {
    ...shop.staff(owner),
    role: 'owner',
    name: '店主',
    ...action.who,
    db: dying,
    settings: createSettingsEditor(dying, readSettingsKeys([Buffer.alloc(32, 7).toString('base64')]), () =>
      Promise.reject(new Error('no network')),
    ),
    provider: async () => enabled,
    providers: async () => [enabled],
  }
  await audited(action.what, action.work as never, action.admits as never)(ctx, input).catch(() => undefined)
  return isDead
}

it.each(Object.keys(actions))(
  '%s that changed something has its entry, wherever the process was killed',
  async (name) => {
    const action = actions[name] as Action
    let happened = 0
    let ends = 0
    for (const lands of [false, true])
      for (let nth = 1; ; nth++) {
        const shop = openShop()
        shop.db.put<Staff>('staff', { _id: owner, version: 1, role: 'owner', name: '店主', addedAt: 1 })
        const input = await action.prepare(shop)
        const before = world(shop)
        const isKilled = await killedAt(shop, action, input, nth, lands)
        const entries = shop.db.all<AuditEntry>('audit')
        if (world(shop) !== before) {
          happened += 1
          expect(entries[0]).toMatchObject({ by: action.who?.openid ?? owner, what: action.what, wish: action.wish })
        }
        if (isKilled) continue
        // The action ran to its end, so the audit log has its entry and its result.
        ends += 1
        expect(entries).toHaveLength(2)
        break
      }
    expect(happened).toBeGreaterThan(2)
    expect(ends).toBe(2)
  },
)

it('nothing is done if the entry cannot be written, and an outsider without a code leaves none', async () => {
  const shop = openShop()
  shop.db.put<Staff>('staff', { _id: owner, version: 1, role: 'owner', name: '店主', addedAt: 1 })
  const input = await (actions.refund as Action).prepare(shop)
  const before = world(shop)
  const insert = () => Promise.reject(new Error('the database is full'))
  const ctx: StaffContext = { ...shop.staff(owner), role: 'owner', db: { ...shop.db, insert } }
  await expect(audited('refund', refundAsStaff)(ctx, input as never)).rejects.toMatchObject({ code: 'Internal' })
  expect(world(shop)).toBe(before)
  const stranger: StaffContext = { ...shop.staff(eve), role: 'stranger' }
  const code = 'BCDFG-HJKMN-PQRST-VWXYZ'
  await expect(audited('claim', claimShop, checkCode)(stranger, { code })).rejects.toMatchObject({ code: 'Forbidden' })
  expect(shop.db.all('audit')).toEqual([])
})

// Found by the simulator (seed 200023893): the entry was stored, but no reply said so, and the action was refused.
it('an entry whose write was acknowledged by no reply counts, also if the first reads fail', async () => {
  const shop = openShop()
  shop.db.put<Staff>('staff', { _id: owner, version: 1, role: 'owner', name: '店主', addedAt: 1 })
  const input = await (actions.refund as Action).prepare(shop)
  const reads = new Map<string, number>()
  const db: Database = {
    ...shop.db,
    async insert(collection, document) {
      await shop.db.insert(collection, document)
      if (collection === 'audit') throw new Error('the reply is lost')
    },
    get(collection, id) {
      const before = reads.get(id) ?? 0
      reads.set(id, before + 1)
      if (collection === 'audit' && before < 3) return Promise.reject(new Error('the reply is lost'))
      return shop.db.get(collection, id)
    },
  }
  await audited('refund', refundAsStaff)({ ...shop.staff(owner), role: 'owner', db }, input as never)
  expect(shop.db.all<AuditEntry>('audit')).toMatchObject([{ what: 'refund' }, { failed: null }])
})
