// Typed calls of the admin function. The file is here and not in services/, so that the main package contains no admin
// code.
import type { AdminAction, AdminAsked, AdminResults } from '../../../cloudfunctions/shared/api/admin'
import { callFunction } from '../../services/cloud'

// Timeout of a call, in ms. The server may ask a provider meanwhile; the cloud function itself ends after 20 s.
const waitMs = 20_000

let actions = 0

/** How many actions were done since the app started. A page that was loaded at a lower count may be outdated. */
export const actionsDone = (): number => actions

/** Calls an action that only reads; retried when no answer came. @throws Failure */
export const ask = <A extends AdminAction>(action: A, input: AdminAsked<A>): Promise<AdminResults[A]> =>
  callFunction('admin', action, input as never, { repeats: true, waitMs }) as Promise<AdminResults[A]>

/**
 * Performs an action that changes data.
 * @param repeats whether the call carries an idempotency key and can be retried when no answer came
 * @throws Failure
 */
export async function act<A extends AdminAction>(
  action: A,
  input: AdminAsked<A>,
  { repeats = false } = {},
): Promise<AdminResults[A]> {
  try {
    return (await callFunction('admin', action, input as never, { repeats, waitMs })) as AdminResults[A]
  } finally {
    // Count failed calls too: an unanswered action may have taken effect.
    actions += 1
  }
}

type Me = AdminResults['claim']

let me: Promise<Me> | undefined

/**
 * The current user's role: asked once, and again after a failure. The server checks permissions in any case. @throws
 * Failure
 */
export function whoAmI(): Promise<Me> {
  me ??= ask('claim', {}).catch((error: unknown) => {
    me = undefined
    throw error
  })
  return me
}

/** Forgets the role after an invite code has changed it. */
export function forgetMe(): void {
  me = undefined
}
