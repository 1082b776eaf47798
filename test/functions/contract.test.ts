// Tests contracts with the built functions, the real SDK and the fake server of WeChat Pay: signing, a year of charges,
// missed charges, ended contracts, fifty people who sign at the same time, and refused requests.
import { createHash } from 'node:crypto'
import type { ContractResults, ContractView, contractApi, SigningView } from '../../cloudfunctions/shared/api/contracts'
import type { Reply } from '../../cloudfunctions/shared/api/reply'
import type { Contract } from '../../cloudfunctions/shared/domain/contractShape'
import { beijingDigits } from '../../miniprogram/rules/beijing'
import { dataOf, shopperA, startCloud, type TestCloud } from '../support/startCloud'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

const mchId = '1900000109'
const apiV2Key = '192006250b4c09247ec02edce69f6a2d'
const appId = 'wxd930ea5d5a258f4f'

let cloud: TestCloud

beforeAll(async () => {
  cloud = await startCloud({ wechatpay: { mchId, apiV2Key, appId } })
}, 90_000)
afterAll(() => cloud.stop())

const call = async <A extends keyof typeof contractApi>(action: A, input: unknown, openid = shopperA) =>
  (await cloud.call('contract', { action, input }, openid)).json() as Promise<Reply<ContractResults[A]>>

let serial = 0
async function newNumber(): Promise<string> {
  const { now } = dataOf(await call('plans', {}))
  serial += 1
  return beijingDigits(now) + serial.toString(36).padStart(8, '0')
}

const sign = async (signing: SigningView | null, scenario?: string, openid = shopperA) => {
  const headers = { 'content-type': 'application/json', 'x-openid': openid }
  const body = JSON.stringify({ extraData: signing?.extraData, ...(scenario !== undefined && { scenario }) })
  return (await fetch(`${cloud.url}/local/sign`, { method: 'POST', headers, body })).json() as Promise<{
    errMsg: string
    unsupported?: boolean
    scene?: number
    referrerInfo?: { appId: string; extraData?: Record<string, string> }
    page?: string
  }>
}

const read = async (contractNo: string, openid = shopperA, refresh = true): Promise<ContractView> =>
  dataOf(await call('read', { contractNo, refresh }, openid)).contract

async function subscribe(plan: string, openid = shopperA, scenario?: string): Promise<string> {
  const contractNo = await newNumber()
  const { signing } = dataOf(await call('open', { contractNo, plan }, openid))
  await sign(signing, scenario, openid)
  return contractNo
}

const stored = async (contractNo: string) =>
  (await fetch(`${cloud.url}/local/contracts/${contractNo}`)).json() as Promise<Contract>

// Tries the work once more after a failure, because the server may close an idle connection just when the test uses the
// connection again.
const again = <T>(work: () => Promise<T>): Promise<T> => work().catch(work)

const terminate = (contractNo: string) => again(() => cloud.post('/local/sign', { contractNo, scenario: 'terminate' }))
const scenario = (name: string) => again(() => cloud.post('/local/sandbox', { provider: 'wechatpay', scenario: name }))

describe('signing on WeChat’s page', () => {
  it('shows the terms before, and makes the contract active only when WeChat says so', async () => {
    const { plans } = dataOf(await call('plans', {}))
    expect(plans.map(({ plan }) => plan)).toEqual(['tea-monthly', 'tasting-weekly', 'cellar-yearly'])
    const contractNo = await newNumber()
    const { signing, contract } = dataOf(
      await call('open', { contractNo, plan: 'cellar-yearly', displayName: '茶🍵客' }),
    )
    expect(contract).toMatchObject({ state: 'signing', maySign: true, mayEnd: false })
    expect(signing).toMatchObject({ appId: 'wxbd687630cd02ce1d', extraData: { contract_display_account: '茶客' } })
    expect(await sign(signing, 'back')).toMatchObject({ scene: 1038, referrerInfo: { appId: 'wxbd687630cd02ce1d' } })
    expect((await read(contractNo)).state).toBe('signing')
    const result = await sign(signing)
    expect(result.referrerInfo?.extraData).toMatchObject({ return_code: 'SUCCESS' })
    await cloud.advance(5_000)
    // The timer runs each minute, so it may already have made the first charge.
    const active = await read(contractNo)
    expect(active).toMatchObject({ state: 'active', mayEnd: true })
    expect(active.charges[0]?.amountFen ?? active.next?.amountFen).toBe(29_900)
    const again = dataOf(await call('open', { contractNo: await newNumber(), plan: 'cellar-yearly' }))
    expect(again).toMatchObject({ signing: null, contract: { contractNo } })
    expect(dataOf(await call('end', { contractNo })).contract.state).toBe('ended')
  })

  it.each([
    ['too-old', { unsupported: true }],
    ['jump-fails', { errMsg: expect.stringContaining('navigateToMiniProgram:fail') }],
    ['refuse', { referrerInfo: { extraData: { return_code: 'FAIL' } } }],
  ])('%s signs nothing, and the signing ends by itself', async (name, expected) => {
    const contractNo = await newNumber()
    const { signing } = dataOf(await call('open', { contractNo, plan: 'tea-monthly' }, 'somebody-else'))
    expect(await sign(signing, name, 'somebody-else')).toMatchObject(expected)
    await cloud.advance(2 * hour)
    expect(await read(contractNo, 'somebody-else')).toMatchObject({ state: 'failed', maySign: false })
  })

  it('by another person than the one who opened it: never active, ended at WeChat, and a case for staff', async () => {
    const contractNo = await newNumber()
    const { signing } = dataOf(await call('open', { contractNo, plan: 'tea-monthly' }, 'opener'))
    expect((await sign(signing, 'sign', 'victim')).referrerInfo?.extraData).toMatchObject({ return_code: 'SUCCESS' })
    await cloud.advance(5_000)
    expect((await read(contractNo, 'opener')).state).not.toBe('active')
    await cloud.advance(2 * day)
    expect(await read(contractNo, 'opener')).toMatchObject({ state: 'ended', endedBy: 'system', charges: [] })
    // WeChat allows one active contract for each plan and person. The victim can sign a new contract, so the contract
    // that another person had opened for the victim's money has ended.
    const own = await subscribe('tea-monthly', 'victim')
    await cloud.advance(5_000)
    expect((await read(own, 'victim')).state).toBe('active')
    dataOf(await call('end', { contractNo: own }, 'victim'))
  })

  it('with one changed field is refused by WeChat’s page', async () => {
    const contractNo = await newNumber()
    const { signing } = dataOf(await call('open', { contractNo, plan: 'tea-monthly' }, 'tamperer'))
    const extraData = { ...signing?.extraData, plan_id: '100003' }
    const result = await sign({ appId: '', path: '', extraData }, 'sign', 'tamperer')
    expect(result.page).toContain('签名错误')
    expect(result.referrerInfo?.extraData).toBeUndefined()
  })
})

describe('a year', () => {
  it('of a monthly contract passes in under a minute of an idle machine, charged each month', async () => {
    const began = performance.now()
    const contractNo = await subscribe('tea-monthly')
    await cloud.advance(366 * day)
    const { state, charges } = await read(contractNo)
    expect(state).toBe('active')
    const paid = charges.filter((charge) => charge.state === 'paid')
    expect(paid.map(({ period }) => period)).toEqual([12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0].slice(-paid.length))
    expect(paid.length).toBeGreaterThanOrEqual(12)
    expect(new Set(paid.map(({ orderNo }) => orderNo)).size).toBe(paid.length)
    const order = await cloud.stored(paid[0]?.orderNo ?? '')
    expect(order).toMatchObject({ state: 'paid', amountFen: 3_900, contract: { contractNo } })
    // The limit is twice the time on an idle machine, because the test must also pass on a busy machine.
    expect(performance.now() - began).toBeLessThan(120_000)
    // Refund a charge of a contract like any other order.
    const [payment] = order.payments
    const input = { orderNo: order._id, requestId: 'refund-0001', paymentNo: payment?.no, amountFen: 900, reason: '' }
    await cloud.call('admin', { action: 'refund', input }, 'oMiniCashier_merchant_0000')
    await cloud.advance(hour)
    expect(await cloud.stored(order._id)).toMatchObject({ refundedFen: 900, refunds: [{ state: 'done' }] })
    dataOf(await call('end', { contractNo }))
  }, 90_000)

  it('with an empty wallet leads to a missed period, which is paid by hand', async () => {
    const contractNo = await subscribe('tasting-weekly', 'poor')
    await scenario('empty-wallet')
    await cloud.advance(16 * day)
    const missed = await read(contractNo, 'poor')
    expect(missed).toMatchObject({ state: 'pastDue', missed: { cause: 'funds', amountFen: 1_200 } })
    await scenario('pay')
    const orderNo = missed.missed?.orderNo ?? ''
    const pay = await cloud.order('pay', { orderNo, provider: 'wechatpay', channel: 'jsapi' }, 'poor')
    const { payInfo } = dataOf(pay)
    await cloud.post('/local/pay', { payInfo })
    await cloud.advance(minute)
    dataOf(await cloud.order('read', { orderNo, refresh: true }, 'poor'))
    const after = await read(contractNo, 'poor')
    expect(after).toMatchObject({ state: 'active', missed: null })
    expect(after.charges.at(-1)).toMatchObject({ state: 'paid', byHand: true, tries: 4 })
    dataOf(await call('end', { contractNo }, 'poor'))
  }, 60_000)
})

describe('notices', () => {
  const xml = (fields: Record<string, string>) =>
    `<xml>${Object.entries(fields)
      .map(([name, value]) => `<${name}><![CDATA[${value}]]></${name}>`)
      .join('')}</xml>`
  const signed = (fields: Record<string, string>, key = apiV2Key) => {
    const text = Object.keys(fields)
      .sort()
      .map((name) => `${name}=${fields[name]}`)
      .join('&')
    return { ...fields, sign: createHash('md5').update(`${text}&key=${key}`).digest('hex').toUpperCase() }
  }

  it('that are forged, of another merchant or plan, with a document type or an entity, are refused and change nothing', async () => {
    const contractNo = await newNumber()
    dataOf(await call('open', { contractNo, plan: 'tea-monthly' }, 'careful'))
    const before = await stored(contractNo)
    const fields = {
      return_code: 'SUCCESS',
      result_code: 'SUCCESS',
      mch_id: mchId,
      contract_code: contractNo,
      plan_id: '100001',
      openid: 'careful',
      change_type: 'ADD',
      operate_time: '2026-01-01 00:00:00',
      contract_id: '2026010100000001',
      request_serial: '1',
    }
    const good = xml(signed(fields))
    const bodies = [
      xml(signed(fields, apiV2Key.replace('1', '2'))),
      xml(fields),
      xml({ ...signed(fields), sign: '' }),
      xml(signed({ ...fields, mch_id: '1900000999' })),
      xml(signed({ ...fields, plan_id: '100003' })),
      good.replace('careful', 'somebody'),
      `<!DOCTYPE xml [<!ENTITY who "careful">]>${good}`,
      good.replace('<![CDATA[careful]]>', '&lt;careful'),
      good.slice(0, -6),
      good.replace('<xml>', '<xml><result_code>FAIL</result_code>'),
    ]
    for (const body of bodies) {
      const answer = await cloud.notify({ provider: 'wechatpay', body, headers: { 'content-type': 'text/xml' } })
      expect(await answer.text()).toContain('<![CDATA[FAIL]]>')
    }
    expect(await stored(contractNo)).toEqual(before)
    const answer = await cloud.notify({ provider: 'wechatpay', body: good, headers: { 'content-type': 'text/xml' } })
    expect(await answer.text()).toBe(
      '<xml><return_code><![CDATA[SUCCESS]]></return_code><return_msg><![CDATA[OK]]></return_msg></xml>',
    )
    expect(await stored(contractNo)).toMatchObject({ state: 'active', theirNo: '2026010100000001', payer: 'careful' })
  })
})

describe('fifty people', () => {
  it('with random events and killed processes: no period is charged twice or forgotten, and no rule is broken', async () => {
    const people = Array.from({ length: 50 }, (_, index) => `person-${index}`)
    const plans = ['tea-monthly', 'tasting-weekly', 'cellar-yearly']
    const signings = ['sign', 'signed-and-back', 'notice-late', 'notice-twice', 'notice-never', 'sign', 'sign']
    const contracts = new Map<string, string>()
    for (const [index, person] of people.entries())
      contracts.set(person, await subscribe(plans[index % 3] ?? '', person, signings[index % signings.length]))
    const words = [
      'not-enough',
      'system-error',
      'debit-notice-never',
      'account-error',
      'debit-notice-twice',
      'rule-limit',
    ]
    for (let week = 0; week < 10; week++) {
      await scenario(words[week % words.length] ?? 'pay')
      await cloud.advance(week === 4 ? 17 * day : 5 * day + week * hour)
      const contractNo = contracts.get(`person-${week * 3}`) ?? ''
      if (week % 2 === 0) await terminate(contractNo)
      else await again(() => call('end', { contractNo }, `person-${week * 3}`))
      if (week === 3 || week === 7) await cloud.restart()
    }
    await scenario('pay')
    await cloud.advance(10 * day)
    const states = new Map<string, number>()
    for (const [person, contractNo] of contracts) {
      const contract = await again(() => read(contractNo, person))
      states.set(contract.state, (states.get(contract.state) ?? 0) + 1)
      const periods = contract.charges.map(({ period }) => period)
      expect(periods).toEqual(Array.from({ length: periods.length }, (_, index) => periods.length - 1 - index))
      for (const charge of contract.charges) {
        if (charge.orderNo === null) continue
        const order = await cloud.stored(charge.orderNo)
        const successes = order.payments.filter(({ state }) => state === 'paid')
        expect(successes.length).toBe(charge.state === 'paid' ? 1 : 0)
      }
      const { dueAt, state } = await stored(contractNo)
      expect([state, dueAt === null]).toEqual([state, state === 'ended'])
    }
    expect(states.get('ended')).toBeGreaterThan(5)
    expect(states.get('active')).toBeGreaterThan(25)
  }, 180_000)
})
