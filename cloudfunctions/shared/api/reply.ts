// The reply of every function. The mini-program imports types from this folder and nothing else of the functions.
import type * as z from 'zod/mini'
import type { ErrorCode, ErrorDetail, LimitName } from '../domain/errors'

/**
 * The reply of every action. `message` is for developers. The phone chooses its sentence by `code`, for a wrong field
 * by the field's rule, and for a reached limit by the limit's name.
 */
export type Reply<T> =
  | { ok: true; data: T }
  | { ok: false; error: { code: ErrorCode; message: string; details?: readonly ErrorDetail[]; limit?: LimitName } }

/** Action name → input schema; results are listed beside it by the same names. */
export type Api = Record<string, z.ZodMiniType>

/** A function's table of handlers, one for each action of its api; `Results` gives their results. */
export type Handlers<A extends Api, Caller, Results extends Record<keyof A, unknown> = Record<keyof A, unknown>> = {
  [Action in keyof A]: (ctx: Caller, input: z.infer<A[Action]>) => Promise<Results[Action]>
}

export type { LimitName }
