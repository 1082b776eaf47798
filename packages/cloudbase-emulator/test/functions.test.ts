// Tests function processes, HTTP access, timers and the clock, with real worker processes.
import { execFileSync, spawn } from 'node:child_process'
import { lstatSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { Agenda, TraceEvent } from '../src'
import { builtFunctions, type LocalCloud, newFolder, removeFolders, startLocalCloud } from './localCloud'
import type { Fields } from './sdk'

const shopper = { openid: 'oShopper', appId: 'wxApp' }

let local: LocalCloud
const traced: TraceEvent[] = []

beforeAll(async () => {
  process.env.SECRET_OF_THE_DEVELOPER = 'must not reach a function'
  local = await startLocalCloud({
    environment: { CASHIER_KEY: 'key' },
    maxInstances: 3,
    onTrace: (event) => void traced.push(event),
  })
})
afterAll(async () => {
  await local.end()
  removeFolders()
})

const call = (name: string, event: Fields): Promise<unknown> => local.emulator.call(name, shopper, event)
const post = (body: string, path = '/echo/midas', headers: Record<string, string> = {}) =>
  local.emulator.http({
    method: 'POST',
    path,
    query: { a: '1' },
    headers: { 'content-type': 'application/json', ...headers },
    body: Buffer.from(body),
  })

describe('calls', () => {
  test('a function gets the phone’s data and the caller’s openid', async () => {
    const { event, context } = (await call('echo', { x: 1, userInfo: { openId: 'forged' } })) as Record<string, Fields>
    expect(event).toMatchObject({ x: 1, userInfo: { appId: 'wxApp', openId: 'oShopper' } })
    expect(context).toMatchObject({ function_name: 'echo', memory_limit_in_mb: 128, time_limit_in_ms: 2000 })
    expect(await call('store', { action: 'who' })).toMatchObject({ OPENID: 'oShopper', APPID: 'wxApp' })
  })

  test('its environment is the cloud’s, without variables of the developer’s machine', async () => {
    const environment = (await call('echo', { action: 'environment' })) as Record<string, string>
    expect(environment).toMatchObject({ CASHIER_KEY: 'key', TENCENTCLOUD_RUNENV: 'SCF', WX_OPENID: 'oShopper' })
    expect(environment).not.toHaveProperty('SECRET_OF_THE_DEVELOPER')
    expect(environment).not.toHaveProperty('HOME')
    expect(environment.TZ).toBe('UTC')
  })

  test('a function may set variables, as in Node: they become texts, and TZ sets the time zone', async () => {
    const seen = await call('echo', { action: 'variables' })
    expect(seen).toEqual({ hours: 8, number: '1', isGone: true, hoursInUtc: 0 })
  })

  test('the caller of one event is not known to the next event', async () => {
    await call('echo', {})
    const answer = await post(JSON.stringify({ action: 'environment' }))
    expect(JSON.parse(String(answer.body))).not.toHaveProperty('WX_OPENID')
  })

  test('a function reads and writes through the SDK', async () => {
    await call('store', { action: 'add', id: 'f1' })
    expect(await call('store', { action: 'raise', id: 'f1' })).toMatchObject({ stats: { updated: 1 } })
    expect(await call('store', { action: 'read', id: 'f1' })).toMatchObject({ _id: 'f1', version: 2 })
    expect(local.emulator.database.get('things', 'f1')).toMatchObject({ version: 2 })
  })

  test('one function calls another', async () => {
    expect(await call('store', { action: 'ask', id: 'hello' })).toBe('hello')
  })

  test('an instance is used again for the next call', async () => {
    const [first, second] = [(await call('echo', {})) as Fields, (await call('echo', {})) as Fields]
    expect(second.pid).toBe(first.pid)
    expect(second.handled).toBe(Number(first.handled) + 1)
  })

  test('an instance handles one event at a time, and several instances share the load', async () => {
    const results = (await Promise.all(
      Array.from({ length: 9 }, () => call('echo', { action: 'wait', ms: 100 })),
    )) as Fields[]
    expect(results.every((result) => result.underWay === 1)).toBe(true)
    const instances = new Set(results.map((result) => result.pid)).size
    expect(instances).toBeGreaterThan(1)
    expect(instances).toBeLessThanOrEqual(3)
  })

  test('an exception is reported to the caller, and the next call works', async () => {
    await expect(call('echo', { action: 'fail' })).rejects.toMatchObject({
      errCode: -504002,
      message: expect.stringContaining('as asked'),
    })
    expect(await call('echo', { answer: 1 })).toBe(1)
  })

  test('a crash is reported to the caller, and the next call works', async () => {
    await expect(call('echo', { action: 'exit' })).rejects.toMatchObject({ errCode: -504002 })
    expect(await call('echo', { answer: 2 })).toBe(2)
  })

  test.each([
    ['waits', { action: 'wait', ms: 60_000 }],
    ['loops', { action: 'loop' }],
  ])('an instance that %s for too long is ended', async (_, event) => {
    await expect(call('echo', event)).rejects.toMatchObject({
      errCode: -504003,
      message: 'Invoking task timed out after 2 seconds',
    })
    expect(await call('echo', { answer: 3 })).toBe(3)
  })

  test('a function that cannot be loaded reports the reason', async () => {
    await expect(call('broken', {})).rejects.toMatchObject({ message: expect.stringContaining('broken on purpose') })
  })

  test('an unknown function is an error', async () => {
    await expect(call('nothing', {})).rejects.toMatchObject({ errCode: -501000 })
  })

  test('a result has at most 1 MB', async () => {
    await expect(call('echo', { action: 'big', ms: 1_100_000 })).rejects.toMatchObject({ errCode: -604001 })
  })

  test('new code is used without a restart', async () => {
    const file = join(local.options.functionsDir, 'echo/index.js')
    const old = readFileSync(file, 'utf8')
    const slow = call('echo', { action: 'wait', ms: 300 })
    await wait(50)
    writeFileSync(file, 'exports.main = () => "new"')
    await local.emulator.reloadFunctions()
    expect(await call('echo', {})).toBe('new')
    await expect(slow).resolves.toMatchObject({ underWay: 1 })
    writeFileSync(file, old)
    await local.emulator.reloadFunctions()
    expect(await call('echo', { answer: 'old' })).toBe('old')
  })

  test('the trace shows all events that one event caused under one flow', async () => {
    traced.length = 0
    const before = local.emulator.roundTrips()
    await call('store', { action: 'read', id: 'f1' })
    const event = traced.find((one) => one.to === 'store')
    const reading = traced.find((one) => one.what === 'getDocument things')
    expect(event).toMatchObject({ from: 'phone', what: 'read', ok: true })
    expect(reading).toMatchObject({ from: 'store', to: 'database', flow: event?.flow })
    expect(local.emulator.roundTrips() - before).toBe(1)
  })
})

describe('HTTP access', () => {
  test('a request becomes CloudBase’s event', async () => {
    const answer = await post('{"b":2}', '/echo/midas', { 'x-sign': 's' })
    const { event } = JSON.parse(String(answer.body)) as { event: Fields }
    expect(event).toMatchObject({
      path: '/midas',
      httpMethod: 'POST',
      headers: { 'content-type': 'application/json', 'x-sign': 's' },
      multiValueHeaders: { 'x-sign': ['s'] },
      queryStringParameters: { a: '1' },
      requestContext: { envId: 'local' },
      body: '{"b":2}',
      isBase64Encoded: false,
    })
    expect(event).not.toHaveProperty('userInfo')
  })

  test('bytes that are not text arrive unchanged', async () => {
    const body = Buffer.from([0xff, 0x00, 0xfe])
    const answer = await local.emulator.http({ method: 'PUT', path: '/echo', query: {}, headers: {}, body })
    const { event } = JSON.parse(String(answer.body)) as { event: Fields }
    // HTTP access removes the route from the path. For a path that equals the route, a slash remains.
    expect(event).toMatchObject({ path: '/', isBase64Encoded: true, body: body.toString('base64') })
  })

  test.each<[string, unknown, unknown]>([
    [
      'status, headers and body',
      { statusCode: 201, headers: { 'X-A': 'b' }, body: 'made' },
      { statusCode: 201, headers: { 'x-a': 'b' }, body: 'made' },
    ],
    ['a base64 body', { statusCode: 200, body: '/wA=', isBase64Encoded: true }, { body: Buffer.from([0xff, 0]) }],
    ['a body that is an object', { statusCode: 200, body: { a: 1 } }, { body: '{"a":1}' }],
    ['a text', 'ok', { statusCode: 200, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: 'ok' }],
    ['an object', { ret: 0 }, { headers: { 'content-type': 'application/json; charset=utf-8' }, body: '{"ret":0}' }],
    ['nothing', null, { statusCode: 200, body: '' }],
  ])('%s becomes the response', async (_, answer, expected) => {
    expect(await post(JSON.stringify({ answer }))).toMatchObject(expected as object)
  })

  test('a path without a function is refused', async () => {
    expect(await post('{}', '/echoes')).toMatchObject({
      statusCode: 404,
      body: expect.stringContaining('INVALID_PATH'),
    })
  })

  test('a function gets 100 KB of text, but not more', async () => {
    const handled = async (): Promise<number> => Number(((await call('echo', {})) as Fields).handled)
    const before = await handled()
    expect(await post('x'.repeat(100 * 1024 + 1))).toMatchObject({
      statusCode: 413,
      body: expect.stringContaining('EXCEED_MAX_PAYLOAD_SIZE'),
    })
    expect(await handled()).toBe(before + 1)
    expect(await post(`{"answer":"ok","x":"${'x'.repeat(100 * 1024 - 24)}"}`)).toMatchObject({ body: 'ok' })
    const binary = await post('x'.repeat(200 * 1024), '/echo', { 'content-type': 'application/octet-stream' })
    expect(binary.statusCode).toBe(200)
  })

  test('a failure and a time-out have CloudBase’s codes', async () => {
    expect(await post('{"action":"fail"}')).toMatchObject({
      statusCode: 500,
      body: expect.stringContaining('FUNCTION_INVOCATION_FAILED'),
    })
    expect(await post('{"action":"wait","ms":5000}')).toMatchObject({
      statusCode: 504,
      body: expect.stringContaining('FUNCTION_TIME_LIMIT_EXCEEDED'),
    })
  })
})

describe('clock and timers', () => {
  const minute = 60_000
  const ticks = (): Fields[] => local.emulator.database.find('ticks', { orderBy: { at: 1 } })

  test('moving the clock runs the timer once a minute, and a new minute begins for the functions', async () => {
    local.emulator.database.remove('ticks', {})
    const start = local.emulator.clock.now()
    await local.emulator.clock.advance(3 * minute)
    const first = Math.floor(start / minute) + 1
    const minutes = Math.floor(local.emulator.clock.now() / minute) - first + 1
    expect([3, 4]).toContain(minutes)
    // The timer run of the minute before `first` may still arrive; ignore it.
    const seen = ticks().filter(({ at }) => Number(at) >= first * minute)
    expect(seen).toHaveLength(minutes)
    for (const [at, tick] of seen.entries()) {
      const expected = (first + at) * minute
      expect(Number(tick.at) - expected).toBeLessThan(5000)
      expect(Number(tick.at) - expected).toBeGreaterThanOrEqual(0)
      expect(tick).toMatchObject({ type: 'Timer', trigger: 'clock' })
      expect(Math.abs(Date.parse(String(tick.time)) - expected)).toBeLessThan(1000)
    }
    expect(local.emulator.clock.now() - start).toBeGreaterThanOrEqual(3 * minute)
    expect(local.emulator.clock.now() - start).toBeLessThan(4 * minute)
  })

  test('a function sees the moved clock, and its dates are real dates', async () => {
    const seen = (await call('echo', { action: 'now' })) as Record<string, number | string | boolean>
    const now = local.emulator.clock.now()
    for (const at of [Number(seen.now), Date.parse(String(seen.fresh)), Date.parse(String(seen.called))])
      expect(Math.abs(at - now)).toBeLessThan(3000)
    expect(seen).toMatchObject({ fixed: 5, isDate: true })
  })

  test('an agenda runs at each of its times in order, before the clock reaches its goal', async () => {
    const ran: number[] = []
    const start = local.emulator.clock.now()
    const due = [start + 90_000, start + 10_000, start + 3_600_000]
    const agenda: Agenda = {
      nextAt: () => (due.length > 0 ? Math.min(...due) : null),
      async run(now) {
        for (const at of due.filter((one) => one <= now)) ran.push(due.splice(due.indexOf(at), 1)[0] ?? 0)
      },
    }
    local.emulator.clock.join(agenda)
    await local.emulator.clock.advance(100_000)
    expect(ran).toEqual([start + 10_000, start + 90_000])
  })

  test('the clock does not go back', async () => {
    await expect(local.emulator.clock.advance(-1)).rejects.toThrow('forward')
  })
})

test('a year passes quickly when little is due', async () => {
  const month = 30 * 86_400_000
  const start = Date.now()
  let quiet: LocalCloud | undefined
  // Tells the emulator when the function has work next. As in the product's functions, each run plans the next run.
  const nextDueAt = (): number | null => {
    const runs = quiet?.emulator.database.count('ticks') ?? 12
    return runs < 12 ? start + (runs + 1) * month : null
  }
  quiet = await startLocalCloud({ nextDueAt })
  const startedAt = performance.now()
  await quiet.emulator.clock.advance(12 * month + 60_000)
  expect(quiet.emulator.database.count('ticks')).toBe(12)
  expect(performance.now() - startedAt).toBeLessThan(10_000)
  await quiet.end()
})

test('the clock keeps its time over a restart', async () => {
  const first = await startLocalCloud({ nextDueAt: () => null })
  await first.emulator.clock.advance(5 * 86_400_000)
  await first.emulator.close()
  const second = await startLocalCloud({ dataDir: first.options.dataDir })
  expect(Math.abs(second.emulator.clock.now() - Date.now() - 5 * 86_400_000)).toBeLessThan(5000)
  await second.end()
})

test.each([
  ['through a socket file', () => newFolder(), 'left by a kill', true],
  ['over TCP in a folder that is too deep for such a file', () => join(newFolder(), 'deep'.repeat(30)), 'left', false],
  ['over TCP where a folder has the file’s name', () => newFolder(), undefined, false],
])('a function reaches the database %s', async (_, folderOf, left, hasFile) => {
  const dataDir = folderOf()
  const file = join(dataDir, 'admin.sock')
  mkdirSync(left === undefined ? file : dataDir, { recursive: true })
  if (left !== undefined) writeFileSync(file, left)
  const cloud = await startLocalCloud({ dataDir })
  expect(lstatSync(file).isSocket()).toBe(hasFile)
  const add = (id: string) => cloud.emulator.call('store', shopper, { action: 'add', id })
  await add('a')
  rmSync(file, { recursive: true })
  await cloud.emulator.reloadFunctions()
  await add('b')
  expect(cloud.emulator.database.count('things')).toBe(2)
  await cloud.end()
})

test('due work runs by itself when real time passes', async () => {
  const ticking = await startLocalCloud({ ticking: true, nextDueAt: () => null })
  const ran = new Promise<number>((resolve) => {
    let at: number | null = ticking.emulator.clock.now() + 200
    ticking.emulator.clock.join({
      nextAt: () => at,
      run: async (now) => {
        at = null
        resolve(now)
      },
    })
  })
  await expect(ran).resolves.toBeLessThan(ticking.emulator.clock.now() + 2000)
  await ticking.end()
})

test('workers end within a second when the emulator is killed', async () => {
  const task = ['worker', newFolder(), await builtFunctions()]
  const child = spawn(process.execPath, ['--import', 'tsx', join(__dirname, 'victim.ts'), ...task], {
    stdio: ['pipe', 'pipe', 'inherit'],
    cwd: join(__dirname, '../../..'),
  })
  const pid = await new Promise<number>((resolve) =>
    child.stdout.on('data', (data: Buffer) => {
      const matched = /worker (\d+)/.exec(String(data))
      if (matched) resolve(Number(matched[1]))
    }),
  )
  const isAlive = (): boolean => {
    try {
      return !execFileSync('ps', ['-o', 'stat=', '-p', String(pid)])
        .toString()
        .startsWith('Z')
    } catch {
      return false
    }
  }
  expect(isAlive()).toBe(true)
  child.kill('SIGKILL')
  const killedAt = performance.now()
  while (isAlive() && performance.now() - killedAt < 5000) await wait(50)
  // The function's timeout is one second, but a busy machine may end the function later.
  expect(performance.now() - killedAt).toBeLessThan(3000)
})
