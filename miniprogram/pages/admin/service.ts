// What staff can do, as typed calls of the admin function. It stands here and not in services/, so that nothing of it is
// in the main package.
import type { AdminAction, AdminAsked, AdminResults } from '../../../cloudfunctions/shared/api/admin'
import { callFunction } from '../../services/cloud'

// A provider may be asked meanwhile; the function itself ends after 20 s.
const waitMs = 20_000

let actions = 0

/** How much was done here so far: what a page read before that may be old. */
export const actionsDone = (): number => actions

/** Asks something that changes nothing: sent again when no answer came. @throws Failure */
export const ask = <A extends AdminAction>(action: A, input: AdminAsked<A>): Promise<AdminResults[A]> =>
  callFunction('admin', action, input as never, { repeats: true, waitMs }) as Promise<AdminResults[A]>

/**
 * Does something, once.
 * @param repeats it carries a number of its own, so that it may be sent again when no answer came
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
    // Also what brought no answer may have happened.
    actions += 1
  }
}

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
