// Typed calls of the admin function. The file is here and not in services/, so that the main package contains no admin
// code.
import type { AdminAction, AdminAsked, AdminResults } from '../../../cloudfunctions/shared/api/admin'
import { inLanguage } from '../../messages'
import { callFunction } from '../../services/cloud'

// Timeout of a call, in ms. The server may ask a provider meanwhile; the cloud function itself ends after 20 s.
const waitMs = 20_000

let actions = 0

/** The number of staff actions since the app started. A page that loaded at a lower number may be outdated. */
export const actionsDone = (): number => actions

type ProviderTexts = AdminResults['claim']['providers'][number]
type FieldNames = ProviderTexts['fields'][string]

const known = new Map<string, ProviderTexts>()
// A case may also be about an event of WeChat's message push. Such a case has the provider code `wechat`.
const weChat = { code: 'wechat', name: '微信', nameEn: 'WeChat' }

/** Display name of a provider, as the server gives it to staff; an unknown code is shown unchanged. */
export const providerName = (code: string): string => {
  const texts = known.get(code) ?? (code === weChat.code ? weChat : undefined)
  return texts ? inLanguage(texts.name, texts.nameEn) : code
}

/** The codes of all providers, in the server's order. */
export const providerCodes = (): string[] => [...known.keys()]

/**
 * The label of a setting in both languages. Takes the label of the given provider. If this provider has no such
 * setting, takes the label from any provider that has a setting of this name.
 */
export const fieldNames = (field: string, code = ''): FieldNames | undefined =>
  [known.get(code), ...known.values()].flatMap((texts) => texts?.fields[field] ?? [])[0]

/**
 * Calls an action that only reads, and retries it when no answer came. Also loads the providers' names once.
 * @throws Failure
 */
export async function ask<A extends AdminAction>(action: A, input: AdminAsked<A>): Promise<AdminResults[A]> {
  // If the providers' names cannot be loaded, pages show the providers' codes.
  const [answer] = await Promise.all([read(action, input), whoAmI().catch(() => undefined)])
  return answer
}

const read = <A extends AdminAction>(action: A, input: AdminAsked<A>): Promise<AdminResults[A]> =>
  callFunction('admin', action, input as never, { repeats: true, waitMs }) as Promise<AdminResults[A]>

/**
 * Calls an action that changes data.
 * @param repeats whether the call may be retried when no answer came, because it carries an idempotency key
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
 * The current user's role. Asks the server once, and again after a failure. The server checks permissions at every call
 * anyway.
 * @throws Failure
 */
export function whoAmI(): Promise<Me> {
  me ??= read('claim', {}).then(
    (answer) => {
      for (const texts of answer.providers) known.set(texts.code, texts)
      return answer
    },
    (error: unknown) => {
      me = undefined
      throw error
    },
  )
  return me
}

/** Forgets the role after an invite code has changed it. */
export function forgetMe(): void {
  me = undefined
}
