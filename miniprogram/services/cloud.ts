// The only access to the backend: typed calls of cloud functions, with a time limit and a limited number of retries. No
// other file uses wx.cloud.
import type { AdminAction, AdminAsked, AdminResults } from '../../cloudfunctions/shared/api/admin'
import type { ContractResults, contractApi } from '../../cloudfunctions/shared/api/contracts'
import type { OrderResults, orderApi } from '../../cloudfunctions/shared/api/orders'
import type { Reply } from '../../cloudfunctions/shared/api/reply'
import { settings } from '../settings'

type ServerError = Extract<Reply<unknown>, { ok: false }>['error']
type ServerCode = ServerError['code']
type ServerLimit = NonNullable<ServerError['limit']>

/**
 * Why a call failed: an error code of our server, `Network` if no answer came, or `OldWeChat` if this WeChat version
 * has no cloud functions.
 */
export type FailureCode = ServerCode | 'Network' | 'OldWeChat'

/** One invalid field and the rule that the field violates, as reported by the server. */
export type Detail = NonNullable<Extract<Reply<unknown>, { ok: false }>['error']['details']>[number]

/** The only error that services throw. The server's message for developers is not part of it. */
export class Failure extends Error {
  constructor(
    readonly code: FailureCode,
    readonly details: readonly Detail[] = [],
    /** The limit of the shop that the request exceeded. */
    readonly limit?: ServerLimit,
  ) {
    super(code)
    this.name = 'Failure'
  }
}

export const detailsOf = (error: unknown): readonly Detail[] => (error instanceof Failure ? error.details : [])

export const codeOf = (error: unknown): FailureCode => (error instanceof Failure ? error.code : 'Internal')

export const limitOf = (error: unknown): ServerLimit | undefined => (error instanceof Failure ? error.limit : undefined)

/** Inputs and results of each function's actions, as defined by the server's schemas. */
export interface Functions {
  order: { [A in keyof OrderResults]: { input: (typeof orderApi)[A]['_zod']['input']; result: OrderResults[A] } }
  contract: {
    [A in keyof ContractResults]: { input: (typeof contractApi)[A]['_zod']['input']; result: ContractResults[A] }
  }
  admin: { [A in AdminAction]: { input: AdminAsked<A>; result: AdminResults[A] } }
}

const serverCodes = new Set<string>(
  Object.keys({
    BadInput: true,
    NotFound: true,
    Forbidden: true,
    Conflict: true,
    Unsupported: true,
    BadSignature: true,
    Mismatch: true,
    ProviderRefused: true,
    ProviderUnavailable: true,
    Internal: true,
  } satisfies Record<ServerCode, true>),
)

/** A newer server may send an error code that this app version does not know. Treat it as an internal error. */
export const knownCode = (code: ServerCode): ServerCode => (serverCodes.has(code) ? code : 'Internal')

const backOffMs = [400, 1_200]

// Failures that may pass within a second, so the call is retried. After any other code the call is not retried.
const passing = new Set<FailureCode>(['Network', 'Internal'])

export function openCloud(): void {
  const { cloudEnv } = settings()
  wx.cloud?.init({ traceUser: true, ...(cloudEnv !== undefined && { env: cloudEnv }) })
}

/**
 * Calls one action of one cloud function and returns its data.
 * @param repeats whether the call may be retried, because the call changes nothing or has an idempotency key that makes
 * a repeat harmless
 * @param waitMs how long to wait for an answer, in ms [10 s]
 * @throws Failure with the server's code; `Network` after `waitMs` or when WeChat could not reach the server; or
 * `OldWeChat`
 */
export async function callFunction<F extends keyof Functions, A extends keyof Functions[F] & string>(
  name: F,
  action: A,
  input: Functions[F][A] extends { input: infer Input } ? Input : never,
  { repeats = false, waitMs = 10_000 } = {},
): Promise<Functions[F][A] extends { result: infer Result } ? Result : never> {
  const tries = repeats ? backOffMs.length : 0
  for (let again = 0; ; again++) {
    try {
      return await callOnce(name, { action, input }, waitMs)
    } catch (error) {
      const pause = backOffMs[again]
      if (again >= tries || pause === undefined || !passing.has(codeOf(error))) throw error
      await new Promise<void>((resolve) => setTimeout(resolve, pause))
    }
  }
}

async function callOnce<Result>(
  name: string,
  data: { action: string; input: unknown },
  waitMs: number,
): Promise<Result> {
  if (!wx.cloud) throw new Failure('OldWeChat')
  const reply = await inTime(wx.cloud.callFunction({ name, data }), waitMs)
  const result: unknown = reply.result
  if (!isReply<Result>(result)) throw new Failure('Internal')
  if (!result.ok) {
    const { code, details, limit } = result.error
    throw new Failure(knownCode(code), Array.isArray(details) ? details : [], limit)
  }
  return result.data
}

// Limits the wait, so that a request that WeChat never answers cannot block a page. A late answer is dropped.
function inTime<T>(request: Promise<T>, waitMs: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Failure('Network')), waitMs)
    request.then(
      (value) => {
        clearTimeout(timer)
        resolve(value)
      },
      () => {
        clearTimeout(timer)
        reject(new Failure('Network'))
      },
    )
  })
}

function isReply<T>(value: unknown): value is Reply<T> {
  if (typeof value !== 'object' || value === null || !('ok' in value)) return false
  if (value.ok === true) return 'data' in value
  const error = 'error' in value ? value.error : undefined
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'
}
