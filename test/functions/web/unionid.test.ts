// Tests, with the built functions, one person who uses the mini-program and the official account. Both belong to one
// open platform account, so WeChat gives the same unionid for the person in both.
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

describe('a contract from before unionids were stored', () => {
  const without = 'oPhoneOfFour'
  const contractNoOf = async (tail: string) => `${beijingDigits(await clock())}${tail}`
  const web = async () => inBrowser(await signedIn('person=four&unionid=union-4'))

  it('belongs to the person in both apps once the person has looked at it in the mini-program', async () => {
    const contractNo = await contractNoOf('oldaaaaa')
    await inMiniProgram(without)('contract', 'open', { contractNo, plan: 'tea-monthly' })
    expect(await seenBy(await web())).toEqual([])
    // A person with another unionid, or with the same openid in another app, does not get the contract.
    expect(await seenBy(inMiniProgram('oPhoneOfFive', 'union-5'))).toEqual([])
    expect(await seenBy(await web())).toEqual([])
    const phone = inMiniProgram(without, 'union-4')
    expect(await seenBy(phone)).toEqual([contractNo])
    expect(await seenBy(await web())).toEqual([contractNo])
    // Several looks at the same instant change nothing more.
    const twice = await Promise.all([seenBy(phone), seenBy(phone), seenBy(await web())])
    expect(twice).toEqual([[contractNo], [contractNo], [contractNo]])
  })

  it('of another person keeps its unionid, whoever calls with its openid', async () => {
    const contractNo = await contractNoOf('oldbbbbb')
    await inMiniProgram('oPhoneOfSix', 'union-6')('contract', 'open', { contractNo, plan: 'tea-monthly' })
    expect(await seenBy(inMiniProgram('oPhoneOfSix', 'union-7'))).toEqual([contractNo])
    expect(await seenBy(inBrowser(await signedIn('person=six&unionid=union-6')))).toEqual([contractNo])
    expect(await seenBy(inBrowser(await signedIn('person=seven&unionid=union-7')))).toEqual([])
  })
})
