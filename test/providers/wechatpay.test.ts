// Tests WeChat Pay API v3: the conformance suite, and WeChat Pay's own rules.
import {
  type HttpRequest,
  type HttpResponse,
  SignatureProbe,
  WrongMerchant,
} from '../../cloudfunctions/shared/providers/provider'
import { digestHex, openGcm, sealGcm } from '../../cloudfunctions/shared/providers/signing'
import { wechatpay } from '../../cloudfunctions/shared/providers/wechatpay'
import { describeProvider, jsonReply, type Truth, testNow, testOpenid, testPaymentNo, testRefundNo } from './contract'
import {
  billFile,
  billRow,
  olderSerial,
  paidTransaction,
  signedNotice,
  wechatpayFixture,
  wechatpaySettings,
} from './fixtures/wechatpay'
import certificateVector from './vectors/wechatpayCertificate.json'

describeProvider(wechatpayFixture)

const truth: Truth = {
  word: 'SUCCESS',
  refundWord: 'SUCCESS',
  amount: '1288',
  refundAmount: '88',
  paymentNo: testPaymentNo,
  refundNo: testRefundNo,
  theirNo: '4200001',
  currency: 'CNY',
  openid: testOpenid,
  now: testNow,
  refuses: null,
}
const payment = {
  paymentNo: testPaymentNo,
  theirNo: null,
  channel: 'jsapi',
  amountFen: 1288,
  currency: 'CNY',
  openid: testOpenid,
  createdAt: testNow,
  now: testNow,
}
const refundInput = {
  payment,
  refundNo: testRefundNo,
  theirRefundNo: null,
  amountFen: 88,
  reason: '',
  noticeUrl: 'https://shop.example.com/notify/wechatpay',
  now: testNow,
}

const providerWith = (answer: (request: HttpRequest) => HttpResponse, changes: object = {}) => {
  const requests: HttpRequest[] = []
  const provider = wechatpay.create({ ...wechatpaySettings, ...changes }, async (request) => {
    requests.push(request)
    return answer(request)
  })
  return { provider, requests }
}
const served = (changes: Partial<Truth> = {}) =>
  providerWith((request) => wechatpayFixture.serve(request, { ...truth, ...changes }))
const { provider } = served()
const plain = paidTransaction(truth)
const notice = signedNotice('TRANSACTION.SUCCESS', plain, wechatpaySettings.apiV3Key, testNow)
const badSignature = expect.objectContaining({ code: 'BadSignature' })
const badInput = expect.objectContaining({ code: 'BadInput' })

describe('settings', () => {
  const issuesOf = (changes: object) => {
    const merged = Object.fromEntries(
      Object.entries({ ...wechatpaySettings, ...changes }).filter(([, value]) => value !== undefined),
    )
    const result = wechatpay.settings.safeParse(merged)
    return result.success ? [] : result.error.issues.map((issue) => issue.path.join('.'))
  }

  it.each([
    ['public key only', { platformCertificates: undefined }],
    ['certificates only', { publicKeyId: undefined, publicKey: undefined }],
    ['both during a switch', {}],
    [
      'a real certificate under its serial',
      { platformCertificates: { [certificateVector.serial]: certificateVector.certificate } },
    ],
  ])('are complete with %s', (_, changes) => {
    expect(issuesOf(changes)).toEqual([])
  })

  it.each([
    ['the key has no id', { publicKeyId: undefined }, 'publicKeyId'],
    ['the id has no key', { publicKey: undefined }, 'publicKey'],
    ['nothing can verify', { publicKeyId: undefined, publicKey: undefined, platformCertificates: {} }, 'publicKey'],
    [
      'a certificate stands under a wrong serial',
      { platformCertificates: { [olderSerial]: certificateVector.certificate } },
      'platformCertificates',
    ],
    ['a private key stands where a public one belongs', { publicKey: wechatpaySettings.privateKey }, 'publicKey'],
    ['the APIv3 key is short', { apiV3Key: 'short' }, 'apiV3Key'],
  ])('are refused when %s, by name', (_, changes, name) => {
    expect(issuesOf(changes)).toContain(name)
  })
})

describe('a notice', () => {
  it('says who paid, how much, when and under which number', () => {
    expect(provider.parseNotice(notice, testNow)).toMatchObject({
      about: 'payment',
      paymentNo: testPaymentNo,
      report: {
        outcome: 'paid',
        amountFen: 1288,
        currency: 'CNY',
        shopper: testOpenid,
        theirNo: '4200001',
        at: testNow,
      },
    })
    expect(provider.shopperName?.(testOpenid)).toBe(testOpenid)
  })

  it('is accepted under the public key and under an older platform certificate', () => {
    const older = signedNotice('TRANSACTION.SUCCESS', plain, wechatpaySettings.apiV3Key, testNow, { older: true })
    expect(provider.parseNotice(older, testNow)).toEqual(provider.parseNotice(notice, testNow))
    const { platformCertificates: _, ...current } = wechatpaySettings
    const switched = wechatpay.create(current, async () => jsonReply({}))
    expect(() => switched.parseNotice(older, testNow)).toThrow(badSignature)
    expect(switched.parseNotice(notice, testNow).about).toBe('payment')
  })

  it('signed with the key of another serial is refused', () => {
    const headers = { ...notice.headers, 'wechatpay-serial': olderSerial }
    expect(() => provider.parseNotice({ ...notice, headers }, testNow)).toThrow(badSignature)
  })

  it('that is WeChat Pay’s test of the signature check is refused as such a test', () => {
    const headers = { ...notice.headers, 'wechatpay-signature': `WECHATPAY/SIGNTEST/${'A'.repeat(320)}` }
    expect(() => provider.parseNotice({ ...notice, headers }, testNow)).toThrow(SignatureProbe)
    expect(() => provider.parseNotice({ ...notice, headers }, testNow)).toThrow(badSignature)
  })

  it('whose nonce would contain the beginning of the body is refused', () => {
    const text = Buffer.from(notice.body).toString()
    const nonce = `${notice.headers['wechatpay-nonce']}\n${text.slice(0, 5)}`
    const moved = {
      ...notice,
      headers: { ...notice.headers, 'wechatpay-nonce': nonce },
      body: Buffer.from(text.slice(5)),
    }
    expect(() => provider.parseNotice(moved, testNow)).toThrow(badSignature)
  })

  it.each([
    ['another APIv3 key', signedNotice('TRANSACTION.SUCCESS', plain, 'x'.repeat(32), testNow)],
    [
      'a changed sealed text',
      signedNotice('TRANSACTION.SUCCESS', plain, wechatpaySettings.apiV3Key, testNow, {
        body: Buffer.from(notice.body)
          .toString()
          .replace(/"ciphertext":"(.)/, (_, first: string) => `"ciphertext":"${first === 'A' ? 'B' : 'A'}`),
      }),
    ],
    [
      'other associated data',
      signedNotice('TRANSACTION.SUCCESS', plain, wechatpaySettings.apiV3Key, testNow, {
        body: Buffer.from(notice.body).toString().replace('"associated_data":"transaction"', '"associated_data":""'),
      }),
    ],
  ])('with a right signature around %s is refused', (_, wrong) => {
    expect(() => provider.parseNotice(wrong, testNow)).toThrow(badSignature)
  })

  it('may come without associated data', () => {
    const bare = signedNotice('TRANSACTION.SUCCESS', plain, wechatpaySettings.apiV3Key, testNow, { associatedData: '' })
    expect(provider.parseNotice(bare, testNow)).toMatchObject({ paymentNo: testPaymentNo })
  })

  it('for another appid of the same merchant names the payment', () => {
    const foreign = plain.replace(wechatpaySettings.appId, 'wx0000000000000009')
    const wrong = signedNotice('TRANSACTION.SUCCESS', foreign, wechatpaySettings.apiV3Key, testNow)
    expect(() => provider.parseNotice(wrong, testNow)).toThrow(WrongMerchant)
  })

  it('about something else, or paid without an amount, is malformed', () => {
    const other = signedNotice('PAYSCORE.USER_PAID', plain, wechatpaySettings.apiV3Key, testNow)
    expect(() => provider.parseNotice(other, testNow)).toThrow(badInput)
    const { amount: _, ...without } = JSON.parse(plain) as Record<string, unknown>
    const free = signedNotice('TRANSACTION.SUCCESS', JSON.stringify(without), wechatpaySettings.apiV3Key, testNow)
    expect(() => provider.parseNotice(free, testNow)).toThrow(badInput)
  })

  it('about a refund has the refunded amount', () => {
    const refunded = wechatpayFixture.refundNotice?.(wechatpaySettings, truth)
    expect(refunded && provider.parseNotice(refunded, testNow)).toMatchObject({
      about: 'refund',
      refundNo: testRefundNo,
      report: {
        outcome: 'refunded',
        amountFen: 88,
        at: Date.UTC(2026, 6, 1, 4),
        theirNo: '50000000382019052709732678859',
      },
    })
  })
})

describe('replies', () => {
  const unsigned = (status: number, body: unknown) => providerWith(() => jsonReply(body, status)).provider

  it('that succeed without a signature, or with an old one, are not accepted', async () => {
    expect((await unsigned(200, JSON.parse(plain)).query(payment)).outcome).toBe('unknown')
    expect((await unsigned(204, '').close?.(payment))?.outcome).toBe('unknown')
    const old = providerWith((request) =>
      wechatpayFixture.serve(request, { ...truth, now: testNow - 400_000 }),
    ).provider
    expect((await old.query(payment)).outcome).toBe('unknown')
  })

  it('that refuse are read without a signature, but not with a wrong one', async () => {
    const refused = { code: 'NOT_ENOUGH', message: '余额不足' }
    expect((await unsigned(403, refused).refund?.(refundInput))?.outcome).toBe('refused')
    const forged = providerWith(() => {
      const reply = jsonReply(refused, 403)
      return { ...reply, headers: { ...reply.headers, ...notice.headers } }
    }).provider
    expect((await forged.refund?.(refundInput))?.outcome).toBe('unknown')
  })

  it('that do not settle a refund are unknown', async () => {
    for (const [status, code] of [
      [500, 'SYSTEM_ERROR'],
      [429, 'FREQUENCY_LIMITED'],
      [404, 'NEW_WORD'],
    ] as const)
      expect((await unsigned(status, { code }).refund?.(refundInput))?.outcome).toBe('unknown')
    expect((await unsigned(404, { code: 'RESOURCE_NOT_EXISTS' }).queryRefund?.(refundInput))?.outcome).toBe('unknown')
  })

  it('to a close that came too late report the payment', async () => {
    const { provider: late } = providerWith((request) =>
      request.method === 'POST' ? jsonReply({ code: 'ORDERPAID' }, 400) : wechatpayFixture.serve(request, truth),
    )
    expect(await late.close?.(payment)).toMatchObject({ outcome: 'paid', amountFen: 1288 })
    expect((await unsigned(400, { code: 'ORDER_CLOSED' }).close?.(payment))?.outcome).toBe('closed')
    expect((await unsigned(404, { code: 'ORDER_NOT_EXIST' }).close?.(payment))?.outcome).toBe('closed')
  })

  it('about another merchant or appid are not accepted', async () => {
    for (const name of ['mchid', 'appid']) {
      const { provider: wrong } = providerWith(() => {
        const body = JSON.stringify({ ...JSON.parse(plain), [name]: '1' })
        return wechatpayFixture.sealReply?.(200, body, truth) ?? jsonReply(body)
      })
      expect((await wrong.query(payment)).outcome).toBe('unknown')
    }
  })
})

describe('requests', () => {
  const prepareInput = { ...payment, title: '豆', noticeUrl: 'https://x.example.com', expiresAt: testNow + 1_800_000 }

  it('contain the whole amount, the end of the order and the shopper', async () => {
    const { provider: asked, requests } = served()
    await asked.prepare(prepareInput)
    expect(JSON.parse(requests[0]?.body ?? '')).toMatchObject({
      amount: { total: 1288, currency: 'CNY' },
      payer: { openid: testOpenid },
      time_expire: '2026-07-01T12:30:00+08:00',
      out_trade_no: testPaymentNo,
    })
  })

  it('never contain an end that is nearer than WeChat Pay accepts', async () => {
    const { provider: asked, requests } = served()
    await asked.prepare({ ...prepareInput, expiresAt: testNow + 1_000 })
    expect(JSON.parse(requests[0]?.body ?? '')).toMatchObject({ time_expire: '2026-07-01T12:01:01+08:00' })
  })

  it('never use a nonce twice', async () => {
    const { provider: asked, requests } = served()
    for (let count = 0; count < 20; count += 1) await asked.query(payment)
    const nonces = requests.map((request) => /nonce_str="(\w{32})"/.exec(request.headers?.authorization ?? '')?.[1])
    expect(new Set(nonces).size).toBe(20)
  })
})

describe('a bill', () => {
  const withFile = (file: string, sha1 = digestHex('sha1', file)) =>
    providerWith((request) => {
      if (request.url.includes('billdownload')) return { status: 200, headers: {}, body: Buffer.from(file) }
      const place = {
        hash_type: 'SHA1',
        hash_value: sha1,
        download_url: 'https://files.example.com/v3/billdownload/x?t=1',
      }
      return wechatpayFixture.sealReply?.(200, JSON.stringify(place), truth) ?? jsonReply(place)
    })
  const unavailable = { code: 'ProviderUnavailable' }

  it('with a wrong digest, a short row, a wrong time or amount is not used', async () => {
    await expect(
      withFile(billFile(billRow({})), '0'.repeat(40)).provider.bill?.('2026-06-30', testNow),
    ).rejects.toMatchObject(unavailable)
    for (const row of ['`a,`b', billRow({ 交易时间: 'yesterday' }), billRow({ 订单金额: '1.005' })])
      await expect(withFile(billFile(row)).provider.bill?.('2026-06-30', testNow)).rejects.toMatchObject(unavailable)
  })

  it('is downloaded with a signature over the path of its own address', async () => {
    const { provider: asked, requests } = withFile(billFile())
    expect(await asked.bill?.('2026-06-30', testNow)).toEqual([])
    expect(requests[1]?.url).toBe('https://files.example.com/v3/billdownload/x?t=1')
    expect(requests[1]?.headers?.authorization).toContain('WECHATPAY2-SHA256-RSA2048 ')
  })

  it('distinguishes refunds that are under way, failed and done', async () => {
    const states = ['SUCCESS', 'PROCESSING', 'CHANGE', 'FAIL'] as const
    const rows = states.map((退款状态) => billRow({ 交易状态: 'REFUND', 申请退款金额: '0.70', 退款状态 }))
    const read = await withFile(billFile(...rows)).provider.bill?.('2026-06-30', testNow)
    expect(read?.map(({ stage }) => stage)).toEqual([undefined, 'underWay', 'underWay', 'failed'])
  })

  it('with the headings of older bills is read', async () => {
    const payment = `2026-06-30 18:20:30,wx1,19,0,,42,${testPaymentNo},o1,JSAPI,SUCCESS,CMC,CNY,12.88,0.00,0,0,0.00,0.00,,,茶,,0.07000,0.60%`
    const refund = `2026-06-30 19:20:30,wx1,19,0,,42,${testPaymentNo},o1,JSAPI,REFUND,CMC,CNY,0.00,0.00,50,${testRefundNo},0.70,0.00,ORIGINAL,SUCCESS,茶,,0.00000,0.60%`
    const sums = '2,12.88,0.70,0.00,0.07000'
    const rows = [payment, refund, sums].map((row) => `\`${row.replaceAll(',', ',`')}`)
    const titles =
      '交易时间,公众账号ID,商户号,子商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,总金额,企业红包金额,微信退款单号,商户退款单号,退款金额,企业红包退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率'
    const sumTitles = '总交易单数,总交易额,总退款金额,总企业红包退款金额,手续费总金额'
    const file = [titles, rows[0], rows[1], sumTitles, rows[2], ''].join('\r\n')
    expect(await withFile(file).provider.bill?.('2026-06-30', testNow)).toMatchObject([
      { kind: 'payment', no: testPaymentNo, amountFen: 1_288 },
      { kind: 'refund', no: testRefundNo, amountFen: 70 },
    ])
  })

  it('of a day without trade is empty, and one that is not ready is read later', async () => {
    const told = (code: string) => providerWith(() => jsonReply({ code }, 400)).provider.bill?.('2026-06-30', testNow)
    expect(await told('NO_STATEMENT_EXIST')).toEqual([])
    await expect(told('STATEMENT_CREATING')).rejects.toMatchObject(unavailable)
  })
})

it('an encrypted text can only be decrypted as a whole', () => {
  const key = Buffer.from('k'.repeat(32))
  const sealed = sealGcm(key, 'n'.repeat(12), 'aad', '收银台')
  expect(openGcm(key, 'n'.repeat(12), 'aad', sealed)).toBe('收银台')
  for (const wrong of ['', 'AAAA', sealed.slice(0, -4), `${sealed}AAAA`, ` ${sealed}`])
    expect(() => openGcm(key, 'n'.repeat(12), 'aad', wrong)).toThrow(badSignature)
  expect(() => openGcm(key, 'm'.repeat(12), 'aad', sealed)).toThrow(badSignature)
  expect(() => openGcm(key, '', 'aad', sealed)).toThrow(badSignature)
  expect(() => openGcm(key, 'n'.repeat(12), 'aax', sealed)).toThrow(badSignature)
})
