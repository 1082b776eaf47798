// A whole shop in memory for tests of use cases: database, clock, fake providers, one product, two shoppers.

import type { Order } from '../../cloudfunctions/shared/domain/orders/orderShape'
import { drawCode } from '../../cloudfunctions/shared/runtime/qrCode'
import { workDue } from '../../cloudfunctions/shared/usecases/due/workDue'
import { createOrder } from '../../cloudfunctions/shared/usecases/orders/createOrder'
import { readOwnOrder } from '../../cloudfunctions/shared/usecases/orders/ownOrders'
import { payOrder } from '../../cloudfunctions/shared/usecases/orders/payOrder'
import type {
  EnabledProvider,
  ShopperContext,
  ShopSettings,
  StaffContext,
} from '../../cloudfunctions/shared/usecases/platform/context'
import { beijingDigits } from '../../miniprogram/rules/beijing'
import { emptySettingsEditor } from './fakes/emptySettingsEditor'
import { createFakeMessages, type FakeMessages } from './fakes/fakeMessages'
import { createFakeProvider, type FakeProvider } from './fakes/fakeProvider'
import { createFakeShipping, type FakeShipping } from './fakes/fakeShipping'
import { createMemoryDatabase, type MemoryDatabase } from './fakes/memoryDatabase'
import { createMemoryFiles } from './fakes/memoryFiles'
import { noWebhooks } from './fakes/noWebhooks'
import { realMeasures } from './fakes/realMeasures'
import { settingsOf } from './fakes/settingsOf'

export interface Shop {
  db: MemoryDatabase
  fake: FakeProvider
  shipping: FakeShipping
  messages: FakeMessages
  settings: ShopSettings
  ctx: ShopperContext
  as(openid: string): ShopperContext
  /** makes the context of a staff member; null: no refund limit */
  staff(openid: string, refundLimitFen?: number | null): StaffContext
  order(orderNo: string): Order
  advance(ms: number): void
  /** runs the timer once */
  tick(): Promise<{ worked: number; failed: number }>
  newOrder(tail?: string): Promise<string>
  logged: string[]
}

export const minute = 60_000
export const tea = { sku: 'tea', priceFen: 1_250 }

export function openShop(...others: Pick<EnabledProvider, 'definition' | 'provider'>[]): Shop {
  const db = createMemoryDatabase()
  const fake = createFakeProvider()
  const enabled = [fake, ...others].map(({ definition, provider }) => ({ definition, provider }))
  const settings: ShopSettings = {
    publicUrl: 'http://shop.test',
    orderMinutes: 30,
    surplus: 'wait',
    retryDays: [1, 3, 5],
    graceDays: 7,
    externalWays: true,
    virtualExempt: false,
    shipping: 'off',
    limits: { openOrders: 20, attemptsPerHour: 60, waitingAttempts: 5, ordersPerAddress: 100 },
  }
  const logged: string[] = []
  let now = Date.parse('2026-03-01T04:00:00Z')
  let serial = 0
  const product = {
    _id: tea.sku,
    version: 1,
    title: '茉莉花茶',
    titleEn: 'Jasmine tea',
    note: '',
    noteEn: '',
    priceFen: tea.priceFen,
    currency: 'CNY',
    onSale: true,
    rank: 1,
  }
  const paymentOf = (no: string) =>
    db
      .peekAll<Order>('orders')
      .flatMap(({ payments, openid }) => payments.flatMap((one) => (one.no === no ? [{ ...one, openid }] : [])))[0]
  const shipping = createFakeShipping(
    () => now,
    (no) => paymentOf(no)?.paidAt ?? undefined,
    (no) => paymentOf(no)?.payer ?? paymentOf(no)?.openid ?? '',
  )
  const messages = createFakeMessages(() => now)
  const as = (openid: string): ShopperContext => ({
    openid,
    drawCode,
    now: () => now,
    db,
    files: createMemoryFiles(),
    shipping: shipping.door,
    messages: messages.door,
    settings: emptySettingsEditor,
    webhooks: noWebhooks,
    ...realMeasures,
    forged: new Map(),
    shop: async () => settings,
    ...settingsOf(enabled),
    refreshSettings: async () => false,
    products: async () => [product],
    log: (event, fields) => void logged.push(JSON.stringify({ event, ...fields })),
  })
  const ctx = as('shopper-a')
  return {
    db,
    fake,
    shipping,
    messages,
    settings,
    ctx,
    as,
    staff: (openid, refundLimitFen = null) => ({ ...as(openid), role: 'operator', name: '', refundLimitFen }),
    logged,
    order: (orderNo) => db.all<Order>('orders').find(({ _id }) => _id === orderNo) as Order,
    advance: (ms) => {
      now += ms
    },
    tick: () => workDue(ctx, () => true),
    async newOrder(tail) {
      serial += 1
      const orderNo = beijingDigits(now) + (tail ?? serial.toString(36).padStart(8, '0'))
      await createOrder(ctx, { orderNo, items: [{ sku: tea.sku, quantity: 2 }] })
      return orderNo
    },
  }
}

export const payMain = (orderNo: string, channel = 'main', provider = 'fake') => ({ orderNo, provider, channel })

/**
 * Places an order of the first shopper, lets the shopper pay, and queries the provider, so that our record says paid.
 * @returns the order number
 */
export async function paidOrder(shop: Shop, tail?: string): Promise<string> {
  const orderNo = await shop.newOrder(tail)
  await payOrder(shop.ctx, payMain(orderNo))
  shop.fake.pay(`${orderNo}01`)
  await readOwnOrder(shop.ctx, { orderNo, refresh: true })
  return orderNo
}
