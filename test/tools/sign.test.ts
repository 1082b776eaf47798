// Tests `npm run sign`, the signature doctor. For every provider it shows the exact text that our client signs, and it
// finds and names each typical mistake in a signature. It never prints a key.
import { spawnSync } from 'node:child_process'
import * as crypto from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { providers } from '../../cloudfunctions/shared/providers'
import type { HttpRequest, ProviderDefinition, RawRequest } from '../../cloudfunctions/shared/providers/provider'
import { consult } from '../../tools/doctor/consult'
import { visible } from '../../tools/doctor/report'
import {
  type ProviderFixture,
  type Truth,
  testNow,
  testOpenid,
  testPaymentNo,
  testRefundNo,
} from '../providers/contract'
import { boxpayFixture, jubaoSettings, paymentFixture, paymentSettings } from '../providers/fixtures/jubao'
import { makeKeys } from '../providers/fixtures/keys'
import { midasFixture, midasSettings } from '../providers/fixtures/midas'
import { paymaxFixture, paymaxSettings } from '../providers/fixtures/paymax'
import { unifiedFixture, unifiedSettings } from '../providers/fixtures/unified'
import { wechatpayFixture, wechatpaySettings } from '../providers/fixtures/wechatpay'
import { wisecashierFixture, wisecashierSettings } from '../providers/fixtures/wisecashier'
import jubaoVector from '../providers/vectors/jubao.json'
import midasVector from '../providers/vectors/midas.json'
import paymaxVector from '../providers/vectors/paymax.json'
import unifiedVector from '../providers/vectors/unified.json'

const fixtures = [
  midasFixture,
  boxpayFixture,
  paymentFixture,
  paymaxFixture,
  wisecashierFixture,
  unifiedFixture,
  wechatpayFixture,
] as unknown as ProviderFixture<Record<string, unknown>>[]

const nameOf = ({ definition, channel }: ProviderFixture<Record<string, unknown>>): string =>
  `${definition.code} ${channel}`

const truthOf = (fixture: ProviderFixture<Record<string, unknown>>): Truth => ({
  word: Object.keys(fixture.paymentWords)[0] ?? '',
  refundWord: Object.keys(fixture.refundWords ?? {})[0] ?? '',
  amount: Object.keys(fixture.amounts.whole)[0] ?? '',
  refundAmount: Object.keys(fixture.amounts.whole)[0] ?? '',
  paymentNo: testPaymentNo,
  refundNo: testRefundNo,
  theirNo: fixture.theirNo,
  currency: fixture.currency,
  openid: testOpenid,
  now: testNow,
  refuses: null,
})

const headersOf = (headers: Record<string, string> = {}): string =>
  Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\n`)
    .join('')

const pasted = ({ method, url, headers, body = '' }: HttpRequest): string =>
  `${method} ${url} HTTP/1.1\n${headersOf(headers)}\n${body}`

function pastedNotice({ method, path, query, headers, body }: RawRequest): string {
  const search = new URLSearchParams(query).toString()
  return `${method} ${path}${search && `?${search}`}\n${headersOf(headers)}\n${Buffer.from(body).toString('utf8')}`
}

/** The requests that our client sends when it opens a payment. */
async function sentBy(fixture: ProviderFixture<Record<string, unknown>>): Promise<HttpRequest[]> {
  const sent: HttpRequest[] = []
  const definition = fixture.definition as ProviderDefinition<Record<string, unknown>>
  const provider = definition.create(definition.settings.parse(fixture.settings), async (request) => {
    sent.push(request)
    return fixture.serve(request, truthOf(fixture))
  })
  await provider.prepare({
    paymentNo: testPaymentNo,
    theirNo: null,
    channel: fixture.channel,
    amountFen: Object.values(fixture.amounts.whole)[0] ?? 0,
    currency: fixture.currency,
    openid: testOpenid,
    createdAt: testNow,
    now: testNow,
    title: '明前龙井 & 茶具 +*~',
    appId: 'wx0000000000000000',
    noticeUrl: 'https://shop.example.com/notify?a=1',
    expiresAt: testNow + 1_800_000,
  })
  return sent
}

const secretsOf = (settings: object): string[] =>
  Object.entries(settings).flatMap(([name, value]) =>
    /key|secret/i.test(name) && !/public/i.test(name) && name !== 'publicKeyId' && typeof value === 'string'
      ? value.split('\n')
      : [],
  )

function diagnosed(code: string, text: string, settings: object, extra?: { name: string; value: string }): string {
  const report = consult(code, text, settings as Record<string, unknown>, extra)
  for (const secret of [...secretsOf(settings), extra?.value ?? ''].filter(
    (one) => one.length > 5 && !one.startsWith('-----'),
  ))
    expect(report).not.toContain(secret)
  return report
}

describe('messages of our clients and to them', () => {
  it.each(fixtures.map((fixture) => [nameOf(fixture), fixture] as const))(
    'have a right signature, %s',
    async (_, fixture) => {
      const sent = (await sentBy(fixture)).map(pasted).filter((text) => /\bsign|signature/i.test(text))
      expect(sent).not.toHaveLength(0)
      const notice = fixture.paymentNotice(fixture.settings, truthOf(fixture))
      for (const text of [...sent, pastedNotice(notice)])
        expect(diagnosed(fixture.definition.code, text, fixture.settings)).toContain('The signature fits.')
    },
  )

  it('include the documents’ own examples', () => {
    const [example] = jubaoVector.cases
    const { version: _, ...oldJubao } = { ...jubaoSettings, key: jubaoVector.key }
    const boxpay = JSON.stringify({ ...example?.params, sign: example?.sign })
    expect(diagnosed('jubao', boxpay, oldJubao)).toContain('The signature fits.')
    const [query] = unifiedVector.cases
    const asked = new URLSearchParams({ ...query?.params, sign: query?.sign ?? '' })
    const { domainSecret } = unifiedVector
    const report = diagnosed('unified', `http://x.example.com/query?${asked}`, { ...unifiedSettings, domainSecret })
    expect(report).toContain('1464844451098test‹domainSecret›\n\nThe signature fits.')
    const { offerKey, privateKeyPkcs8Base64: privateKey, params, sign } = midasVector
    const order = JSON.stringify({ ...params, sign })
    expect(diagnosed('midas', order, { ...midasSettings, offerKey, privateKey })).toContain('The signature fits.')
    const { method, uri, nonce, timestamp, authorization, body } = paymaxVector
    const headers = headersOf({ nonce, timestamp, authorization, sign: paymaxVector.sign })
    const charge = `${method.toUpperCase()} /merchant-api${uri}?${paymaxVector.query}\n${headers}\n${body}`
    const settings = { ...paymaxSettings, privateKey: paymaxVector.privateKeyPkcs8Base64, secretKey: authorization }
    expect(diagnosed('paymax', charge, settings)).toContain('The signature fits.')
  })

  it('every provider has a description', () => {
    for (const { code } of providers) expect(() => consult(code, '', {})).not.toThrow(`no provider ${code}`)
    expect(() => consult('constructor', '', {})).toThrow('no provider constructor')
  })
})

const hash = (algorithm: string, text: string): string => crypto.createHash(algorithm).update(text).digest('hex')
const rsa = (privateKey: string, text: string, algorithm = 'sha256'): string => {
  const key = privateKey.includes('-----')
    ? crypto.createPrivateKey(privateKey)
    : crypto.createPrivateKey({ key: Buffer.from(privateKey, 'base64'), format: 'der', type: 'pkcs8' })
  return crypto.sign(algorithm, Buffer.from(text), key).toString('base64')
}
const sortedNames = (fields: Record<string, string>): string[] => Object.keys(fields).sort()
const pairsOf = (fields: Record<string, string>): string =>
  sortedNames(fields)
    .map((name) => `${name}=${fields[name]}`)
    .join('&')
const twice = (text: string): string => Buffer.from(text).toString('latin1')
const without = (fields: Record<string, string>, ...names: string[]): Record<string, string> =>
  Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name)))

type Mistake = [cause: string, why: string, message: string, extra?: string]

const foreign = makeKeys()
const otherSecret = 'Zz9Yy8Xx7Ww6Vv5Uu4Tt3Ss2Rr1Qq0Pp'

describe('signed by a hash (Jubao)', () => {
  const { key } = jubaoSettings
  const fields = {
    total_fee: '8800',
    mch_id: '10502105689001',
    out_trade_no: testPaymentNo,
    notify_url: 'https://shop.example.com/notify?a=1',
    body: '测试商品',
    attach: '',
    version: '2',
  }
  const textOf = (some: Record<string, string>): string =>
    sortedNames(some)
      .map((name) => name + some[name])
      .join('')
  const md5 = (text: string, secret = key): string => hash('md5', secret + text + secret).toUpperCase()
  const message = (sign: string, shown: Record<string, string> = fields): string => JSON.stringify({ ...shown, sign })
  const text = textOf(fields)

  it.each<Mistake>([
    ['double encoding', 'though version is 2', message(md5(twice(text)))],
    [
      'double encoding',
      'which without version 2',
      message(md5(textOf(without(fields, 'version'))), without(fields, 'version')),
    ],
    [
      'URL encoding',
      'notify_url',
      message(md5(textOf({ ...fields, notify_url: encodeURIComponent(fields.notify_url) }))),
    ],
    ['parameter left out', 'without notify_url', message(md5(textOf(without(fields, 'notify_url'))))],
    ['parameter left out', 'without mch_id', message(md5(textOf(without(fields, 'notify_url', 'mch_id'))))],
    ['parameter left out', 'version=2', message(md5(text), without(fields, 'version'))],
    ['body re-serialised', 'total_fee', message(md5(text)).replace('"8800"', '8800.00')],
    ['wrong key', 'the key of --key', message(md5(text, otherSecret)), otherSecret],
    ['wrong key', 'a newline behind', message(md5(text, `${key}\n`))],
    ['wrong key', 'without the key', message(md5(text, ''))],
    ['upper/lower case', 'must be in upper case', message(md5(text).toLowerCase())],
    [
      'upper/lower case',
      'names',
      message(
        md5(textOf(Object.fromEntries(Object.entries(fields).map(([name, value]) => [name.toUpperCase(), value])))),
      ),
    ],
    ['yuan/fen', 'total_fee', message(md5(textOf({ ...fields, total_fee: '88.00' })))],
    ['yuan/fen', 'total_fee', message(md5(textOf({ ...fields, total_fee: '88' })))],
    ['yuan/fen', 'in fen', message(md5(text), { ...fields, total_fee: '88.00' })],
    ['empty-field rule', 'left out', message(md5(textOf(without(fields, 'attach'))))],
    ['empty-field rule', '"null"', message(md5(textOf({ ...fields, attach: 'null' })))],
    ['trailing newline', 'a newline at its end', message(hash('md5', `${key}${text}${key}\n`).toUpperCase())],
    [
      'joined in another way',
      'the dialect payment',
      message(hash('md5', `${pairsOf(fields)}&key=${key}`).toUpperCase()),
    ],
    ['digest', 'sha1', message(hash('sha1', key + text + key).toUpperCase())],
    ['spelling of the signature', 'blanks', message(` ${md5(text)}`)],
  ])('%s is found (%s)', (...[cause, why, pasted, extra]: Mistake) => {
    const report = diagnosed(
      'jubao',
      pasted,
      jubaoSettings,
      extra ? { name: 'the key of --key', value: extra } : undefined,
    )
    expect(report).toContain(`Cause: ${cause}: `)
    expect(report).toContain(why)
    expect(report).toContain(`The right signature: `)
  })

  it('two mistakes at once are both found', () => {
    const sign = md5(textOf({ ...fields, total_fee: '88.00' })).toLowerCase()
    const report = diagnosed('jubao', message(sign), jubaoSettings)
    expect(report).toContain('Cause: upper/lower case: ')
    expect(report).toContain('Cause: yuan/fen: ')
  })

  it('the text that was signed is shown, with the key as its name', () => {
    const report = diagnosed('jubao', message(md5(textOf({ ...fields, total_fee: '88.00' }))), jubaoSettings)
    expect(report).toContain('‹key›attachbody测试商品')
    expect(report).toContain('total_fee88.00version2‹key›')
    expect(report).toContain('8800version2‹key›')
  })

  it('an unexplained signature is reported as such, and a message without signature gets the right one', () => {
    const sign = md5(text)
    const changed = diagnosed('jubao', message(sign, { ...fields, out_trade_no: '1' }), jubaoSettings)
    expect(changed).toContain('no cause that is known here explains it')
    expect(diagnosed('jubao', JSON.stringify(fields), jubaoSettings)).toContain(`The right signature: ${sign}`)
  })

  it('the other dialect is understood, and the signature inside of a reply', () => {
    const old = without(fields, 'version')
    const sign = hash('md5', `${pairsOf(old)}&key=${key}`).toUpperCase()
    expect(diagnosed('jubao', message(sign, old), paymentSettings)).toContain('The signature fits.')
    const data = { ...fields, sign: md5(text) }
    expect(diagnosed('jubao', JSON.stringify({ ret: 0, msg: 'success', data }), jubaoSettings)).toContain('fits.')
  })
})

describe('signed by a hash of values (Unified)', () => {
  const { domainSecret } = unifiedSettings
  const fields = {
    domainCode: 'shop',
    money: '8800',
    requestKey: testPaymentNo,
    bgUrl: 'https://x.example.com/n',
    rate: '',
    info: '茶',
  }
  const message = (values: string[]): string =>
    `GET /pay.html#/?${new URLSearchParams({ ...fields, sign: hash('sha1', values.join('')) })}`

  it.each<[string, string, string[]]>([
    [
      'order of the fields',
      'behind the sorted values',
      [...['shop', '茶', '8800', testPaymentNo, fields.bgUrl].sort(), domainSecret],
    ],
    [
      'URL encoding',
      'signUrlsEncoded',
      ['shop', '茶', '8800', testPaymentNo, encodeURIComponent(fields.bgUrl), domainSecret].sort(),
    ],
    ['yuan/fen', 'money', ['shop', '茶', '88.00', testPaymentNo, fields.bgUrl, domainSecret].sort()],
    ['empty-field rule', '"null"', ['shop', '茶', '8800', testPaymentNo, fields.bgUrl, 'null', domainSecret].sort()],
    ['parameter left out', 'without bgUrl', ['shop', '茶', '8800', testPaymentNo, domainSecret].sort()],
    ['wrong key', 'without the domainSecret', ['shop', '茶', '8800', testPaymentNo, fields.bgUrl].sort()],
  ])('%s is found (%s)', (cause, why, values) => {
    const report = diagnosed('unified', message(values), unifiedSettings)
    expect(report).toContain(`Cause: ${cause}: `)
    expect(report).toContain(why)
  })
})

describe('signed by RSA over fields (Midas, Wisecashier)', () => {
  const { offerKey, privateKey } = midasSettings
  const fields = {
    user_id: 'abcdef',
    out_trade_no: testPaymentNo,
    amount: '8800',
    product_name: '金元宝 A',
    metadata: '',
    ts: '1782878400',
  }
  const message = (sign: string, shown: Record<string, string> = fields): string =>
    `POST https://midas.example.com/open/v1/r/1/unified_order?${new URLSearchParams({ ...shown, sign })}\n\n`
  const text = pairsOf(fields) + offerKey
  const signed = (some: string): string => rsa(privateKey, some)

  it.each<Mistake>([
    ['double encoding', 'encoded twice', message(signed(twice(pairsOf(fields)) + offerKey))],
    [
      'URL encoding',
      'as a form',
      message(
        signed(
          pairsOf({ ...fields, product_name: encodeURIComponent(fields.product_name).replaceAll('%20', '+') }) +
            offerKey,
        ),
      ),
    ],
    ['parameter left out', 'without ts', message(signed(pairsOf(without(fields, 'ts')) + offerKey))],
    ['body re-serialised', 'amount', JSON.stringify({ ...fields, sign: signed(text) }).replace('"8800"', '8800.0')],
    [
      'wrong key',
      'the key of --key, where privateKey belongs',
      message(rsa(foreign.privatePem, text)),
      foreign.publicPem,
    ],
    ['wrong key', 'neither with privateKey nor', message(rsa(foreign.privatePem, text))],
    [
      'wrong key',
      'the key of --key, where offerKey belongs',
      message(signed(pairsOf(fields) + otherSecret)),
      otherSecret,
    ],
    ['joined in another way', '&key=', message(signed(`${pairsOf(fields)}&key=${offerKey}`))],
    ['upper/lower case', 'user_id', message(signed(pairsOf({ ...fields, user_id: 'ABCDEF' }) + offerKey))],
    ['yuan/fen', 'amount', message(signed(pairsOf({ ...fields, amount: '88.00' }) + offerKey))],
    ['empty-field rule', 'left out', message(signed(pairsOf(without(fields, 'metadata')) + offerKey))],
    ['trailing newline', 'a newline at its end', message(signed(`${text}\n`))],
    [
      'order of the fields',
      'in which they came',
      message(
        signed(
          Object.entries(fields)
            .map(([name, value]) => `${name}=${value}`)
            .join('&') + offerKey,
        ),
      ),
    ],
    ['digest', 'sha1', message(rsa(privateKey, text, 'sha1'))],
    [
      'spelling of the signature',
      'base64url',
      message(signed(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')),
    ],
    ['spelling of the signature', 'hex', message(Buffer.from(signed(text), 'base64').toString('hex'))],
    ['spelling of the signature', 'still URL-encoded', message(encodeURIComponent(signed(text)))],
  ])('%s is found (%s)', (...[cause, why, pasted, extra]: Mistake) => {
    const report = diagnosed(
      'midas',
      pasted,
      midasSettings,
      extra ? { name: 'the key of --key', value: extra } : undefined,
    )
    expect(report).toContain(`Cause: ${cause}: `)
    expect(report).toContain(why)
  })

  it('a + that became a space on its way is found', () => {
    const sign = signed(text)
    expect(sign).toContain('+')
    const query = Object.entries({ ...fields, sign }).map(([name, value]) => `${name}=${value}`)
    expect(diagnosed('midas', query.join('&'), midasSettings)).toContain('each + became a space')
  })

  const encoded = (some: Record<string, string>): string =>
    pairsOf(Object.fromEntries(Object.entries(some).map(([name, value]) => [name, encodeURIComponent(value)])))
  const order = { amount: '88.00', merchant_no: 'WC1', product_info: '茶 & 具', out_trade_id: testPaymentNo }
  const call = (signature: string): string =>
    `POST /wechatpay/mini_program/payment\nMerchantNO: WC1\nTimestamp: 1782878400\nSignature: ${signature}\n\n${encoded(order)}`

  it.each<[string, string, string]>([
    ['URL encoding', 'plain, where a request encodes them', `${pairsOf(order)},1782878400`],
    ['parameter left out', 'Timestamp=1782878400000', `${encoded(order)},1782878400000`],
    ['joined in another way', 'the time was left out', pairsOf(order)],
    ['yuan/fen', 'in fen', `${encoded({ ...order, amount: '8800' })},1782878400`],
  ])('%s of a request to Wisecashier is found (%s)', (cause, why, said) => {
    const report = diagnosed('wisecashier', call(rsa(wisecashierSettings.privateKey, said)), wisecashierSettings)
    expect(report).toContain(`Cause: ${cause}: `)
    expect(report).toContain(why)
  })
})

describe('WeChat Pay’s API v2 (contracts)', () => {
  const settings = { ...wechatpaySettings, apiV2Key: '192006250b4c09247ec02edce69f6a2d' }
  const debit: Record<string, string> = {
    appid: settings.appId,
    mch_id: settings.mchId,
    nonce_str: '5K8264ILTKCH16CQ2502SI8ZNMTM67VS',
    body: '水电代扣 & 茶',
    out_trade_no: '20260301100060abcd012301',
    total_fee: '888',
    attach: '',
    notify_url: 'https://shop.example.com/notify/wechatpay',
    trade_type: 'PAP',
    contract_id: 'Wx15463511252015071056489715',
  }
  const filled = (fields: Record<string, string>): Record<string, string> =>
    Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== ''))
  const textOf = (fields: Record<string, string>): string => `${pairsOf(filled(fields))}&key=`
  const md5 = (text: string): string => hash('md5', text).toUpperCase()
  const right = md5(textOf(debit) + settings.apiV2Key)
  const xml = (fields: Record<string, string>): string =>
    `POST /pay/pappayapply HTTP/1.1\ncontent-type: text/xml\n\n<xml>\n${Object.entries(fields)
      .map(([name, value]) => `<${name}><![CDATA[${value}]]></${name}>`)
      .join('\n')}\n</xml>`
  const say = (text: string): string => diagnosed('wechatpay', text, settings)

  it('a debit with a right sign fits, and shows the sorted text with the key’s name', () => {
    const report = say(xml({ ...debit, sign: right }))
    expect(report).toContain(`${textOf(debit)}‹apiV2Key›`)
    expect(report).toContain('The signature fits.')
    expect(report).not.toContain('POST␊')
  })

  it('an HMAC-SHA256 signature fits, too', () => {
    const sign = crypto
      .createHmac('sha256', settings.apiV2Key)
      .update(textOf({ ...debit, sign_type: 'HMAC-SHA256' }) + settings.apiV2Key)
      .digest('hex')
      .toUpperCase()
    expect(say(xml({ ...debit, sign_type: 'HMAC-SHA256', sign }))).toContain('The signature fits.')
    expect(say(xml({ ...debit, sign_type: 'HMAC-SHA256' }))).toContain(`The right signature: ${sign}`)
  })

  it('the data that our client passes to the signing page fits, alone and inside of the phone’s call', () => {
    const contracts = wechatpayFixture.definition.create(settings as never, async () => {
      throw new Error('nothing is sent')
    }).contracts
    const signing = contracts?.sign({
      contractNo: '20260301100000abcd0123',
      theirNo: null,
      template: '100001',
      now: testNow,
      serial: 1_695,
      displayName: '茶客',
      openid: testOpenid,
      noticeUrl: debit.notify_url ?? '',
    })
    for (const value of [signing?.extraData, signing]) {
      const report = say(JSON.stringify(value))
      expect(report).toContain('the extraData of a signing, API v2')
      expect(report).toContain('The signature fits.')
    }
  })

  it.each<[cause: string, why: string, sign: string]>([
    ['empty-field rule', 'fields without a value were signed too', md5(`${pairsOf(debit)}&key=${settings.apiV2Key}`)],
    ['joined in another way', 'right behind it', md5(pairsOf(filled(debit)) + settings.apiV2Key)],
    ['wrong key', 'signed with apiV3Key, where apiV2Key belongs', md5(textOf(debit) + settings.apiV3Key)],
    ['upper/lower case', 'upper case', right.toLowerCase()],
    ['yuan/fen', 'total_fee', md5(textOf({ ...debit, total_fee: '8.88' }) + settings.apiV2Key)],
    ['parameter left out', 'trade_type', md5(textOf(without(debit, 'trade_type')) + settings.apiV2Key)],
    [
      'URL encoding',
      'notify_url',
      md5(textOf({ ...debit, notify_url: encodeURIComponent(debit.notify_url ?? '') }) + settings.apiV2Key),
    ],
  ])('%s is found (%s)', (cause, why, sign) => {
    const report = say(xml({ ...debit, sign }))
    expect(report).toContain(`Cause: ${cause}: `)
    expect(report).toContain(why)
  })

  it('reports a message that cannot be read', () => {
    expect(() => say('<xml><a>1</b></xml>')).toThrow('not flat XML')
    expect(() =>
      diagnosed('wechatpay', xml({ ...debit, sign: right }), without(settings as never, 'apiV2Key')),
    ).toThrow('the settings have no apiV2Key')
  })
})

describe('signed by RSA over lines (WeChat Pay, Paymax)', () => {
  const { privateKey } = wechatpaySettings
  const body = JSON.stringify({ mchid: '1900007291', description: '茶/具', amount: { total: 8800, currency: 'CNY' } })
  const path = '/v3/pay/transactions/jsapi'
  const lines = (...all: string[]): string => all.map((line) => `${line}\n`).join('')
  const request = (signature: string, { method = 'POST', target = path, shown = body } = {}): string => {
    const said = {
      mchid: '1900007291',
      nonce_str: 'abc',
      signature,
      timestamp: '1782878400',
      serial_no: wechatpaySettings.serialNo,
    }
    const pairs = Object.entries(said).map(([name, value]) => `${name}="${value}"`)
    return `${method} ${wechatpaySettings.baseUrl}${target} HTTP/1.1\nAuthorization: WECHATPAY2-SHA256-RSA2048 ${pairs.join(',')}\n\n${shown}`
  }
  const signed = (some: string): string => rsa(privateKey, some)
  const over = (said: string, method = 'POST', target = path): string =>
    signed(lines(method, target, '1782878400', 'abc', said))
  const spaced = body.replaceAll('":', '": ').replaceAll(',"', ', "')
  const asPhp = spaced
    .replaceAll('": ', '":')
    .replaceAll(', "', ',"')
    .replaceAll('/', '\\/')
    .replaceAll('茶', '\\u8336')
    .replaceAll('具', '\\u5177')
  const query = `${path}/id/1?mchid=1900007291`

  it.each<Mistake>([
    ['double encoding', 'encoded twice', request(signed(twice(lines('POST', path, '1782878400', 'abc', body))))],
    [
      'parameter left out',
      'without its query',
      request(over('', 'GET', `${path}/id/1`), { method: 'GET', target: query, shown: '' }),
    ],
    ['parameter left out', 'without body', request(signed(lines('POST', path, '1782878400', 'abc')))],
    ['body re-serialised', 'a blank behind each colon and comma', request(over(spaced))],
    ['body re-serialised', 'slashes and letters beyond ASCII escaped', request(over(asPhp))],
    ['body re-serialised', 'indented by 2', request(over(JSON.stringify(JSON.parse(body), null, 2)))],
    [
      'wrong key',
      'the key of --key, where privateKey belongs',
      request(rsa(foreign.privatePem, lines('POST', path, '1782878400', 'abc', body))),
      foreign.privatePem,
    ],
    ['wrong key', 'neither with privateKey nor', request(rsa(foreign.privatePem, 'x'))],
    ['upper/lower case', 'method', request(over(body, 'post'))],
    ['yuan/fen', 'total', request(over(body.replace('8800', '88.00')))],
    ['yuan/fen', 'total', request(over(body.replace('8800', '88')))],
    [
      'trailing newline',
      'without the newline at its end',
      request(signed(lines('POST', path, '1782878400', 'abc', body).slice(0, -1))),
    ],
    [
      'whole address',
      wechatpaySettings.baseUrl,
      request(over('', 'GET', wechatpaySettings.baseUrl + query), { method: 'GET', target: query, shown: '' }),
    ],
    [
      'body of a GET',
      '{} was signed as the body',
      request(over('{}', 'GET', query), { method: 'GET', target: query, shown: '' }),
    ],
    ['trailing newline', 'the body was signed without the newline', request(over(body), { shown: `${body}\n` })],
    [
      'joined in another way',
      'nothing between them',
      request(signed(['POST', path, '1782878400', 'abc', body].join(''))),
    ],
  ])('%s is found (%s)', (...[cause, why, pasted, extra]: Mistake) => {
    const report = diagnosed(
      'wechatpay',
      pasted,
      wechatpaySettings,
      extra ? { name: 'the key of --key', value: extra } : undefined,
    )
    expect(report).toContain(`Cause: ${cause}: `)
    expect(report).toContain(why)
  })

  it('shows each line with its end, and gives the right signature for our own messages', () => {
    const report = diagnosed('wechatpay', request(''), wechatpaySettings)
    expect(report).toContain(`POST␊\n${path}␊\n1782878400␊\nabc␊\n`)
    expect(report).toContain(`The right signature: ${over(body)}`)
  })

  it('a notification under another serial, and one that cannot be decrypted, are distinguished', () => {
    const fixture = wechatpayFixture as unknown as ProviderFixture<Record<string, unknown>>
    const notice = fixture.paymentNotice(fixture.settings, truthOf(fixture))
    const serial = Object.keys(wechatpaySettings.platformCertificates)[0] ?? ''
    const mixed = { ...notice, headers: { ...notice.headers, 'wechatpay-serial': serial } }
    const report = diagnosed('wechatpay', pastedNotice(mixed), wechatpaySettings)
    expect(report).toContain(`signed with ${wechatpaySettings.publicKeyId}, where ${serial} belongs`)
    expect(report).toContain('the resource opens with apiV3Key')
    const closed = diagnosed('wechatpay', pastedNotice(notice), { ...wechatpaySettings, apiV3Key: 'x'.repeat(32) })
    expect(closed).toContain('The signature fits.')
    expect(closed).toContain('the resource does not open')
  })

  it('a notification whose names a JSON library reordered is distinguished from a changed one', () => {
    const fixture = wechatpayFixture as unknown as ProviderFixture<Record<string, unknown>>
    const notice = fixture.paymentNotice(fixture.settings, truthOf(fixture))
    const sorted = (value: unknown): unknown =>
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? Object.fromEntries(
            Object.entries(value)
              .sort(([a], [b]) => (a < b ? 1 : -1))
              .map(([name, one]) => [name, sorted(one)]),
          )
        : value
    const anew = JSON.stringify(sorted(JSON.parse(Buffer.from(notice.body).toString('utf8'))))
    const report = diagnosed('wechatpay', pastedNotice({ ...notice, body: Buffer.from(anew) }), wechatpaySettings)
    expect(report).toContain('Cause: body re-serialised: its names stood in another order when it was signed')
    const changed = anew.replace('TRANSACTION', 'TRANSACTIOM')
    const other = diagnosed('wechatpay', pastedNotice({ ...notice, body: Buffer.from(changed) }), wechatpaySettings)
    expect(other).toContain('no cause that is known here explains it')
  }, 30_000)

  it('a payment sheet that the phone refuses is reported, though it is signed correctly', () => {
    const check = (sheet: Record<string, unknown>): string => {
      const paySign = signed(
        lines(wechatpaySettings.appId, String(sheet.timeStamp), String(sheet.nonceStr), String(sheet.package)),
      )
      return diagnosed('wechatpay', JSON.stringify({ ...sheet, paySign }), wechatpaySettings)
    }
    const sheet = { timeStamp: '1782878400', nonceStr: 'abc', package: 'prepay_id=wx1', signType: 'RSA' }
    expect(check(sheet)).toContain('The signature fits.')
    expect(check(sheet)).not.toContain('refuses')
    for (const [odd, why] of [
      [{ timeStamp: 1_782_878_400 }, 'the phone refuses this sheet: timeStamp is a number'],
      [{ nonceStr: 7 }, 'the phone refuses this sheet: nonceStr is a number'],
      [{ package: 'wx1' }, 'package must begin with prepay_id=, that prefix is missing'],
      [{ signType: undefined }, 'the phone refuses this sheet: signType is missing'],
      [{ timeStamp: '1782878400000' }, 'timeStamp is in milliseconds'],
    ] as const) {
      const report = check({ ...sheet, ...odd })
      expect(report).toContain('The signature fits.')
      expect(report).toContain(why)
    }
    const lacking = { ...sheet, package: 'wx1' }
    const paySign = signed(lines(wechatpaySettings.appId, sheet.timeStamp, sheet.nonceStr, sheet.package))
    expect(diagnosed('wechatpay', JSON.stringify({ ...lacking, paySign }), wechatpaySettings)).toContain(
      'which the sheet lacks',
    )
  })

  it('reads the parameters of a payment sheet', () => {
    const sheet = { timeStamp: '1782878400', nonceStr: 'abc', package: 'prepay_id=wx1', signType: 'RSA' }
    const sign = (prepay: string) => signed(lines(wechatpaySettings.appId, sheet.timeStamp, sheet.nonceStr, prepay))
    const right = JSON.stringify({ ...sheet, paySign: sign('prepay_id=wx1') })
    expect(diagnosed('wechatpay', right, wechatpaySettings)).toContain('The signature fits.')
    const wrong = JSON.stringify({ ...sheet, signType: 'MD5', paySign: sign('wx1') })
    const report = diagnosed('wechatpay', wrong, wechatpaySettings)
    expect(report).toContain('prepay_id was signed without')
    expect(report).toContain('RSA belongs there')
  })

  const charge = (sign: string): string =>
    `POST /merchant-api/v1/charges\nnonce: n1\ntimestamp: 1782878400000\nAuthorization: ${paymaxSettings.secretKey}\nsign: ${sign}\n\n{"amount":88.00}`
  const seven = (method: string, uri: string, said = '{"amount":88.00}'): string =>
    [method, uri, '', 'n1', '1782878400000', paymaxSettings.secretKey, said].join('\n')

  it.each<[string, string, string]>([
    ['upper/lower case', 'method', seven('POST', '/v1/charges')],
    ['joined in another way', '/merchant-api', seven('post', '/merchant-api/v1/charges')],
    ['trailing newline', 'a newline at its end', `${seven('post', '/v1/charges')}\n`],
    ['body re-serialised', 'numbers written anew', seven('post', '/v1/charges', '{"amount":88}')],
    ['yuan/fen', 'amount', seven('post', '/v1/charges', '{"amount":8800}')],
    ['parameter left out', 'without query', seven('post', '/v1/charges').replace('\n\n', '\n')],
  ])('%s of a request to Paymax is found (%s)', (cause, why, said) => {
    const report = diagnosed('paymax', charge(rsa(paymaxSettings.privateKey, said, 'sha1')), paymaxSettings)
    expect(report).toContain(`Cause: ${cause}: `)
    expect(report).toContain(why)
    expect(report).toContain('‹Authorization›')
  })
})

it('invisible characters are shown', () => {
  expect(visible('a\nb\r\n\u0000\u007f\u200b c  ')).toBe('a␊\nb␍␊\n␀␡\\u{200b} c··')
})

it('runs as a command, with settings from a file and the message from standard input', () => {
  const folder = mkdtempSync(join(tmpdir(), 'doctor-'))
  const root = resolve(__dirname, '../..')
  const run = (args: string[], input: string) =>
    spawnSync(process.execPath, ['--import', 'tsx', 'tools/sign.ts', ...args], { cwd: root, input, encoding: 'utf8' })
  try {
    const file = join(folder, 'settings.json')
    writeFileSync(file, JSON.stringify({ unified: unifiedSettings }))
    const { stdout, status } = run(['unified', '--settings', file], '{"domainCode":"a","sign":"00"}')
    expect({ said: stdout.includes('unified: a request'), status }).toEqual({ said: true, status: 0 })
    expect(stdout).not.toContain(unifiedSettings.domainSecret)
    const { stderr } = run(['unified', '--settings', file], 'nothing')
    expect(stderr.trim().split('\n').at(-1)).toMatch(/^the message has no fields/)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
