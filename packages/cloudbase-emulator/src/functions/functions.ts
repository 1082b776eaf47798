// Function instances: processes that each handle one event at a time. When events wait, the emulator starts more
// instances, up to a small maximum. An instance is used again, and ends after an idle time or when an event exceeds its
// timeout.
import { type ChildProcess, fork } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { setPriority } from 'node:os'
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
  /** the priority of the instances' processes, as `os.setPriority` takes it */
  priority: number
  /** the Node binary that runs the instances */
  nodePath: string
  /** the socket file of the database's endpoint, if there is one */
  socketPath: string | undefined
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

/** The functions and their instances. Call `close` at the end. */
export class Functions {
  readonly #options: FunctionsOptions
  readonly #workerFile: string
  readonly #pools = new Map<string, Pool>()
  readonly #retired = new Set<Instance>()
  readonly #byName = new Map<string, Instance>()
  readonly #shrinking: NodeJS.Timeout
  #started = 0
  #orders = 0
  #closed = false

  constructor(options: FunctionsOptions) {
    this.#options = options
    this.#workerFile = writeWorker(options.dataDir)
    this.#declare(options.declared)
    this.#shrinking = setInterval(() => this.#shrink(), 5000)
    this.#shrinking.unref()
  }

  #declare(declared: Record<string, FunctionDeclaration>): void {
    for (const name of this.#pools.keys()) if (!declared[name]) this.#pools.delete(name)
    for (const [name, declaration] of Object.entries(declared)) {
      const pool = this.#pools.get(name)
      if (pool) pool.declaration = declaration
      else this.#pools.set(name, { name, declaration, instances: new Set(), queue: [], lastFailure: undefined })
    }
  }
  invoke(name: string, invocation: Invocation): Promise<string | undefined> {
    const pool = this.#pools.get(name)
    if (!pool || !existsSync(join(this.#options.functionsDir, name, 'index.js')))
      return Promise.reject(new FunctionFailure(functionNotFound, `FUNCTION_NOT_FOUND: ${name}`))
    if (this.#closed || pool.queue.length >= queueLimit)
      return Promise.reject(new FunctionFailure(executeFailed, `${name} takes no more events`))
    return new Promise((resolve, reject) => {
      const waiting: Waiting = { ...invocation, resolve, reject }
      waiting.waitTimer = setTimeout(() => {
        pool.queue.splice(pool.queue.indexOf(waiting), 1)
        reject(new FunctionFailure(executeFailed, `${name} was busy for too long`))
      }, queueMs)
      pool.queue.push(waiting)
      this.#serve(pool)
    })
  }

  #serve(pool: Pool): void {
    for (const instance of pool.instances) {
      if (pool.queue.length === 0) return
      if (instance.ready && !instance.current) this.#hand(pool, instance, pool.queue.shift() as Waiting)
    }
    const coming = [...pool.instances].filter((instance) => !instance.ready).length
    const wanted = Math.min(pool.queue.length - coming, this.#options.maxInstances - pool.instances.size)
    for (let count = 0; count < wanted; count++) this.#start(pool)
  }

  #hand(pool: Pool, instance: Instance, waiting: Waiting): void {
    clearTimeout(waiting.waitTimer)
    instance.current = waiting
    instance.flow = waiting.flow
    const { timeoutSeconds, memoryMb } = pool.declaration
    instance.timer = setTimeout(() => {
      this.#finish(instance)?.reject(
        new FunctionFailure(timedOut, `Invoking task timed out after ${timeoutSeconds} seconds`),
      )
      this.#end(pool, instance)
      this.#serve(pool)
    }, timeoutSeconds * 1000)
    const order: Order = {
      id: ++this.#orders,
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
      offsetMs: this.#options.offsetMs(),
    }
    instance.process.send(order)
  }

  #finish(instance: Instance): Waiting | undefined {
    clearTimeout(instance.timer)
    const { current } = instance
    instance.current = undefined
    instance.idleSince = performance.now()
    return current
  }

  #start(pool: Pool): void {
    const name = `${pool.name}-${++this.#started}`
    const { functionsDir, socketPath = '', nodePath, environmentOf } = this.#options
    const child = fork(this.#workerFile, [join(functionsDir, pool.name, 'index.js'), socketPath], {
      env: environmentOf(name),
      execPath: nodePath,
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
    this.#byName.set(name, instance)
    instance.timer = setTimeout(() => {
      pool.lastFailure = `${pool.name} did not load within ${loadMs / 1000} s`
      this.#end(pool, instance)
      this.#giveUp(pool)
    }, loadMs)
    for (const stream of [child.stdout, child.stderr])
      if (stream)
        createInterface({ input: stream }).on('line', (line) =>
          this.#options.onLog(name, line.slice(0, 4000), instance.flow),
        )
    child.on('message', (report: Report) => this.#hear(pool, instance, report))
    child.on('error', () => child.kill('SIGKILL'))
    child.on('exit', (code, signal) => {
      const wasReady = instance.ready
      this.#drop(pool, instance)
      this.#finish(instance)?.reject(
        new FunctionFailure(executeFailed, `${pool.name} ended unexpectedly (${signal ?? `exit code ${code}`})`),
      )
      if (wasReady) this.#serve(pool)
      else this.#giveUp(pool)
    })
  }

  #hear(pool: Pool, instance: Instance, report: Report): void {
    if ('id' in report) {
      const waiting = this.#finish(instance)
      if (report.ok) waiting?.resolve(report.result)
      else waiting?.reject(new FunctionFailure(executeFailed, report.message))
    } else {
      clearTimeout(instance.timer)
      instance.ready = report.ready
      if (!report.ready) {
        pool.lastFailure = report.message
        this.#end(pool, instance)
        this.#giveUp(pool)
        return
      }
      this.#lowerPriority(instance)
    }
    if (this.#retired.has(instance)) this.#end(pool, instance)
    this.#serve(pool)
  }

  #lowerPriority({ process: { pid } }: Instance): void {
    const { priority } = this.#options
    if (priority === 0 || pid === undefined) return
    try {
      setPriority(pid, priority)
    } catch {
      // The process has ended meanwhile, or this system forbids it. An instance works with any priority.
    }
  }

  /**
   * An instance failed to start. If no other instance works, fail the waiting events, because new instances would
   * probably fail too.
   */
  #giveUp(pool: Pool): void {
    if (this.#closed || [...pool.instances].some((instance) => instance.ready)) return
    const failure = pool.lastFailure ?? `${pool.name} ended before it was ready`
    for (const waiting of pool.queue.splice(0)) {
      clearTimeout(waiting.waitTimer)
      waiting.reject(new FunctionFailure(executeFailed, failure))
    }
  }

  #drop(pool: Pool, instance: Instance): void {
    pool.instances.delete(instance)
    this.#retired.delete(instance)
    this.#byName.delete(instance.name)
  }

  #end(pool: Pool, instance: Instance): void {
    clearTimeout(instance.timer)
    this.#drop(pool, instance)
    instance.process.kill('SIGKILL')
  }

  #shrink(): void {
    for (const pool of this.#pools.values())
      for (const instance of pool.instances)
        if (
          pool.instances.size > 1 &&
          instance.ready &&
          !instance.current &&
          performance.now() - instance.idleSince > idleMs
        )
          this.#end(pool, instance)
  }

  /**
   * The flow id of the event that an instance handles now, or handled last. Events with the same flow id belong
   * together in the trace, because one function event caused them.
   */
  flowOf(instance: string): string | undefined {
    return this.#byName.get(instance)?.flow
  }

  reload(declared: Record<string, FunctionDeclaration>): void {
    for (const pool of this.#pools.values())
      for (const instance of [...pool.instances]) {
        pool.instances.delete(instance)
        if (instance.current) this.#retired.add(instance)
        else this.#end(pool, instance)
      }
    this.#declare(declared)
    for (const pool of this.#pools.values()) this.#serve(pool)
  }

  async close(): Promise<void> {
    this.#closed = true
    clearInterval(this.#shrinking)
    const gone = [...this.#byName.values()].map(
      (instance) =>
        new Promise<void>((resolve) => {
          if (instance.process.exitCode !== null || instance.process.signalCode !== null) return resolve()
          instance.process.once('exit', () => resolve())
        }),
    )
    for (const pool of this.#pools.values()) {
      for (const waiting of pool.queue.splice(0)) {
        clearTimeout(waiting.waitTimer)
        waiting.reject(new FunctionFailure(executeFailed, 'the emulator was closed'))
      }
    }
    for (const instance of [...this.#byName.values()]) instance.process.kill('SIGKILL')
    await Promise.all(gone)
  }
}

function writeWorker(dataDir: string): string {
  const file = join(dataDir, 'worker.cjs')
  const source = readFileSync(join(__dirname, 'worker.ts'), 'utf8')
  writeFileSync(file, transformSync(source, { loader: 'ts', format: 'cjs', target: 'node18' }).code)
  return file
}
