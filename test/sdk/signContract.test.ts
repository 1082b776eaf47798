// Tests OpenMidas.signContract as an app uses it: the built entry file with the globals of a mini-program and a fake
// wx.
import type { SignParams, SignTarget } from '../../miniprogram/openmidas/config'
import type { SignErrorCallback } from '../../miniprogram/openmidas/core'
import { results } from '../../miniprogram/openmidas/result'
import { type FakeWx, type JumpOption, type RequestOption, requireOpenMidas, type Sdk } from './phone'

const target: SignTarget = {
  appId: 'wxbd687630cd02ce1d',
  path: 'pages/index/index',
  extraData: { appid: 'wx1', mch_id: '1900000109', plan_id: '12535', request_serial: 1_000, sign: 'ABC' },
}
const params: SignParams = { appId: '1450000001', userId: 'user-1' }

afterEach(() => void jest.useRealTimers())

type Heard = Parameters<SignErrorCallback>
/** Waits until a condition holds. The limit is long enough for a busy machine. */
async function until(holds: () => boolean): Promise<void> {
  for (let turn = 0; turn < 2_000 && !holds(); turn++) await settle(1)
}

/** Lets 30 timers run one after the other, so that each step of the SDK is executed even on a machine that stalls. */
async function settle(turns = 30): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setTimeout(resolve, 1))
}

const codes = (heard: Heard[]) => heard.map(([resultCode, innerCode]) => [resultCode, innerCode])
const is = (name: keyof typeof results) => [[results[name].resultCode, results[name].innerCode]]

interface Phone {
  sdk: Sdk
  wx: FakeWx
  requests: RequestOption[]
  jumps: JumpOption[]
  heard: Heard[]
  /** all events, the oldest first */
  story: string[]
  sign(given?: unknown): void
}

const jumps = (option: JumpOption) => option.success({ errMsg: 'navigateToMiniProgram:ok' })
const answers =
  (data: unknown, statusCode = 200) =>
  (option: RequestOption) =>
    option.success({ statusCode, data })
const gives = answers({ ret: 0, contract: target })

function phone(
  reply: (option: RequestOption) => void = gives,
  go: ((option: JumpOption) => void) | undefined = jumps,
  client: Partial<FakeWx> = {},
  uncaught?: (error: unknown) => void,
): Phone {
  const requests: RequestOption[] = []
  const opened: JumpOption[] = []
  const heard: Heard[] = []
  const story: string[] = []
  const wx: FakeWx = {
    request(option) {
      requests.push(option)
      story.push('asked')
      reply(option)
    },
    navigateToMiniProgram(option) {
      opened.push(option)
      story.push('jumped')
      go(option)
    },
    ...client,
  }
  const sdk = requireOpenMidas(wx, uncaught)
  sdk.openMidasConfig.hosts = { release: 'https://release.test', test: 'https://sandbox.test' }
  sdk.init('test')
  const sign = (given: unknown = params) => {
    let returned = false
    sdk.signContract(given as SignParams, (...result) => {
      expect(returned).toBe(true)
      story.push('failed')
      heard.push(result)
    })
    returned = true
  }
  return { sdk, wx, requests, jumps: opened, heard, story, sign }
}

/** Starts a signing and returns the calls of errorCallback. */
async function failed(one: Phone, given?: unknown): Promise<Heard[]> {
  one.sign(given)
  await settle()
  return one.heard
}

describe('a signing', () => {
  test('opens WeChat’s page with the host’s data, and the callback is not called', async () => {
    const one = phone()
    expect(await failed(one)).toEqual([])
    expect(one.requests).toMatchObject([{ url: 'https://sandbox.test/contract', method: 'POST', data: params }])
    expect(one.jumps).toMatchObject([target])
  })

  test('signContractDone: listeners registered after the call are called once, on a later turn, before the jump', async () => {
    const one = phone()
    one.sdk.once('signContractDone', () => one.story.push('too early'))
    one.sign()
    one.sdk.once('signContractDone', () => one.story.push('done'))
    expect(one.story).toEqual(['asked'])
    await settle()
    expect(one.story).toEqual(['asked', 'done', 'jumped'])
    one.sign()
    await settle()
    expect(one.story).toEqual(['asked', 'done', 'jumped', 'asked', 'jumped'])
  })

  test('no listener is called for a failed signing, nor for the next one', async () => {
    const one = phone(answers({ ret: 1 }))
    one.sign()
    one.sdk.once('signContractDone', () => one.story.push('done'))
    await settle()
    one.sdk.openMidasConfig.signing = async () => target
    one.sign()
    await settle()
    expect(one.story).toEqual(['asked', 'failed', 'jumped'])
  })

  test('an error in a listener is reported as the app’s own error, and the jump follows all the same', async () => {
    const errors: unknown[] = []
    const one = phone(gives, jumps, {}, (error) => errors.push(error))
    one.sign()
    one.sdk.once('signContractDone', () => {
      throw new Error('a bug of the app')
    })
    one.sdk.once('signContractDone', () => one.story.push('done'))
    await until(() => errors.length > 0 && one.story.length > 2)
    expect(one.story).toEqual(['asked', 'done', 'jumped'])
    expect(errors).toEqual([new Error('a bug of the app')])
  })

  test('works with the document’s globals and require, also without a callback', async () => {
    const one = phone()
    const { OpenMidas } = one.sdk
    OpenMidas.init('release')
    OpenMidas.signContract(params)
    OpenMidas.signContract({ appId: '', userId: '' })
    await settle()
    expect(one.requests.map(({ url }) => url)).toEqual(['https://release.test/contract'])
    expect(one.jumps).toHaveLength(1)
  })
})

describe('parameters from the app’s own server', () => {
  test('are used as they are, no host is called, and further fields of params reach the app’s server', async () => {
    const one = phone()
    const asked: unknown[] = []
    one.sdk.openMidasConfig.signing = async (given) => {
      asked.push(given)
      return target
    }
    expect(await failed(one, { ...params, plan: 'monthly' })).toEqual([])
    expect(asked).toEqual([{ ...params, plan: 'monthly' }])
    expect(one.requests).toEqual([])
    expect(one.jumps[0]?.extraData).toEqual(target.extraData)
  })

  test('need no host', async () => {
    const one = phone()
    one.sdk.openMidasConfig.hosts = { release: '', test: '' }
    one.sdk.openMidasConfig.signing = async () => target
    expect(await failed(one)).toEqual([])
    expect(one.jumps).toHaveLength(1)
  })

  test('none, because this person has signed before: −101', async () => {
    const one = phone()
    one.sdk.openMidasConfig.signing = async () => null
    expect(codes(await failed(one))).toEqual(is('alreadySigned'))
    expect(one.heard[0]?.[0]).toBe(-101)
    expect(one.jumps).toEqual([])
  })

  test('none, because that server refuses or the function fails: −1 with its message, and no jump', async () => {
    const one = phone()
    one.sdk.openMidasConfig.signing = () => Promise.reject(new Error('Conflict'))
    expect(await failed(one)).toEqual([[-1, 'mc-1-6', 'Conflict']])
    const other = phone()
    other.sdk.openMidasConfig.signing = () => {
      throw new Error('a bug of the app')
    }
    expect(await failed(other)).toEqual([[-1, 'mc-1-6', 'a bug of the app']])
    expect([...one.jumps, ...other.jumps]).toEqual([])
  })

  test.each([
    ['nothing', undefined],
    ['no extraData', { ...target, extraData: undefined }],
    ['an empty extraData', { ...target, extraData: {} }],
    ['a field of another type', { ...target, extraData: { appid: null } }],
    ['no appId', { ...target, appId: '' }],
  ])('that are invalid (%s): −1, and no jump', async (_, given) => {
    const one = phone()
    one.sdk.openMidasConfig.signing = async () => given as SignTarget
    expect(codes(await failed(one))).toEqual(is('signingUnreadable'))
    expect(one.jumps).toEqual([])
  })

  test('that never arrive end after 40 seconds, and a later answer opens nothing', async () => {
    jest.useFakeTimers()
    const one = phone()
    let late: (given: SignTarget) => void = () => undefined
    one.sdk.openMidasConfig.signing = () =>
      new Promise((resolve) => {
        late = resolve
      })
    one.sign()
    await jest.advanceTimersByTimeAsync(39_000)
    expect(one.heard).toEqual([])
    await jest.advanceTimersByTimeAsync(2_000)
    expect(codes(one.heard)).toEqual(is('signingFailed'))
    late(target)
    await jest.advanceTimersByTimeAsync(2_000)
    expect(one.jumps).toEqual([])
    expect(one.heard).toHaveLength(1)
  })
})

describe('a wrong call ends in −3, on a later turn, with nothing sent', () => {
  test.each([
    ['no params', null],
    ['a text', 'user-1'],
    ['a list', [params]],
    ['no appId', { userId: 'user-1' }],
    ['no userId', { appId: '1' }],
    ['an empty userId', { appId: '1', userId: ' ' }],
    ['a userId that is no text', { appId: '1', userId: 7 }],
  ])('%s', async (_, given) => {
    const one = phone()
    one.sdk.openMidasConfig.signing = async () => {
      one.story.push('asked own server')
      return target
    }
    expect(codes(await failed(one, given))).toEqual(is('badSignParams'))
    expect(one.story).toEqual(['failed'])
  })

  test.each([
    ['before init', 'notInitialised', undefined],
    ['after init with an unknown environment', 'badEnvironment', 'production'],
  ] as const)('%s', async (_, name, env) => {
    const heard: Heard[] = []
    const one = phone()
    const sdk = requireOpenMidas(one.wx)
    if (env) sdk.init(env as 'test')
    sdk.signContract(params, (...result) => heard.push(result))
    await settle()
    expect(codes(heard)).toEqual(is(name))
    expect(one.story).toEqual([])
  })

  test('an environment without a host', async () => {
    const one = phone()
    one.sdk.openMidasConfig.hosts = { release: 'https://release.test', test: '' }
    expect(codes(await failed(one))).toEqual(is('noHost'))
    expect(one.story).toEqual(['failed'])
  })
})

const newer = (platform: string, version: string): Partial<FakeWx> => ({
  getDeviceInfo: () => ({ platform }),
  getAppBaseInfo: () => ({ version }),
})
const older = (platform: string, version: string): Partial<FakeWx> => ({
  getSystemInfoSync: () => ({ platform, version }),
})

describe('402-1-2-1', () => {
  test.each([
    ['no call for it', { navigateToMiniProgram: undefined as never }],
    ['Android 6.5.9', older('android', '6.5.9')],
    ['Android 6.5.8', older('android', '6.5.8')],
    ['Android 6.4.99', older('android', '6.4.99')],
    ['iOS 6.5.8', older('ios', '6.5.8')],
    ['iOS 5.9.9', older('iOS', '5.9.9')],
    ['Android 6.5.9, told by the newer calls', newer('android', '6.5.9')],
  ])('%s: too old, and nothing was sent', async (_, client) => {
    const one = phone(gives, jumps, client)
    const heard = await failed(one)
    expect(codes(heard)).toEqual([[-1, '402-1-2-1']])
    expect(one.story).toEqual(['failed'])
  })

  test.each([
    ['Android 6.5.10', older('android', '6.5.10')],
    ['iOS 6.5.9', older('ios', '6.5.9')],
    ['Android 6.6', older('android', '6.6')],
    ['Android 10.0.1', older('android', '10.0.1')],
    ['Android 8.0.56, told by the newer calls', newer('android', '8.0.56')],
    ['iOS 8.0.56', newer('ios', '8.0.56')],
    ['DevTools', newer('devtools', '6.5.0')],
    ['a client that tells no version', older('android', '')],
    [
      'a client whose call breaks',
      {
        getSystemInfoSync: () => {
          throw new Error('not allowed')
        },
      },
    ],
  ])('not %s', async (_, client) => {
    const one = phone(gives, jumps, client)
    expect(await failed(one)).toEqual([])
    expect(one.jumps).toHaveLength(1)
  })
})

describe('402-1-2-2', () => {
  test.each([
    'navigateToMiniProgram:fail cancel',
    'navigateToMiniProgram:fail appId "wxbd687630cd02ce1d" is not in navigateToMiniProgramAppIdList',
  ])('%s: WeChat’s own text is passed to the app', async (errMsg) => {
    const one = phone(gives, (option) => option.fail({ errMsg }))
    one.sign()
    one.sdk.once('signContractDone', () => one.story.push('done'))
    await settle()
    expect(one.heard).toEqual([[-1, '402-1-2-2', errMsg]])
    expect(one.story).toEqual(['asked', 'done', 'jumped', 'failed'])
  })

  test('a call that throws, or fails without a text', async () => {
    const broken = phone(gives, () => {
      throw new Error('the bridge is gone')
    })
    expect(await failed(broken)).toEqual([[-1, '402-1-2-2', 'the bridge is gone']])
    const mute = phone(gives, (option) => option.fail(undefined as never))
    expect(await failed(mute)).toEqual([[-1, '402-1-2-2', results.jumpFailed.meaning]])
  })

  test.each([
    ['success, then fail', (o: JumpOption) => [o.success(), o.fail({ errMsg: 'x' })], 0],
    ['fail, then success', (o: JumpOption) => [o.fail({ errMsg: 'x' }), o.success()], 1],
    ['fail twice', (o: JumpOption) => [o.fail({ errMsg: 'x' }), o.fail({ errMsg: 'y' })], 1],
  ])('%s: the first answer counts', async (_, go, times) => {
    expect(await failed(phone(gives, go))).toHaveLength(times)
  })

  test('waits for the user’s answer to WeChat’s question without a limit', async () => {
    jest.useFakeTimers()
    const one = phone(gives, () => undefined)
    one.sign()
    await jest.advanceTimersByTimeAsync(3 * 3_600_000)
    expect(one.heard).toEqual([])
    one.jumps[0]?.fail({ errMsg: 'navigateToMiniProgram:fail cancel' })
    await jest.advanceTimersByTimeAsync(10)
    expect(codes(one.heard)).toEqual([[-1, '402-1-2-2']])
  })
})

describe('Midas’s host', () => {
  test.each([
    ['no connection', 'hostUnreachable', (option: RequestOption) => option.fail({ errMsg: 'request:fail' })],
    ['garbage', 'hostUnreadable', answers('<html>')],
    ['HTTP 500', 'hostUnreadable', answers({ ret: 0, contract: target }, 500)],
    ['no parameters', 'hostUnreadable', answers({ ret: 0 })],
    ['broken parameters', 'hostUnreadable', answers({ ret: 0, contract: { ...target, extraData: [] } })],
    ['a refusal', 'hostRefused', answers({ ret: 1004, msg: 'no such app' })],
    ['a contract that exists', 'alreadySigned', answers({ ret: 1101, msg: 'signed', signed: true })],
  ] as const)('%s: no jump', async (_, name, reply) => {
    const one = phone(reply)
    expect(codes(await failed(one))).toEqual(is(name))
    expect(one.jumps).toEqual([])
  })

  test('gets only the document’s two parameters', async () => {
    const one = phone()
    await failed(one, { ...params, plan: 'monthly' })
    expect(one.requests[0]?.data).toEqual(params)
  })

  test('an answer that never arrives ends after 10 seconds', async () => {
    jest.useFakeTimers()
    const one = phone(() => undefined)
    one.sign()
    await jest.advanceTimersByTimeAsync(10_100)
    expect(codes(one.heard)).toEqual(is('hostUnreachable'))
  })
})
