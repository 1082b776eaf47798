// The types of the emulator's programming interface; index.ts implements them.
import type { Database } from './database/database'

/** One event of the trace: a message between the phone, the functions and the database. */
export interface TraceEvent {
  id: number
  /** epoch ms by the emulator's clock */
  at: number
  from: string
  to: string
  what: string
  ms?: number
  ok: boolean
  detail?: string
  /** the same id for all events that one function event caused */
  flow?: string
}

/** Timed work that the emulator's clock runs when it is due, such as the timers, or the webhooks of a fake server. */
export interface Agenda {
  /** @returns the time at which the next piece of this work is due, epoch ms; null if none waits */
  nextAt(): number | null
  /**
   * Does all work that is due.
   * @param now epoch ms
   */
  run(now: number): Promise<void>
}

/** The emulator's clock; functions, timers and agendas use it. */
export interface Clock {
  /** @returns the current time, epoch ms */
  now(): number
  /**
   * Moves the clock forward, and resolves after all work that became due is done.
   * @param ms how far forward, at least 0
   */
  advance(ms: number): Promise<void>
  /**
   * Adds an agenda to this clock.
   * @param agenda is asked for its next time, and run at that time
   */
  join(agenda: Agenda): void
}

/** Options for starting an emulator. */
export interface EmulatorOptions {
  /** the folder for the database and files; the emulator creates the folder if it does not exist */
  dataDir: string
  /** the folder of the built functions; functions.json and database.json are beside this folder */
  functionsDir: string
  /** port of the database's endpoint [0: a free port] */
  port?: number
  /** added to the environment of every function, e.g. CASHIER_KEY */
  environment: Record<string, string>
  /**
   * The emulator calls this after every traced event.
   * @param event the event
   */
  onTrace?(event: TraceEvent): void
  /**
   * Lets the clock skip timer runs that would find no work. When absent, timers run at each of their times.
   * @returns the earliest time at which a timer has work, epoch ms; null when there is none
   */
  nextDueAt?(): number | null
  /**
   * Plays WeChat's servers behind `cloud.openapi`. Without this function such calls fail with an error that names the
   * API. A function may call an API only if its config.json lists it in `permissions.openapi`.
   * @param api path of the API, such as `wxa.sec.order.getOrder`
   * @param data the function's parameters
   * @returns WeChat's answer; `errcode` is 0 or absent for success
   */
  onOpenapi?(api: string, data: Record<string, unknown>): Promise<Record<string, unknown>>
  /** how many instances of one function may run at the same time [4] */
  maxInstances?: number
  /**
   * The priority of the instances' processes, 0 to 19 as `os.setPriority` takes it [0]. If it is above 0, the system lets
   * the emulator answer all waiting instances before an instance continues. Then a machine without other work completes
   * more calls; on a busy machine the functions get less processor time.
   */
  functionPriority?: number
  /** the Node binary that runs function instances [the one that runs the emulator] */
  nodePath?: string
  /** false: agendas and timers run only during `clock.advance`, as tests need it [true] */
  ticking?: boolean
}

/** The user whose phone calls a function. */
export interface Caller {
  openid: string
  /**
   * WeChat's id of the user in all apps of one open platform account; absent if the mini-program belongs to no such
   * account
   */
  unionid?: string
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

/** The response of HTTP access. */
export interface HttpAccessAnswer {
  statusCode: number
  headers: Record<string, string>
  body: Buffer | string
}

/** A running emulator. */
export interface Emulator {
  /** the database's URL for wx-server-sdk, for the environment variable TCB_CONTEXT_CNFG */
  adminUrl: string
  clock: Clock
  database: Database
  /**
   * Calls a function as wx.cloud.callFunction does.
   * @param name the function's folder
   * @param caller the user whom the function sees as its caller
   * @param event the function's input
   * @returns what the function returned
   * @throws FunctionFailure when the function threw, timed out or does not exist
   */
  call(name: string, caller: Caller, event: unknown): Promise<unknown>
  /**
   * Calls the function whose route matches the path, as HTTP access does.
   * @param request the HTTP request
   * @returns the function's response, or CloudBase's own error response
   */
  http(request: HttpAccessRequest): Promise<HttpAccessAnswer>
  /**
   * The largest request body that HTTP access accepts. A server can stop reading at this size.
   * @param headers of the request
   * @returns bytes
   */
  httpBodyLimit(headers: HttpAccessRequest['headers']): number
  /** Starts to use newly built functions. Events that are running end in their old instances. */
  reloadFunctions(): Promise<void>
  /**
   * Adds an event from another tool to the trace.
   * @param event the emulator adds the number and the time
   */
  trace(event: Omit<TraceEvent, 'id' | 'at'>): void
  /** @returns the number of database actions that functions have sent since the start */
  roundTrips(): number
  /** Stops the functions and closes the database. */
  close(): Promise<void>
}
