// The form of the reply of every function. The mini-program imports only types of this folder, and no other code of the
// functions.
import type * as z from 'zod/mini'
import type { ErrorCode, ErrorDetail, LimitName } from '../domain/errors'

/**
 * The reply of every action. `message` is for developers. The phone chooses its sentence by `code`, for a wrong field
 * by the field's rule, and for a reached limit by the limit's name.
 */
export type Reply<T> =
  | { ok: true; data: T }
  | { ok: false; error: { code: ErrorCode; message: string; details?: readonly ErrorDetail[]; limit?: LimitName } }

/** The input schema of each action of a function. The results are listed next to it, by the same names. */
export type Api = Record<string, z.ZodMiniType>

/** The handlers of a function, one for each action of its api. `Results` gives the types of their results. */
export type Handlers<A extends Api, Caller, Results extends Record<keyof A, unknown> = Record<keyof A, unknown>> = {
  [Action in keyof A]: (ctx: Caller, input: z.infer<A[Action]>) => Promise<Results[Action]>
}

export type { LimitName }
