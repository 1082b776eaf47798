// Makes the entry point of a cloud function from its handlers: it checks the caller, checks the input, runs the handler
// and replies.
import * as z from 'zod/mini'
import type { Api, Handlers, Reply } from '../api/reply'
import { AppError, isAppError, LimitReached } from '../domain/errors'
import type { HttpAnswer, RawRequest } from '../providers/provider'
import type { Context, PersonContext, ShopperContext } from '../usecases/platform/context'
import { callerIp, callerOpenid, callerUnionid } from './cloud'
import { createContext, isFromHttp, isFromTimer, refusedSource } from './context'
import { drawCode } from './qrCode'

/**
 * Finds out who calls a function, and returns the caller's context.
 * @param action the name of the requested action, not checked yet
 * @throws Forbidden
 */
export type Caller<C> = (context: () => Context, action: string) => C | Promise<C>

// The time limit of a call to a provider, in ms: shorter than the function's time-out (functions.json), and short
// enough for a person who waits.
export const providerTimeoutMs = 6_000
// The time limit of a call to a provider while we handle a notice, in ms. The provider waits only five seconds for our
// answer.
const noticeTimeoutMs = 2_500

let instance: Context | undefined
const instanceContext = (timeoutMs: number) => () => {
  instance ??= createContext(timeoutMs)
  return instance
}

/** The person who calls from the mini-program. @throws Forbidden for other callers */
export function person(context: () => Context): PersonContext {
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

/** The caller is a shopper in the mini-program. WeChat tells us the openid. */
export const shopper: Caller<ShopperContext> = (context) => ({ ...person(context), drawCode })

/**
 * Makes an entry point for calls of the form `{ action, input }`. Never throws.
 * @returns the handler's result; on failure `{ ok: false, error }`. The mini-program has a sentence for each error code
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

/** Checks the input of an action. @throws BadInput with the name of the wrong field, without its value */
function parseInput<S extends z.ZodMiniType>(schema: S, input: unknown): z.infer<S> {
  const parsed = z.safeParse(schema, input)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const isExtra = issue?.code === 'unrecognized_keys'
  const field = [...(issue?.path ?? []), ...(isExtra ? issue.keys.slice(0, 1) : [])].join('.') || 'input'
  throw new AppError('BadInput', `${field.slice(0, 64)}: ${isExtra ? 'is not allowed here' : 'is not valid'}`)
}

// The messages that replace the messages of some errors, which may quote a provider. The caller gets only the message
// in this table; staff find the quote in our records.
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
  // The message of a library's error may quote its input. So log only our own messages, and of other errors only the
  // name.
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
 * Makes an entry point for HTTP access. Refuses every other kind of call, because the caller writes the event of such a
 * call and could forge an HTTP request in it.
 * @param options `timeoutMs`: the time limit of a call to a provider, in ms; `refuse` makes the answer to a request
 * that is too large
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

// Whether an event has the fields that HTTP access always sets (docs.cloudbase.net/service/access-cloud-function). This
// check alone proves nothing, because another caller could set these fields, too. So we also check what CloudBase says
// about the caller (isFromHttp).
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

// The largest body that we read. A provider's notice has a few kilobytes. A longer body is refused because of its
// length, before we decode or parse it.
const bodyBytes = 64 * 1024
const headerLimits: Limits = { most: 100, nameLength: 128, textLength: 8 * 1024, total: 32 * 1024 }
const queryLimits: Limits = { most: 100, nameLength: 128, textLength: 4 * 1024, total: 16 * 1024 }
const pathLength = 512

interface Limits {
  most: number
  nameLength: number
  textLength: number
  /** how many characters all names and values may have together */
  total: number
}

function refusalOf({ body, isBase64Encoded, headers, queryStringParameters, path }: HttpEvent): HttpAnswer | undefined {
  if (typeof body === 'string' && isLongerThan(bodyBytes, body, isBase64Encoded === true))
    return plain(413, 'too large')
  if (!fits(headers, headerLimits)) return plain(431, 'headers too large')
  if (!fits(queryStringParameters, queryLimits) || String(path ?? '').length > pathLength) return plain(414, 'too long')
  return undefined
}

// Compares the lengths without decoding the body. Four characters of base64 are three bytes, and one character of text
// is at least one byte.
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

// Brings an HTTP event to one form. CloudBase passes header names in upper or lower case, and binary bodies in base64
// (docs/provider-facts.md 8).
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

// How long the timer may begin new work, in ms. The function's time-out is 60 s (functions.json). Even if the database
// hangs, the function ends after 58 s: 30 s in which work may begin, 22 s for the order that was begun last (two
// provider calls and five database calls), 4 s for the inserts that all orders share, and 2 s for the last batch of
// deliveries.
const timerWorkMs = 30_000

/**
 * Makes an entry point for the timer, which refuses people and HTTP. `hasTime` returns false after timerWorkMs, long
 * before the function's time-out, because the work that has begun by then needs time to end.
 */
export const serveTimer =
  (work: (ctx: Context, hasTime: () => boolean) => Promise<unknown>) =>
  async (event: unknown): Promise<unknown> => {
    const isTimer = typeof event === 'object' && event !== null && 'Type' in event && event.Type === 'Timer'
    // The function's log contains this message. tools/deploy/probe.ts recognises the message by its beginning.
    if (!isFromTimer())
      throw new AppError('Forbidden', ['only for the clock', refusedSource()].filter((part) => part !== '').join(': '))
    if (!isTimer) throw new AppError('Forbidden', 'only for the clock')
    const startedAt = performance.now()
    return work(instanceContext(providerTimeoutMs)(), () => performance.now() - startedAt < timerWorkMs)
  }
