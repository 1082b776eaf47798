// Shoppers in browsers without pages: their sessions, orders and payments over HTTP. Tests use them to check which
// payment methods the shop offers in each kind of browser.
import type { OrderResults } from '../../../cloudfunctions/shared/api/orders'
import { beijingDigits } from '../../../miniprogram/rules/beijing'
import { dataOf, type TestCloud } from '../startCloud'
import { openBrowser } from './webBrowser'

export const agents = {
  wechat: 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Mobile/15E148 MicroMessenger/8.0.50',
  mobile: 'Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/126.0 Mobile Safari/537.36',
  pc: 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0 Safari/537.36',
}
export type Browser = Awaited<ReturnType<typeof openBrowser>>
export type WebShoppers = ReturnType<typeof webShoppers>

/** A provider's channels, each with the reason why it is not offered. */
export const offered = (channels: OrderResults['channels']['channels'], provider: string): Record<string, string> =>
  Object.fromEntries(
    channels.filter((one) => one.provider === provider).map(({ channel, reason }) => [channel, reason ?? 'offered']),
  )

export function webShoppers(cloud: TestCloud) {
  let serial = 0

  return {
    open: (place: keyof typeof agents): Promise<Browser> => openBrowser(cloud.url, { userAgent: agents[place] }),

    /** Signs the shopper in as WeChat's browser does. @param who the sandbox's cookie */
    async signIn(browser: Browser, who = 'person=a'): Promise<void> {
      const begun = await browser.get('/web/login?back=%2Fweb%2F')
      const headers = { 'user-agent': agents.wechat, cookie: `wechat=${encodeURIComponent(who)}` }
      const sent = await fetch(begun.headers.get('location') ?? '', { redirect: 'manual', headers })
      await browser.get(sent.headers.get('location') ?? '')
    },

    async order(browser: Browser, sku = 'gaiwan'): Promise<string> {
      serial += 1
      const { now } = (await (await fetch(`${cloud.url}/local/clock`)).json()) as { now: number }
      const orderNo = beijingDigits(now) + `place${serial}`.padEnd(8, '0')
      dataOf(await browser.call('order', 'create', { orderNo, items: [{ sku, quantity: 1 }] }))
      return orderNo
    },

    async pay(
      browser: Browser,
      orderNo: string,
      way: { provider: string; channel: string },
      address = '203.0.113.9',
    ): Promise<OrderResults['pay']> {
      const answer = await browser.send('/web/call/order', {
        headers: { origin: cloud.url, 'content-type': 'application/json', 'x-forwarded-for': address },
        body: JSON.stringify({ action: 'pay', input: { orderNo, ...way } }),
      })
      return dataOf((await answer.json()) as { ok: true; data: OrderResults['pay'] })
    },

    /** Pays with this payInfo as a payment sheet or a payment page does, and waits until our record says paid. */
    async expectPaid(orderNo: string, payInfo: unknown): Promise<void> {
      const answer = await cloud.post('/local/pay', { payInfo })
      expect(await answer.json()).toMatchObject({ errMsg: 'requestPayment:ok' })
      for (let tries = 0; tries < 20 && (await cloud.stored(orderNo)).state !== 'paid'; tries++)
        await cloud.advance(1_000)
      expect(await cloud.stored(orderNo)).toMatchObject({ state: 'paid', surplusFen: 0 })
    },

    async offeredAt(browser: Browser, provider: string): Promise<Record<string, string>> {
      const { channels } = dataOf(await browser.call<OrderResults['channels']>('order', 'channels', {}))
      return offered(channels, provider)
    },
  }
}
