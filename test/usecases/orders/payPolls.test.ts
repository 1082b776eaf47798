// Tests payers whose pages poll. Polling must not use up the connected system's request limit, and must cost few
// database reads and provider queries.
import type { PayDomain } from '../../../cloudfunctions/shared/domain/requests/payDomain'
import { sealDomainSecret } from '../../../cloudfunctions/shared/store/domains'
import { sealerFor } from '../../../cloudfunctions/shared/store/settings'
import type { WebContext } from '../../../cloudfunctions/shared/usecases/web/context'
import { Polls } from '../../../cloudfunctions/shared/usecases/web/polls'
import { answerPay } from '../../../cloudfunctions/shared/usecases/web/requests/payRoutes'
import { wechatAgent } from '../../../tools/sandbox/wechat/wechatBrowser'
import { type Fields, sign } from '../../platform/sampleClient'
import { createFakeProvider } from '../../support/fakes/fakeProvider'
import { openShop } from '../../support/shop'

interface Reply {
  errcode: string
  obj?: unknown
}

const page = 'https://race.example/thanks'

function openPlatform() {
  const scan = createFakeProvider('scan', 'same', [
    { code: 'scan', name: '扫码', nameEn: 'Scan', kind: 'qrcode', payType: 'Wechat' },
  ])
  const sheet = createFakeProvider('sheet', 'same', [
    { code: 'sheet', name: '微信', nameEn: 'WeChat', kind: 'jsapi', payType: 'Wechat', places: ['wechat'] },
  ])
  const shop = openShop(scan, sheet)
  shop.settings.officialAccount = { appId: 'wx-account', appSecret: 's', authorizeUrl: '', apiUrl: '' }
  const web: WebContext = {
    ...shop.ctx,
    sealer: sealerFor('test', [Buffer.alloc(32, 1)]),
    http: () => Promise.reject(new Error('no network')),
    drawCode: () => undefined,
    buckets: new Map(),
    polls: new Polls(),
    tickets: new Map(),
    call: () => undefined,
    staffOf: async () => null,
  }
  shop.db.put<PayDomain>('domains', {
    _id: 'race',
    version: 1,
    name: 'City run',
    state: 'open',
    secret: sealDomainSecret(shop.ctx.secrets, 'race', 'secret'),
    nextSecret: null,
    usesNext: false,
    signature: 'values',
    origins: ['https://race.example'],
    hosts: ['https://race.example/paid'],
    channels: ['Wechat', 'Alipay'],
    rates: [''],
    requestChannels: [''],
    bareOpenid: false,
    createdAt: 1,
  })
  let serial = 0
  const purchase = (): Fields => {
    serial += 1
    const fields = {
      domainCode: 'race',
      money: '8600',
      info: '报名费',
      requestKey: `run-${serial}-k`,
      currencyType: 'CNY',
      pageUrl: page,
      bgUrl: 'https://race.example/paid/17',
    }
    return { ...fields, sign: sign(fields, 'secret') }
  }
  const ask = async (method: 'GET' | 'POST', path: string, fields: Fields, agent = ''): Promise<Reply> => {
    const isPost = method === 'POST'
    const answer = await answerPay(web, {
      method,
      path: `/pay/api/${path}`,
      query: isPost ? {} : fields,
      headers: { 'content-type': 'application/json', 'user-agent': agent },
      body: Buffer.from(isPost ? JSON.stringify(fields) : ''),
    })
    return JSON.parse(String(answer.body)) as Reply
  }
  return {
    shop,
    scan,
    purchase,
    pay: (fields: Fields) => ask('POST', 'pc/pay', { ...fields, payTypeCode: 'Wechat' }),
    poll: (fields: Fields) => ask('GET', 'pc/wechatQuery', { ...fields, payTypeCode: 'Wechat' }),
    look: (fields: Fields, agent?: string) => ask('POST', 'cashier', fields, agent),
  }
}

const codesOf = (replies: readonly { errcode: string }[]): string[] => [
  ...new Set(replies.map(({ errcode }) => errcode)),
]

it('polling by 120 payers does not use up their system’s limit of new payments', async () => {
  const { shop, purchase, pay, poll, look } = openPlatform()
  const payers = Array.from({ length: 120 }, purchase)
  for (const one of payers) expect(await pay(one)).toMatchObject({ errcode: '0' })
  // The payers make 1,920 calls within 4 s, although a connected system may send only 600 calls at once and 60 per
  // second.
  for (let round = 0; round < 8; round++) {
    shop.advance(500)
    expect(codesOf(await Promise.all(payers.map(poll)))).toEqual(['30000'])
    expect(codesOf(await Promise.all(payers.map((one) => look(one))))).toEqual(['0'])
    expect(await pay(purchase())).toMatchObject({ errcode: '0' })
  }
})

it('a page that opens again after its first payment call was killed can pay', async () => {
  const { shop, purchase, pay, poll, look } = openPlatform()
  const one = purchase()
  await pay(one)
  // The function stored the request and was killed before it stored the order.
  for (const { _id } of shop.db.all('orders')) await shop.ctx.db.remove('orders', _id)
  expect(await look(one)).toMatchObject({ errcode: '0', obj: { state: 'open' } })
  shop.advance(3_000)
  expect((await poll(one)).errcode).toBe('40402')
  expect(await pay(one)).toMatchObject({ errcode: '0' })
  expect(shop.db.all('orders')).toMatchObject([{ domain: { requestKey: one.requestKey } }])
})

it('a payment that is polled 100 times a second is read once, and its provider is queried once in 3 s', async () => {
  const { scan, shop, purchase, pay, poll } = openPlatform()
  const one = purchase()
  await pay(one)
  const questions = () => scan.calls.filter((call) => call === 'query').length
  for (const [afterMs, most] of [
    [3_000, 1],
    [1_000, 1],
    [1_000, 1],
    [1_000, 2],
  ] as const) {
    shop.advance(afterMs)
    // The signature does not cover the openid, so calls with different openids are still about one payment.
    const asked = Array.from({ length: 100 }, (_, at) => poll({ ...one, openid: `o${at}` }))
    expect(codesOf(await Promise.all(asked))).toEqual(['30000'])
    expect(questions()).toBeLessThanOrEqual(most)
  }
  expect(questions()).toBe(2)
})

it('a page that reads a request 100 times a second costs one full read, besides the checks of the signature', async () => {
  const { shop, purchase, pay, look } = openPlatform()
  const one = purchase()
  await pay(one)
  shop.advance(3_000)
  const reads = async (times: number): Promise<number> => {
    const before = shop.db.trips.reads
    const looks = Array.from({ length: times }, (_, at) => look({ ...one, openid: `o${at}` }))
    expect(codesOf(await Promise.all(looks))).toEqual(['0'])
    return shop.db.trips.reads - before
  }
  const once = await reads(1)
  shop.advance(1_000)
  expect(await reads(100)).toBe(once + 99)
})

it('reads of a request that differ in the place, the method or a known openid get separate answers', async () => {
  const { purchase, look } = openPlatform()
  const one = purchase()
  const [pc, other, inWechat, known] = await Promise.all([
    look(one),
    look({ ...one, payTypeCode: 'Alipay' }),
    look(one, wechatAgent),
    look({ ...one, openid: 'o1' }, wechatAgent),
  ])
  expect(pc.obj).toMatchObject({ scene: 'pc', ways: [{ code: 'Wechat' }] })
  expect(other.obj).toMatchObject({ scene: 'pc', ways: [] })
  expect(inWechat.obj).toMatchObject({ scene: 'h5', ways: [{ code: 'Wechat' }], needsOpenid: true })
  expect(known.obj).toMatchObject({ scene: 'h5', ways: [{ code: 'Wechat' }], needsOpenid: false })
})

it('a payer learns within a second that the payment arrived', async () => {
  const { scan, shop, purchase, pay, poll } = openPlatform()
  const one = purchase()
  await pay(one)
  shop.advance(3_000)
  expect(await poll(one)).toMatchObject({ errcode: '30000' })
  const [paymentNo = ''] = scan.ledger.keys()
  scan.pay(paymentNo)
  shop.advance(3_000)
  expect(await poll(one)).toMatchObject({ errcode: '0' })
})

it('a system that opens more payments than it may is told so', async () => {
  const { purchase, pay } = openPlatform()
  const one = purchase()
  const replies = await Promise.all(Array.from({ length: 700 }, () => pay(one)))
  expect(replies.filter(({ errcode }) => errcode === '42901')).toHaveLength(100)
})

it('a way to pay that takes only yuan is neither shown nor used for dollars', async () => {
  const { scan, shop, purchase, look, pay } = openPlatform()
  scan.provider.takesCurrency = (currency) => currency === 'CNY'
  const { sign: _, ...fields } = purchase()
  const dollars = { ...fields, currencyType: 'USD' }
  const signed = { ...dollars, sign: sign(dollars, 'secret') }
  expect((await look(signed)).obj).toMatchObject({ ways: [] })
  expect(await pay(signed)).toMatchObject({ errcode: '40305' })
  expect(shop.db.peekAll('orders')).toEqual([])
  expect(await pay(purchase())).toMatchObject({ errcode: '0' })
})

it('a system that sends too much is refused alone', async () => {
  const { purchase, pay, shop } = openPlatform()
  const other = { ...(shop.db.peek<PayDomain>('domains', 'race') as PayDomain), _id: 'other' }
  shop.db.put<PayDomain>('domains', { ...other, secret: sealDomainSecret(shop.ctx.secrets, 'other', 'secret') })
  const one = purchase()
  await Promise.all(Array.from({ length: 700 }, () => pay(one)))
  expect(await pay(one)).toMatchObject({ errcode: '42901' })
  const { sign: _, ...fields } = purchase()
  const theirs = { ...fields, domainCode: 'other' }
  expect(await pay({ ...theirs, sign: sign(theirs, 'secret') })).toMatchObject({ errcode: '0' })
  shop.advance(1_000)
  expect(await pay(one)).toMatchObject({ errcode: '0' })
})

it('a system whose payers open more payments than they may is told so, and may still send its own requests', async () => {
  const { purchase, look, pay } = openPlatform()
  const replies = await Promise.all(Array.from({ length: 700 }, () => look(purchase())))
  expect(replies.filter(({ errcode }) => errcode === '42901')).toHaveLength(100)
  expect(await pay(purchase())).toMatchObject({ errcode: '0' })
})
