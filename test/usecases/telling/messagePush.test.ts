// Tests WeChat's message push: the examples of WeChat's page, forged and damaged requests, and what follows from an
// event. The sandbox sends the events; its code was written from WeChat's page.
import { createHash } from 'node:crypto'
import type { RawRequest } from '../../../cloudfunctions/shared/providers/provider'
import type { KeptNotice } from '../../../cloudfunctions/shared/store/notices'
import { openPush } from '../../../cloudfunctions/shared/usecases/settle/push/openPush'
import { receivePush } from '../../../cloudfunctions/shared/usecases/settle/push/receivePush'
import { replayNotices } from '../../../cloudfunctions/shared/usecases/staff/manageNotices'
import type { NoticeRequest, PushSetup } from '../../../tools/sandbox/twin'
import { checkRequest, type EventFields, openAnswer, pushRequest } from '../../../tools/sandbox/wechat/messagePush'
import { damage, seededRandom } from '../../providers/mutations'
import { minute, openShop, paidOrder, type Shop } from '../../support/shop'

// The examples of WeChat's page on message push (消息推送).
const official = {
  token: 'AAAAA',
  aesKey: 'A'.repeat(43),
  appId: 'wxba5fad812f8e6fb9',
  encrypt:
    '+qdx1OKCy+5JPCBFWw70tm0fJGb2Jmeia4FCB7kao+/Q5c/ohsOzQHi8khUOb05JCpj0JB4RvQMkUyus8TPxLKJGQqcvZqzDpVzazhZv6JsXUnnR8XGT740XgXZUXQ7vJVnAG+tE8NUd4yFyjPy7GgiaviNrlCTj+l5kdfMuFUPpRSrfMZuMcp3Fn2Pede2IuQrKEYwKSqFIZoNqJ4M8EajAsjLY2km32IIjdf8YL/P50F7mStwntrA2cPDrM1kb6mOcfBgRtWygb3VIYnSeOBrebufAlr7F9mFUPAJGj04=',
}
const { token, aesKey, appId } = official
const debugDemo = (at: string) => ({
  ToUserName: 'gh_97417a04a28d',
  FromUserName: 'o9AgO5Kd5ggOC-bXrbNODIiE3bGY',
  CreateTime: at,
  MsgType: 'event',
  Event: 'debug_demo',
  debug_str: 'hello world',
})
const post = (query: Record<string, string>, body: string): RawRequest => ({
  method: 'POST',
  path: '/wechat',
  query,
  headers: {},
  body: Buffer.from(body),
})
const asReceived = ({ method, url, headers, body }: NoticeRequest): RawRequest => {
  const { pathname, searchParams } = new URL(url)
  return { method, path: pathname, query: Object.fromEntries(searchParams), headers, body: Buffer.from(body) }
}
const safeRequest = (): RawRequest =>
  post(
    {
      signature: '6c5c811b55cc85e0e1b54100749188c20beb3f5d',
      timestamp: '1714112445',
      nonce: '415670741',
      openid: 'o9AgO5Kd5ggOC-bXrbNODIiE3bGY',
      encrypt_type: 'aes',
      msg_signature: '046e02f8204d34f8ba5fa3b1db94908f3df2e9b3',
    },
    JSON.stringify({ ToUserName: 'gh_97417a04a28d', Encrypt: official.encrypt }),
  )

const url = 'http://shop.test/notify/wechat'
const setup: PushSetup = { token, aesKey, appId }
const plainSetup: PushSetup = { token }
const kinds: [name: string, setup: PushSetup][] = [
  ['plain JSON', plainSetup],
  ['plain XML', { ...plainSetup, isXml: true }],
  ['encrypted JSON', setup],
  ['encrypted XML', { ...setup, isXml: true }],
]

describe('the page’s examples', () => {
  it('the check of the address', () => {
    const query = {
      signature: 'f464b24fc39322e44b38aa78f5edd27bd1441696',
      echostr: '4375120948345356249',
      timestamp: '1714036504',
      nonce: '1514711492',
    }
    const check = { ...post(query, ''), method: 'GET' }
    expect(openPush({ token }, check)).toEqual({ isCheck: true, echo: '4375120948345356249' })
    expect(openPush({ token, aesKey, appId }, check)).toMatchObject({ echo: '4375120948345356249' })
    expect(() => openPush({ token: 'AAAAB' }, check)).toThrow('signature')
  })

  it('an event in 明文模式', () => {
    const query = {
      signature: '899cf89e464efb63f54ddac96b0a0a235f53aa78',
      timestamp: '1714037059',
      nonce: '486452656',
    }
    const opened = openPush(
      { token },
      post(query, JSON.stringify({ ...debugDemo('1714037059'), CreateTime: 1714037059 })),
    )
    expect(opened).toMatchObject({
      event: { name: 'debug_demo', fields: debugDemo('1714037059'), isSealed: false },
    })
  })

  it('an event in 安全模式, and the encrypted answer', () => {
    const opened = openPush({ token, aesKey, appId }, safeRequest())
    if (opened.isCheck) throw new Error('no event')
    expect(opened.event).toEqual({ name: 'debug_demo', fields: debugDemo('1714112445'), isSealed: true })
    const answer = opened.reply({ demo_resp: 'good luck' }, { now: 1_713_424_427_000, random: '707722b803182950' })
    expect(answer.body).toBe(
      '{"Encrypt":"ELGduP2YcVatjqIS+eZbp80MNLoAUWvzzyJxgGzxZO/5sAvd070Bs6qrLARC9nVHm48Y4hyRbtzve1L32tmxSQ==","MsgSignature":"1b9339964ed2e271e7c7b6ff2b0ef902fc94dea1","TimeStamp":1713424427,"Nonce":"415670741"}',
    )
  })
})

describe('a request that is not WeChat’s', () => {
  const keys = { token, aesKey, appId }

  it('with one changed byte is refused, wherever the byte is', () => {
    const request = safeRequest()
    for (let at = 0; at < request.body.length; at += 1) {
      const body = Buffer.from(request.body)
      body[at] = (body[at] ?? 0) ^ 1
      expect(() => openPush(keys, { ...request, body })).toThrow()
    }
  })

  it.each([
    ['without a signature', { msg_signature: '' }],
    ['with the signature of 明文模式 only', { msg_signature: '6c5c811b55cc85e0e1b54100749188c20beb3f5d' }],
    ['with another time', { timestamp: '1714112446' }],
    ['with another number', { nonce: '415670742' }],
    ['without time and number', { timestamp: '', nonce: '' }],
    ['in capital letters', { msg_signature: '046E02F8204D34F8BA5FA3B1DB94908F3DF2E9B3' }],
  ])('%s is refused', (_, changes) => {
    const request = safeRequest()
    expect(() => openPush(keys, { ...request, query: { ...request.query, ...changes } })).toThrow('signature')
  })

  it('a plain event is refused where events are encrypted, and an encrypted one where no key is set', () => {
    const plain = asReceived(pushRequest(url, plainSetup, { event: { Event: 'x' }, now: 0 }))
    expect(() => openPush(keys, plain)).toThrow('not encrypted')
    expect(() => openPush({ token }, safeRequest())).toThrow('no key is set')
    // In WeChat's compatible mode (兼容模式) each event is sent both in plain text and encrypted. The plain part is not
    // signed, so anybody could have written it, and we refuse such a request.
    const both = JSON.stringify({ ...debugDemo('1'), Encrypt: official.encrypt })
    expect(() => openPush(keys, { ...safeRequest(), body: Buffer.from(both) })).toThrow('not encrypted')
  })

  it('another mini-program’s event, another key’s, and one without our appid are refused', () => {
    expect(() => openPush({ ...keys, appId: 'wxother' }, safeRequest())).toThrow('another mini-program')
    expect(() => openPush({ token, aesKey }, safeRequest())).toThrow('another mini-program')
    expect(() => openPush({ ...keys, aesKey: `B${'A'.repeat(42)}` }, safeRequest())).toThrow()
  })

  it('what is rightly signed and cannot be opened is refused, whatever its length', () => {
    for (const bytes of [0, 1, 15, 16, 17, 31, 32, 64]) {
      const text = Buffer.alloc(bytes, 7).toString('base64')
      const [timestamp, nonce] = ['1714112445', '415670741']
      const msg_signature = sha1(token, timestamp, nonce, text)
      const body = JSON.stringify({ ToUserName: 'gh_97417a04a28d', Encrypt: text })
      expect(() => openPush(keys, post({ timestamp, nonce, msg_signature }, body))).toThrow()
    }
  })

  it.each(['', '{', '[]', 'null', '"text"', '<xml>', '<xml><a><b>1</b></a></xml>', '['.repeat(20_000), '<!DOCTYPE x>'])(
    'with the body %# is refused without an exception',
    (body) => {
      const { query } = safeRequest()
      for (const one of [keys, { token }]) expect(() => openPush(one, post(query, body))).toThrow(/.+/)
    },
  )

  it('a body of more than 32 KB is refused before it is read', () => {
    const { query } = safeRequest()
    expect(() => openPush(keys, post(query, 'x'.repeat(33_000)))).toThrow('too large')
  })

  it('no randomly changed request is accepted, and none causes a crash', () => {
    const random = seededRandom(20_261_127)
    for (const [, one] of kinds.slice(2)) {
      const original = asReceived(pushRequest(url, one, { event: { Event: 'x', Deep: { A: 1, B: '二' } }, now: 0 }))
      const truth = eventOf(one, original)
      let accepted = 0
      for (let run = 0; run < 3_000; run++) {
        const mutated = damage(original, random)
        try {
          expect(eventOf(one, mutated)).toEqual(truth)
          accepted += 1
        } catch (error) {
          expect(error).toMatchObject({ code: expect.stringMatching(/^(BadSignature|BadInput)$/) })
        }
      }
      expect(accepted).toBeLessThan(1_500)
    }
  })
})

const sha1 = (...texts: string[]): string => createHash('sha1').update(texts.sort().join('')).digest('hex')

function eventOf(one: PushSetup, request: RawRequest): unknown {
  const opened = openPush(one, request)
  return opened.isCheck ? opened : opened.event
}

function openPushShop(mine: PushSetup = setup): Shop {
  const shop = openShop()
  const { token: entered, aesKey: key, appId: id } = mine
  Object.assign(shop.settings, {
    shipping: 'parcel',
    messagePush: { token: entered, ...(key !== undefined && { aesKey: key }) },
    ...(id !== undefined && { appId: id }),
  })
  shop.fake.definition.reportsShipping = true
  return shop
}

const push = (shop: Shop, event: EventFields, one = setup, isForged = false) =>
  receivePush(shop.ctx, asReceived(pushRequest(url, one, { event, isForged, now: shop.ctx.now() })))
const cases = (shop: Shop) => shop.db.all<KeptNotice>('notices')
const settlement = (orderNo: string): EventFields => ({
  Event: 'trade_manage_order_settlement',
  transaction_id: `T${orderNo}01`,
  merchant_id: '1900000001',
  merchant_trade_no: `${orderNo}01`,
  pay_time: 1,
  shipped_time: 2,
  confirm_receive_method: 2,
  confirm_receive_time: 3,
  settlement_time: 4,
})

describe('the address for events', () => {
  it.each(kinds)('answers the check of the address, and confirms events that nobody needs (%s)', async (_, one) => {
    const shop = openPushShop(one)
    const check = asReceived(checkRequest(url, one, 'echo <&> 1', shop.ctx.now()))
    expect(await receivePush(shop.ctx, check)).toMatchObject({ statusCode: 200, body: 'echo <&> 1' })
    for (const Event of ['debug_demo', 'constructor', '__proto__', '茶'])
      expect(await push(shop, { Event }, one)).toMatchObject({ statusCode: 200, body: 'success' })
    const letter = { MsgType: 'text', Content: '你好', MsgId: 1 }
    expect(await push(shop, letter, one)).toMatchObject({ statusCode: 200, body: 'success' })
    expect(cases(shop)).toEqual([])
  })

  it('refuses and counts forged events, and all events while the shop has entered no keys', async () => {
    const shop = openPushShop()
    expect(await push(shop, settlement('x'), setup, true)).toMatchObject({ statusCode: 403 })
    delete shop.settings.messagePush
    expect(await push(shop, settlement('x'))).toMatchObject({ statusCode: 403 })
    expect(cases(shop)).toMatchObject([{ kind: 'forged', provider: 'wechat', count: 2 }])
  })

  it('new keys work at once, and kept events that came before them can be processed again', async () => {
    const shop = openPushShop()
    const orderNo = await shippedOrder(shop)
    const newer = { ...setup, token: 'newToken0123456789' }
    expect(await push(shop, settlement(orderNo), newer)).toMatchObject({ statusCode: 403 })
    shop.settings.messagePush = { token: newer.token, aesKey }
    shop.shipping.service.receive(`T${orderNo}01`)
    const ids = cases(shop).map(({ _id }) => _id)
    expect((await replayNotices(shop.staff('clerk'), { which: { ids } })).result.results).toMatchObject([
      { applied: true },
    ])
    await shop.tick()
    expect(shop.order(orderNo).shipping?.state).toBe('received')
  })
})

async function shippedOrder(shop: Shop): Promise<string> {
  const { shipAsStaff } = await import('../../../cloudfunctions/shared/usecases/staff/shipAsStaff')
  const orderNo = await paidOrder(shop)
  shop.advance(minute)
  const parcels = [{ carrier: 'ZTO', trackingNo: '75611788998298' }]
  await shipAsStaff(shop.staff('clerk'), { entries: [{ orderNo, way: 'parcel', parcels }] })
  expect(shop.order(orderNo).shipping?.state).toBe('reported')
  return orderNo
}

describe('an event about shipping', () => {
  it.each(kinds)('leads to a query, and only WeChat’s answer is recorded (%s)', async (_, one) => {
    const shop = openPushShop(one)
    const orderNo = await shippedOrder(shop)
    // The event says "received", but WeChat's API says "shipped". The event may be forged, so the order is not
    // received.
    expect(await push(shop, settlement(orderNo), one)).toMatchObject({ statusCode: 200, body: 'success' })
    expect(shop.order(orderNo).dueAt).toBe(shop.ctx.now())
    await shop.tick()
    expect(shop.order(orderNo)).toMatchObject({ shipping: { state: 'reported', checkAt: null }, dueAt: null })
    shop.shipping.service.receive(`T${orderNo}01`)
    await push(shop, settlement(orderNo), one)
    await shop.tick()
    expect(shop.order(orderNo)).toMatchObject({ shipping: { state: 'received', checkAt: null }, dueAt: null })
  })

  it('sent again a hundred times changes the order once, and causes one query', async () => {
    const shop = openPushShop()
    const orderNo = await shippedOrder(shop)
    shop.shipping.service.receive(`T${orderNo}01`)
    const { version } = shop.order(orderNo)
    const [request] = [asReceived(pushRequest(url, setup, { event: settlement(orderNo), now: shop.ctx.now() }))]
    for (let again = 0; again < 100; again++) expect((await receivePush(shop.ctx, request)).statusCode).toBe(200)
    expect(shop.order(orderNo).version).toBe(version + 1)
    const before = shop.shipping.calls.length
    await shop.tick()
    expect(shop.shipping.calls.length).toBe(before + 1)
    for (let again = 0; again < 100; again++) await receivePush(shop.ctx, request)
    await shop.tick()
    expect(shop.shipping.calls.length).toBe(before + 1)
    expect(shop.order(orderNo).history.filter(({ what }) => what === 'received')).toHaveLength(1)
  })

  it('is not confirmed when it could not be stored, and the query waits while WeChat does not answer', async () => {
    const shop = openPushShop()
    const orderNo = await shippedOrder(shop)
    shop.shipping.service.receive(`T${orderNo}01`)
    const broken = { ...shop.ctx, db: { ...shop.db, change: () => Promise.reject(new Error('lost')) } }
    const request = asReceived(pushRequest(url, setup, { event: settlement(orderNo), now: shop.ctx.now() }))
    expect((await receivePush(broken, request)).statusCode).toBe(500)
    shop.shipping.service.setMood('down')
    await receivePush(shop.ctx, request)
    await shop.tick()
    expect(shop.order(orderNo).shipping).toMatchObject({ state: 'reported', tries: 1 })
    shop.shipping.service.setMood('works')
    shop.advance(3 * minute)
    await shop.tick()
    expect(shop.order(orderNo)).toMatchObject({ shipping: { state: 'received' }, dueAt: null })
  })

  it('records what the merchant reported in WeChat’s console', async () => {
    const shop = openPushShop()
    const orderNo = await paidOrder(shop)
    shop.advance(minute)
    await shop.shipping.service.call('wxa.sec.order.uploadShippingInfo', {
      order_key: { order_number_type: 2, transaction_id: `T${orderNo}01` },
      logistics_type: 1,
      delivery_mode: 1,
      shipping_list: [{ item_desc: 'tea', tracking_no: 'N1', express_company: 'ZTO' }],
      upload_time: '2026-03-01T12:00:00+08:00',
      payer: { openid: 'shopper-a' },
    })
    await push(shop, settlement(orderNo))
    await shop.tick()
    expect(shop.order(orderNo)).toMatchObject({ shipping: { state: 'reported' }, shipSince: null, dueAt: null })
  })

  it('about an order of somebody else is confirmed and ignored', async () => {
    const shop = openPushShop()
    for (const no of ['20260701120000ab12cd34', 'constructor', ''])
      expect(await push(shop, settlement(no))).toMatchObject({ statusCode: 200 })
    expect(cases(shop)).toEqual([])
  })
})

describe('WeChat’s reminders', () => {
  const remind = (orderNo: string): EventFields => ({
    Event: 'trade_manage_remind_shipping',
    transaction_id: `T${orderNo}01`,
    merchant_trade_no: `${orderNo}01`,
    pay_time: 1,
    msg: '请尽快发货',
  })

  it('make one case for an order that has not shipped, however often they come, and none for a shipped order', async () => {
    const shop = openPushShop()
    const orderNo = await paidOrder(shop)
    const shipped = await shippedOrder(shop)
    for (const no of [orderNo, orderNo, shipped, 'x']) expect((await push(shop, remind(no))).statusCode).toBe(200)
    expect(cases(shop)).toMatchObject([
      { kind: 'unresolved', orderNo, reason: 'WeChat waits for the shipping of this order', count: 2 },
    ])
  })

  it('make one case for each complaint about a virtual payment', async () => {
    const shop = openPushShop()
    const orderNo = await paidOrder(shop)
    const complaint = { Event: 'xpay_complaint_notify', MchOrderId: `${orderNo}01`, ComplaintId: '200000020250101' }
    for (const event of [complaint, complaint, { ...complaint, MchOrderId: 'x', ComplaintId: '2' }])
      expect((await push(shop, event)).statusCode).toBe(200)
    const reason = 'a shopper complains about a virtual payment'
    expect(cases(shop)).toMatchObject([
      { kind: 'unresolved', orderNo, reason, count: 2 },
      { kind: 'unresolved', orderNo: null, reason, count: 1 },
    ])
  })

  it('make a case when the shop has never reported shipping', async () => {
    const shop = openPushShop()
    await push(shop, { Event: 'trade_manage_remind_access_api', msg: '请接入' })
    await push(shop, { Event: 'trade_manage_remind_access_api', msg: '请接入' })
    expect(cases(shop)).toMatchObject([{ kind: 'unresolved', orderNo: null, provider: 'wechat', count: 2 }])
  })
})

it('an answer with content comes back encrypted to WeChat', () => {
  const opened = openPush({ token, aesKey, appId }, safeRequest())
  if (opened.isCheck) throw new Error('no event')
  const answer = opened.reply({ result_code: 1 }, { now: 0, random: '0123456789abcdef' })
  expect(openAnswer({ status: 200, headers: {}, body: answer.body }, setup)).toEqual({ result_code: 1 })
})
