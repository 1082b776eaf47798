// Tests WeChat Pay's contracts by API v2: signatures, the data for the signing page, and the meaning of each status
// word.

import { flatXml, readFlatXml } from '../../cloudfunctions/shared/providers/codecs'
import { signV2, verifyV2 } from '../../cloudfunctions/shared/providers/papay/sign'
import { HttpFailure, type HttpRequest, type RawRequest } from '../../cloudfunctions/shared/providers/provider'
import { wechatpay } from '../../cloudfunctions/shared/providers/wechatpay'
import { wechatpaySettings } from './fixtures/wechatpay'
import vector from './vectors/wechatpay.json'

const key = 'v2KeyOfOurMerchantA8c3Vb6Nq1Xs50'
const settings = wechatpay.settings.parse({ ...wechatpaySettings, apiV2Key: key })
const { appId, mchId } = wechatpaySettings
const now = Date.UTC(2026, 6, 1, 4, 0, 0)
const paymentNo = '20260701120000ab12cd3401'
const contract = { contractNo: '20260701110000ab12cd34', theirNo: 'c-1', template: '100001', now }
const payment = {
  paymentNo,
  theirNo: null,
  channel: 'papay',
  amountFen: 3_800,
  currency: 'CNY',
  openid: 'o',
  createdAt: now - 60_000,
  now,
}
const debit = { ...payment, contract, title: '每月一茶 🍵', noticeUrl: 'https://shop.example.com/notify/wechatpay' }

type Fields = Record<string, string>

/** Opens our provider with a fake WeChat and records its requests. The fake signs `reply` unless `signs` is false. */
function open(reply: Fields | string | HttpFailure, signs = true) {
  const asked: { path: string; fields: Fields }[] = []
  const http = async ({ url, body = '' }: HttpRequest) => {
    const fields = readFlatXml(Buffer.from(body))
    verifyV2(fields, key)
    asked.push({ path: url.slice(wechatpaySettings.baseUrl.length), fields })
    if (reply instanceof HttpFailure) throw reply
    const all = typeof reply === 'string' ? undefined : { return_code: 'SUCCESS', mch_id: mchId, ...reply }
    const text = all ? flatXml(signs ? { ...all, sign: signV2(all, key) } : all) : String(reply)
    return { status: 200, headers: {}, body: Buffer.from(text) }
  }
  const provider = wechatpay.create(settings, http)
  if (!provider.contracts) throw new Error('no contracts')
  return { provider, contracts: provider.contracts, asked }
}

describe('API v2 signatures', () => {
  it('reproduce the documented example, MD5 and HMAC', () => {
    const { params, key: documented, md5, hmacSha256 } = vector.v2
    expect(signV2(params, documented)).toBe(md5)
    expect(signV2(params, documented, 'HMAC-SHA256')).toBe(hmacSha256)
    expect(signV2({ ...params, empty: '', sign: 'x' }, documented)).toBe(md5)
    for (const sign of [md5, hmacSha256]) expect(() => verifyV2({ ...params, sign }, documented)).not.toThrow()
    for (const sign of ['', md5.toLowerCase(), `${md5.slice(0, -1)}0`, hmacSha256.slice(0, -1)])
      expect(() => verifyV2({ ...params, sign }, documented)).toThrow('signature')
  })

  it('without an APIv2 key there are no contracts', () => {
    const { apiV2Key: _, ...rest } = settings
    expect(wechatpay.create(rest, () => Promise.reject(new Error())).contracts).toBeUndefined()
  })
})

describe('signing in a browser', () => {
  const officialAppId = 'wx0000000000000001'
  const input = {
    contractNo: contract.contractNo,
    theirNo: null,
    template: contract.template,
    now,
    serial: 1_695_000_000,
    displayName: '茶🍵客',
    openid: 'o',
    noticeUrl: 'https://shop.example.com/notify/wechatpay?a=ü',
  }
  const pagesOf = (changes: object, reply: string, asked: string[] = []) =>
    wechatpay.create({ ...settings, ...changes }, async ({ method, url }) => {
      asked.push(`${method} ${url}`)
      return { status: 200, headers: {}, body: Buffer.from(reply) }
    }).contracts?.pages ?? {}

  it('is offered where the merchant has an official account, and H5 signing', () => {
    expect(Object.keys(pagesOf({}, ''))).toEqual([])
    expect(Object.keys(pagesOf({ officialAppId, h5Contracts: true }, ''))).toEqual(['wechat', 'mobile'])
  })

  it('公众号纯签约: a page with MD5, version 1.0 and return_web; values are signed raw and encoded once', async () => {
    const url = await pagesOf({ officialAppId }, '').wechat?.({ ...input, appId: officialAppId })
    const { origin, pathname, searchParams, hash } = new URL(url ?? '')
    expect(origin + pathname).toBe(`${wechatpaySettings.baseUrl}/papay/entrustweb`)
    expect(hash).toBe('#wechat_redirect')
    expect(url).toContain('&notify_url=https%3A%2F%2Fshop.example.com%2Fnotify%2Fwechatpay%3Fa%3D%C3%BC&')
    const { sign, ...fields } = Object.fromEntries(searchParams)
    expect(fields).toEqual({
      appid: officialAppId,
      mch_id: mchId,
      plan_id: contract.template,
      contract_code: contract.contractNo,
      request_serial: '1695000000',
      contract_display_account: '茶客',
      notify_url: input.noticeUrl,
      timestamp: String(now / 1000),
      version: '1.0',
      return_web: '1',
    })
    expect(sign).toBe(signV2(fields, key))
  })

  it.each([['wx0000000000000002'], [undefined]])('公众号纯签约: refuses a person known under %s', async (other) => {
    const page = pagesOf({ officialAppId }, '').wechat
    await expect(page?.({ ...input, ...(other !== undefined && { appId: other }) })).rejects.toMatchObject({
      code: 'ProviderRefused',
    })
  })

  const redirect = 'https://payapp.weixin.qq.com/h5sign?x=1'
  const done = flatXml({ return_code: 'SUCCESS', result_code: 'SUCCESS', redirect_url: redirect })

  it('H5纯签约: HMAC-SHA256 and the phone’s address; the reply names the page', async () => {
    const asked: string[] = []
    const page = pagesOf({ h5Contracts: true }, done, asked).mobile
    expect(await page?.({ ...input, clientIp: '203.0.113.9' })).toBe(redirect)
    const url = new URL(asked[0]?.replace(/^GET /, '') ?? '')
    expect(url.pathname).toBe(new URL(`${wechatpaySettings.baseUrl}/papay/h5entrustweb`).pathname)
    const { sign, ...fields } = Object.fromEntries(url.searchParams)
    expect(fields).toMatchObject({ appid: appId, clientip: '203.0.113.9', version: '1.0' })
    expect(fields).not.toHaveProperty('return_web')
    expect(sign).toBe(signV2(fields, key, 'HMAC-SHA256'))
  })

  it('H5纯签约: without the phone’s address nothing is sent', async () => {
    const asked: string[] = []
    await expect(pagesOf({ h5Contracts: true }, done, asked).mobile?.(input)).rejects.toMatchObject({
      code: 'ProviderRefused',
    })
    expect(asked).toEqual([])
  })

  it.each([
    ['a refusal', flatXml({ return_code: 'FAIL', return_msg: '签名错误' }), 'ProviderRefused'],
    ['a refused signing', flatXml({ return_code: 'SUCCESS', result_code: 'FAIL', err_code: 'X' }), 'ProviderRefused'],
    ['no XML', 'busy', 'ProviderUnavailable'],
    ['no address', flatXml({ return_code: 'SUCCESS', result_code: 'SUCCESS' }), 'ProviderUnavailable'],
    [
      'a script as the address',
      flatXml({ return_code: 'SUCCESS', result_code: 'SUCCESS', redirect_url: 'javascript:alert(1)' }),
      'ProviderUnavailable',
    ],
  ])('H5纯签约: %s', async (_, reply, code) => {
    const page = pagesOf({ h5Contracts: true }, reply).mobile
    await expect(page?.({ ...input, clientIp: '203.0.113.9' })).rejects.toMatchObject({ code })
  })

  it('a contract that was signed under the official account is asked about, ended and debited under it', async () => {
    const one = open({ result_code: 'FAIL', err_code: 'BUSY' })
    const signed = { ...contract, appId: officialAppId }
    await one.contracts.query(signed)
    await one.contracts.end(signed, 'x')
    await one.contracts.debit({ ...debit, contract: signed })
    expect(one.asked.every(({ fields }) => fields.appid === officialAppId)).toBe(true)
    expect(one.asked.length).toBeGreaterThanOrEqual(3)
  })

  it('and so are its debits: query, close and the list of refunds', async () => {
    const refunded = { result_code: 'SUCCESS', out_trade_no: paymentNo, trade_state: 'REFUND', total_fee: '3800' }
    const one = open(refunded)
    const under = { ...payment, debitApp: officialAppId }
    await one.provider.query(under)
    await one.provider.close?.(under)
    expect(one.asked.map(({ path, fields }) => [path, fields.appid])).toEqual([
      ['/pay/orderquery', officialAppId],
      ['/pay/refundquery', officialAppId],
      ['/pay/closeorder', officialAppId],
    ])
  })
})

describe('XML', () => {
  it.each([
    '<!DOCTYPE xml [<!ENTITY a "b">]><xml><a>&a;</a></xml>',
    '<!DOCTYPE xml SYSTEM "file:///etc/passwd"><xml><a>1</a></xml>',
    '<xml><a>&lt;</a></xml>',
    '<xml><a>1</a><a>2</a></xml>',
    '<xml><a><b>1</b></a></xml>',
    '<xml><a x="1">1</a></xml>',
    '<xml><a>1<!-- 2 --></a></xml>',
    '<xml><__proto__>1</__proto__></xml>',
    '<xml><a>1</a>',
    '<xml>1</xml>',
    '{}',
    '',
  ])('%s is refused', (body) => {
    expect(() => readFlatXml(Buffer.from(body))).toThrow('the body is not flat XML')
  })

  it('any text is read as it was written', () => {
    const fields = { a: ']]>', b: '<xml>&amp;</xml>', c: ' 空 ', d: '' }
    expect(readFlatXml(Buffer.from(flatXml(fields)))).toEqual(fields)
  })
})

describe('signing', () => {
  const sign = (displayName: string) =>
    open({}).contracts.sign({
      ...contract,
      serial: 1_234_567_890,
      displayName,
      openid: 'o',
      noticeUrl: debit.noticeUrl,
    })

  it('passes the documented fields with their types, and no others', () => {
    const { appId: target, path, extraData } = sign('茶客')
    expect([target, path]).toEqual(['wxbd687630cd02ce1d', 'pages/index/index'])
    const { sign: signature, ...rest } = extraData
    expect(rest).toEqual({
      appid: appId,
      mch_id: mchId,
      plan_id: '100001',
      contract_code: contract.contractNo,
      request_serial: 1_234_567_890,
      contract_display_account: '茶客',
      notify_url: debit.noticeUrl,
      timestamp: now / 1_000,
    })
    const texts = Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, String(value)]))
    expect(signature).toBe(signV2(texts, key))
  })

  it.each([
    ['a🍵b', 'ab'],
    ['🍵', 'ab12cd34'],
    ['\u0000\n ', 'ab12cd34'],
    ['茶'.repeat(200), '茶'.repeat(32)],
  ])('cleans the name %j', (name, shown) => {
    expect(sign(name).extraData.contract_display_account).toBe(shown)
  })
})

describe('a debit', () => {
  it('sends the documented fields', async () => {
    const { contracts, asked } = open({ result_code: 'SUCCESS' })
    expect(await contracts.debit(debit)).toMatchObject({ outcome: 'pending' })
    const { nonce_str: _, sign: __, ...fields } = asked[0]?.fields ?? {}
    expect([asked[0]?.path, fields]).toEqual([
      '/pay/pappayapply',
      {
        appid: appId,
        mch_id: mchId,
        body: '每月一茶',
        out_trade_no: paymentNo,
        total_fee: '3800',
        fee_type: 'CNY',
        notify_url: debit.noticeUrl,
        trade_type: 'PAP',
        contract_id: 'c-1',
      },
    ])
  })

  it.each([
    ['NOTENOUGH', 'declined', 'funds'],
    ['ACCOUNTERROR', 'declined', 'account'],
    ['CONTRACT_NOT_EXIST', 'declined', 'contract'],
    ['RULELIMIT', 'declined', 'limit'],
    ['PARAM_ERROR', 'declined', 'merchant'],
    ['ORDER_ACCEPTED', 'pending', undefined],
    ['ORDERCLOSED', 'closed', undefined],
    ['SYSTEMERROR', 'unknown', undefined],
    ['FREQUENCY_LIMITED', 'unknown', undefined],
    ['constructor', 'unknown', undefined],
  ])('%s means %s', async (err_code, outcome, cause) => {
    const report = await open({ result_code: 'FAIL', err_code }).contracts.debit(debit)
    expect([report.outcome, report.cause]).toEqual([outcome, cause])
  })

  it.each([
    ['no answer', new HttpFailure('no answer', true)],
    ['no XML', '<html></html>'],
    ['nothing', ''],
    ['an unsigned refusal', '<xml><return_code>FAIL</return_code><return_msg>签名错误</return_msg></xml>'],
  ])('%s leaves the result open', async (_, reply) => {
    expect((await open(reply).contracts.debit(debit)).outcome).toBe('unknown')
  })

  it('an unsigned success is not accepted', async () => {
    const { contracts, provider } = open(
      { result_code: 'SUCCESS', trade_state: 'SUCCESS', out_trade_no: paymentNo, total_fee: '3800' },
      false,
    )
    expect((await contracts.debit(debit)).outcome).toBe('unknown')
    expect((await provider.query(payment)).outcome).toBe('unknown')
  })

  it.each([
    ['SUCCESS', 'paid'],
    ['ACCEPT', 'pending'],
    ['CLOSED', 'closed'],
    ['REFUND', 'refunded'],
    ['PAYERROR', 'declined'],
    ['NOTPAY', 'unknown'],
    ['toString', 'unknown'],
  ])('in a query, %s means %s', async (trade_state, outcome) => {
    const reply = {
      result_code: 'SUCCESS',
      out_trade_no: paymentNo,
      trade_state,
      total_fee: '3800',
      time_end: '20260701120500',
    }
    const { provider, asked } = open(reply)
    expect(await provider.query(payment)).toMatchObject({ outcome, amountFen: 3_800 })
    expect(asked[0]?.path).toBe('/pay/orderquery')
    const other = open({ ...reply, out_trade_no: '20260701120000ab12cd3402' })
    expect((await other.provider.query(payment)).outcome).toBe('unknown')
  })

  it('closed by us has no error about the money', async () => {
    const { provider, asked } = open({ result_code: 'SUCCESS' })
    expect(await provider.close?.(payment)).toMatchObject({ outcome: 'closed', cause: 'technical' })
    expect(asked[0]?.path).toBe('/pay/closeorder')
    const unknownThere = open({ result_code: 'FAIL', err_code: 'ORDERNOTEXIST' }).provider
    expect(await unknownThere.close?.(payment)).toMatchObject({ outcome: 'unknown' })
    expect(await unknownThere.close?.({ ...payment, createdAt: now - 600_000 })).toMatchObject({ outcome: 'closed' })
  })
})

describe('a query of a contract', () => {
  it.each([
    [{ contract_state: '0', contract_signed_time: '2026-07-01 11:00:00' }, 'c-1', 'signed'],
    [{ contract_state: '9' }, null, 'pending'],
    [{ contract_state: '1' }, null, 'refused'],
    [{ contract_state: '1' }, 'c-1', 'ended'],
    [{ contract_state: '1', contract_terminated_time: '2026-07-01 11:30:00' }, null, 'ended'],
    [{ contract_state: '7' }, null, 'unknown'],
  ])('%j, known as %s, is %s', async (fields, theirNo, outcome) => {
    const { contracts, asked } = open({ result_code: 'SUCCESS', err_code: '0', ...(fields as Fields) })
    expect((await contracts.query({ ...contract, theirNo })).outcome).toBe(outcome)
    const named = theirNo ? { contract_id: 'c-1' } : { plan_id: '100001', contract_code: contract.contractNo }
    expect(asked[0]?.fields).toMatchObject({ ...named, version: '1.0' })
  })

  it.each([
    ['-25', 'refused'],
    ['RESULT NULL', 'refused'],
    ['-48', 'unknown'],
    ['SIGN_ERROR', 'unknown'],
  ])('%s is %s', async (err_code, outcome) => {
    expect((await open({ result_code: 'FAIL', err_code }).contracts.query(contract)).outcome).toBe(outcome)
  })
})

describe('notices', () => {
  const { provider } = open({})
  const notice = (fields: Fields, signingKey = key): RawRequest => {
    const all = { return_code: 'SUCCESS', mch_id: mchId, ...fields }
    const body = Buffer.from(flatXml({ ...all, sign: signV2(all, signingKey) }))
    return { method: 'POST', path: '/notify/wechatpay', query: {}, headers: {}, body }
  }
  const paid = {
    appid: appId,
    result_code: 'SUCCESS',
    out_trade_no: paymentNo,
    total_fee: '3800',
    trade_state: 'SUCCESS',
  }

  it('of a debit: a success has the amount, a failure its cause, a system error neither', () => {
    expect(provider.parseNotice(notice(paid), now)).toMatchObject({
      about: 'payment',
      paymentNo,
      report: { outcome: 'paid', amountFen: 3_800 },
    })
    const failed = (err_code: string) =>
      provider.parseNotice(notice({ appid: appId, result_code: 'FAIL', out_trade_no: paymentNo, err_code }), now)
    expect(failed('NOTENOUGH')).toMatchObject({ report: { outcome: 'declined', cause: 'funds' } })
    expect(failed('SYSTEMERROR')).toMatchObject({ report: { outcome: 'unknown' } })
  })

  it('of a contract: signed and ended', () => {
    const fields = {
      result_code: 'SUCCESS',
      contract_code: 'C1',
      plan_id: 'P',
      openid: 'o',
      contract_id: 'W',
      operate_time: '2026-07-01 12:00:00',
    }
    expect(provider.parseNotice(notice({ ...fields, change_type: 'ADD' }), now)).toMatchObject({
      about: 'contract',
      contractNo: 'C1',
      report: { outcome: 'signed', template: 'P', payer: 'o', theirNo: 'W', at: now },
    })
    expect(
      provider.parseNotice(notice({ ...fields, change_type: 'DELETE', contract_termination_mode: '2' }), now),
    ).toMatchObject({
      report: { outcome: 'ended', reason: 'mode 2' },
    })
    expect(provider.parseNotice(notice({ ...fields, change_type: 'valueOf' }), now)).toMatchObject({
      report: { outcome: 'unknown' },
    })
  })

  it('of other merchants, or with one character changed, are refused; the answer is XML', () => {
    expect(() => provider.parseNotice(notice(paid, 'x'.repeat(32)), now)).toThrow('signature')
    expect(() => provider.parseNotice(notice({ ...paid, mch_id: '1' }), now)).toThrow('another merchant')
    expect(() => provider.parseNotice(notice({ ...paid, appid: 'wx1' }), now)).toThrow('another merchant')
    const changed = Buffer.from(Buffer.from(notice(paid).body).toString().replace('3800', '3801'))
    expect(() => provider.parseNotice({ ...notice(paid), body: changed }, now)).toThrow('signature')
    expect(provider.answer('accepted', notice(paid)).body).toBe(
      '<xml><return_code><![CDATA[SUCCESS]]></return_code><return_msg><![CDATA[OK]]></return_msg></xml>',
    )
    expect(provider.answer('rejected', notice(paid)).body).toContain('FAIL')
    expect(provider.answer('accepted').body).toBe('')
  })
})
