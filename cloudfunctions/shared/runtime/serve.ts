// Makes a cloud function's entry point from its handlers: check the caller, parse the input, run the handler, reply.
import * as z from 'zod/mini'
import { mayDo } from '../api/admin'
import type { Api, Handlers, Reply } from '../api/reply'
import { AppError, isAppError, LimitReached } from '../domain/errors'
import { type Role, refundLimitOf } from '../domain/staff'
import type { HttpAnswer, RawRequest } from '../providers/provider'
import { readStaff, type Staff } from '../store/staff'
import type { Context, PersonContext, ShopperContext, StaffContext } from '../usecases/platform/context'
import { callerIp, callerOpenid, callerUnionid } from './cloud'
import { createContext, isFromHttp, isFromTimer, refusedSource } from './context'
import { drawCode } from './qrCode'

/**
 * Checks the caller of a function and returns the caller's context.
 * @param action the requested action; not checked yet
 * @throws Forbidden
 */
export type Caller<C> = (context: () => Context, action: string) => C | Promise<C>

// Shorter than the function's time-out (functions.json), and short enough for a person who waits.
export const providerTimeoutMs = 6_000
// A provider waits five seconds for our answer to its notice.
const noticeTimeoutMs = 2_500

let instance: Context | undefined
const instanceContext = (timeoutMs: number) => () => {
  instance ??= createContext(timeoutMs)
  return instance
}

function person(context: () => Context): PersonContext {
  const openid = callerOpenid()
  if (openid === undefined) throw new AppError('Forbidden', 'only for the mini-program')
  const [unionid, clientIp] = [callerUnionid(), callerIp()]
  return {
    ...context(),
    openid,
    ...(unionid !== undefined && { unionid }),
    ...(clientIp !== undefined && { clientIp }),
  }
}

/** A caller in the mini-program, identified by WeChat. */
export const shopper: Caller<ShopperContext> = (context) => ({ ...person(context), drawCode })

/**
 * Finds the caller in the list of staff, with one read. Everybody else gets the same refusal for every action, so the
 * names of the actions stay unknown.
 */
export const staff: Caller<StaffContext> = async (context, action) => {
  const ctx = person(context)
  return memberOf(ctx, await readStaff(ctx.db, ctx.openid), action)
}

/** The context of a member of staff, or of a stranger, who may do this. @throws Forbidden */
export function memberOf(ctx: PersonContext, member: Staff | undefined, action: string): StaffContext {
  const role: Role = member?.role ?? 'stranger'
  if (!mayDo(role, action)) throw new AppError('Forbidden', 'only for staff who may do this')
  return { ...ctx, role, name: member?.name ?? '', refundLimitFen: refundLimitOf(role, member?.refundLimitFen) }
}

/**
 * An entry point for events of the form `{ action, input }`.
 * @returns a reply; on failure `{ ok: false, error }`, whose code has a sentence on the phone. Never throws
 */
export const serve =
  <A extends Api, C>(api: A, caller: Caller<C>, handlers: Handlers<A, C>) =>
  async (event: unknown): Promise<Reply<unknown>> => {
    try {
      const { action, input } = readEvent(event)
      const ctx = await caller(instanceContext(providerTimeoutMs), action)
      if (!Object.hasOwn(api, action)) throw new AppError('BadInput', 'action: missing or unknown')
      const schema = api[action] as A[keyof A]
      return {
        ok: true,
        data: await handlers[action as keyof A](ctx, parseInput(schema, input) as z.infer<A[keyof A]>),
      }
    } catch (error) {
      return { ok: false, error: replyOf(error) }
    }
  }

function readEvent(event: unknown): { action: string; input: unknown } {
  const { action, input } = (typeof event === 'object' && event !== null ? event : {}) as Record<string, unknown>
  return { action: typeof action === 'string' ? action : '', input: input ?? {} }
}

/** @throws BadInput with the name of the wrong field, without its value */
function parseInput<S extends z.ZodMiniType>(schema: S, input: unknown): z.infer<S> {
  const parsed = z.safeParse(schema, input)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const isExtra = issue?.code === 'unrecognized_keys'
  const field = [...(issue?.path ?? []), ...(isExtra ? issue.keys.slice(0, 1) : [])].join('.') || 'input'
  throw new AppError('BadInput', `${field.slice(0, 64)}: ${isExtra ? 'is not allowed here' : 'is not valid'}`)
}

// Errors with these codes may quote a provider. The caller gets these words instead; staff see the quote in our
// records.
const wordsInstead: ReadonlyMap<AppError['code'], string> = new Map([
  ['ProviderRefused', 'the provider refused'],
  ['ProviderUnavailable', 'the provider cannot be reached'],
  ['BadSignature', 'the signature is wrong'],
  ['Mismatch', 'the record differs from ours'],
])

function replyOf(error: unknown): Extract<Reply<unknown>, { ok: false }>['error'] {
  if (error instanceof LimitReached) return { code: error.code, message: error.message, limit: error.limit }
  if (isAppError(error) && error.code !== 'Internal') {
    const { code, message, details } = error
    return { code, message: wordsInstead.get(code) ?? message, ...(details.length > 0 && { details }) }
  }
  // A library's error message may quote its input. So the log holds our own message, or only the error's name.
  const reason = isAppError(error) ? error.message : error instanceof Error ? error.name : 'error'
  console.error(JSON.stringify({ event: 'internal', reason }))
  return { code: 'Internal', message: 'something went wrong on our side' }
}

interface HttpOptions {
  timeoutMs?: number
  refuse?: (path: string) => HttpAnswer | undefined
}

interface HttpEvent {
  path?: unknown
  httpMethod?: unknown
  headers?: unknown
  queryStringParameters?: unknown
  body?: unknown
  isBase64Encoded?: unknown
  requestContext?: unknown
}

/**
 * An entry point for HTTP access. Refuses calls of other kinds, in which a client could forge the event.
 * @param options `timeoutMs`: how long a call to a provider may take; `refuse` answers a request that is too large
 */
export const serveHttp =
  (
    handle: (ctx: Context, request: RawRequest) => Promise<HttpAnswer>,
    { timeoutMs = noticeTimeoutMs, refuse }: HttpOptions = {},
  ) =>
  async (event: HttpEvent): Promise<HttpAnswer> => {
    if (!isFromHttp() || !isIntegrated(event)) return plain(403, `forbidden: ${refusedSource() || 'not over HTTP'}`)
    try {
      const refused = refusalOf(event)
      if (refused) return refuse?.(String(event.path ?? '')) ?? refused
      return await handle(instanceContext(timeoutMs)(), requestOf(event))
    } catch (error) {
      replyOf(error)
      return plain(500, 'error')
    }
  }

// The fields that HTTP access always sets (docs.cloudbase.net/service/access-cloud-function). A caller of another kind
// could set them too, so they only add to what the platform says of the caller.
const isIntegrated = (event: HttpEvent): boolean =>
  typeof event === 'object' &&
  event !== null &&
  typeof event.httpMethod === 'string' &&
  typeof event.path === 'string' &&
  [event.headers, event.requestContext].every((fields) => typeof fields === 'object' && fields !== null)

const plain = (statusCode: number, body: string): HttpAnswer => ({
  statusCode,
  headers: { 'content-type': 'text/plain', 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' },
  body,
})

// A provider's notice has a few kilobytes. A longer body is refused by its length, before it is decoded or parsed.
const bodyBytes = 64 * 1024
const headerLimits: Limits = { most: 100, nameLength: 128, textLength: 8 * 1024, total: 32 * 1024 }
const queryLimits: Limits = { most: 100, nameLength: 128, textLength: 4 * 1024, total: 16 * 1024 }
const pathLength = 512

interface Limits {
  most: number
  nameLength: number
  textLength: number
  /** the most characters of all names and values together */
  total: number
}

function refusalOf({ body, isBase64Encoded, headers, queryStringParameters, path }: HttpEvent): HttpAnswer | undefined {
  if (typeof body === 'string' && isLongerThan(bodyBytes, body, isBase64Encoded === true))
    return plain(413, 'too large')
  if (!fits(headers, headerLimits)) return plain(431, 'headers too large')
  if (!fits(queryStringParameters, queryLimits) || String(path ?? '').length > pathLength) return plain(414, 'too long')
  return undefined
}

// Four characters of base64 are three bytes; one character of text is at least one byte.
const isLongerThan = (bytes: number, body: string, isBase64: boolean): boolean =>
  isBase64 ? body.length > Math.ceil(bytes / 3) * 4 : body.length > bytes || Buffer.byteLength(body) > bytes

function fits(value: unknown, { most, nameLength, textLength, total }: Limits): boolean {
  const fields = Object.entries(textsOf(value))
  let length = 0
  for (const [name, text] of fields) {
    length += name.length + text.length
    if (name.length > nameLength || text.length > textLength) return false
  }
  return fields.length <= most && length <= total
}

// docs/provider-facts.md 8: header names come in upper or lower case; a binary body comes in base64.
function requestOf(event: HttpEvent): RawRequest {
  const body = typeof event.body === 'string' ? event.body : ''
  const headers = Object.entries(textsOf(event.headers)).map(([name, value]) => [name.toLowerCase(), value] as const)
  return {
    method: String(event.httpMethod).toUpperCase(),
    path: String(event.path ?? '/'),
    query: textsOf(event.queryStringParameters),
    headers: Object.fromEntries(headers),
    body: Buffer.from(body, event.isBase64Encoded === true ? 'base64' : 'utf8'),
  }
}

const textsOf = (value: unknown): Record<string, string> =>
  typeof value === 'object' && value !== null
    ? Object.fromEntries(Object.entries(value).map(([name, text]) => [name, String(text)]))
    : {}

/** An entry point for the clock: refuses people and HTTP. `hasTime` turns false so early that what was begun then still
 * ends within the function's time-out: one order may cost two provider calls and five database calls, 22 s. */
export const serveTimer =
  (work: (ctx: Context, hasTime: () => boolean) => Promise<unknown>) =>
  async (event: unknown): Promise<unknown> => {
    const isTimer = typeof event === 'object' && event !== null && 'Type' in event && event.Type === 'Timer'
    if (!isFromTimer() || !isTimer) throw new AppError('Forbidden', 'only for the clock')
    const startedAt = performance.now()
    return work(instanceContext(providerTimeoutMs)(), () => performance.now() - startedAt < 35_000)
  }
