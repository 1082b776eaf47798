// npm run bench: measures round trips, webhooks per second, signatures per second, cold starts, the simulator and
// package sizes. The last line of the output is JSON. `npm run bench -- contracts coldStart` measures only these parts.
import '../nodeVersion'
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { build, type Plugin } from 'esbuild'
import { midas as midasDefinition } from '../../cloudfunctions/shared/providers/midas'
import { beijingDigits } from '../../miniprogram/rules/beijing'
import type { Emulator } from '../../packages/cloudbase-emulator/src'
import { buildFunctions } from '../build'
import { deferParts } from '../deferredParts'
import { type LocalCloud, type LocalCloudOptions, lowPriority, startLocalCloud } from '../localCloud'
import { buildMiniprogramNpm, packageSizeBytes } from '../miniprogramNpm'
import { measureAdmin } from './admin'
import { functionsWithoutPace, measureContracts, watchDebits } from './contracts'
import { measureCost } from './cost'
import { measureFlood } from './flood'
import { ratePerSecond, requireMs, round } from './measure'
import { delivery, type MidasFields, notify, send, waitingOrder } from './midasNotices'
import { measureOrders, nodeWithoutKeepAlive } from './orders'
import { measureSigning } from './signing'
import { measureSimulator } from './simulator'
import { measureWebhooks } from './webhooks'

const root = resolve(__dirname, '../..')
const openid = 'oMiniCashier_bench_000000000'
const inFlight = 32
const notices = 4_000
// So many notices come first and are not measured, because V8 has not compiled an instance's code at its first calls.
// The bare SDK warms up, too.
const warmingNotices = 1_000
const contractsDue = 10_000
const manyOrders = 1_000_000
const lives = 20_000

/** The parts of the bench. Each part runs in a new local cloud, so that it cannot affect the next part. */
const parts: Readonly<Record<string, () => Promise<object>>> = {
  payments: () =>
    inCloud(async (cloud) => {
      const midas = midasOf(cloud)
      const roundTrips = await measureRoundTrips(cloud, midas)
      return { roundTrips, ...(await measureRates(cloud.emulator, midas)) }
    }),
  contracts: async () => ({ contracts: await measureCharges({}) }),
  contractsUnpaced: () =>
    inFolder(async (folder) => ({
      contractsUnpaced: await measureCharges({ functionsDir: functionsWithoutPace(folder) }),
    })),
  orders: () => inCloud(async (cloud) => ({ orders: await measureOrders(cloud) }), { functionPriority: lowPriority }),
  ordersByTwoCalls: () =>
    inCloud(async (cloud) => ({ ordersByTwoCalls: await measureOrders(cloud, 2) }), { functionPriority: lowPriority }),
  ordersWithoutKeepAlive: () =>
    inFolder((folder) =>
      inCloud(async (cloud) => ({ ordersWithoutKeepAlive: await measureOrders(cloud) }), {
        functionPriority: lowPriority,
        nodePath: nodeWithoutKeepAlive(folder),
      }),
    ),
  webhooks: () => inCloud(async (cloud) => ({ webhooks: await measureWebhooks(cloud, midasOf(cloud)) })),
  flood: () => inCloud(async (cloud) => ({ flood: await measureFlood(cloud, { midas: midasOf(cloud), openid }) })),
  cost: async () => ({ cost: await measureCost() }),
  admin: async () => ({ admin: await measureBackOffice() }),
  signing: async () => ({ signing: measureSigning() }),
  coldStart: async () => ({ coldStart: await inFolder(measureColdStart) }),
  simulator: async () => ({ simulator: await measureSimulator(lives) }),
  async sizes() {
    await buildMiniprogramNpm()
    return { openMidasMinifiedBytes: await openMidasBytes(), miniprogramPackageBytes: await packageSizeBytes() }
  },
}

/** Measures the parts that the command line names, or all of them. */
async function main(): Promise<void> {
  const named = process.argv.slice(2)
  const unknown = named.find((name) => !Object.hasOwn(parts, name))
  if (unknown !== undefined) throw new Error(`no part ${unknown}; there are: ${Object.keys(parts).join(', ')}`)
  await buildFunctions()
  console.log(`load of the machine before: ${loadText()}`)
  let all = {}
  for (const [name, measure] of Object.entries(parts)) {
    if (named.length > 0 && !named.includes(name)) continue
    const figures = await measure()
    console.log(name, JSON.stringify(figures, null, 1))
    all = { ...all, ...figures }
  }
  console.log(`load of the machine after: ${loadText()}`)
  console.log(JSON.stringify(all))
}

// Other work on the machine makes the measured rates smaller, so the output also contains the machine's load.
const loadText = (): string =>
  `${loadavg()
    .map((load) => round(load))
    .join(' ')} on ${cpus().length} cores`

async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'mini-cashier-bench-'))
  try {
    return await work(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const inCloud = <T>(work: (cloud: LocalCloud) => Promise<T>, options: Partial<LocalCloudOptions> = {}): Promise<T> =>
  inFolder(async (dataDir) => {
    const cloud = await startLocalCloud({ port: 0, dataDir, ...options })
    try {
      return await work(cloud)
    } finally {
      await cloud.close()
    }
  })

async function measureCharges(options: Partial<LocalCloudOptions>) {
  const { onTrace, figures } = watchDebits()
  const measured = await inCloud((cloud) => measureContracts(cloud, contractsDue), { ...options, onTrace })
  return { ...measured, ...figures() }
}

function midasOf({ settings }: LocalCloud): MidasFields {
  const fields = settings.get('midas')?.fields
  const provider = midasDefinition.create(fields as never, () => Promise.reject(new Error('not for calls')))
  return { ...(fields as MidasFields), userId: provider.shopperName?.(openid) ?? '' }
}

const measureBackOffice = () =>
  inFolder(async (folder) => {
    const few = await startLocalCloud({ port: 0, dataDir: join(folder, 'few') })
    const many = await startLocalCloud({ port: 0, dataDir: join(folder, 'many') })
    try {
      return await measureAdmin({ few, many }, manyOrders)
    } finally {
      await few.close()
      await many.close()
    }
  })

async function measureRoundTrips({ emulator }: LocalCloud, midas: MidasFields) {
  const order = async (action: string, input: object): Promise<{ order: { orderNo: string }; paymentNo?: string }> => {
    const reply = (await emulator.call('order', { openid }, { action, input })) as {
      ok: boolean
      data: never
      error: unknown
    }
    if (!reply.ok) throw new Error(JSON.stringify(reply.error))
    return reply.data
  }
  const trips = async (work: () => Promise<unknown>): Promise<number> => {
    const before = emulator.roundTrips()
    await work()
    return emulator.roundTrips() - before
  }
  let serial = 0
  const newNumber = () => beijingDigits(emulator.clock.now()) + String(++serial).padStart(8, '0')
  const items = [{ sku: 'tasting', quantity: 1 }]
  const way = { provider: 'midas', channel: 'wechat' }
  const create = (orderNo: string) => order('create', { orderNo, items })
  const pay = (orderNo: string) => order('pay', { orderNo, ...way })
  const shown = { amountFen: 1, currency: 'CNY' }
  const warm = newNumber()
  await create(warm)
  await pay(warm)
  await notify(emulator, midas, `${warm}01`, 1)

  const orderNo = newNumber()
  return {
    create: await trips(() => create(orderNo)),
    pay: await trips(() => pay(orderNo)),
    acceptedNotice: await trips(() => notify(emulator, midas, `${orderNo}01`, 1)),
    repeatedNotice: await trips(() => notify(emulator, midas, `${orderNo}01`, 1)),
    readSettled: await trips(() => order('read', { orderNo })),
    createAndPay: await trips(() => order('create', { orderNo: newNumber(), items, pay: { ...way, ...shown } })),
  }
}

async function measureRates(emulator: Emulator, midas: MidasFields) {
  const bodies: Buffer[] = []
  for (let index = 0; index < warmingNotices + notices; index++) {
    const order = waitingOrder(emulator, openid, `b${String(index).padStart(7, '0')}`)
    emulator.database.insert('orders', order as never)
    bodies.push(delivery(midas, `${order._id}01`, 1))
  }
  const one = waitingOrder(emulator, openid, 'zzzzzzzz')
  emulator.database.insert('orders', one as never)
  const sendNext = () => send(emulator, bodies.pop() ?? Buffer.alloc(0))
  await ratePerSecond(warmingNotices, inFlight, sendNext)
  const bareBefore = await bareSdkRate(emulator, one._id)
  const acceptedNotices = await ratePerSecond(bodies.length, inFlight, sendNext)
  const bareAfter = await bareSdkRate(emulator, one._id)
  const bareSdkGets = (bareBefore + bareAfter) / 2
  return {
    acceptedNoticesPerSecond: round(acceptedNotices, 0),
    bareSdkGetsPerSecond: round(bareSdkGets, 0),
    // A notice needs two round trips to the database, so at best it reaches half of the bare SDK's rate.
    shareOfHalfTheBareRate: round(acceptedNotices / (bareSdkGets / 2)),
  }
}

function sdkEnvironment(adminUrl: string): Record<string, string> {
  return {
    TCB_CONTEXT_CNFG: JSON.stringify({ URL: adminUrl }),
    TENCENTCLOUD_SECRETID: 'local',
    TENCENTCLOUD_SECRETKEY: 'local',
    TENCENTCLOUD_RUNENV: 'SCF',
    TENCENTCLOUD_REGION: 'ap-shanghai',
    SCF_NAMESPACE: 'local',
  }
}

function bareSdkRate(emulator: Emulator, id: string): Promise<number> {
  const child = spawn(process.execPath, ['--import', 'tsx', join(__dirname, 'bareSdk.ts'), id], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH: process.env.PATH ?? '', ...sdkEnvironment(emulator.adminUrl) },
  })
  let said = ''
  child.stdout.on('data', (chunk) => {
    said += chunk
  })
  return new Promise((done, fail) => {
    child.once('error', fail)
    child.once('close', (code) => (code === 0 ? done(Number(said)) : fail(new Error('the bare SDK did not answer'))))
  })
}

async function measureColdStart(folder: string) {
  const sdk = async (name: string, plugins: Plugin[]): Promise<string> => {
    const outfile = join(folder, name)
    await build({
      stdin: { contents: "import * as cloud from 'wx-server-sdk'\ncloud.init()", resolveDir: root },
      bundle: true,
      platform: 'node',
      target: 'node18',
      format: 'cjs',
      // Use the same options as tools/build.ts, so that the bench measures the code that is deployed.
      minifySyntax: true,
      minifyWhitespace: true,
      plugins,
      outfile,
      logLevel: 'error',
    })
    return outfile
  }
  const names = ['notify', 'order', 'contract', 'admin', 'timer', 'web']
  const files = names.map((name) => join(root, 'dist/cloudfunctions', name, 'index.js'))
  const alone = [await sdk('sdkOnly.js', []), await sdk('sdkDeferred.js', [deferParts()])]
  const times = requireMs([...alone, ...files], 21, sdkEnvironment('http://127.0.0.1:9/admin'))
  const [sdkOnlyMs = 0, sdkWithDeferredPartsMs = 0, ...own] = times
  return {
    sdkOnlyMs,
    sdkWithDeferredPartsMs,
    ...Object.fromEntries(names.map((name, index) => [`${name}Ms`, own[index]])),
    mostOnTopMs: round(Math.max(...own) - sdkOnlyMs, 1),
  }
}

async function openMidasBytes(): Promise<number> {
  const outfile = join(root, 'dist/openMidas.min.js')
  const entry = join(root, 'miniprogram/openmidas/index.ts')
  await build({
    entryPoints: [entry],
    bundle: true,
    minify: true,
    format: 'cjs',
    target: 'es2020',
    outfile,
    logLevel: 'error',
  })
  return statSync(outfile).size
}

main().catch((error: unknown) => {
  console.error(error)
  process.exit(1)
})
