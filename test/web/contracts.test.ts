// Tests in Chromium how a person signs a contract in a browser: in WeChat's own browser on WeChat's page 公众号纯签约, and in
// another browser of a phone on WeChat's page H5纯签约.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Page } from 'playwright-core'
import type { Contract } from '../../cloudfunctions/shared/domain/contractShape'
import { openStage, openTab, type Stage } from '../support/browser/walk'
import { agents } from '../support/browser/webShoppers'
import { openWechat, picture } from '../support/browser/wechatTab'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour
const texts = {
  zh: {
    locale: 'zh-CN',
    agree: /同意到期自动扣款/,
    go: '去微信签约',
    goOn: '继续签约',
    sign: '同意并开通',
    refuse: '暂不开通',
    back: '返回商家',
    active: '续费中',
    charged: '已扣款',
    here: /请在微信里打开本店/,
  },
  en: {
    locale: 'en-US',
    agree: /agree to automatic renewal/,
    go: /^Subscribe with WeChat Pay/,
    goOn: /^Continue/,
    sign: 'Agree and sign',
    refuse: 'Not now',
    back: 'Back to the merchant',
    active: 'Active',
    charged: 'Paid',
    here: /Open the shop in WeChat/,
  },
}
type Lang = keyof typeof texts

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
}, 120_000)
afterAll(() => stage?.close())

// WeChat takes debits from 7:00 to 22:00 in Beijing.
beforeEach(async () => {
  const { now } = (await (await fetch(`${stage.cloud.url}/local/clock`)).json()) as { now: number }
  const nine = Math.floor((now + 8 * hour) / day) * day + hour
  await stage.cloud.advance((now < nine ? nine : nine + day) - now)
})

const places = {
  wechat: (lang: Lang) => openWechat(stage, { lang }),
  mobile: (lang: Lang) =>
    openTab(stage, {
      viewport: { width: 390, height: 844 },
      locale: texts[lang].locale,
      userAgent: agents.mobile,
      // The address of the phone, as a gateway sees it.
      extraHTTPHeaders: { 'x-forwarded-for': '203.0.113.9' },
    }),
}

const press = (page: Page, name: string | RegExp) =>
  page.getByRole('button', { name }).filter({ visible: true }).first().click()
const sees = (page: Page, text: string | RegExp) => page.getByText(text).filter({ visible: true }).first().waitFor()

/** Opens the page of plans, agrees and presses the button to WeChat's page. */
async function toSigning(page: Page, lang: Lang): Promise<void> {
  await page.goto(`${stage.cloud.url}/web/pages/plans/index`)
  await page.getByRole('checkbox', { name: texts[lang].agree }).click()
  await press(page, texts[lang].go)
}

const contractNoOn = (page: Page): string => new URL(page.url()).searchParams.get('contractNo') ?? ''
const stored = async (no: string): Promise<Contract> =>
  (await fetch(`${stage.cloud.url}/local/contracts/${no}`)).json() as Promise<Contract>

const ways = { wechat: '**/papay/entrustweb**', mobile: '**/papay/h5page**' }
const cases = (['wechat', 'mobile'] as const).flatMap((place) =>
  (['zh', 'en'] as const).map((lang) => [place, lang] as const),
)

test.each(cases)('%s, %s: a person signs on WeChat’s page, and the first charge follows', async (place, lang) => {
  const t = texts[lang]
  const { context, page, errors } = await places[place](lang)
  const who = `${place}${lang}`
  await context.addCookies([{ name: 'wechat', value: `person%3D${who}`, url: stage.cloud.url }])
  await toSigning(page, lang)
  await page.waitForURL(ways[place])
  await picture(page, `signing-${place}-${lang}`)
  await press(page, t.sign)
  // The H5 page leads back by itself.
  if (place === 'wechat') await press(page, t.back)
  await page.waitForURL('**/pages/contract/index**')
  await sees(page, t.active)
  await stage.cloud.advance(2 * minute)
  await sees(page, t.charged)
  await picture(page, `contract-${place}-${lang}`)
  const contract = await stored(contractNoOn(page))
  expect(contract).toMatchObject({ state: 'active', charges: [{ state: 'paid', byHand: false }] })
  if (place === 'wechat') expect(contract).toMatchObject({ app: 'wx0000000000000001', payer: contract.openid })
  else expect(contract).toMatchObject({ app: 'browser', payer: `oMiniCashier_${who}` })
  expect(errors).toEqual([])
  await context.close()
})

test('a person who refuses, or returns by the browser’s button, continues with the same contract', async () => {
  const { context, page, errors } = await places.wechat('zh')
  await context.addCookies([{ name: 'wechat', value: 'person%3Drefuses', url: stage.cloud.url }])
  await toSigning(page, 'zh')
  await page.waitForURL(ways.wechat)
  await press(page, '暂不开通')
  await press(page, '返回商家')
  await page.waitForURL('**/pages/contract/index**')
  const first = contractNoOn(page)
  await press(page, '继续签约')
  await page.waitForURL(ways.wechat)
  await page.evaluate(() => history.back())
  await page.waitForURL('**/pages/contract/index**')
  await press(page, '继续签约')
  await page.waitForURL(ways.wechat)
  await press(page, '同意并开通')
  await press(page, '返回商家')
  await sees(page, '续费中')
  expect(contractNoOn(page)).toBe(first)
  expect((await stored(first)).state).toBe('active')
  expect(errors).toEqual([])
  await context.close()
})

test('a second tab, opened during a signing, stays where it is, and the first one still comes back to the contract', async () => {
  const { context, page, errors } = await places.wechat('zh')
  await context.addCookies([{ name: 'wechat', value: 'person%3Dtabs', url: stage.cloud.url }])
  await toSigning(page, 'zh')
  await page.waitForURL(ways.wechat)
  const second = await context.newPage()
  await second.goto(`${stage.cloud.url}/web/`)
  await second.getByRole('button', { name: /增加/ }).first().waitFor()
  await second.reload()
  await second.getByRole('button', { name: /增加/ }).first().waitFor()
  expect(new URL(second.url()).pathname).toBe('/web/pages/shop/index')
  await press(page, '同意并开通')
  await press(page, '返回商家')
  await page.waitForURL('**/pages/contract/index**')
  await sees(page, '续费中')
  // The signing in the first tab has ended. If the person opens the shop in this tab later, the shop's usual first page
  // shows, and not the page of the contract.
  await page.goto(`${stage.cloud.url}/web/`)
  await page.getByRole('button', { name: /增加/ }).first().waitFor()
  expect(new URL(page.url()).pathname).toBe('/web/pages/shop/index')
  expect(errors).toEqual([])
  await context.close()
})

test('WeChat’s page on another origin gets the whole address of our page', async () => {
  const heard: (string | undefined)[] = []
  const other = createServer(({ url, headers }, response) => {
    if (url === '/papay/entrustweb') heard.push(headers.referer)
    response.setHeader('content-type', 'text/html').end('<title>there</title><link rel="icon" href="data:,">')
  })
  await new Promise<void>((done) => other.listen(0, '127.0.0.1', done))
  const { context, page } = await places.wechat('zh')
  await context.addCookies([{ name: 'wechat', value: 'person%3Dreferer', url: stage.cloud.url }])
  await page.route('**/papay/entrustweb**', (route) => {
    const location = `http://localhost:${(other.address() as AddressInfo).port}/papay/entrustweb`
    return route.fulfill({ status: 302, headers: { location } })
  })
  await toSigning(page, 'zh')
  await page.waitForFunction(() => document.title === 'there')
  expect(heard).toEqual([`${stage.cloud.url}/web/pages/plans/index`])
  await context.close()
  other.close()
})

test.each(['zh', 'en'] as const)('at a PC the page says where to sign (%s)', async (lang) => {
  const { context, page, errors } = await openTab(stage, {
    viewport: { width: 1280, height: 800 },
    locale: texts[lang].locale,
    userAgent: agents.pc,
  })
  await toSigning(page, lang)
  await sees(page, texts[lang].here)
  await picture(page, `contract-pc-${lang}`)
  expect(errors).toEqual([])
  await context.close()
})
