// A phone for page tests. Pages run in the host that the jest project chooses, and wx.cloud calls the real use cases of a
// shop in memory. Only WeChat itself is imitated: lost cloud calls, the payment sheet, storage and navigation.
import * as z from 'zod/mini'
import { adminActions } from '../../cloudfunctions/admin/actions'
import { contractActions } from '../../cloudfunctions/contract/actions'
import { orderActions } from '../../cloudfunctions/order/actions'
import { type AdminAction, adminSchemas, mayDo } from '../../cloudfunctions/shared/api/admin'
import { contractApi } from '../../cloudfunctions/shared/api/contracts'
import { orderApi } from '../../cloudfunctions/shared/api/orders'
import type { Reply } from '../../cloudfunctions/shared/api/reply'
import { isAppError } from '../../cloudfunctions/shared/domain/errors'
import type { Order } from '../../cloudfunctions/shared/domain/orders/orderShape'
import { type Role, refundLimitOf } from '../../cloudfunctions/shared/domain/staff'
import { providerNames } from '../../cloudfunctions/shared/providers'
import { createSettingsEditor } from '../../cloudfunctions/shared/runtime/settingsEditor'
import { putSettings, readSettingsKeys } from '../../cloudfunctions/shared/store/settings'
import { workDue } from '../../cloudfunctions/shared/usecases/due/workDue'
import type { ShopperContext } from '../../cloudfunctions/shared/usecases/platform/context'
import { requestRefund } from '../../cloudfunctions/shared/usecases/refunds/requestRefund'
import { settlePayment } from '../../cloudfunctions/shared/usecases/settle/settlePayment'
import { type Club, monthly, openClub } from './club'
import type { FakeProvider } from './fakes/fakeProvider'
import { type Mount, type Node, type Opening, ownRoot, type Shown, type ShownApp } from './pageHosts/host'
import { mountInSimulate } from './pageHosts/simulate'
import { mountInWebHost } from './pageHosts/web'
import { openShop, type Shop } from './shop'

declare const pageHost: 'simulate' | 'web'
const mount: Mount = pageHost === 'web' ? mountInWebHost : mountInSimulate

type Action = keyof typeof orderApi | keyof typeof contractApi | AdminAction

/** The providers' names, as the server sends them to staff. */
const names = [...providerNames].map(([code, { zh, en, fields }]) => ({ code, name: zh, nameEn: en, fields }))

/** The staff actions about plans and contracts. They run in the shop in memory that has the contracts (club.ts). */
const clubActions = new Set<AdminAction>(['plans', 'savePlan', 'contracts', 'endContract'])

const clubPlans = [
  { ...monthly, note: '每月一款新茶', noteEn: 'A new tea each month' },
  {
    ...monthly,
    _id: 'weekly',
    title: '每周鲜花',
    titleEn: 'Flowers each week',
    note: '按当周花价',
    noteEn: 'At that week’s price',
    amountKind: 'ceiling' as const,
    amountFen: 3_000,
    ceilingFen: 5_000,
    period: 'week' as const,
    trialDays: 7,
    debitRule: 'notice24h' as const,
    template: '100002',
    rank: 2,
  },
]

/**
 * How a cloud call ends: it succeeds, its reply gets lost, it is not sent, no answer ever comes, or it fails with an
 * error code.
 */
export type Fate = 'fine' | 'lostReply' | 'notSent' | 'noAnswer' | { code: string }

/**
 * What the shopper does in the payment sheet. `payLater`: the sheet reports success, and the payment arrives when the
 * test says so.
 */
export type Sheet = 'pay' | 'payLater' | 'cancel' | 'fail' | 'unknown' | 'neverAnswers'

/** Every error message for developers contains this text. No page may show it. */
export const developerText = 'DEVELOPERS-ONLY'

/** What WeChat does when the mini-program opens the signing page. */
export type Jump = 'goes' | 'fails' | 'neverAnswers'

export interface Phone {
  shop: Shop
  /** the shop's plans and contracts, and WeChat's own record of them */
  club: Club
  /** the role of the current user for the admin function */
  role: Role
  staffOpenid: string
  /** the name of the current user */
  name: string
  refundLimitFen: number | undefined
  jump: Jump
  /** the arguments with which the signing page was opened, newest last */
  jumps: { appId: string; path: string; extraData: Record<string, unknown> }[]
  /** platform and version of an old WeChat; `knowsJump`: this WeChat can open other mini-programs */
  client: { platform: string; version: string } | undefined
  knowsJump: boolean
  /** calls App.onShow, as WeChat does when the mini-program comes back to the screen */
  appShown(shown: Shown): void
  /** what brought the user when the next page opens in a new start of the mini-program */
  cameFrom: Shown
  language: string
  storage: Map<string, unknown>
  /** the cloud calls in the order in which they were sent */
  calls: { action: Action; input: Record<string, unknown> }[]
  /** decides how each cloud call ends; `nth` counts the calls of an action from 1 */
  fate: (action: Action, nth: number, input: object) => Fate
  sheet: Sheet
  /** how often the payment sheet was opened */
  sheets: number
  /**
   * the result of the virtual payment sheet: WeChat's error number, 0 for success; undefined: this WeChat has no such
   * sheet
   */
  virtualSheet: ((signData: string) => number) | undefined
  /** replaces the provider's payInfo */
  payInfo: string | undefined
  /** the kind of every product in the catalogue [goods] */
  productKind: 'goods' | 'service' | 'virtual'
  /** prices by sku that replace those of the catalogue */
  prices: Record<string, number>
  /** the kind of the provider's first channel */
  kind: 'jsapi' | 'link' | 'qrcode' | 'app'
  confirms: boolean
  /** addresses that pages have opened, the newest last */
  went: string[]
  toasts: string[]
  modals: string[]
  titles: string[]
  tabs: string[]
  clipboard: string
  clipboardFails: boolean
  /** how often a page has scrolled to its top without a gesture of the user */
  scrolls: number
  /** WeChat's error message when a picture is saved to the album; undefined: saving succeeds */
  albumSays: string | undefined
  /** the error number that WeChat sends with the error message `albumSays` */
  albumErrno: number | undefined
  /** the pictures in the album, as base64 */
  album: string[]
  /** the result of WeChat's page for confirming the receipt, by WeChat's number of the payment */
  receipt: (transactionId: string) => 'success' | 'fail' | 'cancel'
  /** pages of the phone's settings that were opened, the newest last */
  settings: string[]
  /** stores the shop's own settings. Without them the page Today shows a case */
  keepShop(): Promise<void>
  pullDownStops: number
  /** runs the cloud's timer once */
  timer(): Promise<void>
  /** applies a provider's payment result */
  settlePayment(paymentNo: string, outcome: 'paid'): Promise<void>
  /** refunds an amount as staff do; the provider pays it back */
  refund(amountFen: number): Promise<void>
  /** @param root folder of the mini-program, if it is not ours */
  open(page: string, query?: Record<string, string>, root?: string): Promise<OpenPage>
}

export interface OpenPage {
  text(): string
  /** all texts that the page shows or that a screen reader reads */
  said(): string
  dom: HTMLElement
  press(label: string): Promise<void>
  /** taps twice before an answer can arrive */
  pressTwice(label: string): Promise<void>
  has(label: string): boolean
  show(): Promise<void>
  hide(): Promise<void>
  leave(): Promise<void>
  pullDown(): Promise<void>
  reachBottom(): Promise<void>
  /** the address of the picture on the page, or '' */
  picture(): string
  choose(label: string): Promise<void>
  pickTab(value: string): Promise<void>
  /** chooses a day in the page's last date picker, and does not wait for what follows */
  pickDay(day: string): void
  /** types a text into the field with this name */
  type(label: string, text: string): Promise<void>
}

/** Lets all promises and due timers finish. */
export const settle = (ms = 0): Promise<void> => jest.advanceTimersByTimeAsync(ms)

/** @param others more fake providers; their channels use WeChat's payment sheet */
export function createPhone(...others: FakeProvider[]): Phone {
  const shop = openShop(...others)
  const started = Date.now()
  const base = shop.ctx.now()
  const counts = new Map<Action, number>()
  const products = [
    { sku: 'tea', title: '茉莉花茶', titleEn: 'Jasmine tea', priceFen: 1_250 },
    { sku: 'cup', title: '手作茶杯', titleEn: 'Handmade cup', priceFen: 128_000 },
  ]
  const ctx: ShopperContext = {
    ...shop.ctx,
    now: () => base + Date.now() - started,
    products: async () =>
      products.map(({ sku, ...product }, rank) => ({
        kind: phone.productKind,
        ...product,
        priceFen: phone.prices[sku] ?? product.priceFen,
        _id: sku,
        version: 1,
        note: `${product.title}的说明`,
        noteEn: `About ${product.titleEn}`,
        currency: 'CNY',
        onSale: true,
        rank,
      })),
  }
  const { fake } = shop
  const prepare = fake.provider.prepare
  fake.provider.prepare = async (input) => {
    const prepared = await prepare(input)
    const jsapi = { timeStamp: '1772337600', nonceStr: 'n', package: input.paymentNo, signType: 'RSA', paySign: 's' }
    return { ...prepared, payInfo: phone.payInfo ?? JSON.stringify(jsapi) }
  }

  // The club is the shop in memory that has the contracts. Its clock follows the phone's clock. A test can also move
  // the club's clock forward on its own.
  const club = openClub(Date.now(), clubPlans)
  let seen = Date.now()
  const syncClub = () => {
    club.now += Date.now() - seen
    seen = Date.now()
  }

  async function answerContract(action: keyof typeof contractApi, input: unknown): Promise<Reply<unknown>> {
    syncClub()
    const parsed = z.safeParse(contractApi[action], input)
    if (!parsed.success) return { ok: false, error: { code: 'BadInput', message: developerText } }
    try {
      return { ok: true, data: await contractActions[action](club.ctx, parsed.data as never) }
    } catch (error) {
      return { ok: false, error: { code: isAppError(error) ? error.code : 'Internal', message: developerText } }
    }
  }

  const sealedWith = readSettingsKeys([Buffer.alloc(32, 7).toString('base64')])
  const settings = createSettingsEditor(shop.db, sealedWith, () => Promise.reject(new Error(developerText)))

  async function answerAdmin(action: AdminAction, input: unknown): Promise<Reply<unknown>> {
    const { role } = phone
    const refuse = (code: 'Forbidden' | 'BadInput') => ({ ok: false, error: { code, message: developerText } }) as const
    if (!mayDo(role, action)) return refuse('Forbidden')
    const parsed = z.safeParse(adminSchemas[action], input)
    if (!parsed.success) return refuse('BadInput')
    const person = {
      openid: phone.staffOpenid,
      role,
      name: phone.name,
      refundLimitFen: refundLimitOf(role, phone.refundLimitFen),
    }
    try {
      syncClub()
      // The test decides the caller's role, whatever the shop has stored.
      if (action === 'claim')
        return { ok: true, data: { role, name: person.name, refundLimitFen: person.refundLimitFen, providers: names } }
      const staff = clubActions.has(action) ? { ...club.ctx, ...person } : { ...ctx, settings, ...person }
      return { ok: true, data: await adminActions[action](staff, parsed.data as never) }
    } catch (error) {
      const details = isAppError(error) ? { details: error.details } : {}
      return {
        ok: false,
        error: { code: isAppError(error) ? error.code : 'Internal', message: developerText, ...details },
      }
    }
  }

  async function answer(action: keyof typeof orderApi, input: unknown): Promise<Reply<unknown>> {
    const [first] = fake.definition.channels
    if (first) first.kind = phone.kind
    try {
      const parsed = z.safeParse(orderApi[action], input)
      if (!parsed.success) return { ok: false, error: { code: 'BadInput', message: developerText } }
      return { ok: true, data: await orderActions[action](ctx, parsed.data as never) }
    } catch (error) {
      const code = isAppError(error) ? error.code : 'Internal'
      return { ok: false, error: { code, message: developerText } }
    }
  }

  async function callFunction({
    name,
    data,
  }: {
    name: string
    data: { action: Action; input: Record<string, unknown> }
  }): Promise<unknown> {
    const { action, input } = structuredClone(data)
    const nth = (counts.get(action) ?? 0) + 1
    counts.set(action, nth)
    phone.calls.push({ action, input })
    const fate = phone.fate(action, nth, input)
    // A round trip takes time, so that a page cannot rely on an immediate answer.
    await new Promise((resolve) => setTimeout(resolve, 50))
    const lost = { errCode: -404011, errMsg: `cloud.callFunction:fail ${developerText}` }
    if (fate === 'notSent') throw lost
    if (fate === 'noAnswer') return new Promise(() => undefined)
    if (typeof fate === 'object') return { result: { ok: false, error: { ...fate, message: developerText } } }
    const result = await (name === 'admin'
      ? answerAdmin(action as AdminAction, input)
      : name === 'contract'
        ? answerContract(action as keyof typeof contractApi, input)
        : answer(action as keyof typeof orderApi, input))
    if (fate === 'lostReply') throw lost
    return { result: structuredClone(result) }
  }

  function requestPayment({ package: paymentNo, success, fail }: WxPayment): void {
    phone.sheets += 1
    if (phone.sheet === 'neverAnswers') return
    const ok = () => success({ errMsg: 'requestPayment:ok' })
    if (phone.sheet === 'cancel') fail({ errMsg: 'requestPayment:fail cancel' })
    else if (phone.sheet === 'fail') fail({ errMsg: `requestPayment:fail invalid signature ${developerText}` })
    else if (phone.sheet === 'unknown') fail({ errMsg: `requestPayment:fail system error ${developerText}` })
    else if (phone.sheet === 'payLater' || fake.pay(paymentNo)) ok()
  }

  function requestVirtualPayment({ signData, success, fail }: WxVirtualPayment): void {
    phone.sheets += 1
    const errCode = phone.virtualSheet?.(signData) ?? 0
    if (errCode === 0) success({ errMsg: 'requestVirtualPayment:ok' })
    else fail({ errMsg: `requestVirtualPayment:fail ${developerText}`, errCode })
  }

  const files = new Map<string, string>()
  const go = async ({ url }: { url: string }) => void phone.went.push(url)
  const wx = {
    cloud: { init: () => undefined, callFunction },
    getAppBaseInfo: () => ({ language: phone.language }),
    getAccountInfoSync: () => ({ miniProgram: { appId: 'wx1234567890abcdef' } }),
    getStorageSync: (key: string) => structuredClone(phone.storage.get(key)) ?? '',
    setStorageSync: (key: string, value: unknown) => void phone.storage.set(key, structuredClone(value)),
    removeStorageSync: (key: string) => void phone.storage.delete(key),
    requestPayment,
    login: ({ success }: { success(answer: { code: string }): void }) => success({ code: 'login-code' }),
    navigateTo: go,
    redirectTo: go,
    switchTab: go,
    pageScrollTo: () => void phone.scrolls++,
    showToast: ({ title }: { title: string }) => void phone.toasts.push(title),
    showModal: async ({ title, content }: { title: string; content: string }) => {
      phone.modals.push(`${title} ${content}`)
      return { confirm: phone.confirms, cancel: !phone.confirms }
    },
    openBusinessView: (options: {
      extraData: { transaction_id: string }
      success(result: { extraData: { status: string } }): void
    }) => {
      const status = phone.receipt(options.extraData.transaction_id)
      options.success({ extraData: { status } })
    },
    setNavigationBarTitle: ({ title }: { title: string }) => void phone.titles.push(title),
    setTabBarItem: ({ index, text }: { index: number; text: string }) => {
      phone.tabs[index] = text
    },
    stopPullDownRefresh: () => {
      phone.pullDownStops += 1
    },
    env: { USER_DATA_PATH: 'wxfile://usr' },
    getFileSystemManager: () => ({
      writeFile: ({ filePath, data, success }: { filePath: string; data: string; success: () => void }) => {
        files.set(filePath, data)
        success()
      },
    }),
    saveImageToPhotosAlbum: async ({ filePath }: { filePath: string }) => {
      if (phone.albumSays !== undefined)
        throw { errMsg: `saveImageToPhotosAlbum:${phone.albumSays}`, errno: phone.albumErrno }
      phone.album.push(files.get(filePath) ?? '')
    },
    openSetting: () => void phone.settings.push('mini-program'),
    openAppAuthorizeSetting: () => void phone.settings.push('system'),
    setClipboardData: async ({ data }: { data: string }) => {
      if (phone.clipboardFails) throw { errMsg: `setClipboardData:fail ${developerText}` }
      phone.clipboard = data
    },
  }

  function navigateToMiniProgram({ appId, path, extraData, success, fail }: WxJump): void {
    phone.jumps.push({ appId, path, extraData: structuredClone(extraData) })
    if (phone.jump === 'goes') success({ errMsg: 'navigateToMiniProgram:ok' })
    else if (phone.jump === 'fails') fail({ errMsg: `navigateToMiniProgram:fail ${developerText}` })
  }

  const phone: Phone = {
    shop,
    club,
    role: 'owner',
    staffOpenid: 'oMiniCashier_staff_0000',
    name: '店主',
    refundLimitFen: undefined,
    jump: 'goes',
    jumps: [],
    client: undefined,
    knowsJump: true,
    appShown: (shown) => shownApp?.onShow(shown),
    cameFrom: { scene: 1001 },
    language: 'zh_CN',
    storage: new Map(),
    calls: [],
    fate: () => 'fine',
    sheet: 'pay',
    sheets: 0,
    virtualSheet: () => 0,
    productKind: 'goods',
    payInfo: undefined,
    prices: {},
    kind: 'jsapi',
    confirms: true,
    went: [],
    toasts: [],
    modals: [],
    titles: [],
    tabs: ['商店', '订单', '我的'],
    clipboard: '',
    clipboardFails: false,
    scrolls: 0,
    albumSays: undefined,
    albumErrno: undefined,
    album: [],
    settings: [],
    receipt: () => 'cancel',
    keepShop: () =>
      putSettings(shop.db, sealedWith, {
        isSameAccount: () => true,
        code: 'shop',
        fields: { publicUrl: 'http://shop.test' },
        seeded: false,
        now: 0,
      }),
    pullDownStops: 0,
    async timer() {
      await workDue(ctx, () => true)
    },
    async settlePayment(no, outcome) {
      const source = { definition: fake.definition, provider: fake.provider }
      const amountFen = fake.ledger.get(no)?.amountFen ?? 0
      await settlePayment(ctx, { source, no, report: { outcome, amountFen, currency: 'CNY', raw: null } })
    },
    async refund(amountFen) {
      const [order] = shop.db.all<Order>('orders')
      const paid = order?.payments.find(({ state }) => state === 'paid')
      if (!order || !paid) throw new Error('nothing was paid')
      const requestId = `refund-${order.refunds.length + 1}`
      await requestRefund(ctx, order._id, { requestId, paymentNo: paid.no, amountFen, reason: '', by: 'staff' })
    },
    open: (page, query, root = ownRoot) => {
      const client = phone.client
      const old = client && { getAppBaseInfo: undefined, getSystemInfoSync: () => ({ language: 'zh_CN', ...client }) }
      const known = {
        navigateToMiniProgram: phone.knowsJump ? navigateToMiniProgram : undefined,
        requestVirtualPayment: phone.virtualSheet ? requestVirtualPayment : undefined,
      }
      const onApp = (app: ShownApp) => {
        shownApp = app
      }
      return openPage({ wx: { ...wx, ...known, ...old }, page, query: query ?? {}, root, shown: phone.cameFrom, onApp })
    },
  }
  return phone
}

interface WxJump {
  appId: string
  path: string
  extraData: Record<string, unknown>
  success(answer: { errMsg: string }): void
  fail(answer: { errMsg: string }): void
}

interface WxPayment {
  package: string
  success(answer: { errMsg: string }): void
  fail(answer: { errMsg: string }): void
}

interface WxVirtualPayment {
  signData: string
  success(answer: { errMsg: string }): void
  fail(answer: { errMsg: string; errCode: number }): void
}

let shownApp: ShownApp | undefined

async function openPage(opening: Opening): Promise<OpenPage> {
  const { dom, instance, fire, enter, pickDay, leave } = mount(opening)
  await settle(200)

  const nodes = (): Node[] => [...dom.querySelectorAll<Node>('*')]
  const labelled = (label: string): Node[] =>
    nodes().filter(
      (node) =>
        (node.tagName.toLowerCase() === 't-button' ||
          /^(button|link)$/.test(node.getAttribute('role') ?? '') ||
          node.matches('wx-button')) &&
        (node.textContent?.trim() === label || node.getAttribute('aria-label')?.includes(label)),
    )
  const found = (list: Node[], label: string): Node => {
    const [node] = list
    if (!node) throw new Error(`nothing named ${label} in: ${dom.textContent}`)
    return node
  }
  const tap = (label: string): void => {
    const node = found(labelled(label), label)
    const { disabled, loading } = node.__wxElement?.data ?? {}
    if (!disabled && !loading) fire(node, 'tap')
  }

  return {
    dom,
    text: () => dom.textContent ?? '',
    said: () =>
      nodes()
        .map((node) => node.getAttribute('aria-label') ?? '')
        .join(' ') + dom.textContent,
    // The web host puts an <img> into the image component.
    picture: () => dom.querySelector('wx-image[src], wx-image img')?.getAttribute('src') ?? '',
    has: (label) => labelled(label).length > 0,
    async press(label) {
      tap(label)
      await settle(400)
    },
    async pressTwice(label) {
      const node = found(labelled(label), label)
      fire(node, 'tap')
      fire(node, 'tap')
      await settle(400)
    },
    async show() {
      instance.onShow?.()
      await settle(200)
    },
    async hide() {
      instance.onHide?.()
      await settle(200)
    },
    async leave() {
      leave()
      await settle(200)
    },
    async pullDown() {
      instance.onPullDownRefresh?.()
      await settle(200)
    },
    async reachBottom() {
      instance.onReachBottom?.()
      await settle(200)
    },
    async choose(label) {
      fire(
        found(
          nodes().filter(
            (node) =>
              /^(radio|checkbox)$/.test(node.getAttribute('role') ?? '') &&
              node.getAttribute('aria-label')?.includes(label),
          ),
          label,
        ),
        'tap',
      )
      await settle(50)
    },
    async type(label, value) {
      const fields = nodes().filter(
        (node) =>
          (node.matches('wx-input') && node.getAttribute('aria-label')?.includes(label)) ||
          // This engine gives a textarea no attributes, so find it by the text beside it.
          (node.matches('wx-textarea') && node.parentElement?.textContent?.includes(label)),
      )
      enter(found(fields, label), value)
      await settle(50)
    },
    pickDay(day) {
      pickDay(
        found(
          nodes()
            .filter((node) => node.matches('wx-picker'))
            .slice(-1),
          'picker',
        ),
        day,
      )
    },
    async pickTab(value) {
      fire(
        found(
          nodes().filter((node) => node.tagName.toLowerCase() === 't-tabs'),
          't-tabs',
        ),
        'change',
        { value },
      )
      await settle(200)
    },
  }
}
