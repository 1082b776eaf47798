// From a chosen way to pay to what the payment sheet answered. The answer only chooses the screen: whether an order is
// paid, its own record says.
import type { OrderView, PaymentView } from '../../cloudfunctions/shared/api/orders'
import { openMidasConfig } from '../openmidas/config'
import { OpenMidas } from '../openmidas/index'
import { settings } from '../settings'
import type { ResultCode, SheetAnswer } from '../standing'
import { Failure } from './cloud'
import { payFor } from './orders'

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

/** What was last seen here of paying this order, also after a restart; undefined when that was on another phone. */
export const answerFor = (orderNo: string): SheetAnswer | undefined =>
  remembered().find((one) => one.orderNo === orderNo)?.answer

function remember(orderNo: string, answer: SheetAnswer): void {
  const others = remembered().filter((one) => one.orderNo !== orderNo)
  wx.setStorageSync(answersKey, [{ orderNo, answer }, ...others].slice(0, answersLimit))
}

/** What the shopper goes on with outside this mini-program: a picture of a code to scan, or a link to copy. */
export interface Handout {
  paymentNo: string
  kind: 'code' | 'link'
  /** the picture as a data URL, or the link */
  content: string
}

const handouts = new Map<string, Handout>()

/** The code or link of an order's last attempt, when this run of the app asked for it. */
export const handoutFor = (orderNo: string): Handout | undefined => handouts.get(orderNo)

export function openPayments(): void {
  const { environment, testHost } = settings().midas
  if (testHost !== undefined) openMidasConfig.hosts.test = testHost
  OpenMidas.init(environment)
}

/**
 * Starts paying and waits for the shopper.
 * @param isWanted asked before anything opens: a shopper who left meanwhile must not meet a payment sheet elsewhere
 * @returns the order as the server has it, and what happened here; no answer when it was not wanted any more
 * @throws Failure when the attempt could not begin
 */
export async function startPayment(
  orderNo: string,
  { provider, channel }: Pick<PaymentView, 'provider' | 'channel'>,
  isWanted: () => boolean,
): Promise<{ order: OrderView; answer?: SheetAnswer }> {
  // An attempt may begin at the server and its reply get lost: then nothing opened here, and nothing was paid.
  if (answerFor(orderNo) === undefined) remember(orderNo, 'unopened')
  const { order, kind, paymentNo, payInfo, image } = await payFor(orderNo, provider, channel)
  if (!isWanted()) return { order }
  if (kind === 'link') return { order, answer: handOut(orderNo, { paymentNo, kind, content: payInfo }) }
  if (kind === 'qrcode' && image !== undefined)
    return { order, answer: handOut(orderNo, { paymentNo, kind: 'code', content: image }) }
  if (kind !== 'jsapi') throw new Failure('Unsupported')
  // If the app ends while the sheet is open, nobody knows what the shopper did there.
  remember(orderNo, -4)
  const answer = await openSheet(payInfo, orderNo)
  remember(orderNo, answer)
  return { order, answer }
}

function handOut(orderNo: string, handout: Handout): Handout['kind'] {
  handouts.set(orderNo, handout)
  remember(orderNo, handout.kind)
  return handout.kind
}

const openSheet = (payInfo: string, orderNo: string): Promise<ResultCode> =>
  new Promise((resolve) => {
    OpenMidas.pay(payInfo, (resultCode) => resolve(resultCode), `orderNo=${orderNo}`)
  })
