// Tests who may start the functions for webhooks and for the timer, and how large a request may be. The functions
// recognise the caller by variables that only the platform can set.
import * as z from 'zod/mini'
import { AppError } from '../../../cloudfunctions/shared/domain/errors'
import type { RawRequest } from '../../../cloudfunctions/shared/providers/provider'
import { serve, serveHttp, serveTimer } from '../../../cloudfunctions/shared/runtime/serve'

const variables = [
  'WX_CONTEXT_KEYS',
  'WX_OPENID',
  'WX_FROM_OPENID',
  'TCB_CONTEXT_KEYS',
  'TCB_UUID',
  'TCB_ISANONYMOUS_USER',
  'TCB_SOURCE',
  'TRIGGER_SRC',
  'CASHIER_HTTP_SOURCE',
  'CASHIER_TIMER_SOURCE',
]

beforeAll(() => {
  process.env.CASHIER_KEY = Buffer.alloc(32, 7).toString('base64')
})
afterEach(() => {
  for (const name of variables) delete process.env[name]
})

const crossAccount = { WX_CONTEXT_KEYS: 'WX_FROM_OPENID', WX_FROM_OPENID: 'oOfAnotherAccount', TCB_SOURCE: 'wx_client' }
const anonymous = {
  TCB_CONTEXT_KEYS: 'TCB_UUID,TCB_ISANONYMOUS_USER',
  TCB_UUID: 'u1',
  TCB_ISANONYMOUS_USER: 'true',
  TCB_SOURCE: 'web_client',
}
const visitor = { TCB_CONTEXT_KEYS: 'TCB_ENV,TCB_SOURCE', TCB_SOURCE: 'web_client' }
const letIn = { TCB_SOURCE: 'clock', CASHIER_TIMER_SOURCE: 'other,clock' }
const shopper = { WX_CONTEXT_KEYS: 'WX_OPENID', WX_OPENID: 'oShopper', TCB_SOURCE: 'wx_client' }

describe('the timer', () => {
  const run = async (set: Record<string, string>): Promise<string> => {
    Object.assign(process.env, set)
    return serveTimer(async () => 'ran')({ Type: 'Timer', TriggerName: 'clock' }).then(String, () => 'refused')
  }

  it.each<[string, Record<string, string>]>([
    ['somebody of another account', crossAccount],
    ['an anonymous visitor', anonymous],
    ['somebody who never signed in', {}],
    ['a shopper', shopper],
    ['a shopper through another function', { TCB_SOURCE: 'wx_client,scf' }],
    ['the merchant’s own HTTP call', { TCB_SOURCE: 'wx_http' }],
    ['a shopper, where an older event left its trigger', { ...shopper, TRIGGER_SRC: 'timer' }],
    ['a visitor without a name, where an older event left its trigger', { ...visitor, TRIGGER_SRC: 'timer' }],
    ['another function, where an older event left its trigger', { TCB_SOURCE: 'scf', TRIGGER_SRC: 'timer' }],
    ['a function that a timer called', { TCB_SOURCE: 'wx_trigger,scf' }],
    ['a source that no document names', { TCB_SOURCE: 'tomorrow', TRIGGER_SRC: 'timer' }],
    ['a source beside the one that was let in', { TCB_SOURCE: 'web_client', CASHIER_TIMER_SOURCE: 'clock,other' }],
    ['a source that was let in, from another trigger', { ...letIn, TRIGGER_SRC: 'tcb' }],
    ['a shopper, whose source was let in', { ...shopper, CASHIER_TIMER_SOURCE: 'wx_client' }],
    ['nobody, where nothing was let in', { TCB_SOURCE: '', CASHIER_TIMER_SOURCE: '' }],
    ['nobody, where an empty word was let in', { TCB_SOURCE: '', CASHIER_TIMER_SOURCE: 'clock,' }],
  ])('does not run for %s', async (_, set) => expect(await run(set)).toBe('refused'))

  it.each<[string, Record<string, string>]>([
    ['the SDK’s word', { TRIGGER_SRC: 'timer' }],
    ['WeChat’s word', { TCB_SOURCE: 'wx_trigger', TRIGGER_SRC: 'tcb' }],
    ['the trigger, where an older event left a name', { TRIGGER_SRC: 'timer', WX_OPENID: 'oShopper' }],
    ['a source that the environment’s owner let in', letIn],
    ['a source that was let in, and the trigger', { ...letIn, TRIGGER_SRC: 'timer' }],
  ])('runs for the platform’s timer, identified by %s', async (_, set) => expect(await run(set)).toBe('ran'))

  it.each<[string, Record<string, string>]>([
    ['only for the clock: tomorrow', { TCB_SOURCE: 'tomorrow', TRIGGER_SRC: 'timer' }],
    ['only for the clock', {}],
  ])('names the source that it refused: %s', async (message, set) => {
    Object.assign(process.env, set)
    await expect(serveTimer(async () => 'ran')({ Type: 'Timer' })).rejects.toThrow(new RegExp(`^${message}$`))
  })

  it('begins no work after 30 s, so that the last order ends before the function’s time-out', async () => {
    process.env.TRIGGER_SRC = 'timer'
    let ms = 1_000
    const clock = jest.spyOn(performance, 'now').mockImplementation(() => ms)
    const times: boolean[] = []
    await serveTimer(async (_, hasTime) => {
      for (ms of [30_999, 31_000]) times.push(hasTime())
    })({ Type: 'Timer' }).finally(() => clock.mockRestore())
    expect(times).toEqual([true, false])
  })
})

describe('the function for webhooks', () => {
  // This request context is copied from the example in docs.cloudbase.net/service/access-cloud-function. In these tests
  // every caller sends the same event, because anybody can forge an event. Only the environment variables show who
  // calls.
  const requestContext = { requestId: 'cdbb96328072184d19d3fcd243e8cc4d', envId: 'env-id', appId: 123456789, uin: 1 }
  const event = {
    httpMethod: 'POST',
    path: '/notify/midas',
    headers: { host: 'env-id.service.tcloudbase.com' },
    queryStringParameters: {},
    requestContext,
    body: '{}',
    isBase64Encoded: false,
  }
  const send = async (
    changes: Record<string, unknown> = {},
    set: Record<string, string> = {},
  ): Promise<[number, RawRequest | undefined]> => {
    Object.assign(process.env, set)
    let seen: RawRequest | undefined
    const answer = await serveHttp(async (_, request) => {
      seen = request
      return { statusCode: 200, headers: {}, body: 'ok' }
    })({ ...event, ...changes })
    return [answer.statusCode, seen]
  }

  it.each<[string, Record<string, string>]>([
    ['somebody of another account', crossAccount],
    ['somebody of another account, whose source is missing', { ...crossAccount, TCB_SOURCE: '' }],
    ['an anonymous visitor', anonymous],
    ['an anonymous visitor, whose source is missing', { ...anonymous, TCB_SOURCE: '' }],
    ['a shopper', shopper],
    ['a shopper, whose source is missing', { ...shopper, TCB_SOURCE: '' }],
    ['a client that never signed in', { TCB_SOURCE: 'wx_client' }],
    ['a visitor of a web page', visitor],
    ['another function', { TCB_SOURCE: 'wx_client,scf' }],
    ['a function that HTTP access called', { TCB_SOURCE: ',scf' }],
    ['a timer', { TRIGGER_SRC: 'timer' }],
    ['WeChat’s timer', { TCB_SOURCE: 'wx_trigger', TRIGGER_SRC: 'tcb' }],
    ['WeChat’s push of payments', { TCB_SOURCE: 'wx_paycallback' }],
    ['WeChat’s HTTP API, where the sender writes the event', { TCB_SOURCE: 'wx_http' }],
    ['a developer’s test', { TCB_SOURCE: 'wx_devtools' }],
    ['a source that no document names', { TCB_SOURCE: 'tomorrow' }],
    ['a source beside the one that was let in', { TCB_SOURCE: 'web_client', CASHIER_HTTP_SOURCE: 'tcb_gateway' }],
  ])('refuses %s, which could forge the whole event', async (_, set) =>
    expect(await send({}, set)).toEqual([403, undefined]),
  )

  it.each<[string, Record<string, string>]>([
    ['nobody', {}],
    ['an empty source', { TCB_SOURCE: '' }],
    ['a source that the environment’s owner let in', { TCB_SOURCE: 'gate', CASHIER_HTTP_SOURCE: 'tcb_gateway,gate' }],
    ['nobody, and no visitor', { TCB_CONTEXT_KEYS: 'TCB_ISANONYMOUS_USER', TCB_ISANONYMOUS_USER: 'false' }],
    ['nobody, where an older event left a name', { WX_OPENID: 'oShopper', TCB_UUID: 'u1' }],
  ])('accepts HTTP access for which the platform gives as source: %s', async (_, set) =>
    expect((await send({}, set))[0]).toBe(200),
  )

  it.each<[string, Record<string, unknown>]>([
    ['method', { httpMethod: undefined }],
    ['path', { path: undefined }],
    ['headers', { headers: null }],
    ['context of the request', { requestContext: undefined }],
  ])('refuses an event that HTTP access did not make: it has no %s', async (_, changes) =>
    expect(await send(changes)).toEqual([403, undefined]),
  )

  it('tells a refused caller its own source only, so that a deployment can name it', async () => {
    const answer = async (source: string) => {
      process.env.TCB_SOURCE = source
      return (await serveHttp(async () => ({ statusCode: 200, headers: {}, body: 'ok' }))(event)).body
    }
    expect(await answer('tcb_gateway')).toBe('forbidden: tcb_gateway')
    expect(await answer('<b>\nx</b>'.repeat(40))).toMatch(/^forbidden: [\w,.-]{1,64}$/)
    expect((await serveHttp(async () => ({ statusCode: 200, headers: {}, body: 'ok' }))({})).body).toMatch(/^forbidden/)
  })

  const kb = 1024
  it.each<[string, number, Record<string, unknown>]>([
    ['64 KB of text', 200, { body: 'x'.repeat(64 * kb) }],
    ['a byte more', 413, { body: 'x'.repeat(64 * kb + 1) }],
    ['more than 64 KB in fewer letters', 413, { body: '中'.repeat(22 * kb) }],
    ['64 KB in base64', 200, { body: Buffer.alloc(64 * kb).toString('base64'), isBase64Encoded: true }],
    ['more in base64', 413, { body: Buffer.alloc(64 * kb + 3).toString('base64'), isBase64Encoded: true }],
    ['a hundred headers', 200, { headers: fields(100, 'h', 'v') }],
    ['a thousand headers', 431, { headers: fields(1_000, 'h', 'v') }],
    ['a long name of a header', 431, { headers: { ['h'.repeat(200)]: 'v' } }],
    ['a long header', 431, { headers: { h: 'v'.repeat(9 * kb) } }],
    ['headers that are long together', 431, { headers: fields(10, 'h', 'v'.repeat(4 * kb)) }],
    ['a hundred parameters', 200, { queryStringParameters: fields(100, 'q', 'v') }],
    ['a thousand parameters', 414, { queryStringParameters: fields(1_000, 'q', 'v') }],
    ['a long parameter', 414, { queryStringParameters: { q: 'v'.repeat(5 * kb) } }],
    ['a long name of a parameter', 414, { queryStringParameters: { ['q'.repeat(200)]: 'v' } }],
    ['a long path', 414, { path: `/notify/${'x'.repeat(kb)}` }],
  ])('%s: %i', async (_, status, changes) => {
    const [answered, seen] = await send(changes)
    expect(answered).toBe(status)
    expect(seen === undefined).toBe(status !== 200)
  })

  it('refuses six megabytes by their length, without reading them', async () => {
    const body = Buffer.alloc(6 * kb * kb, 1).toString('base64')
    const before = process.cpuUsage()
    for (let round = 0; round < 100; round += 1) await send({ body, isBase64Encoded: true })
    const { user, system } = process.cpuUsage(before)
    expect((user + system) / 1000 / 100).toBeLessThan(5)
  })
})

function fields(count: number, name: string, text: string): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`${name}${index}`, text]))
}

describe('an error reply', () => {
  const api = { ask: z.strictObject({}) }
  const words = 'code 40107, 余额不足: insufficient balance of 62****17'

  it.each(['ProviderRefused', 'ProviderUnavailable', 'BadSignature', 'Mismatch', 'Internal'] as const)(
    'never repeats a provider’s own text: %s',
    async (code) => {
      const fails = () => Promise.reject(new AppError(code, `Jubao refused the payment: ${words}`))
      const reply = await serve(api, () => ({}), { ask: fails })({ action: 'ask', input: {} })
      expect(reply).toMatchObject({ ok: false, error: { code } })
      expect(JSON.stringify(reply)).not.toMatch(/40107|余额|Jubao|balance/)
    },
  )
})
