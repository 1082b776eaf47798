// Starts a payment with the chosen method and returns the payment sheet's answer. The answer only selects the screen;
// the server's order record says whether the order is paid.
import type { OrderResults, OrderView, PaymentView } from '../../cloudfunctions/shared/api/orders'
import { openMidasConfig } from '../openmidas/config'
import { OpenMidas } from '../openmidas/index'
import { settings } from '../settings'
import type { ResultCode, SheetAnswer } from '../standing'
import { Failure } from './cloud'
import { type Created, createOrder, type OrderItemInput, type PayInput, payFor } from './orders'

const answersKey = 'sheetAnswers'
const answersLimit = 20
const answers = new Set<unknown>([0, -1, -2, -3, -4, 'link', 'code', 'unopened'])

interface Remembered {
  orderNo: string
  answer: SheetAnswer
}

function remembered(): Remembered[] {
  const stored: unknown = wx.getStorageSync(answersKey)
  return Array.isArray(stored) ? stored.filter((one: Partial<Remembered> | null) => answers.has(one?.answer)) : []
}

/**
 * The payment sheet's last answer for this order on this phone. It survives a restart of the app; undefined if there
 * was none.
 */
export const answerFor = (orderNo: string): SheetAnswer | undefined =>
  remembered().find((one) => one.orderNo === orderNo)?.answer

function remember(orderNo: string, answer: SheetAnswer): void {
  const others = remembered().filter((one) => one.orderNo !== orderNo)
  wx.setStorageSync(answersKey, [{ orderNo, answer }, ...others].slice(0, answersLimit))
}

/** What a shopper needs to pay outside this mini-program: the picture of a QR code, or a link to copy. */
export interface Handout {
  paymentNo: string
  kind: 'code' | 'link'
  /** The data URL of the picture, or the link. */
  content: string
}

const handouts = new Map<string, Handout>()

/** The QR code or link of an order's last attempt, if this app has requested it since its start. */
export const handoutFor = (orderNo: string): Handout | undefined => handouts.get(orderNo)

export function openPayments(): void {
  const { environment, testHost } = settings().midas
  if (testHost !== undefined) openMidasConfig.hosts.test = testHost
  OpenMidas.init(environment)
  // In a phone's browser, WeChat's page replaces this page during a payment, and OpenMidas reports the result after the
  // return. The newest stored answer belongs to that payment, so open the order of that answer.
  OpenMidas.once('payDone', () => {
    const [left] = remembered()
    if (left) wx.redirectTo({ url: `/pages/order/index?orderNo=${left.orderNo}` })
  })
}

type Method = Pick<PaymentView, 'provider' | 'channel' | 'kind'>

// If the server has created an attempt but its reply got lost, no sheet opened, so nothing was paid.
function rememberUnopened(orderNo: string): void {
  if (answerFor(orderNo) === undefined) remember(orderNo, 'unopened')
}

/**
 * Creates an order, and begins its payment in the same call if the order costs what the shopper saw. That saves one
 * call to the server. A virtual payment begins with a call of its own, because its login code must be fresh.
 * @param shown the amount and currency that the shopper saw
 */
export function orderAndPay(
  items: OrderItemInput[],
  { provider, channel, kind }: Method,
  shown: Pick<PayInput, 'amountFen' | 'currency'>,
): Promise<Created> {
  return createOrder(items, kind === 'virtual' ? undefined : { provider, channel, ...shown }, rememberUnopened)
}

/**
 * Starts a payment and waits until the shopper has finished.
 * @param isWanted called before the sheet opens. If the shopper has left the page, the sheet must not open on another
 *   page
 * @param begun the payment, if the server began it together with the order
 * @returns the order from the server, and the sheet's answer; without an answer if the sheet did not open
 * @throws Failure when the attempt could not start
 */
export async function startPayment(
  orderNo: string,
  method: Method,
  isWanted: () => boolean,
  begun?: OrderResults['pay'],
): Promise<{ order: OrderView; answer?: SheetAnswer }> {
  return open(begun ?? (await begin(orderNo, method)), isWanted)
}

async function begin(orderNo: string, { provider, channel, kind }: Method): Promise<OrderResults['pay']> {
  if (kind === 'virtual' && typeof wx.requestVirtualPayment !== 'function') throw new Failure('OldWeChat')
  const loginCode = kind === 'virtual' ? await newLogin() : undefined
  rememberUnopened(orderNo)
  return payFor(orderNo, provider, channel, loginCode)
}

async function open(
  { order, kind, paymentNo, payInfo, image }: OrderResults['pay'],
  isWanted: () => boolean,
): Promise<{ order: OrderView; answer?: SheetAnswer }> {
  const { orderNo } = order
  if (!isWanted()) return { order }
  if (kind === 'link') return { order, answer: handOut(orderNo, { paymentNo, kind, content: payInfo }) }
  if (kind === 'qrcode' && image !== undefined)
    return { order, answer: handOut(orderNo, { paymentNo, kind: 'code', content: image }) }
  const openSheetOf = sheets.get(kind)
  if (!openSheetOf) throw new Failure('Unsupported')
  // Store "unknown" (−4) before the sheet opens. If the phone stops the app while the sheet is open, this answer stays.
  remember(orderNo, -4)
  const answer = await openSheetOf(payInfo, orderNo)
  remember(orderNo, answer)
  return { order, answer }
}

function handOut(orderNo: string, handout: Handout): Handout['kind'] {
  handouts.set(orderNo, handout)
  remember(orderNo, handout.kind)
  return handout.kind
}

/**
 * Gets a fresh login code for each payment. Virtual payments are signed with the user's session key, and a later login
 * replaces that key. @throws Failure
 */
const newLogin = (): Promise<string> =>
  new Promise((resolve, reject) => {
    wx.login({ success: ({ code }) => resolve(code), fail: () => reject(new Failure('Network')) })
  })

const openSheet = (payInfo: string, orderNo: string): Promise<ResultCode> =>
  new Promise((resolve) => {
    OpenMidas.pay(payInfo, (resultCode) => resolve(resultCode), `orderNo=${orderNo}`)
  })

// Opens the sheet of WeChat Pay HK, which OpenMidas does not support. Only a web page can use it, so a mini-program
// never offers this channel.
function openHongKongSheet(payInfo: string): Promise<ResultCode> {
  const sheet = JSON.parse(payInfo) as WechatMiniprogram.RequestPaymentOption
  return new Promise((resolve) => {
    wx.requestPayment({
      ...sheet,
      success: () => resolve(0),
      // Any other failure may have happened after the payment. So report "unknown" (−4); our server's record decides.
      fail: ({ errMsg }) => resolve(errMsg.endsWith(' cancel') ? -2 : -4),
    })
  })
}

// Error codes of WeChat's virtual payment that mean "nothing was paid": -4 (refused for risk) and -15001 to -15019
// (refused before paying). Not -15002: the number was used before, perhaps by a successful payment.
const isRefusal = (code: number): boolean => code === -4 || (code <= -15_001 && code >= -15_019 && code !== -15_002)

// Opens the sheet of WeChat's virtual payment (虚拟支付). Passes signData on unchanged, because its signature covers
// the exact text.
function openVirtualSheet(payInfo: string): Promise<ResultCode> {
  const sheet = JSON.parse(payInfo) as WechatMiniprogram.RequestVirtualPaymentOption
  return new Promise((resolve) => {
    wx.requestVirtualPayment({
      ...sheet,
      success: () => resolve(0),
      fail: ({ errCode }) => resolve(errCode === -2 ? -2 : isRefusal(errCode) ? -1 : -4),
    })
  })
}

const sheets = new Map<string, (payInfo: string, orderNo: string) => Promise<ResultCode>>([
  ['jsapi', openSheet],
  ['hkjsapi', openHongKongSheet],
  ['virtual', openVirtualSheet],
])
