// The callers of functions: the phone, timers, HTTP access, and other functions. Each sets what CloudBase sets for such a
// call.
import { randomUUID } from 'node:crypto'
import { isIPv6 } from 'node:net'
import { type Fields, isFields } from './database/ejson'
import { FunctionFailure } from './failures'
import type { FunctionDeclaration } from './functions/declarations'
import type { Functions } from './functions/functions'
import type { Timer } from './functions/timers'
import { answerOf, eventOf, isTooLarge, refusals, routeOf } from './httpAccess'
import type { Caller, HttpAccessAnswer, HttpAccessRequest, TraceEvent } from './surface'

// WeChat limits the result of callFunction to this many bytes.
const phoneResultLimit = 1024 * 1024
const resultTooLarge = -604001

interface Call {
  /** who calls, for the trace */
  from: string
  /** the function's name */
  name: string
  event: unknown
  environment: Record<string, string>
  requestId?: string
  /** the longest result that this kind of caller receives, in bytes [any] */
  resultLimit?: number
}

interface Parts {
  functions: Functions
  declared(): Record<string, FunctionDeclaration>
  trace(event: Omit<TraceEvent, 'id' | 'at'>): void
}

/** Makes the functions with which each kind of caller calls. */
export function createCallers({ functions, declared, trace }: Parts) {
  let flows = 0

  const invoke = async (one: Call): Promise<unknown> => {
    const { from, name, event, environment, requestId = randomUUID(), resultLimit = Number.POSITIVE_INFINITY } = one
    const flow = `f${++flows}`
    const startedAt = performance.now()
    const what = nameOf(event)
    try {
      const result = await functions.invoke(name, { event, environment, requestId, flow })
      if (result !== undefined && Buffer.byteLength(result) > resultLimit)
        throw new FunctionFailure(resultTooLarge, 'cloudfunction result size exceed limit (1MB)')
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
    const environment = { TRIGGER_SRC: 'timer', TCB_SOURCE: 'wx_trigger' }
    await invoke({ from: 'clock', name: timer.functionName, event, environment }).catch((error: unknown) => {
      if (!(error instanceof FunctionFailure)) throw error
    })
  }

  const call = async (
    name: string,
    { openid, unionid, appId = 'wx0000000000000000', clientIp = '127.0.0.1' }: Caller,
    event: unknown,
  ): Promise<unknown> => {
    const data = isFields(event) ? event : {}
    // CloudBase sets tcbContext and userInfo itself, and overwrites these fields if the phone has sent them.
    const whole = { ...data, tcbContext: {}, userInfo: { appId, openId: openid } }
    const addressKey = isIPv6(clientIp) ? 'WX_CLIENTIPV6' : 'WX_CLIENTIP'
    const environment = {
      WX_CONTEXT_KEYS: `WX_OPENID,WX_APPID,${unionid === undefined ? '' : 'WX_UNIONID,'}${addressKey}`,
      WX_OPENID: openid,
      ...(unionid !== undefined && { WX_UNIONID: unionid }),
      WX_APPID: appId,
      [addressKey]: clientIp,
      TCB_SOURCE: 'wx_client',
    }
    return invoke({ from: 'phone', name, event: whole, environment, resultLimit: phoneResultLimit })
  }

  const http = async (request: HttpAccessRequest): Promise<HttpAccessAnswer> => {
    const requestId = randomUUID()
    const route = routeOf(declared(), request.path)
    if (!route) return refusals.path(requestId)
    const { name, path } = route
    if (isTooLarge(request)) {
      trace({ from: 'http', to: name, what: path, ok: false, detail: 'EXCEED_MAX_PAYLOAD_SIZE' })
      return refusals.size(requestId)
    }
    try {
      const event = eventOf({ ...request, path }, requestId)
      // No document names a source for HTTP access, so the environment is empty.
      return answerOf(await invoke({ from: 'http', name, event, environment: {}, requestId }))
    } catch (error) {
      if (error instanceof FunctionFailure) return refusals.failure(requestId, error)
      throw error
    }
  }

  return { invoke, fire, call, http }
}

/** The name of an event in the trace: the phone's action, the path of HTTP access, or the timer's trigger. */
function nameOf(event: unknown): string {
  const { action, path, TriggerName } = isFields(event) ? event : ({} as Fields)
  return String(action ?? path ?? TriggerName ?? 'event').slice(0, 200)
}

/** The first line of an error's message. */
export const messageOf = (error: unknown): string =>
  error instanceof Error ? (error.message.split('\n')[0] ?? '') : 'failed'
