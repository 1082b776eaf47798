// npm run bench: measures round trips, webhooks per second, signatures per second, cold starts, the simulator and
// package sizes. The last line of the output is JSON.
import '../nodeVersion'
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { build } from 'esbuild'
import { beijingDigits } from '../../cloudfunctions/shared/domain/beijing'
import { midas as midasDefinition } from '../../cloudfunctions/shared/providers/midas'
import type { Emulator } from '../../packages/cloudbase-emulator/src'
import { buildFunctions } from '../build'
import { type LocalCloud, startLocalCloud } from '../localCloud'
import { buildMiniprogramNpm, packageSizeBytes } from '../miniprogramNpm'
import { measureAdmin } from './admin'
import { measureContracts } from './contracts'
import { measureCost } from './cost'
import { ratePerSecond, requireMs, round } from './measure'
import { delivery, type MidasFields, notify, send, waitingOrder } from './midasNotices'
import { measureSigning } from './signing'
import { measureSimulator } from './simulator'
import { measureWebhooks } from './webhooks'

const root = resolve(__dirname, '../..')
const openid = 'oMiniCashier_bench_000000000'
const inFlight = 32
const notices = 2_000
const contractsDue = 10_000
const manyOrders = 1_000_000
const lives = 20_000

async function main(): Promise<void> {
  await buildFunctions()
  const dataDir = mkdtempSync(join(tmpdir(), 'mini-cashier-bench-'))
  try {
    const cloud = await startLocalCloud({ port: 0, dataDir })
    const midas = midasOf(cloud)
    const roundTrips = await measureRoundTrips(cloud, midas)
    console.log('round trips', roundTrips)
    const rates = await measureRates(cloud.emulator, midas)
    console.log('rates', rates)
    const contracts = await measureContracts(cloud, contractsDue)
    console.log('contracts', contracts)
    await cloud.close()
    const webhooks = await measureTelling()
    console.log('webhooks', webhooks)
    const cost = await measureCost()
    console.log('cost', cost)
    const admin = await measureBackOffice()
    console.log('admin', JSON.stringify(admin, null, 1))
    const signing = measureSigning()
    console.log('signing', JSON.stringify(signing, null, 1))
    const coldStart = await measureColdStart(dataDir)
    console.log('cold start', coldStart)
    const simulator = await measureSimulator(lives)
    console.log('simulator', simulator)
    await buildMiniprogramNpm()
    const sizes = { openMidasMinifiedBytes: await openMidasBytes(), miniprogramPackageBytes: await packageSizeBytes() }
    console.log('sizes', sizes)
    console.log(
      JSON.stringify({
        roundTrips,
        ...rates,
        webhooks,
        contracts,
        cost,
        admin,
        signing,
        coldStart,
        simulator,
        ...sizes,
      }),
    )
  } finally {
    rmSync(dataDir, { recursive: true, force: true })
  }
}

function midasOf({ settings }: LocalCloud): MidasFields {
  const fields = settings.get('midas')?.fields
  const provider = midasDefinition.create(fields as never, () => Promise.reject(new Error('not for calls')))
  return { ...(fields as MidasFields), userId: provider.shopperName?.(openid) ?? '' }
}

/**
 * Measures webhooks to other systems. Uses its own data folder: otherwise the undelivered events would be sent while
 * another part is measured.
 */
async function measureTelling() {
  const dataDir = mkdtempSync(join(tmpdir(), 'mini-cashier-bench-'))
  try {
    const cloud = await startLocalCloud({ port: 0, dataDir })
    const webhooks = await measureWebhooks(cloud, midasOf(cloud))
    await cloud.close()
    return webhooks
  } finally {
    rmSync(dataDir, { recursive: true, force: true })
  }
}

/** Works in a folder of its own, which is deleted at the end: a million orders must not slow down the next part. */
async function measureBackOffice() {
  const dataDir = mkdtempSync(join(tmpdir(), 'mini-cashier-bench-'))
  try {
    const few = await startLocalCloud({ port: 0, dataDir: join(dataDir, 'few') })
    const many = await startLocalCloud({ port: 0, dataDir: join(dataDir, 'many') })
    const admin = await measureAdmin({ few, many }, manyOrders)
    await few.close()
    await many.close()
    return admin
  } finally {
    rmSync(dataDir, { recursive: true, force: true })
  }
}

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
  const create = (orderNo: string) => order('create', { orderNo, items: [{ sku: 'tasting', quantity: 1 }] })
  const pay = (orderNo: string) => order('pay', { orderNo, provider: 'midas', channel: 'wechat' })
  const warm = newNumber()
  await create(warm)
  await pay(warm)
  await notify(emulator, midas, `${warm}01`, 1)

  const orderNo = newNumber()
  const result = {
    create: await trips(() => create(orderNo)),
    pay: await trips(() => pay(orderNo)),
    acceptedNotice: await trips(() => notify(emulator, midas, `${orderNo}01`, 1)),
    repeatedNotice: await trips(() => notify(emulator, midas, `${orderNo}01`, 1)),
    readSettled: await trips(() => order('read', { orderNo })),
  }
  return { ...result, createAndPay: result.create + result.pay }
}

async function measureRates(emulator: Emulator, midas: MidasFields) {
  const bodies: Buffer[] = []
  for (let index = 0; index < notices; index++) {
    const order = waitingOrder(emulator, openid, `b${String(index).padStart(7, '0')}`)
    emulator.database.insert('orders', order as never)
    bodies.push(delivery(midas, `${order._id}01`, 1))
  }
  const one = waitingOrder(emulator, openid, 'zzzzzzzz')
  emulator.database.insert('orders', one as never)
  const [first = Buffer.alloc(0)] = bodies
  await ratePerSecond(64, inFlight, () => send(emulator, first))
  const bareBefore = await bareSdkRate(emulator, one._id)
  const acceptedNotices = await ratePerSecond(notices - 1, inFlight, (index) =>
    send(emulator, bodies[index + 1] ?? first),
  )
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
  const only = join(folder, 'sdkOnly.js')
  await build({
    stdin: { contents: "import * as cloud from 'wx-server-sdk'\ncloud.init()", resolveDir: root },
    bundle: true,
    platform: 'node',
    target: 'node18',
    format: 'cjs',
    // The same options as in tools/build.ts, so that the measured bundle is the deployed one.
    minifySyntax: true,
    minifyWhitespace: true,
    outfile: only,
    logLevel: 'error',
  })
  const names = ['order', 'notify', 'timer']
  const files = names.map((name) => join(root, 'dist/cloudfunctions', name, 'index.js'))
  const [sdkOnlyMs = 0, ...own] = requireMs([only, ...files], 21, sdkEnvironment('http://127.0.0.1:9/admin'))
  return {
    sdkOnlyMs,
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
