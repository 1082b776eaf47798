// Tests products and plans with the real SDK: two people who save at the same time don't overwrite each other, and a
// new price does not change existing orders and contracts.
import type { StaffPlanView, StaffProductView } from '../../../cloudfunctions/shared/api/admin'
import type { ContractResults } from '../../../cloudfunctions/shared/api/contracts'
import type { Reply } from '../../../cloudfunctions/shared/api/reply'
import type { Contract } from '../../../cloudfunctions/shared/domain/contractShape'
import { beijingDigits } from '../../../miniprogram/rules/beijing'
import { type Admin, adminOf, codeOf } from '../../support/adminCall'
import { dataOf, shopperA, startCloud, type TestCloud } from '../../support/startCloud'

let cloud: TestCloud
let admin: Admin
let serial = 0

beforeAll(async () => {
  cloud = await startCloud({
    wechatpay: { mchId: '1900000109', apiV2Key: '192006250b4c09247ec02edce69f6a2d', appId: 'wxd930ea5d5a258f4f' },
  })
  admin = adminOf(cloud)
}, 90_000)
afterAll(() => cloud.stop())

const minute = 60_000

const vase = (changes: object = {}) => ({
  sku: `vase-${++serial}`,
  title: '青瓷花瓶',
  titleEn: 'Celadon vase',
  note: '',
  noteEn: '',
  priceFen: 8_800,
  currency: 'CNY',
  onSale: true,
  rank: 50,
  ...changes,
})

const save = (version: number | null, product: object) => admin('saveProduct', { version, product })
const product = async (sku: string): Promise<StaffProductView | undefined> =>
  dataOf(await admin('products', {})).products.find((one) => one.sku === sku)

describe('a product', () => {
  it('that was added is on sale within a minute, and off sale within a minute after it was retired', async () => {
    const one = vase()
    expect(dataOf(await save(null, one)).product).toEqual({ ...one, kind: 'goods', version: 1 })
    await cloud.advance(61_000)
    const skus = async () => dataOf(await cloud.order('catalog', {})).products.map(({ sku }) => sku)
    expect(await skus()).toContain(one.sku)
    dataOf(await save(1, { ...one, onSale: false }))
    await cloud.advance(61_000)
    expect(await skus()).not.toContain(one.sku)
    expect(await product(one.sku)).toMatchObject({ onSale: false, version: 2 })
    dataOf(await save(2, one))
    await cloud.advance(61_000)
    expect(await skus()).toContain(one.sku)
  })

  it('sent again after a lost reply is saved once', async () => {
    const one = vase()
    dataOf(await save(null, one))
    expect(dataOf(await save(null, one)).product.version).toBe(1)
    const dearer = { ...one, priceFen: 9_900 }
    dataOf(await save(1, dearer))
    expect(dataOf(await save(1, dearer)).product.version).toBe(2)
  })

  it('with a used code, or changed by somebody else, is a conflict and changes nothing', async () => {
    const one = vase()
    dataOf(await save(null, one))
    expect(codeOf(await save(null, { ...one, priceFen: 1 }))).toBe('Conflict')
    dataOf(await save(1, { ...one, priceFen: 9_000 }))
    expect(codeOf(await save(1, { ...one, priceFen: 9_500 }))).toBe('Conflict')
    expect(await product(one.sku)).toMatchObject({ priceFen: 9_000, version: 2 })
  })

  it('changed by ten people at once keeps the change of one of them', async () => {
    const one = vase()
    dataOf(await save(null, one))
    const replies = await Promise.all(
      Array.from({ length: 10 }, (_, index) => save(1, { ...one, priceFen: 10_000 + index })),
    )
    expect(replies.filter(({ ok }) => ok)).toHaveLength(1)
    expect(await product(one.sku)).toMatchObject({ version: 2 })
  })

  it('added by ten people at once with ten prices is added once', async () => {
    const one = vase()
    const replies = await Promise.all(
      Array.from({ length: 10 }, (_, index) => save(null, { ...one, priceFen: 10_000 + index })),
    )
    expect(replies.map(codeOf).sort()).toEqual([...Array.from({ length: 9 }, () => 'Conflict'), 'ok'])
  })

  it('in an unknown currency is refused', async () => {
    expect(codeOf(await save(null, vase({ currency: 'XXX' })))).toBe('BadInput')
  })

  it('that becomes dearer does not change existing orders', async () => {
    const { orderNo, amountFen } = await cloud.newOrder()
    const gaiwan = await product('gaiwan')
    if (!gaiwan) throw new Error('not seeded')
    const { version, ...fields } = gaiwan
    dataOf(await save(version, { ...fields, priceFen: fields.priceFen * 2 }))
    await cloud.advance(61_000)
    const old = dataOf(await cloud.order('read', { orderNo })).order
    expect(old.amountFen).toBe(amountFen)
    expect((await cloud.newOrder()).amountFen).toBe(amountFen * 2)
  })
})

const contract = async <A extends keyof ContractResults>(action: A, input: unknown) =>
  dataOf((await (await cloud.call('contract', { action, input }, shopperA)).json()) as Reply<ContractResults[A]>)

async function subscribe(plan: string): Promise<string> {
  const { now } = await contract('plans', {})
  const contractNo = beijingDigits(now) + (++serial).toString(36).padStart(8, '0')
  const { signing } = await contract('open', { contractNo, plan })
  const headers = { 'content-type': 'application/json', 'x-openid': shopperA }
  await fetch(`${cloud.url}/local/sign`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ extraData: signing?.extraData }),
  })
  return contractNo
}

const club = (changes: object = {}) => ({
  plan: `club-${++serial}`,
  title: '茶会',
  titleEn: 'Tea club',
  note: '',
  noteEn: '',
  currency: 'CNY',
  amountKind: 'fixed',
  amountFen: 1_800,
  ceilingFen: 1_800,
  firstAmountFen: null,
  period: 'month',
  trialDays: 0,
  debitRule: 'preNotice',
  windowDays: null,
  template: '100001',
  provider: 'wechatpay',
  onSale: true,
  rank: 50,
  ...changes,
})

describe('a plan', () => {
  it('changes for later signings only', async () => {
    const one = club()
    const { plan }: { plan: StaffPlanView } = dataOf(await admin('savePlan', { version: null, plan: one }))
    await cloud.advance(minute + 1_000)
    const before = await subscribe(one.plan)
    dataOf(await admin('savePlan', { version: plan.version, plan: { ...one, amountFen: 2_800, ceilingFen: 2_800 } }))
    await cloud.advance(minute + 1_000)
    const terms = async (contractNo: string) =>
      ((await (await fetch(`${cloud.url}/local/contracts/${contractNo}`)).json()) as Contract).terms
    expect(await terms(before)).toMatchObject({ amountFen: 1_800, ceilingFen: 1_800 })
    dataOf(await admin('endContract', { contractNo: before }))
    expect(await terms(await subscribe(one.plan))).toMatchObject({ amountFen: 2_800, ceilingFen: 2_800 })
  })

  it('with terms that cannot be kept is refused, and nothing of it is stored', async () => {
    const wrong = [
      { ceilingFen: 1_700 },
      { amountKind: 'ceiling', ceilingFen: 1_700 },
      { amountKind: 'ceiling', ceilingFen: 2_000, firstAmountFen: 2_100 },
      { period: 'day' },
      { debitRule: 'notice24h', windowDays: 3 },
      { provider: 'midas' },
      { provider: 'nobody' },
      { title: ' ' },
    ].map(club)
    for (const plan of wrong)
      expect([plan, codeOf(await admin('savePlan', { version: null, plan }))]).toEqual([plan, 'BadInput'])
    const { plans } = dataOf(await admin('plans', {}))
    const codes = plans.map(({ plan }) => plan)
    expect(wrong.filter(({ plan }) => codes.includes(plan))).toEqual([])
  })

  it('that was retired cannot be signed, until it is restored', async () => {
    const one = club()
    dataOf(await admin('savePlan', { version: null, plan: one }))
    dataOf(await admin('savePlan', { version: 1, plan: { ...one, onSale: false } }))
    await cloud.advance(minute + 1_000)
    const codes = async () => (await contract('plans', {})).plans.map(({ plan }) => plan)
    expect(await codes()).not.toContain(one.plan)
    await expect(subscribe(one.plan)).rejects.toThrow('is not offered')
    dataOf(await admin('savePlan', { version: 2, plan: one }))
    await cloud.advance(minute + 1_000)
    expect(await codes()).toContain(one.plan)
  })
})
