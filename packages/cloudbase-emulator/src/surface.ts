// What the emulator offers to the other developer tools; index.ts builds it.
import type { Database } from './database/database'

/** One thing that passed between phone, functions and database. */
export interface TraceEvent {
  id: number
  /** the emulator's clock */
  at: number
  from: string
  to: string
  what: string
  ms?: number
  ok: boolean
  detail?: string
  /** the same for everything that one function event caused */
  flow?: string
}

/** Things that wait for the clock: timers, the sandbox's notices. */
export interface Agenda {
  nextAt(): number | null
  /** Does everything that is due at `now`. */
  run(now: number): Promise<void>
}

export interface Clock {
  now(): number
  /** Moves the clock and answers when everything that became due is done. */
  advance(ms: number): Promise<void>
  join(agenda: Agenda): void
}

export interface EmulatorOptions {
  dataDir: string
  /** the built functions, with functions.json and database.json beside them */
  functionsDir: string
  /** of the database's address; 0, the default, takes a free one */
  port?: number
  /** added to the environment of every function, e.g. CASHIER_KEY */
  environment: Record<string, string>
  onTrace?(event: TraceEvent): void
  /** The earliest time at which a timer has work. Absent: timers run at each of their times. */
  nextDueAt?(): number | null
  /** how many instances of one function may run side by side [4] */
  maxInstances?: number
  /** the Node binary that function instances run on [the one that runs the emulator] */
  nodePath?: string
  /** false: only `clock.advance` starts what waits for the clock, as a test needs it [true] */
  ticking?: boolean
}

/** Who calls a function from the phone. */
export interface Caller {
  openid: string
  appId?: string
  /** the phone's address, IPv4 or IPv6 */
  clientIp?: string
}

export interface HttpAccessRequest {
  method: string
  path: string
  query: Record<string, string>
  headers: Record<string, string>
  body: Buffer
}

export interface HttpAccessAnswer {
  statusCode: number
  headers: Record<string, string>
  body: Buffer | string
}

export interface Emulator {
  /** where wx-server-sdk finds the database: the URL of TCB_CONTEXT_CNFG */
  adminUrl: string
  clock: Clock
  database: Database
  /** wx.cloud.callFunction: answers what the function returned. @throws FunctionFailure */
  call(name: string, caller: Caller, event: unknown): Promise<unknown>
  /** HTTP access: the function whose route in functions.json fits the path. */
  http(request: HttpAccessRequest): Promise<HttpAccessAnswer>
  /** How many bytes of a body HTTP access takes, by its headers: nobody needs to read more. */
  httpBodyLimit(headers: HttpAccessRequest['headers']): number
  /** Takes the functions as they are built now; events under way end in the old ones. */
  reloadFunctions(): Promise<void>
  /** Adds to the trace what another tool saw. */
  trace(event: Omit<TraceEvent, 'id' | 'at'>): void
  /** database actions that functions sent since the start */
  roundTrips(): number
  close(): Promise<void>
}
