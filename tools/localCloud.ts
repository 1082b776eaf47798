// The whole product on one machine: emulator, sandbox and preview behind one HTTP server on 127.0.0.1. surface.ts has its
// paths.

import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join, resolve } from 'node:path'
import { providers } from '../cloudfunctions/shared/providers'
import { HttpFailure } from '../cloudfunctions/shared/providers/provider'
import { type OpenSettings, readSettingsKeys } from '../cloudfunctions/shared/store/settings'
import type { ShopSettings } from '../cloudfunctions/shared/usecases/platform/context'
import { CannotStart, type Emulator, startEmulator, type TraceEvent } from '../packages/cloudbase-emulator/src'
import { cashierKey } from './cashierKey'
import { connectDatabase } from './cloudDatabase'
import { migrate } from './deploy/migrations/run'
import { createPreview } from './preview/preview'
import { createSandbox, type Sandbox } from './sandbox'
import { createWechatAccount } from './sandbox/wechat/wechatAccount'
import { isWechat } from './sandbox/wechat/wechatBrowser'
import { seedDomain, seedPlans, seedProducts, seedSettings, seedStaff } from './seed'
import { bridgePath, createSurface, json, parseJson } from './surface'
import { buildWebsite, serveWebsite } from './website'

const root = resolve(__dirname, '..')

export interface LocalCloudOptions {
  /** the port; 0 takes a free one */
  port: number
  dataDir: string
  /** settings by provider code; these settings replace the seeded settings */
  overrides?: Record<string, Record<string, unknown>>
  /** rebuilds and reloads the page when a source file changes */
  watch?: boolean
  /** serves the pages that are already built in the data folder, and builds only the missing pages [false] */
  keepsPages?: boolean
  /** the Node binary for the functions [the one that runs this process] */
  nodePath?: string
  functionsDir?: string
  /** the priority of the functions' processes, as the emulator takes it [0] */
  functionPriority?: number
  /** called for each message between the phone, the functions, the database and the providers */
  onTrace?(event: TraceEvent): void
}

export interface LocalCloud {
  url: string
  emulator: Emulator
  sandbox: Sandbox
  /** the current settings with their secrets in plain text; only for tools on this machine */
  settings: OpenSettings
  close(): Promise<void>
}

/** A priority of the functions with which the local cloud takes the most calls on a machine that does nothing else. */
export const lowPriority = 10

const traceKept = 500

/**
 * Starts everything. @throws CannotStart, or an AppError that says which settings are missing or cannot be decrypted
 */
export async function startLocalCloud(options: LocalCloudOptions): Promise<LocalCloud> {
  const dataDir = resolve(options.dataDir)
  makeFolder(dataDir)
  const key = cashierKey(dataDir)
  const keys = readSettingsKeys([key, process.env.CASHIER_KEY_OLD])
  const { server, url } = await listen(options.port)
  const stack: (() => unknown)[] = [() => stop(server)]
  const closeAll = async () => {
    for (const close of stack.splice(0).reverse()) await close()
  }
  try {
    const traces: TraceEvent[] = []
    const watchers = new Set<ServerResponse>()
    const emulator: Emulator = await startEmulator({
      dataDir,
      functionsDir: options.functionsDir ?? join(root, 'dist/cloudfunctions'),
      environment: { CASHIER_KEY: key, CASHIER_KEY_OLD: process.env.CASHIER_KEY_OLD ?? '', CASHIER_LOCAL: '1' },
      ...(options.nodePath !== undefined && { nodePath: options.nodePath }),
      ...(options.functionPriority !== undefined && { functionPriority: options.functionPriority }),
      nextDueAt: () => nextDueAt(emulator),
      onOpenapi: (api, data) =>
        api === 'subscribeMessage.send' ? sandbox.messages.send(data) : sandbox.shipping.call(api, data),
      onTrace(event) {
        options.onTrace?.(event)
        traces.push(event)
        if (traces.length > traceKept) traces.shift()
        for (const watcher of watchers) watcher.write(`data: ${JSON.stringify(event)}\n\n`)
      },
    })
    stack.push(() => emulator.close())
    const running = join(dataDir, 'running.json')
    writeFileSync(running, JSON.stringify({ pid: process.pid, url, adminUrl: emulator.adminUrl }))
    stack.push(() => rmSync(running, { force: true }))

    const settings = await prepareData(emulator, keys, url, options.overrides ?? {})
    // Forget the events of the start, so that the trace begins with what the developer does.
    traces.length = 0
    const sandbox: Sandbox = createSandbox({
      clock: emulator.clock,
      dataDir,
      settings: (code) => settings.get(code)?.fields as Record<string, unknown> | undefined,
      noticeUrl: (provider) => `${url}/notify/${provider}`,
      messagePush() {
        const { messagePush, appId } = (settings.get('shop')?.fields ?? {}) as Partial<ShopSettings>
        if (!messagePush) return undefined
        const { token, aesKey } = messagePush
        return { token, ...(aesKey !== undefined && { aesKey }), ...(appId !== undefined && { appId }) }
      },
      trace: (event) => emulator.trace(event),
      deliver: async ({ method, url: target, headers, body }) => {
        const { pathname, searchParams } = new URL(target)
        const query = Object.fromEntries(searchParams)
        const answer = await emulator.http({ method, path: pathname, query, headers, body: Buffer.from(body) })
        return { status: answer.statusCode, headers: answer.headers, body: String(answer.body) }
      },
    })
    stack.push(() => sandbox.close())
    emulator.clock.join(sandbox)
    const pages = createPages(dataDir, options)
    stack.push(() => pages.close())
    if (options.watch) await pages.previewed()

    const wechat = createWechatAccount({
      clock: emulator.clock,
      account() {
        const { officialAccount, publicUrl } = (settings.get('shop')?.fields ?? {}) as Partial<ShopSettings>
        return officialAccount && publicUrl ? { ...officialAccount, host: new URL(publicUrl).host } : undefined
      },
    })
    const surface = createSurface({ emulator, sandbox, wechat, traces, watchers })
    server.on('request', (request, response) => {
      serve(request, response).catch((error: unknown) => {
        if (!response.headersSent) json(response, 500, { errMsg: error instanceof Error ? error.message : 'error' })
        else response.destroy()
      })
    })
    const serve = async (request: IncomingMessage, response: ServerResponse) => {
      if (await surface(request, response)) return
      const bridge = isWechat(request.headers['user-agent']) ? bridgePath : undefined
      if (await serveWebsite(pages.websiteFolder, request, response, bridge)) return
      if (await (await pages.previewed()).handle(request, response)) return
      json(response, 404, { errMsg: 'no such path' })
    }
    return { url, emulator, sandbox, settings, close: closeAll }
  } catch (error) {
    await closeAll()
    throw error
  }
}

/** The preview and the website, each built only when a browser first requests it: many only call the functions. */
function createPages(dataDir: string, { watch = false, keepsPages = false }: LocalCloudOptions) {
  const isKept = (folder: string): boolean => keepsPages && existsSync(folder)
  let preview: ReturnType<typeof createPreview> | undefined
  let website: Promise<string> | undefined
  return {
    previewed() {
      const outDir = join(dataDir, 'preview')
      preview ??= createPreview({ miniprogramRoot: join(root, 'miniprogram'), outDir, watch, isBuilt: isKept(outDir) })
      return preview
    },
    websiteFolder() {
      const folder = join(dataDir, 'web')
      website ??= (isKept(folder) ? Promise.resolve() : buildWebsite(folder, { isLocal: true })).then(() => folder)
      return website
    },
    close: async () => (await preview)?.close(),
  }
}

async function prepareData(
  emulator: Emulator,
  keys: ReturnType<typeof readSettingsKeys>,
  origin: string,
  overrides: Record<string, Record<string, unknown>>,
): Promise<OpenSettings> {
  const db = await connectDatabase({ adminUrl: emulator.adminUrl })
  // Migrate the documents if an older release wrote this data folder.
  await migrate(db, { say: (line) => console.log(line) })
  await seedProducts(db)
  await seedPlans(db)
  await seedStaff(db, emulator.clock.now())
  await seedDomain(db, keys, origin, emulator.clock.now())
  // Check the settings with the functions' own code. If the functions would refuse them, do not store them and show the
  // same sentence.
  const { openAll } = await import('../cloudfunctions/shared/runtime/context')
  const refuse = (error: unknown): never => {
    throw error
  }
  const check = (merged: OpenSettings) =>
    void openAll(merged, () => Promise.reject(new HttpFailure('not for calls', false)), refuse)
  const settings = await seedSettings(db, keys, { origin, overrides, now: emulator.clock.now(), check })
  return settings
}

// While somebody moves the clock, it stops when work of these kinds is due. Each line has the collection, the field
// with the due time, and a condition. The hourly list of complaints is left out, because a month has 720 hours and no
// complaint's notice gets lost in the sandbox. The list still runs whenever the clock stops for other work.
const waiting = [
  ['orders', 'dueAt', {}],
  ['contracts', 'dueAt', {}],
  ['complaints', 'dueAt', {}],
  ['jobs', 'dueAt', { kind: { $ne: 'complaints' } }],
  ['orders', 'outboxAt', {}],
  ['contracts', 'outboxAt', {}],
  ['deliveries', 'dueAt', {}],
  ['messages', 'dueAt', {}],
] as const

function nextDueAt(emulator: Emulator): number | null {
  const times = waiting.flatMap(([collection, field, where]) => {
    const [first] = emulator.database.find(collection, {
      where: { ...where, [field]: { $gte: 0 } },
      orderBy: { [field]: 1 },
      limit: 1,
    })
    const at = first?.[field]
    return typeof at === 'number' ? [at] : []
  })
  return times.length === 0 ? null : Math.min(...times)
}

function makeFolder(dataDir: string): void {
  try {
    // The folder contains keys and all orders. Only the user who runs this process may read new files, including the
    // files that functions make.
    process.umask(0o077)
    const isOurs = existsSync(join(dataDir, 'worker.cjs'))
    mkdirSync(dataDir, { recursive: true })
    if (isOurs) closeToOthers(dataDir)
    else if (readdirSync(dataDir).length === 0) chmodSync(dataDir, 0o700)
  } catch (cause) {
    throw new CannotStart(`The data folder ${dataDir} cannot be made. Choose another with --data DIR.`, { cause })
  }
}

/** Removes the rights of other users from a folder of an earlier start and from its files. */
function closeToOthers(folder: string): void {
  chmodSync(folder, 0o700)
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) closeToOthers(path)
    else if (entry.isFile()) chmodSync(path, 0o600)
  }
}

function listen(port: number): Promise<{ server: ReturnType<typeof createServer>; url: string }> {
  const server = createServer()
  // Keep idle connections open longer than clients do. If the server closes first, a request that is already on its way
  // fails.
  server.keepAliveTimeout = 65_000
  return new Promise((ok, fail) => {
    server.once('error', (cause: NodeJS.ErrnoException) =>
      fail(
        cause.code === 'EADDRINUSE'
          ? new CannotStart(`Port ${port} is in use. Stop what uses it, or choose another: npm start -- --port 0`, {
              cause,
            })
          : cause,
      ),
    )
    server.listen(port, '127.0.0.1', () =>
      ok({ server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }),
    )
  })
}

async function stop(server: ReturnType<typeof createServer>): Promise<void> {
  server.closeAllConnections()
  await new Promise((ok) => server.close(ok))
}

/** Reads the settings file of `--settings`: an object with one object per provider. @throws CannotStart */
export function readOverrides(file: string): Record<string, Record<string, unknown>> {
  const fail = (why: string) =>
    new CannotStart(`The settings file ${file} ${why}. It must hold { "<code>": { …fields } }.`)
  if (!existsSync(file)) throw fail('does not exist')
  const value = parseJson(readFileSync(file, 'utf8'))
  const isObject = (one: unknown): one is Record<string, unknown> =>
    typeof one === 'object' && one !== null && !Array.isArray(one)
  if (!isObject(value) || !Object.values(value).every(isObject)) throw fail('is not readable JSON of that shape')
  const unknown = Object.keys(value).filter((code) => !knownCodes.includes(code))
  if (unknown.length > 0)
    throw new CannotStart(`${file}: ${unknown.join(', ')} is not a code. Known: ${knownCodes.join(', ')}.`)
  return value as Record<string, Record<string, unknown>>
}

const knownCodes = ['shop', ...providers.map(({ code }) => code)]
