// Tests contracts that were signed in the official account, with our client and the fake server. The fake server finds
// a contract and its debits only if the call names the appid under which the contract was signed.
import { wechatpay } from '../../cloudfunctions/shared/providers/wechatpay'
import { agents } from '../support/browser/webShoppers'
import { type Counter, firstNo, openCounter } from './counter'

const minute = 60_000
const contractNo = '20260701110000ab12cd34'
const openid = 'oOfficial_shopper_0000000000'

let counter: Counter
beforeEach(() => {
  counter = openCounter(wechatpay)
})
afterEach(() => counter.close())

/**
 * A person signs the contract on WeChat's page in WeChat's browser.
 * @returns the contract as our record names it, with or without the appid under which it was signed
 */
async function signed() {
  const { contracts } = counter.provider
  if (!contracts) throw new Error('no contracts')
  const appId = String(counter.settings.officialAppId)
  const named = { contractNo, theirNo: null, template: '100001' }
  const noticeUrl = 'http://shop.test/notify/wechatpay'
  const input = {
    ...named,
    appId,
    serial: 1_695_000_000,
    displayName: '茶客',
    openid,
    noticeUrl,
    now: counter.clock.at,
  }
  const url = (await contracts.pages?.wechat?.(input)) ?? ''
  const { body } = await counter.http({ method: 'GET', url, headers: { 'user-agent': agents.wechat } })
  const [, session] = /"session":"(\w+)"/.exec(Buffer.from(body).toString('utf8').replaceAll('&#34;', '"')) ?? []
  expect(counter.sandbox.sign({ session }, openid).page).toBeUndefined()
  await counter.settled()
  const { theirNo } = await contracts.query({ ...named, appId, now: counter.clock.at })
  return { contracts, appId, contract: { ...named, theirNo: theirNo ?? null, now: counter.clock.at } }
}

it('another app of the merchant finds neither the contract nor its debit', async () => {
  const { contracts, appId, contract } = await signed()
  expect(await contracts.query({ ...contract, appId })).toMatchObject({ outcome: 'signed', payer: openid })
  expect(await contracts.query(contract)).toMatchObject({ outcome: 'refused' })
  const debit = { ...counter.prepareInput(firstNo), channel: 'papay', amountFen: 3_900 }
  expect(await contracts.debit({ ...debit, contract })).toMatchObject({ outcome: 'declined', cause: 'contract' })
  expect(await contracts.debit({ ...debit, debitApp: appId, contract: { ...contract, appId } })).toMatchObject({
    outcome: 'pending',
  })
  await counter.advance(10 * minute)
  const later = { ...debit, now: counter.clock.at }
  expect(await counter.provider.query(later)).toMatchObject({ outcome: 'unknown', notFound: true })
  expect(await counter.provider.query({ ...later, debitApp: appId })).toMatchObject({ outcome: 'paid' })
  expect(await counter.provider.close?.({ ...later, debitApp: appId })).toMatchObject({ outcome: 'paid' })
})
