import type * as z from 'zod/mini'
import type { PayType } from '../../../../miniprogram/rules/terms'
import type { OrderResults, orderApi } from '../../api/orders'
import { isClaimed } from '../../domain/claim'
import { AppError, isAppError } from '../../domain/errors'
import { railOf, takes } from '../../domain/orders/goods'
import { applyPaymentNews, openAttempt, recordPrepared, recordRefused } from '../../domain/orders/orderPayments'
import { kindOf, mayPay, type Order, payerOf, paymentOf, standing } from '../../domain/orders/orderShape'
import { isWaiting, type Payment, unusableAt } from '../../domain/payment'
import { browserApp } from '../../domain/person'
import { addressOn } from '../../domain/requests/site'
import type { Channel, PrepareInput } from '../../providers/provider'
import { changeOrder } from '../../store/orders'
import { newClaimId } from '../platform/claimId'
import type { EnabledProvider, ShopperContext, ShopSettings } from '../platform/context'
import { mayGoOn } from '../platform/mayGoOn'
import { paymentRef } from '../platform/paymentRef'
import { paymentTitle } from '../platform/paymentTitle'
import { sheetUrl } from '../platform/sheetUrl'
import { endAttempts } from '../settle/endAttempt'
import { orderView } from './orderView'
import { ownOrder } from './ownOrders'
import { assertMayOpen, countedOrders } from './personLimits'

type Input = z.infer<typeof orderApi.pay>

export interface Choice extends EnabledProvider {
  channel: Channel
  /**
   * how the shopper pays, for a payment that a connected system asked for; the word is one of that system's words, such
   * as `Wechat`
   */
  payType?: PayType
  callbackUrl?: string
  /** the page to which the payer goes after paying; absent: the order's own page */
  pageUrl?: string
  /** the code from wx.login, which WeChat accepts once; we never store it */
  loginCode?: string
}

// While one call waits for the provider's answer, another call for the same attempt must wait, too. This is for
// providers that accept each payment number only once. After this time (ms) we assume that the first call was killed.
const preparingMs = 15_000

/**
 * Begins or continues a payment of an order, and returns what the payment sheet needs. The attempt is stored before we
 * call the provider. As long as the attempt waits, the caller gets the same payInfo.
 * @throws NotFound for another person's order; Conflict with the order's state if it cannot be paid; BadInput for an
 * unknown channel; Unsupported if the channel does not accept this kind of order; ProviderRefused; ProviderUnavailable
 * if the result is unknown (the order stays payable)
 */
export async function payOrder(ctx: ShopperContext, input: Input): Promise<OrderResults['pay']> {
  const [counted, choice] = await Promise.all([countedOrders(ctx), chosen(ctx, input)])
  // The order is usually among the recent orders that we read for the limits. If it is not, read it separately.
  const order = counted.find(({ _id }) => _id === input.orderNo) ?? (await ownOrder(ctx, input.orderNo))
  return payByChoice(ctx, order, choice, counted)
}

/**
 * Begins or continues a payment of an order that the caller may pay.
 * @param counted the person's recent orders, for the limits
 * @throws the errors of payOrder
 */
export async function payByChoice(
  ctx: ShopperContext,
  order: Order,
  choice: Choice,
  counted: readonly Order[] = [],
): Promise<OrderResults['pay']> {
  const shop = await ctx.shop()
  assertPayable(order, ctx.now())
  if (!isTaken(ctx, order, choice, shop))
    throw new AppError('Unsupported', `this way to pay does not accept ${kindOf(order)} orders here`)
  const current = order.payments.findLast(isWaiting)
  const there = current && (await goOn(ctx, order, current, choice))
  if (there) return there
  const claimId = newClaimId(ctx)
  const startedAt = ctx.now()
  const ended = current ? await endAttempts(ctx, order, claimId) : order
  const last = ended.payments.findLast(isWaiting)
  // Another tap opened an attempt while this call ended the older attempts. If we opened a second attempt, the shopper
  // could pay twice.
  if (last && !order.payments.some(({ no }) => no === last.no)) {
    const opened = await goOn(ctx, ended, last, choice)
    if (opened) return opened
    throw new AppError('Conflict', 'another way to pay was just opened: try again in a few seconds')
  }
  // The shopper has tapped before, and that call holds a claim to end an attempt: it is still running, was killed, or
  // did not get the provider's answer. The shopper may still pay that attempt. So we open no other attempt now, even if
  // the claim has expired meanwhile. The shopper's next tap can end the attempt.
  if (ended.payments.some((one) => isWaiting(one) && isClaimed(one.claim, startedAt) && one.claim?.id !== claimId))
    throw new AppError('Conflict', 'an earlier payment is being ended: try again in a few seconds')
  assertPayable(ended, ctx.now())
  assertMayOpen(ended, counted, shop, ctx.now())
  const opened = await open(ctx, ended, choice)
  return prepare(ctx, opened.order, opened.payment, choice)
}

/**
 * Continues a waiting attempt if it fits the caller's choice.
 * @returns the reply with that attempt; undefined if the choice needs another attempt
 * @throws Conflict while another call prepares the attempt
 */
async function goOn(
  ctx: ShopperContext,
  order: Order,
  current: Payment,
  choice: Choice,
): Promise<OrderResults['pay'] | undefined> {
  if (!goesOn(current, choice) || payerOf(order, current) !== ctx.openid) return undefined
  if (isUsable(current, choice.channel, ctx.now())) return answer(ctx, order, current, choice)
  if (repeatOf(choice) === 'same') return prepare(ctx, order, current, choice)
  if (current.payInfo === null && ctx.now() - current.createdAt < preparingMs)
    throw new AppError('Conflict', 'the payment is being prepared: try again in a few seconds')
  return undefined
}

/** Finds the way to pay that the shopper chose. @throws BadInput if the shop does not offer it where the shopper is */
export async function chosen(ctx: ShopperContext, input: Omit<Input, 'orderNo'>): Promise<Choice> {
  const [enabled, shop] = await Promise.all([ctx.provider(input.provider), ctx.shop()])
  if (!enabled) throw new AppError('BadInput', 'provider: is not enabled')
  const channels = enabled.provider.channels ?? enabled.definition.channels
  const channel = channels.find(({ code }) => code === input.channel)
  if (!channel) throw new AppError('BadInput', 'channel: is not one of this provider')
  if (unusableAt(channel, ctx, shop) !== undefined) throw new AppError('BadInput', 'channel: cannot be used here')
  const login = input.loginCode === undefined ? {} : { loginCode: input.loginCode }
  if (input.callbackUrl === undefined) return { ...enabled, channel, ...login }
  const { publicUrl, sites = [] } = shop
  const callbackUrl = addressOn([new URL(publicUrl).origin, ...sites], input.callbackUrl)
  if (callbackUrl === undefined) throw new AppError('BadInput', 'callbackUrl: is not on a site of this shop')
  return { ...enabled, channel, callbackUrl, ...login }
}

function assertPayable(order: Order, now: number): void {
  if (!mayPay(order, now)) throw new AppError('Conflict', `the order is ${standing(order, now)}`)
}

/** Whether this way to pay accepts the order's kind of product in the shopper's app or browser. */
export const isTaken = (
  { place = 'miniprogram' }: ShopperContext,
  order: Order,
  { channel }: Choice,
  shop: ShopSettings,
): boolean => takes(railOf(channel.kind, place), kindOf(order), shop)

// We continue an attempt only with the merchant with which it was begun. Otherwise we end it and make a new attempt.
const goesOn = (payment: Payment, choice: Choice): boolean =>
  payment.channel === choice.channel.code && mayGoOn(choice, payment)

const isUsable = (payment: Payment, channel: Channel, now: number): boolean =>
  payment.payInfo !== null && (channel.payInfoMs === undefined || now < payment.createdAt + channel.payInfoMs)

const repeatOf = ({ definition, channel }: Choice): 'same' | 'new' => channel.repeat ?? definition.repeat

// The app in which we know the shopper's openid. Outside WeChat we know nobody's openid.
function appIdOf(miniProgram: string | undefined, { app = miniProgram }: ShopperContext): { appId?: string } {
  return app === undefined || app === browserApp ? {} : { appId: app }
}

function soldOne({ items: [item, ...others] }: Order): Pick<PrepareInput, 'item'> {
  if (!item || others.length > 0) return {}
  const { sku, priceFen, quantity } = item
  return { item: { sku, priceFen, quantity } }
}

function answer(ctx: ShopperContext, order: Order, payment: Payment, { channel }: Choice): OrderResults['pay'] {
  const payInfo = payment.payInfo ?? ''
  const image = channel.kind === 'qrcode' ? ctx.drawCode(payInfo) : undefined
  return {
    order: orderView(order, ctx.now()),
    paymentNo: payment.no,
    payInfo,
    kind: channel.kind,
    ...(image !== undefined && { image }),
  }
}

// Stores a new attempt. Its number is chosen before the first write, so that we find the attempt again if the write's
// reply is lost.
async function open(ctx: ShopperContext, order: Order, choice: Choice): Promise<{ order: Order; payment: Payment }> {
  const { definition, channel, generation = 1, payType, callbackUrl } = choice
  const now = ctx.now()
  const made = {
    provider: definition.code,
    generation,
    ...(ctx.openid !== order.openid && { payer: ctx.openid }),
    ...(payType && { payType }),
    ...(callbackUrl !== undefined && { callbackUrl }),
  }
  const planned = openAttempt(order, made, channel.code, now).payment
  return changeOrder(
    ctx.db,
    order._id,
    (before) => {
      const there = before.payments.find(({ no }) => no === planned.no)
      if (!there) return openAttempt(before, made, channel.code, now)
      // Another call opened an attempt at the same moment, and that call prepares it. If we prepared the attempt too,
      // its number would be used twice.
      if (
        goesOn(there, choice) &&
        payerOf(before, there) === ctx.openid &&
        (there.createdAt === planned.createdAt || (repeatOf(choice) === 'same' && isWaiting(there)))
      )
        return { order: before, payment: there }
      throw new AppError('Conflict', 'the payment is being prepared: try again in a few seconds')
    },
    order,
  )
}

async function prepare(
  ctx: ShopperContext,
  order: Order,
  payment: Payment,
  choice: Choice,
): Promise<OrderResults['pay']> {
  const { db } = ctx
  const shop = await ctx.shop()
  try {
    const prepared = await choice.provider.prepare({
      ...paymentRef(order, payment, ctx.now()),
      title: paymentTitle(order.items),
      ...soldOne(order),
      ...(choice.loginCode !== undefined && { loginCode: choice.loginCode }),
      ...appIdOf(shop.appId, ctx),
      ...(ctx.clientIp !== undefined && { clientIp: ctx.clientIp }),
      noticeUrl: `${shop.publicUrl}/notify/${choice.definition.code}`,
      ...((ctx.place ?? 'miniprogram') !== 'miniprogram' && {
        pageUrl: choice.pageUrl ?? `${new URL(shop.publicUrl).origin}/web/pages/order/index?orderNo=${order._id}`,
      }),
      ...(choice.channel.openidOf === 'provider' && { sheetUrl: sheetUrl(ctx, payment.no, shop.publicUrl) }),
      // Use the callbackUrl that was stored with the attempt, because a provider that gets a number again must get the
      // same content.
      ...(payment.callbackUrl !== undefined && { callbackUrl: payment.callbackUrl }),
      expiresAt: order.expiresAt,
    })
    const after = await changeOrder(
      db,
      order._id,
      (before) => ({
        order: recordPrepared(before, payment.no, { ...prepared, kind: choice.channel.kind }, ctx.now()),
      }),
      // If this is the first payInfo, give the order that we have read. If the order has changed meanwhile, the write
      // fails, and `changeOrder` reads the order again. If the attempt already has a payInfo, perhaps nothing is
      // written. So read the order again to see whether the attempt ended while the provider answered.
      payment.payInfo === null ? order : undefined,
    )
    const kept = paymentOf(after.order, payment.no)
    // Return payInfo only while the attempt still waits. If it has ended, we no longer ask about it, and would not
    // notice a payment made with its payInfo.
    assertPayable(after.order, ctx.now())
    if (!isWaiting(kept)) throw new AppError('Conflict', 'the attempt has ended: try again')
    return answer(ctx, after.order, { ...kept, payInfo: prepared.payInfo }, choice)
  } catch (error) {
    const surelyNot = isAppError(error, 'ProviderRefused') || isAppError(error, 'ProviderUnavailable')
    if (!surelyNot && isAppError(error)) throw error
    const reason = surelyNot ? error.message : 'no readable answer'
    ctx.log('prepareFailed', { provider: choice.definition.code, reason, surelyNot })
    await changeOrder(db, order._id, (before) => ({
      order: surelyNot
        ? recordRefused(before, payment.no, reason, ctx.now())
        : applyPaymentNews(before, payment.no, { outcome: 'unknown' }, { now: ctx.now() }).order,
    }))
    if (surelyNot) throw error
    throw new AppError('ProviderUnavailable', 'the provider gave no readable answer', { cause: error })
  }
}
