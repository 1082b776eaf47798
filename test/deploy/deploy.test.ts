// Tests npm run deploy with the unmodified SDK of Tencent Cloud. A fake of Tencent Cloud's API checks every signature.
import { randomBytes } from 'node:crypto'
import { readDatabaseFile, readFunctionsFile } from '../../packages/cloudbase-emulator/src/functions/declarations'
import { builtFunctions, openTestShop, type TestShop } from './shop'

let shop: TestShop
beforeAll(async () => {
  shop = await openTestShop()
})
afterAll(() => shop.close())
beforeEach(() => {
  shop.reset()
  shop.edit(Object.keys(functions), 'first')
})

const functions = readFunctionsFile(builtFunctions)
const collections = readDatabaseFile(builtFunctions) ?? {}
const some = <T>(all: Record<string, T>, names: string[]) =>
  Object.fromEntries(Object.entries(all).filter(([name]) => names.includes(name)))
const smallShop = {
  functions: some(functions, ['order', 'notify', 'web', 'timer']),
  collections: some(collections, ['orders', 'settings']),
}

// A shop small enough to test a failure at each of its writes, with every kind of write.
const tinyShop = {
  functions: some(functions, ['notify', 'timer']),
  collections: some(collections, ['orders']),
}
const keyLine = /CASHIER_KEY=(\S+)/

/** Everything in the environment that the shop needs, except the key, which differs in each shop. */
const standing = () => ({
  functionRules: shop.tencent.state.functionRules,
  storageAcl: shop.tencent.state.storageAcl,
  routes: [...shop.tencent.state.routes.values()],
  collections: Object.fromEntries(
    [...shop.tencent.state.collections]
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([name, { acl, indexes }]) => [
        name,
        { acl, indexes: indexes.map(({ Name, Keys, Unique }) => ({ Name, Keys, Unique })) },
      ]),
  ),
  functions: Object.fromEntries(
    [...shop.tencent.state.functions]
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([name, { status, runtime, handler, memory, timeout, description, variables, zip, triggers }]) => [
        name,
        {
          status,
          runtime,
          handler,
          memory,
          timeout,
          description,
          variables: Object.keys(variables),
          zip: zip.length,
          triggers,
        },
      ]),
  ),
})

/** The output lines that report changes. */
const changesIn = (lines: string[]) => lines.filter((line) => !/^left alone|answers( over HTTP)?$|^\n/.test(line))

const keysThere = () => [...shop.tencent.state.functions.values()].map(({ variables }) => variables.CASHIER_KEY)

it('an empty environment gets every declared collection, index, permission and function', async () => {
  const { error, changes, left } = await shop.deploy({ functionsDir: builtFunctions })
  expect({ error, left, strangers: shop.strangers }).toEqual({ error: undefined, left: [], strangers: [] })
  expect(changes).toBeGreaterThan(20)
  const { state } = shop.tencent
  expect([...state.collections.keys()].sort()).toEqual(Object.keys(collections).sort())
  for (const [name, { acl, indexes }] of Object.entries(collections)) {
    expect({ name, acl: state.collections.get(name)?.acl }).toEqual({ name, acl })
    const found = state.collections.get(name)?.indexes.map((index) => index.Name)
    expect({ name, found }).toEqual({ name, found: ['_id_', ...indexes.map((index) => index.name)] })
  }
  expect(state.collections.get('orders')?.indexes.find((index) => index.Name === 'shopper')).toEqual({
    Name: 'shopper',
    Keys: [
      { Name: 'openid', Direction: '1' },
      { Name: '_id', Direction: '-1' },
    ],
    Unique: false,
  })
  for (const [name, { memoryMb, timeoutSeconds }] of Object.entries(functions))
    expect(state.functions.get(name)).toMatchObject({
      status: 'Active',
      runtime: 'Nodejs20.19',
      handler: 'index.main',
      memory: memoryMb,
      timeout: timeoutSeconds,
    })
})

it('clients, the timer and providers reach only the functions that are meant for them, and nobody reads the storage', async () => {
  const { error, left, lines } = await shop.deploy()
  expect({ error, left }).toEqual({ error: undefined, left: [] })
  const { state } = shop.tencent
  expect(JSON.parse(state.functionRules)).toMatchObject({
    '*': { invoke: 'auth != null' },
    notify: { invoke: false },
    timer: { invoke: false },
  })
  expect(state.functions.get('timer')?.triggers).toEqual([{ name: 'clock', cron: functions.timer?.timer }])
  expect(state.routes.get('/notify')).toEqual({
    Path: '/notify',
    UpstreamResourceType: 'SCF',
    UpstreamResourceName: 'notify',
    EnableAuth: false,
    EnablePathTransmission: false,
    Enable: true,
  })
  expect(state.storageAcl).toBe('ADMINONLY')
  expect(lines.join('\n')).toContain('https://shop-1a2b3c.service.tcloudbase.com/notify/wechatpay')
})

it('rules of other functions, and a route of another function, stay until the developer says yes', async () => {
  await shop.deploy()
  const { state } = shop.tencent
  state.functionRules = JSON.stringify({
    ...JSON.parse(state.functionRules),
    theirs: { invoke: true },
    timer: { invoke: true },
  })
  const route = state.routes.get('/notify')
  if (!route) throw new Error('not deployed')
  state.routes.set('/notify', { ...route, UpstreamResourceName: 'theirs' })
  const refused = await shop.deploy()
  expect(refused.left).toHaveLength(1)
  expect(JSON.parse(state.functionRules)).toMatchObject({ theirs: { invoke: true }, timer: { invoke: false } })
  expect(state.routes.get('/notify')?.UpstreamResourceName).toBe('theirs')
  await shop.deploy({ answers: true })
  expect(state.routes.get('/notify')?.UpstreamResourceName).toBe('notify')
})

it('an environment without HTTP access gets everything else, and a message says what is missing', async () => {
  shop.tencent.state.domain = undefined
  const { error, left } = await shop.deploy()
  expect({ error, left: left.length }).toEqual({ error: undefined, left: 1 })
  expect(left[0]).toContain('HTTP 访问服务 → 开启')
  expect(shop.tencent.state.storageAcl).toBe('ADMINONLY')
})

it('a source of HTTP access that no document names is reported, with the variable that allows it', async () => {
  shop.tencent.state.httpAccess = { status: 403, body: 'forbidden: tcb_gateway' }
  const { error, left } = await shop.deploy()
  expect({ error, left: left.length }).toEqual({ error: undefined, left: 1 })
  expect(left[0]).toContain('set CASHIER_HTTP_SOURCE=tcb_gateway for notify and web')
})

it('a refusal of HTTP access without a source is reported as a failure, because every notice is refused', async () => {
  shop.tencent.state.httpAccess = { status: 403, body: 'forbidden: not over HTTP' }
  const { error, left } = await shop.deploy()
  expect({ error, left: left.length }).toEqual({ error: undefined, left: 1 })
  expect(left[0]).toContain('Every notice is refused')
})

it('a timer function that refuses the probe and names its source works, and no variable must be set', async () => {
  shop.tencent.state.timerRefusal = 'only for the clock: tcb_api'
  const { error, left, lines } = await shop.deploy()
  expect({ error, left }).toEqual({ error: undefined, left: [] })
  expect(lines).toContain('timer answers')
})

it.each([404, 403, 500])('a route that does not work yet (%i) is reported, but is no failure', async (status) => {
  shop.tencent.state.httpAccess = { status, body: 'INVALID_PATH' }
  const { error, left, lines } = await shop.deploy()
  expect({ error, left }).toEqual({ error: undefined, left: [] })
  expect(lines.some((line) => line.includes(`HTTP access could not be tried (${status})`))).toBe(true)
})

it('a function that cannot be loaded is named, with the reason', async () => {
  shop.tencent.state.broken.add('order')
  const { error, left } = await shop.deploy()
  expect({ error, left: left.length }).toEqual({ error: undefined, left: 1 })
  expect(left[0]).toContain("order does not answer: Cannot find module 'x'")
})

it('every deployment ends with a list of the steps that only a person can do, in Chinese and English', async () => {
  const { lines } = await shop.deploy()
  const list = lines.at(-1) ?? ''
  for (const word of [
    '隐私保护指引',
    'Privacy guide',
    '备案',
    'Filing',
    '发货信息管理',
    'Shipping',
    '委托代扣',
    'Recurring',
  ])
    expect(list).toContain(word)
})

describe('the website', () => {
  const webDir = () =>
    shop.website({ 'index.html': '<script src="/assets/a.js">', 'assets/a.js': '1', 'assets/图.svg': '<svg/>' })

  it('is uploaded with the pages last, and a second upload contains only changed files', async () => {
    const first = await shop.deploy({ ...smallShop, webDir: webDir() })
    expect({ error: first.error, left: first.left }).toEqual({ error: undefined, left: [] })
    const files = () => shop.tencent.state.website?.files ?? new Map<string, Buffer>()
    expect([...files().keys()].sort()).toEqual(['web/assets/a.js', 'web/assets/图.svg', 'web/index.html'])
    expect([...files().keys()].at(-1)).toBe('web/index.html')
    expect(first.lines).toContain('the website: https://shop-1a2b3c.service.tcloudbase.com/web/')
    expect((await shop.deploy({ ...smallShop, webDir: webDir() })).changes).toBe(0)
    files().set('theirs.txt', Buffer.from('kept'))
    const changed = shop.website({ 'index.html': '<script src="/assets/b.js">', 'assets/b.js': '2' })
    const second = await shop.deploy({ ...smallShop, webDir: changed })
    expect(second.lines.slice(0, 2)).toEqual([
      'upload files of the website: web/assets/b.js',
      'upload pages of the website: web/index.html',
    ])
    expect(files().get('theirs.txt')?.toString()).toBe('kept')
    expect(files().get('web/index.html')?.toString()).toBe('<script src="/assets/b.js">')
  })

  it('is served at the address of its function, which gets only its own paths', async () => {
    await shop.deploy(smallShop)
    expect(shop.tencent.state.routes.get('/web')).toMatchObject({ UpstreamResourceName: 'web' })
    const { error, left } = await shop.deploy({ ...smallShop, webDir: webDir() })
    expect({ error, left }).toEqual({ error: undefined, left: [] })
    expect(shop.tencent.state.routes.get('/web')).toMatchObject({
      UpstreamResourceType: 'STATIC_STORE',
      PathRewrite: { StaticStorePrefix: '/web' },
    })
    for (const path of ['/web/call', '/web/session'])
      expect(shop.tencent.state.routes.get(path)).toMatchObject({
        UpstreamResourceType: 'SCF',
        UpstreamResourceName: 'web',
        EnablePathTransmission: true,
      })
  })

  it('the website’s function also gets the path of the served API', async () => {
    await shop.deploy(smallShop)
    expect(shop.tencent.state.routes.get('/pay')).toMatchObject({
      UpstreamResourceName: 'web',
      EnablePathTransmission: true,
    })
  })

  it('is mentioned in a dry run, which uploads nothing', async () => {
    const { error, lines } = await shop.deploy({ ...smallShop, webDir: webDir(), dryRun: true })
    expect({ error, website: shop.tencent.state.website }).toEqual({ error: undefined, website: undefined })
    expect(lines).toContain('would switch static hosting on')
    expect(lines).toContain('would upload pages of the website: web/index.html')
  })

  it('a key without permission to upload is told which policy to add, and the next run continues', async () => {
    shop.tencent.denied.add('cos:PutObject')
    const { error } = await shop.deploy({ ...smallShop, webDir: webDir() })
    expect(error).toContain('This key may not call cos:PutObject.')
    expect(error).toContain('QcloudCOSFullAccess')
    shop.tencent.denied.clear()
    expect((await shop.deploy({ ...smallShop, webDir: webDir() })).error).toBeUndefined()
    expect(shop.tencent.state.website?.files.size).toBe(3)
  })
})

it('the key of the settings is made once, is the same in every function, and is shown once', async () => {
  const first = await shop.deploy()
  const shown = first.lines.flatMap((line) => keyLine.exec(line)?.[1] ?? [])
  expect(shown).toHaveLength(1)
  expect(Buffer.from(shown[0] ?? '', 'base64')).toHaveLength(32)
  expect(new Set(keysThere())).toEqual(new Set(shown))
  const second = await shop.deploy()
  expect(second.lines.join('\n')).not.toMatch(keyLine)
  expect(new Set(keysThere())).toEqual(new Set(shown))
})

it('no key is shown in the log of a CI job: the first deployment is refused there, later ones are not', async () => {
  const first = await shop.deploy({ isPublic: true })
  expect(first.error).toContain('Make the first deployment on your own machine.')
  expect({ writes: shop.tencent.writes, isShown: keyLine.test(first.lines.join()) }).toEqual({
    writes: [],
    isShown: false,
  })
  await shop.deploy()
  expect((await shop.deploy({ isPublic: true })).error).toBeUndefined()
})

it('a second run changes nothing', async () => {
  await shop.deploy()
  const before = standing()
  const { error, changes } = await shop.deploy()
  expect({ error, changes, writes: shop.tencent.writes }).toEqual({ error: undefined, changes: 0, writes: [] })
  expect(standing()).toEqual(before)
})

it('a dry run names every change and writes nothing', async () => {
  const dry = await shop.deploy({ dryRun: true })
  expect({ error: dry.error, writes: shop.tencent.writes }).toEqual({ error: undefined, writes: [] })
  expect(shop.tencent.state.collections.size + shop.tencent.state.functions.size).toBe(0)
  const told = dry.lines.join('\n')
  for (const name of Object.keys(collections)) expect(told).toContain(`would create collection ${name}`)
  for (const name of Object.keys(functions)) expect(told).toContain(`would create function ${name}`)
  expect(told).not.toMatch(keyLine)
})

it('only differences are corrected, and nothing that belongs to others is changed', async () => {
  await shop.deploy()
  const { state } = shop.tencent
  const before = standing()
  const orders = state.collections.get('orders')
  const order = state.functions.get('order')
  if (!orders || !order) throw new Error('not deployed')
  orders.indexes = orders.indexes.filter((index) => index.Name !== 'due')
  orders.acl = 'READONLY'
  order.memory = 128
  order.variables.MERCHANT_OWN = 'kept'
  state.collections.set('merchants_own', { acl: 'PRIVATE', count: 3, indexes: [] })
  orders.indexes.push({ Name: 'merchants_own', Keys: [{ Name: 'note', Direction: '1' }], Unique: false })
  const { error, changes, lines } = await shop.deploy()
  expect(error).toBeUndefined()
  expect(changesIn(lines)).toEqual([
    'create index of orders: due (dueAt)',
    'set the permission of orders: READONLY becomes ADMINONLY',
    'configure function order: memory 128 becomes 256 MB',
  ])
  expect(changes).toBe(3)
  expect(state.collections.get('merchants_own')).toEqual({ acl: 'PRIVATE', count: 3, indexes: [] })
  expect(orders.indexes.some((index) => index.Name === 'merchants_own')).toBe(true)
  expect(order.variables).toEqual({ CASHIER_KEY: expect.any(String), MERCHANT_OWN: 'kept' })
  expect({ acl: orders.acl, memory: order.memory }).toEqual({ acl: 'ADMINONLY', memory: 256 })
  expect(standing().functions.timer).toEqual(before.functions.timer)
})

it('an index with other keys is rebuilt only after the developer says yes', async () => {
  await shop.deploy()
  const due = () => shop.tencent.state.collections.get('orders')?.indexes.find((index) => index.Name === 'due')
  const index = due()
  if (!index) throw new Error('not deployed')
  index.Keys = [{ Name: 'dueAt', Direction: '-1' }]
  const refused = await shop.deploy({ answers: false })
  expect({ writes: shop.tencent.writes, left: refused.left.length, keys: due()?.Keys }).toEqual({
    writes: [],
    left: 1,
    keys: [{ Name: 'dueAt', Direction: '-1' }],
  })
  const agreed = await shop.deploy({ answers: true })
  expect({ error: agreed.error, left: agreed.left, keys: due()?.Keys }).toEqual({
    error: undefined,
    left: [],
    keys: [{ Name: 'dueAt', Direction: '1' }],
  })
})

it('code that was uploaded in another way is replaced', async () => {
  await shop.deploy()
  const order = shop.tencent.state.functions.get('order')
  const timer = shop.tencent.state.functions.get('timer')
  if (!order || !timer) throw new Error('not deployed')
  const ours = order.zip
  order.zip = timer.zip
  const { lines } = await shop.deploy()
  expect(lines).toContain('upload the code of order')
  expect(order.zip.equals(ours)).toBe(true)
})

it.each([
  ['an id that Tencent Cloud does not know', { secretId: 'AKIDnobody' }, 'does not know this TENCENTCLOUD_SECRETID'],
  ['a wrong secret', { secretKey: 'another-secret' }, 'TENCENTCLOUD_SECRETKEY does not belong to'],
  ['an environment of somebody else', { envId: 'other-9z9z9z' }, 'sees no environment other-9z9z9z'],
])('%s is answered with a clear sentence, and nothing is written', async (_, changed, sentence) => {
  const { error, lines } = await shop.deploy(changed)
  expect(error).toContain(sentence)
  expect(`${error}${lines.join('\n')}`).not.toContain('another-secret')
  expect(shop.tencent.writes).toEqual([])
})

it('a machine whose clock is ten minutes wrong gets a message about its clock', async () => {
  shop.clock.offMs = 600_000
  expect((await shop.deploy()).error).toContain('The clock of this machine is more than five minutes wrong.')
})

it.each(['tcb:UpdateTable', 'scf:CreateFunction'])(
  'a key that may not call %s is told which policy to add',
  async (name) => {
    shop.tencent.denied.add(name)
    const { error } = await shop.deploy()
    const [service = ''] = name.split(':')
    expect(error).toContain(`This key may not call ${name}.`)
    expect(error).toContain(service === 'tcb' ? 'QcloudTCBFullAccess' : 'QcloudSCFFullAccess')
    shop.tencent.denied.clear()
    expect((await shop.deploy()).error).toBeUndefined()
    expect((await shop.deploy()).changes).toBe(0)
  },
)

it('no new key is made if settings are encrypted with a key that was lost', async () => {
  await shop.deploy()
  shop.tencent.state.functions.clear()
  const settings = shop.tencent.state.collections.get('settings')
  if (!settings) throw new Error('not deployed')
  settings.count = 2
  const { error } = await shop.deploy()
  expect(error).toContain('sealed under a key that no function has')
  expect(shop.tencent.writes).toEqual([])
  const cashierKey = Buffer.alloc(32, 7).toString('base64')
  expect((await shop.deploy({ cashierKey })).error).toBeUndefined()
  expect(new Set(keysThere())).toEqual(new Set([cashierKey]))
})

it('a call that is refused because of too many calls is sent again', async () => {
  shop.tencent.failAt = { write: 3, fault: 'too many calls' }
  const { error } = await shop.deploy(smallShop)
  expect(error).toBeUndefined()
  expect((await shop.deploy(smallShop)).changes).toBe(0)
})

describe('functions that stand in the way', () => {
  const first = () => {
    const order = shop.tencent.state.functions.get('order')
    if (!order) throw new Error('not deployed')
    return order
  }

  it('a function whose creation failed is created again', async () => {
    await shop.deploy(smallShop)
    first().status = 'CreateFailed'
    const { error, lines } = await shop.deploy(smallShop)
    expect(error).toBeUndefined()
    expect(lines).toContain('remove function order, whose creation failed')
    expect(first().status).toBe('Active')
    expect(new Set(keysThere()).size).toBe(1)
  })

  it.each([
    [
      'one that runs on a Node that is too old',
      () => {
        first().runtime = 'Nodejs16.13'
      },
      'The function order was created for Nodejs16.13',
    ],
    [
      'one with another key',
      () => {
        first().variables.CASHIER_KEY = Buffer.alloc(32, 9).toString('base64')
      },
      'The functions have different values of CASHIER_KEY.',
    ],
    [
      'one whose code is over 1.5 MB',
      () => shop.edit(['order'], randomBytes(2_500_000).toString('base64')),
      'CloudBase takes 1.5 MB at most.',
    ],
  ])('%s stops the deployment before anything is written', async (_, prepare, sentence) => {
    await shop.deploy(smallShop)
    shop.tencent.state.collections.delete('orders')
    prepare()
    const { error } = await shop.deploy(smallShop)
    expect(error).toContain(sentence)
    expect(shop.tencent.writes).toEqual([])
  })

  it('a function that was uploaded in another way gets our code, and --rollback restores its own code', async () => {
    await shop.deploy(smallShop)
    const theirs = shop.tencent.state.functions.get('notify')?.zip
    if (!theirs) throw new Error('not deployed')
    for (const one of shop.tencent.state.functions.values()) {
      one.description = 'made in DevTools'
      one.zip = theirs
    }
    shop.edit(Object.keys(functions), 'ours')
    expect((await shop.deploy(smallShop)).error).toBeUndefined()
    expect(first().zip.equals(theirs)).toBe(false)
    expect((await shop.deploy({ ...smallShop, rollback: true })).error).toBeUndefined()
    expect(first().zip.equals(theirs)).toBe(true)
  })
})

describe.each(['refused', 'answer lost'] as const)('broken at each write (%s)', (fault) => {
  it('the next run reaches the same result', async () => {
    await shop.deploy(tinyShop)
    const whole = standing()
    const writes = shop.tencent.writes.length
    expect(new Set(shop.tencent.writes).size).toBeGreaterThan(8)
    for (let write = 1; write <= writes; write++) {
      shop.reset()
      shop.tencent.failAt = { write, fault }
      const broken = await shop.deploy(tinyShop)
      if (fault === 'refused') expect({ write, error: broken.error }).toEqual({ write, error: expect.any(String) })
      for (const key of keysThere()) expect(broken.error ?? '').not.toContain(key)
      shop.tencent.failAt = undefined
      const resumed = await shop.deploy(tinyShop)
      expect({ write, error: resumed.error }).toEqual({ write, error: undefined })
      expect({ write, standing: standing() }).toEqual({ write, standing: whole })
      expect(new Set(keysThere()).size).toBe(1)
    }
  })
})

describe('--rollback', () => {
  const codes = () =>
    Object.fromEntries([...shop.tencent.state.functions].map(([name, { zip }]) => [name, zip.toString('base64')]))
  const names = Object.keys(tinyShop.functions)

  it('restores the previous code of every function, and a second rollback restores the code before that', async () => {
    await shop.deploy(tinyShop)
    const first = codes()
    shop.edit(['timer'], 'second')
    await shop.deploy(tinyShop)
    const second = codes()
    shop.edit(names, 'third')
    await shop.deploy(tinyShop)
    const dry = await shop.deploy({ ...tinyShop, rollback: true, dryRun: true })
    expect({ error: dry.error, changes: dry.changes, writes: shop.tencent.writes }).toEqual({
      error: undefined,
      changes: names.length,
      writes: [],
    })
    expect((await shop.deploy({ ...tinyShop, rollback: true })).error).toBeUndefined()
    expect(codes()).toEqual(second)
    expect((await shop.deploy({ ...tinyShop, rollback: true })).error).toBeUndefined()
    expect(codes()).toEqual(first)
    const { error } = await shop.deploy({ ...tinyShop, rollback: true })
    expect(error).toContain('There is no earlier code to put back')
    expect(new Set(keysThere()).size).toBe(1)
  })

  it('after a rollback the newest code can be deployed again', async () => {
    await shop.deploy(tinyShop)
    shop.edit(names, 'second')
    await shop.deploy(tinyShop)
    const second = codes()
    await shop.deploy({ ...tinyShop, rollback: true })
    const { error } = await shop.deploy(tinyShop)
    expect({ error, codes: codes() }).toEqual({ error: undefined, codes: second })
    expect((await shop.deploy(tinyShop)).changes).toBe(0)
  })

  it.each(['refused', 'answer lost'] as const)(
    'broken at each write (%s), the next rollback reaches the right result',
    async (fault) => {
      for (let write = 1, isWhole = false; !isWhole; write++) {
        shop.reset()
        shop.edit(names, 'first')
        await shop.deploy(tinyShop)
        const first = codes()
        shop.edit(names, 'second')
        await shop.deploy(tinyShop)
        shop.tencent.failAt = { write, fault }
        const broken = await shop.deploy({ ...tinyShop, rollback: true })
        shop.tencent.failAt = undefined
        isWhole = broken.error === undefined
        const again = isWhole ? broken : await shop.deploy({ ...tinyShop, rollback: true })
        expect({ write, error: again.error, codes: codes() }).toEqual({ write, error: undefined, codes: first })
      }
    },
  )

  it.each([
    ['cut', 'The download failed: aborted. Run the same command again.'],
    ['endless', 'The download failed: it is larger than 67108864 bytes. Run the same command again.'],
  ] as const)('a download that is %s changes nothing, and the next one succeeds', async (fault, sentence) => {
    await shop.deploy(tinyShop)
    const first = codes()
    shop.edit(names, 'second')
    await shop.deploy(tinyShop)
    const second = codes()
    shop.tencent.state.codeFault = fault
    const { error } = await shop.deploy({ ...tinyShop, rollback: true })
    shop.tencent.state.codeFault = undefined
    expect({ error, codes: codes() }).toEqual({ error: expect.stringContaining(sentence), codes: second })
    expect((await shop.deploy({ ...tinyShop, rollback: true })).error).toBeUndefined()
    expect(codes()).toEqual(first)
  })

  it('undoes a deployment that stopped in the middle', async () => {
    await shop.deploy(tinyShop)
    const first = codes()
    shop.edit(names, 'second')
    for (let write = 1, isWhole = false; !isWhole; write++) {
      shop.tencent.failAt = { write, fault: 'refused' }
      isWhole = (await shop.deploy(tinyShop)).error === undefined
      shop.tencent.failAt = undefined
      // If the deployment failed before it changed a function, there is nothing to undo.
      const { error } = await shop.deploy({ ...tinyShop, rollback: true })
      const isNothing = error?.includes('There is no earlier code to put back') ?? false
      expect({ write, isRefused: error !== undefined, codes: codes() }).toEqual({
        write,
        isRefused: isNothing,
        codes: first,
      })
    }
  })
})
