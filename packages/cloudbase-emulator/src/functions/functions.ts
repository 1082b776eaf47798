// Function instances: processes that each handle one event at a time. When events wait, the emulator starts more
// instances, up to a small maximum. An instance is used again, and ends after an idle time or when an event exceeds its
// timeout.
import { type ChildProcess, fork } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { transformSync } from 'esbuild'
import { FunctionFailure, functionNotFound } from '../failures'
import type { FunctionDeclaration } from './declarations'
import type { Order, Report } from './worker'

export interface Invocation {
  event: unknown
  /** environment variables that the function sees only while it handles this event */
  environment: Record<string, string>
  requestId: string
  flow: string
}

export interface FunctionsOptions {
  dataDir: string
  functionsDir: string
  declared: Record<string, FunctionDeclaration>
  maxInstances: number
  /** the Node binary that runs the instances */
  nodePath: string
  /** all environment variables of one instance */
  environmentOf(instance: string): Record<string, string>
  offsetMs(): number
  onLog(name: string, line: string, flow: string | undefined): void
}

interface Waiting extends Invocation {
  resolve(result: string | undefined): void
  reject(failure: FunctionFailure): void
  waitTimer?: NodeJS.Timeout
}

interface Instance {
  name: string
  process: ChildProcess
  ready: boolean
  current: Waiting | undefined
  flow: string | undefined
  timer: NodeJS.Timeout | undefined
  idleSince: number
}

interface Pool {
  name: string
  declaration: FunctionDeclaration
  instances: Set<Instance>
  queue: Waiting[]
  lastFailure: string | undefined
}

// CloudBase's error codes.
const executeFailed = -504002
const timedOut = -504003

const queueLimit = 2000
const queueMs = 60_000
const loadMs = 20_000
const idleMs = 30_000

export function startFunctions(options: FunctionsOptions) {
  const workerFile = writeWorker(options.dataDir)
  const pools = new Map<string, Pool>()
  const retired = new Set<Instance>()
  const byName = new Map<string, Instance>()
  let started = 0
  let orders = 0
  let closed = false

  const declare = (declared: Record<string, FunctionDeclaration>): void => {
    for (const name of pools.keys()) if (!declared[name]) pools.delete(name)
    for (const [name, declaration] of Object.entries(declared)) {
      const pool = pools.get(name)
      if (pool) pool.declaration = declaration
      else pools.set(name, { name, declaration, instances: new Set(), queue: [], lastFailure: undefined })
    }
  }
  declare(options.declared)

  const invoke = (name: string, invocation: Invocation): Promise<string | undefined> => {
    const pool = pools.get(name)
    if (!pool || !existsSync(join(options.functionsDir, name, 'index.js')))
      return Promise.reject(new FunctionFailure(functionNotFound, `FUNCTION_NOT_FOUND: ${name}`))
    if (closed || pool.queue.length >= queueLimit)
      return Promise.reject(new FunctionFailure(executeFailed, `${name} takes no more events`))
    return new Promise((resolve, reject) => {
      const waiting: Waiting = { ...invocation, resolve, reject }
      waiting.waitTimer = setTimeout(() => {
        pool.queue.splice(pool.queue.indexOf(waiting), 1)
        reject(new FunctionFailure(executeFailed, `${name} was busy for too long`))
      }, queueMs)
      pool.queue.push(waiting)
      serve(pool)
    })
  }

  const serve = (pool: Pool): void => {
    for (const instance of pool.instances) {
      if (pool.queue.length === 0) return
      if (instance.ready && !instance.current) hand(pool, instance, pool.queue.shift() as Waiting)
    }
    const coming = [...pool.instances].filter((instance) => !instance.ready).length
    const wanted = Math.min(pool.queue.length - coming, options.maxInstances - pool.instances.size)
    for (let count = 0; count < wanted; count++) start(pool)
  }

  const hand = (pool: Pool, instance: Instance, waiting: Waiting): void => {
    clearTimeout(waiting.waitTimer)
    instance.current = waiting
    instance.flow = waiting.flow
    const { timeoutSeconds, memoryMb } = pool.declaration
    instance.timer = setTimeout(() => {
      finish(instance)?.reject(new FunctionFailure(timedOut, `Invoking task timed out after ${timeoutSeconds} seconds`))
      end(pool, instance)
      serve(pool)
    }, timeoutSeconds * 1000)
    const order: Order = {
      id: ++orders,
      event: waiting.event,
      context: {
        function_name: pool.name,
        function_version: '$LATEST',
        memory_limit_in_mb: memoryMb,
        namespace: 'local',
        request_id: waiting.requestId,
        time_limit_in_ms: timeoutSeconds * 1000,
      },
      environment: waiting.environment,
      offsetMs: options.offsetMs(),
    }
    instance.process.send(order)
  }

  const finish = (instance: Instance): Waiting | undefined => {
    clearTimeout(instance.timer)
    const { current } = instance
    instance.current = undefined
    instance.idleSince = performance.now()
    return current
  }

  const start = (pool: Pool): void => {
    const name = `${pool.name}-${++started}`
    const child = fork(workerFile, [join(options.functionsDir, pool.name, 'index.js')], {
      env: options.environmentOf(name),
      execPath: options.nodePath,
      execArgv: [],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    })
    const instance: Instance = {
      name,
      process: child,
      ready: false,
      current: undefined,
      flow: undefined,
      timer: undefined,
      idleSince: performance.now(),
    }
    pool.instances.add(instance)
    byName.set(name, instance)
    instance.timer = setTimeout(() => {
      pool.lastFailure = `${pool.name} did not load within ${loadMs / 1000} s`
      end(pool, instance)
      giveUp(pool)
    }, loadMs)
    for (const stream of [child.stdout, child.stderr])
      if (stream)
        createInterface({ input: stream }).on('line', (line) => options.onLog(name, line.slice(0, 4000), instance.flow))
    child.on('message', (report: Report) => hear(pool, instance, report))
    child.on('error', () => child.kill('SIGKILL'))
    child.on('exit', (code, signal) => {
      const wasReady = instance.ready
      drop(pool, instance)
      finish(instance)?.reject(
        new FunctionFailure(executeFailed, `${pool.name} ended unexpectedly (${signal ?? `exit code ${code}`})`),
      )
      if (wasReady) serve(pool)
      else giveUp(pool)
    })
  }

  const hear = (pool: Pool, instance: Instance, report: Report): void => {
    if ('id' in report) {
      const waiting = finish(instance)
      if (report.ok) waiting?.resolve(report.result)
      else waiting?.reject(new FunctionFailure(executeFailed, report.message))
    } else {
      clearTimeout(instance.timer)
      instance.ready = report.ready
      if (!report.ready) {
        pool.lastFailure = report.message
        end(pool, instance)
        giveUp(pool)
        return
      }
    }
    if (retired.has(instance)) end(pool, instance)
    serve(pool)
  }

  /**
   * An instance failed to start. If no other instance works, fail the waiting events, because new instances would
   * probably fail too.
   */
  const giveUp = (pool: Pool): void => {
    if (closed || [...pool.instances].some((instance) => instance.ready)) return
    const failure = pool.lastFailure ?? `${pool.name} ended before it was ready`
    for (const waiting of pool.queue.splice(0)) {
      clearTimeout(waiting.waitTimer)
      waiting.reject(new FunctionFailure(executeFailed, failure))
    }
  }

  const drop = (pool: Pool, instance: Instance): void => {
    pool.instances.delete(instance)
    retired.delete(instance)
    byName.delete(instance.name)
  }

  const end = (pool: Pool, instance: Instance): void => {
    clearTimeout(instance.timer)
    drop(pool, instance)
    instance.process.kill('SIGKILL')
  }

  const shrinking = setInterval(() => {
    for (const pool of pools.values())
      for (const instance of pool.instances)
        if (
          pool.instances.size > 1 &&
          instance.ready &&
          !instance.current &&
          performance.now() - instance.idleSince > idleMs
        )
          end(pool, instance)
  }, 5000)
  shrinking.unref()

  return {
    invoke,
    /**
     * The flow id of the event that an instance handles now, or handled last. Events with the same flow id belong
     * together in the trace, because one function event caused them.
     */
    flowOf: (instance: string): string | undefined => byName.get(instance)?.flow,
    reload(declared: Record<string, FunctionDeclaration>): void {
      for (const pool of pools.values())
        for (const instance of [...pool.instances]) {
          pool.instances.delete(instance)
          if (instance.current) retired.add(instance)
          else end(pool, instance)
        }
      declare(declared)
      for (const pool of pools.values()) serve(pool)
    },
    async close(): Promise<void> {
      closed = true
      clearInterval(shrinking)
      const gone = [...byName.values()].map(
        (instance) =>
          new Promise<void>((resolve) => {
            if (instance.process.exitCode !== null || instance.process.signalCode !== null) return resolve()
            instance.process.once('exit', () => resolve())
          }),
      )
      for (const pool of pools.values()) {
        for (const waiting of pool.queue.splice(0)) {
          clearTimeout(waiting.waitTimer)
          waiting.reject(new FunctionFailure(executeFailed, 'the emulator was closed'))
        }
      }
      for (const instance of [...byName.values()]) instance.process.kill('SIGKILL')
      await Promise.all(gone)
    },
  }
}

function writeWorker(dataDir: string): string {
  const file = join(dataDir, 'worker.cjs')
  const source = readFileSync(join(__dirname, 'worker.ts'), 'utf8')
  writeFileSync(file, transformSync(source, { loader: 'ts', format: 'cjs', target: 'node18' }).code)
  return file
}
