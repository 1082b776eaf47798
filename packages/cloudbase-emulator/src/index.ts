// The cloud on one machine: starts the database, the functions, the timers and the clock, and offers them to the
// programs that embed the emulator, such as a development server, a benchmark or tests.
import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Services } from './actions'
import { type ActionDone, type Admin, openAdmin } from './admin'
import { createCallers, messageOf } from './callers'
import { startClock } from './clock'
import { createDatabase } from './database/database'
import { openStorage } from './database/storage'
import { createTransactions } from './database/transactions'
import { createFiles, newFileKey } from './files'
import { readDatabaseFile, readFunctionsFile, readPermissions } from './functions/declarations'
import { Functions } from './functions/functions'
import { createTimers, readTimers } from './functions/timers'
import { bodyLimitOf } from './httpAccess'
import { allows, noPermission, type OpenapiCall, unknown, writeAnswer, writeRefusal } from './openapi'
import type { Emulator, EmulatorOptions, TraceEvent } from './surface'

export { CannotStart, FunctionFailure } from './failures'
export { callerOf } from './server'
export type * from './surface'

const offsetKey = 'clockOffsetMs'
const fileKeyName = 'fileKey'

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
    invoke: (name, event) => invoke({ from: 'function', name, event, environment: {} }),
  }
  const admin: Admin = await openAdmin({
    port: options.port ?? 0,
    socketPath: join(dataDir, 'admin.sock'),
    services,
    onOpenapi: (call, instance) => answerOpenapi(options, call, instance),
    onAction(done) {
      if (done.instance !== undefined && !done.action.startsWith('openapi.')) roundTrips++
      if (options.onTrace) trace(traceOf(done, done.instance && functions.flowOf(done.instance)))
    },
  }).catch((error: unknown) => {
    storage.close()
    throw error
  })

  mkdirSync(join(dataDir, 'tmp'), { recursive: true })
  const functions = new Functions({
    dataDir,
    functionsDir,
    declared,
    maxInstances: options.maxInstances ?? 4,
    priority: options.functionPriority ?? 0,
    nodePath: options.nodePath ?? process.execPath,
    environmentOf: (instance) => ({
      ...environmentIn(dataDir, `${admin.url}/${instance}`),
      ...options.environment,
    }),
    socketPath: admin.socketPath,
    offsetMs: clock.offsetMs,
    onLog(instance, line, flow) {
      const name = instance.replace(/-\d+$/, '')
      process.stderr.write(`[${name}] ${line}\n`)
      trace({ from: name, to: 'log', what: line, ok: true, ...(flow !== undefined && { flow }) })
    },
  })

  const { invoke, fire, call, http } = createCallers({ functions, trace, declared: () => declared })
  clock.join(createTimers({ timers: () => timers, now: clock.now, nextDueAt: options.nextDueAt, fire }))

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

/** Answers a call of cloud.openapi, if the function's permissions allow it. @throws CloudFailure if the API does not exist */
async function answerOpenapi(
  { onOpenapi, functionsDir }: EmulatorOptions,
  call: OpenapiCall,
  instance: string | undefined,
): Promise<Buffer> {
  if (!onOpenapi) throw unknown('openapi', call.api)
  const name = instance?.replace(/-\d+$/, '')
  if (name !== undefined && !allows(readPermissions(resolve(functionsDir), name), call.api))
    return writeRefusal(noPermission)
  return writeAnswer(await onOpenapi(call.api, call.data))
}

/** The environment variables of a function instance, as in the cloud. @param url where the SDK finds this emulator */
const environmentIn = (dataDir: string, url: string): Record<string, string> => ({
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
  TCB_CONTEXT_CNFG: JSON.stringify({ URL: url }),
})

/** An action of the SDK or a tool, as an event of the trace. @param flow the flow of the instance that sent it */
const traceOf = (
  { action, parameters, instance, failure, ms }: ActionDone,
  flow: string | undefined,
): Omit<TraceEvent, 'id' | 'at'> => ({
  from: instance?.replace(/-\d+$/, '') ?? 'tool',
  to: action.startsWith('functions.') ? 'functions' : action.startsWith('openapi.') ? 'wechat' : 'database',
  what: `${action.replace(/^\w+\./, '')} ${String(parameters.collectionName ?? '')}`.trim(),
  ms,
  ok: failure === undefined,
  ...(failure !== undefined && { detail: failure }),
  ...(flow !== undefined && { flow }),
})
