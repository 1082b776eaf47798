// The whole product on one machine: emulator, sandbox and preview behind one HTTP server on 127.0.0.1.
// The paths are those of docs/design.md 5.

import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join, resolve } from 'node:path'
import { providers } from '../cloudfunctions/shared/providers'
import { HttpFailure } from '../cloudfunctions/shared/providers/provider'
import { type OpenSettings, readSettingsKeys } from '../cloudfunctions/shared/store/settings'
import type { ShopSettings } from '../cloudfunctions/shared/usecases/platform/context'
import { dayMs } from '../miniprogram/rules/beijing'
import {
  CannotStart,
  callerOf,
  type Emulator,
  FunctionFailure,
  startEmulator,
  type TraceEvent,
} from '../packages/cloudbase-emulator/src'
import { cashierKey } from './cashierKey'
import { connectDatabase } from './cloudDatabase'
import { migrate } from './deploy/migrations/run'
import { createFrontDoor } from './frontDoor'
import { createPreview } from './preview/preview'
import { createSandbox, type Sandbox } from './sandbox'
import { payPage } from './sandbox/payPage'
import type { EventFields } from './sandbox/wechat/messagePush'
import { createWechatAccount } from './sandbox/wechat/wechatAccount'
import { isWechat, servedBridge } from './sandbox/wechat/wechatBrowser'
import { seedDomain, seedPlans, seedProducts, seedSettings, seedStaff } from './seed'
import { webPaths } from './webPaths'
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

const bridgePath = '/sandbox/wechat/bridge.js'
const bodyLimit = 8 * 1024 * 1024
const traceKept = 500
const longestAdvanceMs = 400 * dayMs

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
    const watch = options.watch ?? false
    const isKept = (folder: string): boolean => options.keepsPages === true && existsSync(folder)
    let preview: ReturnType<typeof createPreview> | undefined
    // Build the preview only when a browser first requests it, because many users of the local cloud only call its
    // functions.
    const previewed = () => {
      const outDir = join(dataDir, 'preview')
      preview ??= createPreview({ miniprogramRoot: join(root, 'miniprogram'), outDir, watch, isBuilt: isKept(outDir) })
      return preview
    }
    stack.push(async () => (await preview)?.close())
    if (watch) await previewed()
    let website: Promise<string> | undefined
    const websiteFolder = () => {
      const folder = join(dataDir, 'web')
      website ??= (isKept(folder) ? Promise.resolve() : buildWebsite(folder, { isLocal: true })).then(() => folder)
      return website
    }

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
      if (await serveWebsite(websiteFolder, request, response, bridge)) return
      if (await (await previewed()).handle(request, response)) return
      json(response, 404, { errMsg: 'no such path' })
    }
    return { url, emulator, sandbox, settings, close: closeAll }
  } catch (error) {
    await closeAll()
    throw error
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

// The kinds of work for which a moving clock stops: the collection, the field with the due time, and a condition. The
// hourly list of complaints is left out, because a month has 720 hours and no complaint's notice gets lost in the
// sandbox. The list still runs whenever the clock stops for other work.
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

interface Parts {
  emulator: Emulator
  sandbox: Sandbox
  wechat: ReturnType<typeof createWechatAccount>
  traces: TraceEvent[]
  watchers: Set<ServerResponse>
}

type Handler = (request: IncomingMessage, response: ServerResponse, url: URL, match: RegExpExecArray) => Promise<void>

// Adds WeChat's JS bridge to a page if the browser says that it is WeChat's, because the real WeChat adds it too. The
// page's content security policy is widened for this script.
function sendPage(
  request: IncomingMessage,
  response: ServerResponse,
  { statusCode, headers, body }: { statusCode: number; headers: Record<string, string>; body: string },
): void {
  const policy = headers['content-security-policy'] ?? ''
  const isPage = body.startsWith('<!doctype html>') && policy.includes('script-src')
  if (!isPage || !isWechat(request.headers['user-agent'])) {
    response.writeHead(statusCode, headers).end(body)
    return
  }
  const withBridge = { ...headers, 'content-security-policy': `${policy}; frame-src 'self'` }
  response.writeHead(statusCode, withBridge).end(body.replace('<head>', `<head><script src="${bridgePath}"></script>`))
}

// Handles the local cloud's own paths. Returns false for paths of the preview.
function createSurface({ emulator, sandbox, wechat, traces, watchers }: Parts) {
  const readNotice = createFrontDoor()
  const routes: [method: string, path: RegExp, handle: Handler][] = [
    [
      'POST',
      /^\/call\/(\w+)$/,
      async (request, response, _, match) => {
        const caller = callerOf(request.headers)
        const event: unknown = parseJson((await readBody(request)).toString('utf8'))
        try {
          json(response, 200, await emulator.call(match[1] ?? '', caller, event))
        } catch (error) {
          if (!(error instanceof FunctionFailure)) throw error
          json(response, 500, { errCode: error.errCode, errMsg: error.message })
        }
      },
    ],
    [
      'ANY',
      new RegExp(`^(/notify/.*|/pay/.*|/m?pay\\.html|/web/(${webPaths.join('|')})(/.*)?)$`),
      async (request, response, url) => {
        const headers = url.pathname.startsWith('/web/') ? forwarded(request) : headersOf(request)
        const answer = await readNotice(request, emulator.httpBodyLimit(headers), (body) =>
          emulator.http({
            method: request.method ?? 'GET',
            path: url.pathname,
            query: Object.fromEntries(url.searchParams),
            headers,
            body,
          }),
        )
        if (answer === 'busy') json(response, 503, { errMsg: 'too many large bodies at once' })
        else sendPage(request, response, { ...answer, body: String(answer.body) })
      },
    ],
    [
      'GET',
      /^\/sandbox\/wechat\/bridge\.js$/,
      async (request, response) => {
        const script = servedBridge(`http://${request.headers.host}`)
        response.writeHead(200, { 'content-type': 'text/javascript; charset=utf-8' }).end(script)
      },
    ],
    [
      'ANY',
      /^\/sandbox\/(\w+)(\/.*)?$/,
      async (request, response, url, match) => {
        const asked = {
          method: request.method ?? 'GET',
          path: match[2] ?? '/',
          query: url.searchParams,
          headers: headersOf(request),
          body: await readBody(request),
        }
        const provider = match[1] ?? ''
        const answer = provider === 'wechat' ? wechat.handle(asked) : await sandbox.handle(provider, asked)
        if (answer === 'reset') request.socket.destroy()
        else sendPage(request, response, answer)
      },
    ],
    [
      'GET',
      /^\/local\/clock$/,
      async (_, response) =>
        json(response, 200, { now: emulator.clock.now(), offsetMs: emulator.clock.now() - Date.now() }),
    ],
    [
      'POST',
      /^\/local\/clock$/,
      async (request, response) => {
        const { advanceMs } = await readJson(request)
        if (
          typeof advanceMs !== 'number' ||
          !Number.isSafeInteger(advanceMs) ||
          advanceMs < 0 ||
          advanceMs > longestAdvanceMs
        )
          return json(response, 400, { errMsg: 'advanceMs: a whole number of milliseconds from 0 to 400 days' })
        await emulator.clock.advance(advanceMs)
        json(response, 200, { now: emulator.clock.now() })
      },
    ],
    [
      'POST',
      /^\/local\/instances$/,
      async (_, response) => {
        await emulator.reloadFunctions()
        json(response, 200, {})
      },
    ],
    ['GET', /^\/local\/sandbox$/, async (_, response) => json(response, 200, sandbox.list())],
    [
      'POST',
      /^\/local\/sandbox$/,
      async (request, response) => {
        const { provider, scenario, keep } = await readJson(request)
        if (keep !== undefined && typeof keep !== 'boolean')
          return json(response, 400, { errMsg: 'keep: true or false' })
        try {
          if (provider !== undefined || keep === undefined) sandbox.setScenario(String(provider), String(scenario))
          if (keep !== undefined) sandbox.setKeep(keep)
          json(response, 200, sandbox.list())
        } catch (error) {
          json(response, 400, { errMsg: error instanceof Error ? error.message : 'unknown' })
        }
      },
    ],
    ['GET', /^\/local\/shipping$/, async (_, response) => json(response, 200, { uploads: sandbox.shipping.uploads() })],
    [
      'POST',
      /^\/local\/shipping$/,
      async (request, response) => {
        const { mood, received } = await readJson(request)
        try {
          if (mood !== undefined) sandbox.shipping.setMood(String(mood))
          if (received !== undefined) sandbox.shipping.receive(String(received))
          json(response, 200, {})
        } catch (error) {
          json(response, 400, { errMsg: error instanceof Error ? error.message : 'unknown' })
        }
      },
    ],
    ['GET', /^\/local\/messages$/, async (_, response) => json(response, 200, { sent: sandbox.messages.sent() })],
    [
      'POST',
      /^\/local\/messages$/,
      async (request, response) => {
        const { mood, permit } = await readJson(request)
        const openid = String(request.headers['x-openid'] ?? '')
        try {
          if (mood !== undefined) sandbox.messages.setMood(String(mood))
          if (Array.isArray(permit)) sandbox.messages.permit(openid, permit.map(String))
          json(response, 200, {})
        } catch (error) {
          json(response, 400, { errMsg: error instanceof Error ? error.message : 'unknown' })
        }
      },
    ],
    ['GET', /^\/local\/complaints$/, async (_, response) => json(response, 200, { complaints: sandbox.complaints() })],
    [
      'POST',
      /^\/local\/complaints$/,
      async (request, response) => {
        const { paymentNo, complaintId, text, about, problem, phone } = await readJson(request)
        const said = typeof text === 'string' ? text : '商品与描述不符'
        try {
          if (complaintId !== undefined) sandbox.complainAgain(String(complaintId), said)
          const id =
            complaintId ??
            sandbox.complain(String(paymentNo), {
              text: said,
              problem: typeof problem === 'string' ? problem : '商品质量有问题',
              about: about === 'REFUND' || about === 'SERVICE_NOT_WORK' ? about : 'OTHERS',
              phone: typeof phone === 'string' ? phone : '13800000000',
            })
          await sandbox.run(emulator.clock.now())
          json(response, 200, { complaintId: id })
        } catch (error) {
          json(response, 400, { errMsg: error instanceof Error ? error.message : 'unknown' })
        }
      },
    ],
    [
      'POST',
      /^\/local\/push$/,
      async (request, response) => {
        const { event, xml } = await readJson(request)
        const answer = await sandbox.push((event ?? {}) as EventFields, { isXml: xml === true })
        if (answer) json(response, 200, answer)
        else json(response, 400, { errMsg: 'the shop has no messagePush' })
      },
    ],
    [
      'GET',
      /^\/local\/pay$/,
      async (_, response) => {
        const { statusCode, headers, body } = payPage()
        response.writeHead(statusCode, headers).end(body)
      },
    ],
    [
      'POST',
      /^\/local\/pay$/,
      async (request, response) => {
        const { payInfo, scenario, inspect } = await readJson(request)
        try {
          const info = payInfo as string | object
          const name = scenario === undefined ? undefined : String(scenario)
          json(response, 200, inspect === true ? sandbox.inspect(info) : await sandbox.pay(info, name))
        } catch (error) {
          json(response, 400, {
            errMsg: `requestPayment:fail ${error instanceof Error ? error.message : 'unknown payInfo'}`,
          })
        }
      },
    ],
    [
      'POST',
      /^\/local\/sign$/,
      async (request, response) => {
        const { extraData, scenario, contractNo } = await readJson(request)
        const openid = String(request.headers['x-openid'] ?? 'somebody')
        const name = scenario === undefined ? undefined : String(scenario)
        try {
          if (name === 'terminate') return json(response, 200, { ended: sandbox.terminate(String(contractNo)) })
          json(response, 200, sandbox.sign((extraData ?? {}) as Record<string, unknown>, openid, name))
        } catch (error) {
          json(response, 400, { errMsg: error instanceof Error ? error.message : 'unknown extraData' })
        }
      },
    ],
    [
      'POST',
      /^\/local\/login$/,
      async (request, response) =>
        json(response, 200, { code: sandbox.login(String(request.headers['x-openid'] ?? 'somebody')) }),
    ],
    [
      'GET',
      /^\/local\/(orders|contracts|requests)\/([^/]+)$/,
      async (_, response, __, [, collection = '', id = '']) => {
        const [stored] = emulator.database.find(collection, { where: { _id: decodeURIComponent(id) }, limit: 1 })
        if (stored) json(response, 200, stored)
        else json(response, 404, { errMsg: `nothing of that number in ${collection}` })
      },
    ],
    [
      'GET',
      /^\/local\/trace$/,
      async (_, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
        for (const event of traces) response.write(`data: ${JSON.stringify(event)}\n\n`)
        watchers.add(response)
        response.on('close', () => watchers.delete(response))
      },
    ],
  ]
  return async (request: IncomingMessage, response: ServerResponse): Promise<boolean> => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1')
    for (const [method, path, handle] of routes) {
      const match = path.exec(url.pathname)
      if (!match || (method !== 'ANY' && method !== request.method)) continue
      // A page of another origin, or of a host name that resolves to this machine, must not act as a shopper or move
      // the clock.
      if (/^\/(call|local)\//.test(url.pathname) && !isOwnPage(request))
        json(response, 403, { errMsg: 'only from this machine' })
      else await handle(request, response, url, match)
      return true
    }
    return false
  }
}

function isOwnPage({ headers }: IncomingMessage): boolean {
  const host = headers.host ?? ''
  const isLocal = /^(127\.0\.0\.1|localhost)(:\d+)?$/.test(host)
  return isLocal && (headers.origin === undefined || headers.origin === `http://${host}`)
}

const headersOf = (request: IncomingMessage): Record<string, string> =>
  Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : String(value),
    ]),
  )

/** Adds the client's address to x-forwarded-for, behind what the client itself sent, as a real gateway does. */
function forwarded(request: IncomingMessage): Record<string, string> {
  const { 'x-forwarded-for': before, ...headers } = headersOf(request)
  const seen = [before, request.socket.remoteAddress].filter((address) => address !== undefined)
  return { ...headers, 'x-forwarded-for': seen.join(', ') }
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    size += (chunk as Buffer).length
    if (size > bodyLimit) throw new Error('the body is too large')
    chunks.push(chunk as Buffer)
  }
  return Buffer.concat(chunks)
}

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

async function readJson(request: IncomingMessage): Promise<Record<string, unknown>> {
  const value = parseJson((await readBody(request)).toString('utf8'))
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

function json(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' })
  response.end(JSON.stringify(value ?? null))
}

function makeFolder(dataDir: string): void {
  try {
    // The folder contains keys and all orders. Give new files, also those of the functions, to their owner only.
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
