// One person in two apps of an open platform account, with the built functions: WeChat gives the mini-program's call and the
// official account's sign-in the same unionid.
import type { ContractResults } from '../../../cloudfunctions/shared/api/contracts'
import type { OrderResults } from '../../../cloudfunctions/shared/api/orders'
import type { Reply } from '../../../cloudfunctions/shared/api/reply'
import { beijingDigits } from '../../../miniprogram/rules/beijing'
import { type Browser, webShoppers } from '../../support/browser/webShoppers'
import { dataOf, startCloud, type TestCloud } from '../../support/startCloud'

let cloud: TestCloud
beforeAll(async () => {
  cloud = await startCloud()
}, 120_000)
afterAll(() => cloud?.stop())

const clock = async (): Promise<number> =>
  ((await (await fetch(`${cloud.url}/local/clock`)).json()) as { now: number }).now

/** A call of the mini-program by a person with a unionid. */
const inMiniProgram =
  (openid: string, unionid?: string) =>
  async <T>(name: string, action: string, input: object): Promise<T> => {
    const headers = unionid === undefined ? {} : { 'x-unionid': unionid }
    return dataOf((await (await cloud.call(name, { action, input }, openid, headers)).json()) as Reply<T>)
  }
const inBrowser =
  (browser: Browser) =>
  async <T>(name: string, action: string, input: object): Promise<T> =>
    dataOf(await browser.call<T>(name, action, input))

async function signedIn(who: string): Promise<Browser> {
  const shoppers = webShoppers(cloud)
  const browser = await shoppers.open('wechat')
  await shoppers.signIn(browser, who)
  return browser
}

const seenBy = async (call: ReturnType<typeof inMiniProgram>) => {
  const { orders } = await call<OrderResults['list']>('order', 'list', {})
  const { contracts } = await call<ContractResults['list']>('contract', 'list', {})
  return [...orders.map(({ orderNo }) => orderNo), ...contracts.map(({ contractNo }) => contractNo)].sort()
}

it('sees the orders and contracts of both, and nobody else does', async () => {
  const phone = inMiniProgram('oPhoneOfOne', 'union-1')
  const web = inBrowser(await signedIn('person=one&unionid=union-1'))
  const start = beijingDigits(await clock())
  const [first, second] = [`${start}phoneaaa`, `${start}webaaaaa`]
  const items = [{ sku: 'gaiwan', quantity: 1 }]
  await phone('order', 'create', { orderNo: first, items })
  await web('order', 'create', { orderNo: second, items })
  const contractNo = `${start}contract`
  await web('contract', 'open', { contractNo, plan: 'tea-monthly' })
  const all = [first, second, contractNo].sort()
  expect(await seenBy(phone)).toEqual(all)
  expect(await seenBy(web)).toEqual(all)
  const { contract } = await phone<ContractResults['read']>('contract', 'read', { contractNo })
  expect(contract).toMatchObject({ contractNo, state: 'signing' })

  for (const other of [
    inMiniProgram('oPhoneOfTwo', 'union-2'),
    inMiniProgram('oPhoneOfThree'),
    inBrowser(await signedIn('person=two&unionid=union-2')),
    inBrowser(await signedIn('person=three')),
  ])
    expect(await seenBy(other)).toEqual([])
}, 60_000)
