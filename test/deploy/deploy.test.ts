// npm run deploy against a double of Tencent Cloud's API that checks every signature, through the unmodified SDK.
import { readDatabaseFile, readFunctionsFile } from '../../packages/cloudbase-emulator/src/functions/declarations'
import { builtFunctions, openTestShop, type TestShop } from './shop'

let shop: TestShop
beforeAll(async () => {
  shop = await openTestShop()
})
afterAll(() => shop.close())
beforeEach(() => shop.reset())

const functions = readFunctionsFile(builtFunctions)
const collections = readDatabaseFile(builtFunctions) ?? {}
const keyLine = /CASHIER_KEY=(\S+)/

/** Everything in the environment that a shop depends on, without the key, which differs from shop to shop. */
const standing = () => ({
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
      .map(([name, { status, runtime, handler, memory, timeout, description, variables, zip }]) => [
        name,
        { status, runtime, handler, memory, timeout, description, variables: Object.keys(variables), zip: zip.length },
      ]),
  ),
})

const keysThere = () => [...shop.tencent.state.functions.values()].map(({ variables }) => variables.CASHIER_KEY)

it('an empty environment gets every collection, index, permission and function that is declared', async () => {
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

it('only what differs is put right, and what is not ours stays', async () => {
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
  expect(lines.filter((line) => !line.startsWith('left alone'))).toEqual([
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

it('an index with other keys is rebuilt only after a yes', async () => {
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

it('code that somebody uploaded by another way is replaced', async () => {
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
])('%s is answered with a sentence, and nothing is written', async (_, changed, sentence) => {
  const { error, lines } = await shop.deploy(changed)
  expect(error).toContain(sentence)
  expect(`${error}${lines.join('\n')}`).not.toContain('another-secret')
  expect(shop.tencent.writes).toEqual([])
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

it('no new key is made where settings are sealed under a lost one', async () => {
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

it.each(['refused', 'answer lost'] as const)(
  'broken at each write (%s), the next run goes on to the same end',
  async (fault) => {
    await shop.deploy()
    const whole = standing()
    const writes = shop.tencent.writes.length
    for (let write = 1; write <= writes; write++) {
      shop.reset()
      shop.tencent.failAt = { write, fault }
      const broken = await shop.deploy()
      expect({ write, isStopped: broken.error !== undefined }).toEqual({ write, isStopped: true })
      shop.tencent.failAt = undefined
      const resumed = await shop.deploy()
      expect({ write, error: resumed.error }).toEqual({ write, error: undefined })
      expect({ write, standing: standing() }).toEqual({ write, standing: whole })
      expect(new Set(keysThere()).size).toBe(1)
    }
  },
)
