// Buys goods, a service and a virtual product at 390 and 1280 px in both languages. Each page on the way must keep
// WeChat's rules for payment pages (docs/provider-facts.md 9.9): nothing covers the button or the amount, no fake
// loading, no advertisement before the payment, no second button that looks like the pay button.
import type { Page } from 'playwright-core'
import { screens } from '../support/browser/adminWalk'
import { openStage, type Stage, type Walk, walk } from '../support/browser/walk'

const merchant = 'oMiniCashier_merchant_0000'
let stage: Stage
beforeAll(async () => {
  stage = await openStage()
  const product = {
    sku: 'tea-class',
    title: '茶艺课',
    titleEn: 'Tea class',
    note: '周六两小时',
    noteEn: 'Two hours on Saturday',
    priceFen: 6_800,
    currency: 'CNY',
    kind: 'service',
    onSale: true,
    rank: 0,
  }
  const reply = await stage.cloud.call('admin', { action: 'saveProduct', input: { version: null, product } }, merchant)
  if (!((await reply.json()) as { ok: boolean }).ok) throw new Error('the service cannot be put on sale')
}, 90_000)
afterAll(() => stage.close())

const words = {
  zh: {
    checkOut: '去结算',
    pay: /^支付 ?¥/,
    confirm: '确认支付',
    cancel: /关闭|取消/,
    cancelled: '支付已取消',
    paid: '已支付',
  },
  en: {
    checkOut: 'Check out',
    pay: /^Pay ?¥/,
    confirm: 'Confirm payment',
    cancel: /Close|Cancel/,
    cancelled: 'Payment cancelled',
    paid: 'Paid',
  },
}

const bought = [
  { kind: 'goods', add: { zh: /增加.*茉莉花茶/, en: /Add.*Jasmine tea/i }, amount: '38' },
  { kind: 'service', add: { zh: /增加.*茶艺课/, en: /Add.*Tea class/i }, amount: '68' },
  { kind: 'virtual', add: { zh: /增加.*电子茶谱/, en: /Add.*Tea e-book/i }, amount: '' },
] as const

/** The rules that the current page breaks; empty if it breaks none. */
async function broken(page: Page, pay: RegExp): Promise<string[]> {
  const button = page.getByRole('button', { name: pay }).filter({ visible: true })
  await button.first().waitFor()
  const found: string[] = []
  if ((await button.count()) !== 1) found.push(`${await button.count()} buttons that pay`)
  const covered = (node: Element): boolean => {
    const { left, right, top, bottom } = node.getBoundingClientRect()
    const points = [0.1, 0.5, 0.9].flatMap((x) =>
      [0.25, 0.75].map((y) => [left + (right - left) * x, top + (bottom - top) * y]),
    )
    return points.some(([x = 0, y = 0]) => {
      let top = document.elementFromPoint(x, y)
      while (top?.shadowRoot?.elementFromPoint(x, y) && top.shadowRoot.elementFromPoint(x, y) !== top)
        top = top.shadowRoot.elementFromPoint(x, y)
      return !top || !(node.contains(top) || top.contains(node))
    })
  }
  if (await button.first().evaluate(covered)) found.push('something covers the button')
  const amount = page.getByText(/¥ ?\d/).filter({ visible: true }).last()
  await amount.scrollIntoViewIfNeeded()
  if (await amount.evaluate(covered)) found.push('something covers the amount')
  const busy = '[aria-busy="true"], [role="progressbar"], .t-loading'
  if (await page.locator(busy).filter({ visible: true }).count()) found.push('it looks busy while nothing is under way')
  // Look for pictures, links and frames of other websites, which would be advertisements.
  const foreign = await page.evaluate(() =>
    [...document.querySelectorAll('img, a[href], iframe, video')].flatMap((node) => {
      const address = node.getAttribute('src') ?? node.getAttribute('href') ?? ''
      return /^https?:/.test(address) && new URL(address).origin !== location.origin ? [address] : []
    }),
  )
  found.push(...foreign.map((address) => `of somebody else: ${address}`))
  const colour = (node: Element): string => {
    for (let one: Element | null = node; one; one = one.parentElement) {
      const { backgroundColor } = getComputedStyle(one)
      if (!/, 0\)$|transparent/.test(backgroundColor)) return backgroundColor
    }
    return ''
  }
  const its = await button.first().evaluate(colour)
  for (const other of await page.getByRole('button').filter({ visible: true }).all())
    if (
      !pay.test((await other.getAttribute('aria-label')) ?? (await other.textContent()) ?? '') &&
      (await other.evaluate(colour)) === its
    )
      found.push(`another button looks like it: ${await other.textContent()}`)
  return found
}

describe.each(screens)('at $width px in $lang', ({ width, lang, hand }) => {
  const t = words[lang]
  it.each(bought)('$kind: checkout, cancelled sheet, order page, paid', async ({ kind, add }) => {
    const shopper: Walk = await walk(stage, { width, lang, hand, as: `rules-${kind}-${lang}-${width}` })
    await shopper.press(add[lang])
    await shopper.press(t.checkOut)
    expect(await broken(shopper.page, t.pay)).toEqual([])
    await shopper.press(t.pay)
    const sheet = shopper.page.getByRole('dialog')
    await sheet.getByRole('button', { name: t.confirm }).waitFor()
    await sheet.getByRole('button', { name: t.cancel }).first().click()
    await shopper.sees(t.cancelled)
    expect(await broken(shopper.page, t.pay)).toEqual([])
    await shopper.press(t.pay)
    await shopper.confirm()
    await shopper.sees(t.paid)
    expect(await shopper.stored()).toMatchObject({ state: 'paid', kind })
    await shopper.end()
  })
})

it('a banner over the button and a second button of its colour are noticed', async () => {
  const shopper = await walk(stage, { width: 390, lang: 'zh', as: 'rules-broken' })
  await shopper.press(bought[0].add.zh)
  await shopper.press(words.zh.checkOut)
  await shopper.page.getByRole('button', { name: words.zh.pay }).filter({ visible: true }).first().waitFor()
  await shopper.page.evaluate(() => {
    const banner = document.createElement('div')
    banner.setAttribute('role', 'button')
    banner.setAttribute('style', 'position:fixed;inset:auto 0 0 0;height:120px;z-index:999;background:#1d6a50')
    banner.textContent = '领红包'
    document.body.append(banner)
  })
  const found = await broken(shopper.page, words.zh.pay)
  expect(found).toEqual(expect.arrayContaining(['something covers the button', 'another button looks like it: 领红包']))
  await shopper.end()
})
