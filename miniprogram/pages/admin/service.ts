// What staff can do, as typed calls of the admin function. It stands here and not in services/, so that nothing of it is
// in the main package.
import type { AdminResults, adminApi } from '../../../cloudfunctions/shared/api'
import { callFunction } from '../../services/cloud'

type Input<A extends keyof AdminResults> = (typeof adminApi)[A]['_zod']['input']

// A provider may be asked meanwhile; the function itself ends after 20 s.
const waitMs = 20_000

/**
 * Asks something that changes nothing, or that carries a number of its own: sent again when no answer came.
 * @throws Failure
 */
export const ask = <A extends keyof AdminResults>(action: A, input: Input<A>): Promise<AdminResults[A]> =>
  callFunction('admin', action, input as never, { repeats: true, waitMs }) as Promise<AdminResults[A]>

/** Does something once. @throws Failure */
export const act = <A extends keyof AdminResults>(action: A, input: Input<A>): Promise<AdminResults[A]> =>
  callFunction('admin', action, input as never, { waitMs }) as Promise<AdminResults[A]>

type Me = AdminResults['claim']

let me: Promise<Me> | undefined

/** Who is looking: asked once, and again after a failure. What they may do, the server decides anyway. @throws Failure */
export function whoAmI(): Promise<Me> {
  me ??= ask('claim', {}).catch((error: unknown) => {
    me = undefined
    throw error
  })
  return me
}

/** For when a code made somebody else of them. */
export function forgetMe(): void {
  me = undefined
}
