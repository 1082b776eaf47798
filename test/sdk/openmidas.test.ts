// Tests OpenMidas as an app uses it: the built entry file with the globals of a mini-program and a fake wx.
import fc from 'fast-check'
import type { PayCallback } from '../../miniprogram/openmidas/core'
import { results } from '../../miniprogram/openmidas/result'
import { bundled, type FakeWx, type RequestOption, requireOpenMidas, type SheetOption } from './phone'

const jsapi = { timeStamp: '1519698041', nonceStr: 'n', package: 'prepay_id=wx1', paySign: 's', signType: 'RSA' }
const ready = JSON.stringify(jsapi)
const midas = `data=${encodeURIComponent('{"appid":"TC100008"}')}&sign=abc%3D`
const hosts = { release: 'https://release.test', test: 'https://sandbox.test' }

afterEach(() => void jest.useRealTimers())

type Heard = Parameters<PayCallback>

interface Phone {
  wx: FakeWx
  requests: RequestOption[]
  sheets: SheetOption[]
}

/** A phone with a fake server (`reply`) and a fake user of the payment sheet (`act`). */
function phone(reply: (option: RequestOption) => void, act: (option: SheetOption) => void): Phone {
  const requests: RequestOption[] = []
  const sheets: SheetOption[] = []
  const wx: FakeWx = {
    request(option) {
      requests.push(option)
      reply(option)
    },
    requestPayment(option) {
      sheets.push(option)
      act(option)
    },
  }
  return { wx, requests, sheets }
}

const exchanges = (option: RequestOption) => option.success({ statusCode: 200, data: { ret: 0, jsapi } })
const pays = (option: SheetOption) => option.success({ errMsg: 'requestPayment:ok' })
const failsWith = (errMsg: string) => (option: SheetOption) => {
  option.fail({ errMsg })
  option.complete({ errMsg })
}

/** Lets 100 timers run one after the other, so that each step of the SDK is executed even on a machine that stalls. */
async function settle(turns = 100): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setTimeout(resolve, 1))
}

/** Pays once. @returns all calls of the callback, including late ones */
async function pay(wx: FakeWx, payInfo: unknown = ready, metadata?: unknown, env: unknown = 'test'): Promise<Heard[]> {
  const sdk = requireOpenMidas(wx)
  sdk.openMidasConfig.hosts = hosts
  if (env !== null) sdk.init(env as 'test')
  const heard: Heard[] = []
  let returned = false
  const first = new Promise<void>((resolve) => {
    const callback: PayCallback = (...result) => {
      expect(returned).toBe(true)
      heard.push(result)
      resolve()
    }
    sdk.pay(payInfo as string, callback, metadata as string)
  })
  returned = true
  await first
  // Wait a little, because a second call of the callback would be wrong and the test must notice it.
  await settle(5)
  return heard
}

const codes = (heard: Heard[]) => heard.map(([resultCode, innerCode]) => [resultCode, innerCode])
const is = (name: keyof typeof results) => [[results[name].resultCode, results[name].innerCode]]

describe('a payment', () => {
  test('with ready JSAPI parameters opens the payment sheet with them and calls no host', async () => {
    const { wx, requests, sheets } = phone(exchanges, pays)
    expect(codes(await pay(wx))).toEqual(is('succeeded'))
    expect(requests).toEqual([])
    expect(sheets).toMatchObject([jsapi])
  })

  test('with Midas’s payInfo exchanges it, unchanged, at the host of the environment', async () => {
    const { wx, requests, sheets } = phone(exchanges, pays)
    expect(codes(await pay(wx, midas))).toEqual(is('succeeded'))
    expect(requests).toMatchObject([{ url: 'https://sandbox.test/jsapi', method: 'POST', data: { payInfo: midas } }])
    expect(sheets).toMatchObject([jsapi])
    const other = phone(exchanges, pays)
    await pay(other.wx, midas, undefined, 'release')
    expect(other.requests[0]?.url).toBe('https://release.test/jsapi')
  })

  test('works with the document’s globals and require', async () => {
    const { wx } = phone(exchanges, pays)
    const OpenMidas = requireOpenMidas(wx)
    OpenMidas.init('test')
    const heard = await new Promise<Heard>((resolve) => {
      OpenMidas.pay(ready, (...result) => resolve(result), 'order=1')
    })
    expect(heard).toEqual([0, 'mc-0-1', results.succeeded.meaning, 'order=1'])
    expect(OpenMidas.OpenMidas.pay).toBe(OpenMidas.pay)
  })

  test('goes to the public cloud when nothing was configured', () => {
    const sdk = requireOpenMidas(phone(exchanges, pays).wx)
    expect(sdk.openMidasConfig.hosts.release).toBe('https://api.openmidas.com')
  })

  test('without a callback, in the page-jump form or not at all, does not fail', async () => {
    const { wx, sheets } = phone(exchanges, pays)
    const sdk = requireOpenMidas(wx)
    sdk.pay(ready, 'order=1')
    sdk.init('release')
    sdk.pay(ready, 'order=1')
    sdk.pay(ready)
    sdk.pay(ready, 'not key and value')
    await settle()
    expect(sheets).toHaveLength(2)
  })

  test('returns every appMetadata as it was', async () => {
    const { wx } = phone(exchanges, pays)
    const sdk = requireOpenMidas(wx)
    sdk.init('test')
    await fc.assert(
      fc.asyncProperty(fc.string({ maxLength: 250 }), async (value) => {
        const given = await new Promise((resolve) => sdk.pay(ready, (...heard) => resolve(heard[3]), `k=${value}`))
        expect(given).toBe(`k=${value}`)
      }),
      { numRuns: 30 },
    )
  })

  test('an error in a callback is reported as the app’s own error, and the callback is not called again', async () => {
    const errors: unknown[] = []
    const sdk = requireOpenMidas(phone(exchanges, pays).wx, (error) => errors.push(error))
    sdk.init('test')
    let calls = 0
    sdk.pay(ready, () => {
      calls += 1
      throw new Error('a bug of the app')
    })
    await settle()
    expect(calls).toBe(1)
    expect(errors).toEqual([new Error('a bug of the app')])
  })
})

describe('a wrong call ends in −3, on a later turn, with nothing sent', () => {
  test.each([
    ['pay before init', 'notInitialised', midas, 'k=v', null],
    ['an unknown environment', 'badEnvironment', midas, 'k=v', 'production'],
    ['an environment that is an object’s own word', 'badEnvironment', midas, 'k=v', 'constructor'],
    ['an empty payInfo', 'badPayInfo', '', 'k=v', 'test'],
    ['a malformed payInfo', 'badPayInfo', 'data=1', 'k=v', 'test'],
    ['no payInfo', 'badPayInfo', null, 'k=v', 'test'],
    ['appMetadata of 256 characters', 'badMetadata', midas, `k=${'v'.repeat(254)}`, 'test'],
    ['appMetadata that is not key=value', 'badMetadata', midas, 'value', 'test'],
    ['appMetadata that is no text', 'badMetadata', midas, 5, 'test'],
  ] as const)('%s', async (_, name, payInfo, metadata, env) => {
    const { wx, requests, sheets } = phone(exchanges, pays)
    const heard = await pay(wx, payInfo, metadata, env)
    expect(codes(heard)).toEqual(is(name))
    expect(heard[0]?.[0]).toBe(-3)
    expect(heard[0]?.[3]).toBe(metadata)
    expect([...requests, ...sheets]).toEqual([])
  })

  test('an environment without a host', async () => {
    const { wx, requests } = phone(exchanges, pays)
    const sdk = requireOpenMidas(wx)
    sdk.openMidasConfig.hosts = { release: '', test: '' }
    sdk.init('test')
    const heard = await new Promise<Heard>((resolve) => sdk.pay(midas, (...result) => resolve(result)))
    expect(codes([heard])).toEqual(is('noHost'))
    expect(requests).toEqual([])
  })

  test('another init with a known environment corrects it', async () => {
    const { wx } = phone(exchanges, pays)
    const sdk = requireOpenMidas(wx)
    sdk.init('live' as 'test')
    sdk.init('test')
    const heard = await new Promise<Heard>((resolve) => sdk.pay(ready, (...result) => resolve(result)))
    expect(heard[0]).toBe(0)
  })
})

describe('the exchange at Midas’s host', () => {
  const answers =
    (data: unknown, statusCode = 200) =>
    (option: RequestOption) =>
      option.success({ statusCode, data })

  test.each([
    ['no connection', 'hostUnreachable', (option: RequestOption) => option.fail({ errMsg: 'request:fail' })],
    [
      'a request that throws',
      'hostUnreachable',
      () => {
        throw new Error('request is not allowed')
      },
    ],
    ['garbage', 'hostUnreadable', answers('<html>')],
    ['an empty body', 'hostUnreadable', answers('')],
    ['HTTP 500', 'hostUnreadable', answers({ ret: 0, jsapi }, 500)],
    ['no parameters', 'hostUnreadable', answers({ ret: 0 })],
    ['broken parameters', 'hostUnreadable', answers({ ret: 0, jsapi: { ...jsapi, paySign: 1 } })],
    ['a ret that is a text', 'hostUnreadable', answers({ ret: '0', jsapi })],
    ['a refusal', 'hostRefused', answers({ ret: 1004, msg: 'closed' })],
    ['a number that was paid before', 'alreadyPaid', answers({ ret: 1005, msg: 'paid', paid: true })],
  ] as const)('%s: the payment sheet does not open', async (_, name, reply) => {
    const { wx, sheets } = phone(reply, pays)
    expect(codes(await pay(wx, midas))).toEqual(is(name))
    expect(sheets).toEqual([])
  })

  test('JSON that arrives as text is read', async () => {
    const { wx } = phone(answers(JSON.stringify({ ret: 0, jsapi })), pays)
    expect(codes(await pay(wx, midas))).toEqual(is('succeeded'))
  })

  test('an answer that never arrives ends after 10 seconds, and a later answer opens no payment sheet', async () => {
    jest.useFakeTimers()
    let late: RequestOption | undefined
    const { wx, sheets } = phone((option) => {
      late = option
    }, pays)
    const sdk = requireOpenMidas({ ...wx })
    sdk.init('test')
    const heard: Heard[] = []
    sdk.pay(midas, (...result) => heard.push(result))
    await jest.advanceTimersByTimeAsync(9_900)
    expect(heard).toEqual([])
    await jest.advanceTimersByTimeAsync(200)
    expect(codes(heard)).toEqual(is('hostUnreachable'))
    if (late) exchanges(late)
    await jest.advanceTimersByTimeAsync(1000)
    expect(sheets).toEqual([])
    expect(heard).toHaveLength(1)
  })
})

describe('the payment sheet', () => {
  test.each([
    ['requestPayment:fail cancel', 'cancelled'],
    ['requestPayment:cancel', 'cancelled'],
    ['requestPayment:fail parameter error: parameter.package should be String', 'sheetRefused'],
    ['requestPayment:fail no permission', 'sheetRefused'],
    ['requestPayment:fail 支付验证签名失败', 'sheetRefused'],
    ['requestPayment:fail (payment declined)', 'sheetRefused'],
    ['requestPayment:fail', 'sheetUnknown'],
    ['requestPayment:fail timeout', 'sheetUnknown'],
    ['requestPayment:fail invalid answer, network timeout', 'sheetUnknown'],
    ['requestPayment:fail 该订单已支付', 'sheetUnknown'],
    ['requestPayment:fail something new', 'sheetUnknown'],
    ['', 'sheetUnknown'],
  ] as const)('“%s” is %s', async (errMsg, name) => {
    const { wx } = phone(exchanges, failsWith(errMsg))
    const heard = await pay(wx)
    expect(codes(heard)).toEqual(is(name))
    expect(heard[0]?.[2]).toBe(errMsg || results[name].meaning)
  })

  // Error messages of WeChat and its server that developers have reported. None of these payments began.
  test.each([
    '调用支付JSAPI缺少参数：total_fee',
    '调用支付jsapi缺少参数: $key0$',
    '缺少参数appid',
    '商家参数格式有误，请联系商家解决',
    '商家存在未配置的参数，请联系商家解决',
    '支付请求已失效，请重新发起支付',
    '网络环境未能通过安全验证，请稍后再试',
    '下单账号与支付账号不一致，请核实后再支付',
    'appid和mch_id不匹配',
    'appid and openid not match',
    'mch_id与appid未绑定',
    '商户号该产品权限未开通，请前往商户平台>产品中心检查后重试',
    '当前页面的URL未注册：http://shop.example/pay',
    '此商家的收款功能已被限制，暂无法支付',
    '支付场景非法',
    'prepay_id无效',
    'jsapi invalid request data',
    'jsapi has no permission event_id=1',
    'system:access_denied',
    'parameter error: parameter.timeStamp should be String instead of Number',
    'missing parameter: paySign',
    'total_fee',
  ])('nothing was paid if WeChat says “%s”, in errMsg or only in err_desc', async (reason) => {
    for (const answer of [
      { errMsg: `requestPayment:fail ${reason}` },
      { errMsg: 'requestPayment:fail', err_desc: reason },
      { errMsg: reason },
    ]) {
      const { wx } = phone(exchanges, (option) => option.fail(answer))
      expect(codes(await pay(wx))).toEqual(is('sheetRefused'))
    }
  })

  test.each([
    ['该订单已支付', 'sheetUnknown'],
    ['系统繁忙，请稍后再试', 'sheetUnknown'],
    ['支付结果未知', 'sheetUnknown'],
    ['invalid answer, network timeout', 'sheetUnknown'],
    ['', 'sheetUnknown'],
    ['something new', 'sheetUnknown'],
    ['cancel', 'cancelled'],
    ['用户取消', 'cancelled'],
  ] as const)('the reason “%s” only in err_desc is %s', async (reason, name) => {
    const { wx } = phone(exchanges, (option) => option.fail({ errMsg: 'requestPayment:fail', err_desc: reason }))
    expect(codes(await pay(wx))).toEqual(is(name))
  })

  test('developers get the reason in err_desc', async () => {
    const answer = { errMsg: 'requestPayment:fail', err_desc: '商家参数格式有误' }
    const { wx } = phone(exchanges, (option) => option.fail(answer))
    expect((await pay(wx))[0]?.[2]).toBe('requestPayment:fail 商家参数格式有误')
  })

  test.each([
    ['success, then fail', 0, (o: SheetOption) => [o.success(), o.fail({ errMsg: 'requestPayment:fail cancel' })]],
    ['fail, then success', -2, (o: SheetOption) => [o.fail({ errMsg: 'requestPayment:fail cancel' }), o.success()]],
    ['success, then a throw', 0, (o: SheetOption) => [o.success(), throws()]],
    ['success twice', 0, (o: SheetOption) => [o.success(), o.success()]],
    ['complete alone', -2, (o: SheetOption) => o.complete({ errMsg: 'requestPayment:cancel' })],
    ['a failure without a text', -4, (o: SheetOption) => o.fail(undefined as never)],
    ['a throw', -4, () => throws()],
  ])('%s: one result', async (_, resultCode, act) => {
    const { wx } = phone(exchanges, act)
    expect((await pay(wx)).map(([code]) => code)).toEqual([resultCode])
  })

  test('an old WeChat without a payment sheet: a certain failure', async () => {
    expect(codes(await pay({ request: exchanges }))).toEqual(is('sheetMissing'))
  })

  test('waits for the user without a limit', async () => {
    jest.useFakeTimers()
    const { wx, sheets } = phone(exchanges, () => undefined)
    const sdk = requireOpenMidas(wx)
    sdk.init('test')
    const heard: Heard[] = []
    sdk.pay(ready, (...result) => heard.push(result))
    await jest.advanceTimersByTimeAsync(3 * 3_600_000)
    expect(heard).toEqual([])
    sheets[0]?.success()
    await jest.advanceTimersByTimeAsync(10)
    expect(heard.map(([code]) => code)).toEqual([0])
  })
})

const throws = (): never => {
  throw new Error('the bridge is gone')
}

describe('the table of results', () => {
  test('no two rows have the same inner code, and none of ours is one of Midas’s', () => {
    const rows = Object.values(results)
    expect(new Set(rows.map((row) => row.innerCode)).size).toBe(rows.length)
    expect(rows.every((row) => row.innerCode.startsWith('mc-') === (row.source === 'ours'))).toBe(true)
    expect(rows.flatMap((row) => (row.source === 'document' ? [row.innerCode] : []))).toEqual([
      '402-1-2-1',
      '402-1-2-2',
    ])
  })

  test('an unknown result never asks to pay again', () => {
    const unknown = Object.values(results).filter((row) => row.resultCode === -4)
    expect(unknown.map((row) => row.caller)).toEqual(unknown.map(() => 'wait'))
  })
})

test('the SDK is at most 12 KB minified and needs nothing but itself', () => {
  expect(Buffer.byteLength(bundled)).toBeLessThanOrEqual(12 * 1024)
  expect(bundled).not.toMatch(/\brequire\(|\bwindow\b|\bdocument\.|\bprocess\b/)
})
