// What every function answers. The mini-program imports types from this folder, and nothing else of the functions.
import type * as z from 'zod/mini'
import type { ErrorCode, ErrorDetail, LimitName } from '../domain/errors'

/**
 * What every action answers. `message` is for developers; the phone chooses its sentence by `code`; where a field is
 * wrong by its rule, and where a limit is reached by its name.
 */
export type Reply<T> =
  | { ok: true; data: T }
  | { ok: false; error: { code: ErrorCode; message: string; details?: readonly ErrorDetail[]; limit?: LimitName } }

/** Action name → input schema; results are listed beside it by the same names. */
export type Api = Record<string, z.ZodMiniType>

/** A function's table: what each action of its api does for a caller, and with `Results` what it answers. */
export type Handlers<A extends Api, Caller, Results extends Record<keyof A, unknown> = Record<keyof A, unknown>> = {
  [Action in keyof A]: (ctx: Caller, input: z.infer<A[Action]>) => Promise<Results[Action]>
}

export type { LimitName }
