// The cloud on one machine: starts the database, the functions, the timers and the clock, and offers them to the
// programs that embed the emulator, such as a development server, a benchmark or tests.
import { randomUUID } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { isIPv6 } from 'node:net'
import { join, resolve } from 'node:path'
import type { Services } from './actions'
import { openAdmin } from './admin'
import { startClock } from './clock'
import { createDatabase } from './database/database'
import { type Fields, isFields } from './database/ejson'
import { openStorage } from './database/storage'
import { createTransactions } from './database/transactions'
import { FunctionFailure } from './failures'
import { createFiles, newFileKey } from './files'
import { readDatabaseFile, readFunctionsFile, readPermissions } from './functions/declarations'
import { startFunctions } from './functions/functions'
import { createTimers, readTimers, type Timer } from './functions/timers'
import { answerOf, bodyLimitOf, eventOf, isTooLarge, refusals, routeOf } from './httpAccess'
import { allows, noPermission, unknown, writeAnswer, writeRefusal } from './openapi'
import type { Caller, Emulator, EmulatorOptions, HttpAccessAnswer, HttpAccessRequest, TraceEvent } from './surface'

export { CannotStart, FunctionFailure } from './failures'
export { callerOf } from './server'
export type * from './surface'

const offsetKey = 'clockOffsetMs'
const fileKeyName = 'fileKey'
// WeChat limits the result of callFunction to this many bytes.
const resultLimit = 1024 * 1024
const resultTooLarge = -604001

/**
 * Starts CloudBase on this machine: database, functions, files, timers and clock. One data folder belongs to one running
 * emulator.
 * @param options where the built functions and the data are
 * @returns the running emulator; call `close` at the end
 * @throws CannotStart with a sentence that says what to do
 * @example
 * ```ts
 * const emulator = await startEmulator({
 *   functionsDir: 'dist/cloudfunctions',
 *   dataDir: '/tmp/test',
 *   environment: {},
 *   ticking: false,
 * })
 * const result = await emulator.call('hello', { openid: 'me' }, { name: 'Li' })
 * await emulator.clock.advance(24 * 3_600_000)
 * await emulator.close()
 * ```
 */
export async function startEmulator(options: EmulatorOptions): Promise<Emulator> {
  const dataDir = resolve(options.dataDir)
  const functionsDir = resolve(options.functionsDir)
  let declared = readFunctionsFile(functionsDir)
  let timers = readTimers(functionsDir, Object.keys(declared))
  const storage = openStorage(dataDir, readDatabaseFile(functionsDir))
  const database = createDatabase(storage)
  const clock = startClock({
    offsetMs: Number(storage.setting(offsetKey) ?? 0),
    keepOffset: (offsetMs) => storage.keepSetting(offsetKey, String(offsetMs)),
    onFailure: (error) => trace({ from: 'clock', to: 'agenda', what: 'failed', ok: false, detail: messageOf(error) }),
    ticking: options.ticking ?? true,
  })

  let events = 0
  let flows = 0
  let roundTrips = 0
  const trace = (event: Omit<TraceEvent, 'id' | 'at'>): void => {
    options.onTrace?.({ id: ++events, at: clock.now(), ...event })
  }

  const fileKey = storage.setting(fileKeyName) ?? newFileKey()
  storage.keepSetting(fileKeyName, fileKey)
  const services: Services = {
    files: createFiles({ dataDir, key: fileKey, now: clock.now }),
    origin: () => new URL(admin.url).origin,
    database,
    transactions: createTransactions(storage),
    now: clock.now,
    invoke: (name, event) => invoke('function', name, event, {}),
  }
  const admin: Awaited<ReturnType<typeof openAdmin>> = await openAdmin({
    port: options.port ?? 0,
    services,
    async onOpenapi(call, instance) {
      if (!options.onOpenapi) throw unknown('openapi', call.api)
      const name = instance?.replace(/-\d+$/, '')
      if (name !== undefined && !allows(readPermissions(functionsDir, name), call.api))
        return writeRefusal(noPermission)
      return writeAnswer(await options.onOpenapi(call.api, call.data))
    },
    onAction(action, parameters, instance, failure, ms) {
      if (instance !== undefined && !action.startsWith('openapi.')) roundTrips++
      if (!options.onTrace) return
      const flow = instance === undefined ? undefined : functions.flowOf(instance)
      trace({
        from: instance?.replace(/-\d+$/, '') ?? 'tool',
        to: action.startsWith('functions.') ? 'functions' : action.startsWith('openapi.') ? 'wechat' : 'database',
        what: `${action.replace(/^\w+\./, '')} ${String(parameters.collectionName ?? '')}`.trim(),
        ms,
        ok: failure === undefined,
        ...(failure !== undefined && { detail: failure }),
        ...(flow !== undefined && { flow }),
      })
    },
  }).catch((error: unknown) => {
    storage.close()
    throw error
  })

  mkdirSync(join(dataDir, 'tmp'), { recursive: true })
  const functions = startFunctions({
    dataDir,
    functionsDir,
    declared,
    maxInstances: options.maxInstances ?? 4,
    nodePath: options.nodePath ?? process.execPath,
    environmentOf: (instance) => ({
      PATH: process.env.PATH ?? '',
      // CloudBase runs functions in UTC, so we do the same, whatever the developer's time zone is.
      TZ: 'UTC',
      TMPDIR: join(dataDir, 'tmp'),
      TENCENTCLOUD_RUNENV: 'SCF',
      TENCENTCLOUD_REGION: 'local',
      TENCENTCLOUD_SECRETID: 'local',
      TENCENTCLOUD_SECRETKEY: 'local',
      SCF_NAMESPACE: 'local',
      TCB_ENV: 'local',
      TCB_CONTEXT_CNFG: JSON.stringify({ URL: `${admin.url}/${instance}` }),
      ...options.environment,
    }),
    offsetMs: clock.offsetMs,
    onLog(instance, line, flow) {
      const name = instance.replace(/-\d+$/, '')
      process.stderr.write(`[${name}] ${line}\n`)
      trace({ from: name, to: 'log', what: line, ok: true, ...(flow !== undefined && { flow }) })
    },
  })

  const invoke = async (
    from: string,
    name: string,
    event: unknown,
    environment: Record<string, string>,
    requestId: string = randomUUID(),
  ): Promise<unknown> => {
    const flow = `f${++flows}`
    const startedAt = performance.now()
    const what = nameOf(event)
    try {
      const result = await functions.invoke(name, { event, environment, requestId, flow })
      trace({ from, to: name, what, ms: performance.now() - startedAt, ok: true, flow })
      return result === undefined ? undefined : JSON.parse(result)
    } catch (error) {
      trace({ from, to: name, what, ms: performance.now() - startedAt, ok: false, flow, detail: messageOf(error) })
      throw error
    }
  }

  const fire = async (timer: Timer, at: number): Promise<void> => {
    const event = {
      Type: 'Timer',
      TriggerName: timer.triggerName,
      Time: new Date(at).toISOString(),
      Message: '',
    }
    await invoke('clock', timer.functionName, event, { TRIGGER_SRC: 'timer', TCB_SOURCE: 'wx_trigger' }).catch(
      (error: unknown) => {
        if (!(error instanceof FunctionFailure)) throw error
      },
    )
  }
  clock.join(createTimers({ timers: () => timers, now: clock.now, nextDueAt: options.nextDueAt, fire }))

  const call = async (
    name: string,
    { openid, unionid, appId = 'wx0000000000000000', clientIp = '127.0.0.1' }: Caller,
    event: unknown,
  ): Promise<unknown> => {
    const data = isFields(event) ? event : {}
    // CloudBase sets tcbContext and userInfo itself, and overwrites these fields if the phone has sent them.
    const whole = { ...data, tcbContext: {}, userInfo: { appId, openId: openid } }
    const addressKey = isIPv6(clientIp) ? 'WX_CLIENTIPV6' : 'WX_CLIENTIP'
    const result = await invoke('phone', name, whole, {
      WX_CONTEXT_KEYS: `WX_OPENID,WX_APPID,${unionid === undefined ? '' : 'WX_UNIONID,'}${addressKey}`,
      WX_OPENID: openid,
      ...(unionid !== undefined && { WX_UNIONID: unionid }),
      WX_APPID: appId,
      [addressKey]: clientIp,
      TCB_SOURCE: 'wx_client',
    })
    if (result !== undefined && Buffer.byteLength(JSON.stringify(result)) > resultLimit)
      throw new FunctionFailure(resultTooLarge, 'cloudfunction result size exceed limit (1MB)')
    return result
  }

  const http = async (request: HttpAccessRequest): Promise<HttpAccessAnswer> => {
    const requestId = randomUUID()
    const route = routeOf(declared, request.path)
    if (!route) return refusals.path(requestId)
    const { name, path } = route
    if (isTooLarge(request)) {
      trace({ from: 'http', to: name, what: path, ok: false, detail: 'EXCEED_MAX_PAYLOAD_SIZE' })
      return refusals.size(requestId)
    }
    try {
      return answerOf(
        // No document names a source for HTTP access, so none is set.
        await invoke('http', name, eventOf({ ...request, path }, requestId), {}, requestId),
      )
    } catch (error) {
      if (error instanceof FunctionFailure) return refusals.failure(requestId, error)
      throw error
    }
  }

  return {
    adminUrl: admin.url,
    clock,
    database,
    call,
    http,
    httpBodyLimit: bodyLimitOf,
    async reloadFunctions() {
      declared = readFunctionsFile(functionsDir)
      timers = readTimers(functionsDir, Object.keys(declared))
      functions.reload(declared)
    },
    trace,
    roundTrips: () => roundTrips,
    async close() {
      await functions.close()
      await clock.close()
      await admin.close()
      storage.close()
    },
  }
}

/** The name of an event in the trace: the phone's action, the path of HTTP access, or the timer's trigger. */
function nameOf(event: unknown): string {
  const { action, path, TriggerName } = isFields(event) ? event : ({} as Fields)
  return String(action ?? path ?? TriggerName ?? 'event').slice(0, 200)
}

const messageOf = (error: unknown): string => (error instanceof Error ? (error.message.split('\n')[0] ?? '') : 'failed')
