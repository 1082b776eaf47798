// What the local cloud contains at its first start: a small tea shop, and settings for every provider's fake server.

import { randomBytes } from 'node:crypto'
import { checkTerms } from '../cloudfunctions/shared/domain/terms'
import { isSameAccount } from '../cloudfunctions/shared/providers'
import type { Database } from '../cloudfunctions/shared/store/database'
import { insertDomain, sealDomainSecret } from '../cloudfunctions/shared/store/domains'
import { type Plan, termsOf } from '../cloudfunctions/shared/store/plans'
import type { Product } from '../cloudfunctions/shared/store/products'
import {
  type OpenSettings,
  putSettings,
  readSettings,
  type SettingsKeys,
  sharedSecretsSealer,
} from '../cloudfunctions/shared/store/settings'
import type { Staff } from '../cloudfunctions/shared/store/staff'
import { payTypes } from '../miniprogram/rules/terms'
import { twins } from './sandbox/twins'
import { seededAccount } from './sandbox/wechat/wechatAccount'

type Seeded = [
  sku: string,
  title: string,
  titleEn: string,
  note: string,
  noteEn: string,
  priceFen: number,
  kind?: Product['kind'],
]

const goods: Seeded[] = [
  ['jasmine-50', '茉莉花茶', 'Jasmine tea', '福州窨制，50 克', 'Scented in Fuzhou, 50 g', 3_800],
  ['longjing-50', '明前龙井', 'Longjing green tea', '狮峰山，50 克', 'Lion Peak, 50 g', 16_800],
  ['puer-cake', '老树普洱', 'Old-tree pu’er', '七子饼，357 克', 'One cake, 357 g', 29_900],
  ['gaiwan', '白瓷盖碗', 'White porcelain gaiwan', '德化瓷，120 毫升', 'Dehua porcelain, 120 ml', 8_600],
  ['tasting', '试饮小样', 'Tasting sample', '每款一泡', 'One brew of each', 1],
  ['lesson', '茶艺课', 'Tea lesson', '到店上课，两小时', 'Two hours in the shop', 12_800, 'service'],
  ['tea-book', '电子茶谱', 'Tea e-book', '在小程序内阅读', 'Read in the mini-program', 990, 'virtual'],
]

/** Adds the sandbox's products to an empty database. Does nothing if there are products. */
export async function seedProducts(db: Database): Promise<void> {
  const [first] = await db.find<Product>('products', { where: {}, orderBy: [['_id', 'asc']], limit: 1 })
  if (first) return
  for (const [rank, [sku, title, titleEn, note, noteEn, priceFen, kind]] of goods.entries())
    await db.insert<Product>('products', {
      _id: sku,
      version: 1,
      title,
      titleEn,
      note,
      noteEn,
      priceFen,
      currency: 'CNY',
      kind: kind ?? 'goods',
      onSale: true,
      rank,
    })
}

type SeededPlan = Omit<
  Plan,
  'version' | 'currency' | 'ceilingFen' | 'firstAmountFen' | 'windowDays' | 'provider' | 'onSale' | 'rank'
>

// Each plan has a template on the sandbox's merchant platform (sandbox/papay.ts).
const plans: readonly SeededPlan[] = [
  {
    _id: 'tea-monthly',
    title: '每月一茶',
    titleEn: 'Tea of the month',
    note: '每月一款，包邮',
    noteEn: 'A new tea each month, postage included',
    amountKind: 'fixed',
    amountFen: 3_900,
    period: 'month',
    trialDays: 0,
    debitRule: 'preNotice',
    template: '100001',
  },
  {
    _id: 'tasting-weekly',
    title: '每周试饮',
    titleEn: 'Weekly tasting',
    note: '前 7 天免费',
    noteEn: 'The first 7 days are free',
    amountKind: 'fixed',
    amountFen: 1_200,
    period: 'week',
    trialDays: 7,
    debitRule: 'notice24h',
    template: '100002',
  },
  {
    _id: 'cellar-yearly',
    title: '茶窖年卡',
    titleEn: 'Tea cellar, yearly',
    note: '首年 299 元，以后每年不高于 399 元',
    noteEn: '299 yuan for the first year, then up to 399 a year',
    amountKind: 'ceiling',
    amountFen: 36_900,
    period: 'year',
    trialDays: 0,
    debitRule: 'preNotice',
    template: '100003',
  },
]

/** Adds the sandbox's plans to an empty database. Does nothing if there are plans. */
export async function seedPlans(db: Database): Promise<void> {
  const [first] = await db.find<Plan>('plans', { where: {}, orderBy: [['_id', 'asc']], limit: 1 })
  if (first) return
  for (const [rank, seeded] of plans.entries()) {
    const plan: Plan = {
      ...seeded,
      version: 1,
      currency: 'CNY',
      ceilingFen: seeded.amountKind === 'ceiling' ? 39_900 : seeded.amountFen,
      firstAmountFen: seeded.amountKind === 'ceiling' ? 29_900 : null,
      windowDays: null,
      provider: 'wechatpay',
      onSale: true,
      rank,
    }
    checkTerms(termsOf(plan))
    await db.insert<Plan>('plans', plan)
  }
}

/** Makes the preview's merchant the owner of the sandbox's shop. Does nothing if the shop has staff. */
export async function seedStaff(db: Database, now: number): Promise<void> {
  const [first] = await db.find<Staff>('staff', { where: {}, orderBy: [['_id', 'asc']], limit: 1 })
  if (first) return
  const merchant = 'oMiniCashier_merchant_0000'
  await db.insert<Staff>('staff', { _id: merchant, version: 1, role: 'owner', name: '店主', addedAt: now })
}

/**
 * Makes what a merchant would enter in WeChat's console for message push (消息推送配置), with new keys for each data folder.
 */
const seededPush = () => ({
  token: randomBytes(16).toString('hex'),
  // The first 43 base64 characters of 32 bytes hold 258 bits, of which the last two must be zero. In the first 43
  // characters of a valid text these two bits are zero.
  aesKey: randomBytes(32).toString('base64').slice(0, 43).replace(/[+/]/g, 'A'),
})

const triedAlone = { openOrders: 500, attemptsPerHour: 500, waitingAttempts: 50, ordersPerAddress: 10_000 }

/**
 * Seeds the settings that are missing. If the port has changed, corrects the addresses in seeded settings. Does not
 * change settings that a person has stored. Only the fields in `overrides` replace even these.
 * @returns all settings, decrypted
 */
export async function seedSettings(
  db: Database,
  keys: SettingsKeys,
  {
    origin,
    overrides,
    now,
    check,
  }: {
    origin: string
    overrides: Record<string, Record<string, unknown>>
    now: number
    /** throws if the resulting settings would not work; then nothing is stored */
    check(merged: OpenSettings): void
  },
): Promise<OpenSettings> {
  const there = await readSettings(db, keys)
  const seeds = new Map<string, (previous: Fields | undefined) => Fields>([
    // The limits are high, because one developer plays all shoppers of the local shop.
    [
      'shop',
      (previous) => ({
        limits: triedAlone,
        // The local shop offers every payment method, so that each can be tried. A shop must switch external payment
        // methods off before WeChat reviews its mini-program.
        externalWays: true,
        appId: 'wx0000000000000000',
        messagePush: seededPush(),
        ...previous,
        publicUrl: origin,
        officialAccount: seededAccount(origin),
      }),
    ],
    ...twins.map(
      (twin) =>
        [
          twin.provider,
          (previous: Fields | undefined) => twin.seed(`${origin}/sandbox/${twin.provider}`, previous),
        ] as const,
    ),
  ])
  const merged: OpenSettings = new Map(there)
  for (const code of new Set([...seeds.keys(), ...Object.keys(overrides)])) {
    const previous = there.get(code)
    const seed = seeds.get(code)
    const seeded = previous === undefined || previous.seeded
    const base = seeded && seed ? seed(previous?.fields as Fields | undefined) : ((previous?.fields ?? {}) as Fields)
    merged.set(code, { fields: { ...base, ...overrides[code] }, version: previous?.version ?? 0, seeded })
  }
  check(merged)
  for (const [code, { fields, seeded }] of merged)
    if (JSON.stringify(fields) !== JSON.stringify(there.get(code)?.fields))
      await putSettings(db, keys, {
        code,
        fields,
        seeded,
        now,
        off: there.get(code)?.off ?? false,
        isSameAccount: isSameAccount(code),
      })
  return readSettings(db, keys)
}

/**
 * Adds the Unified platform's sample system, `test` with the secret `test`, so that the samples of its document work
 * with the local cloud.
 */
export async function seedDomain(db: Database, keys: SettingsKeys, origin: string, now: number): Promise<void> {
  await insertDomain(db, {
    _id: 'test',
    version: 1,
    name: '示例业务 Sample system',
    state: 'open',
    secret: sealDomainSecret(sharedSecretsSealer(keys), 'test', 'test'),
    nextSecret: null,
    usesNext: false,
    signature: 'values',
    origins: ['http://www.baidu.com', 'http://www.sohu.com', 'http://www.163.com', origin],
    hosts: ['http://www.sina.com'],
    channels: [...payTypes],
    rates: ['', '6.8'],
    requestChannels: ['', '*'],
    bareOpenid: false,
    createdAt: now,
  })
}

type Fields = Record<string, unknown>
