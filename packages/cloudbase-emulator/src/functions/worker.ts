// Runs inside a function instance: executes one built function, one event at a time, on the emulator's clock.
// functions.ts compiles this file to JavaScript and starts it as a separate process, with two arguments: the function's
// file, and the socket file of the database's endpoint (empty if there is none).
import { existsSync } from 'node:fs'
import { Agent } from 'node:http'
import { connect } from 'node:net'

export interface Order {
  id: number
  event: unknown
  context: unknown
  /** environment variables for this event only: the caller's openid and the source of the call */
  environment: Record<string, string>
  /** the emulator's clock minus the machine's clock, in ms */
  offsetMs: number
}

export type Report =
  | { ready: true; loadMs: number }
  | { ready: false; message: string }
  | { id: number; ok: true; result: string | undefined }
  | { id: number; ok: false; message: string }

type Main = (event: unknown, context: unknown) => unknown

let offsetMs = 0
let eventVariables: string[] = []
const parent = process.ppid

function shiftClock(): void {
  const RealDate = Date
  const realNow = Date.now.bind(Date)
  RealDate.now = () => realNow() + offsetMs
  const shifted: DateConstructor = new Proxy(RealDate, {
    construct: (target, args: [], newTarget): Date =>
      Reflect.construct(target, args.length > 0 ? args : [RealDate.now()], newTarget === shifted ? target : newTarget),
    apply: (target) => new target(RealDate.now()).toString(),
  })
  RealDate.prototype.constructor = shifted
  globalThis.Date = shifted
}

const send = (report: Report): void => {
  process.send?.(report)
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : `threw ${JSON.stringify(error)}`

function load(file: string): Main | undefined {
  const startedAt = performance.now()
  try {
    const { main } = require(file) as { main?: unknown }
    if (typeof main !== 'function') throw new Error('the function exports no main')
    send({ ready: true, loadMs: performance.now() - startedAt })
    return main as Main
  } catch (error) {
    send({ ready: false, message: messageOf(error) })
    return undefined
  }
}

async function handle(main: Main, { id, event, context, environment, offsetMs: offset }: Order): Promise<void> {
  offsetMs = offset
  for (const name of eventVariables) delete process.env[name]
  eventVariables = Object.keys(environment)
  Object.assign(process.env, environment)
  try {
    const result = await main(event, context)
    send({ id, ok: true, result: JSON.stringify(result) })
  } catch (error) {
    send({ id, ok: false, message: messageOf(error) })
  }
}

// Each read of Node's own process.env calls into C++, and the SDK reads dozens of variables for each call. So reads go
// to a copy. Writes go to both, because Node itself looks at some variables, such as TZ.
function copyVariables(): void {
  const own = process.env
  process.env = new Proxy(
    { ...own },
    {
      set(copy, name: string, value: string) {
        own[name] = value
        copy[name] = own[name]
        return true
      },
      deleteProperty: (copy, name: string) => delete own[name] && delete copy[name],
    },
  )
}

/** Connects the SDK through the socket file, because that costs less than TCP. */
function connectThrough(socketPath: string): void {
  const { URL: endpoint = '' } = JSON.parse(process.env.TCB_CONTEXT_CNFG ?? '{}') as { URL?: string }
  const { hostname, port } = new URL(endpoint)
  const { createConnection } = Agent.prototype
  Agent.prototype.createConnection = function (options, done) {
    const isEndpoint = options.host === hostname && String(options.port) === port
    // Somebody may have deleted the file meanwhile.
    if (!isEndpoint || !existsSync(socketPath)) return createConnection.call(this, options, done)
    return connect({ ...options, path: socketPath })
  }
}

copyVariables()
shiftClock()
if (process.argv[3]) connectThrough(process.argv[3])
const main = load(process.argv[2] ?? '')
if (main) process.on('message', (order: Order) => void handle(main, order))

// End this process when the emulator ends. If the emulator ends or is killed, the channel to the emulator closes. But
// another process may have inherited the channel and hold it open, so also check that the parent process is alive.
process.on('disconnect', () => process.exit())
setInterval(() => {
  if (process.ppid !== parent) process.exit()
}, 500).unref()
