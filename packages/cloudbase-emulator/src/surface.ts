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
  /** @returns when it next has work, epoch ms; null: nothing waits */
  nextAt(): number | null
  /**
   * Does everything that is due.
   * @param now epoch ms
   */
  run(now: number): Promise<void>
}

/** The emulator's clock; functions, timers and agendas go by it. */
export interface Clock {
  /** @returns epoch ms */
  now(): number
  /**
   * Moves the clock and answers when everything that became due is done.
   * @param ms forwards, from 0
   */
  advance(ms: number): Promise<void>
  /**
   * Lets something wait for this clock.
   * @param agenda is asked when it next has work, and run then
   */
  join(agenda: Agenda): void
}

/** How an emulator is started. */
export interface EmulatorOptions {
  /** where data and files are kept; it is made when it is missing */
  dataDir: string
  /** the built functions, with functions.json and database.json beside them */
  functionsDir: string
  /** of the database's address; 0, the default, takes a free one */
  port?: number
  /** added to the environment of every function, e.g. CASHIER_KEY */
  environment: Record<string, string>
  /**
   * Hears of everything that passes.
   * @param event one thing, after it happened
   */
  onTrace?(event: TraceEvent): void
  /**
   * Lets the clock skip timers that would find nothing to do. Absent: timers run at each of their times.
   * @returns the earliest time at which a timer has work, epoch ms; null: never
   */
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

/** A request to HTTP access. */
export interface HttpAccessRequest {
  method: string
  path: string
  query: Record<string, string>
  headers: Record<string, string>
  body: Buffer
}

/** What HTTP access answers. */
export interface HttpAccessAnswer {
  statusCode: number
  headers: Record<string, string>
  body: Buffer | string
}

/** CloudBase on this machine, running. */
export interface Emulator {
  /** where wx-server-sdk finds the database: the URL of TCB_CONTEXT_CNFG */
  adminUrl: string
  clock: Clock
  database: Database
  /**
   * wx.cloud.callFunction.
   * @param name the function's folder
   * @param caller who the function will think calls it
   * @param event what the function is given
   * @returns what the function returned
   * @throws FunctionFailure when it threw, took too long or is not there
   */
  call(name: string, caller: Caller, event: unknown): Promise<unknown>
  /**
   * HTTP access: calls the function whose route fits the path.
   * @param request as it came
   * @returns what the function answered, or CloudBase's own refusal
   */
  http(request: HttpAccessRequest): Promise<HttpAccessAnswer>
  /**
   * How much of a body HTTP access takes: nobody needs to read more.
   * @param headers of the request
   * @returns bytes
   */
  httpBodyLimit(headers: HttpAccessRequest['headers']): number
  /** Takes the functions as they are built now; events under way end in the old ones. */
  reloadFunctions(): Promise<void>
  /**
   * Adds to the trace what another tool saw.
   * @param event gets its number and time here
   */
  trace(event: Omit<TraceEvent, 'id' | 'at'>): void
  /** @returns how many database actions functions sent since the start */
  roundTrips(): number
  /** Ends the functions and closes the database. */
  close(): Promise<void>
}
