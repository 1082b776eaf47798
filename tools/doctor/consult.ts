// Makes the signature doctor's report from a message's text and the provider's settings.
import { findProvider } from '../../cloudfunctions/shared/providers'
import { isSecretField } from '../../cloudfunctions/shared/providers/signing'
import { doctors } from '.'
import type { NamedSecret } from './causes'
import { DoctorError, type Examination, type Settings } from './doctor'
import { publicHalf } from './keys'
import { readMessage } from './message'
import { reportOn } from './report'

/**
 * Makes the report on one message.
 * @param extra one more key or secret that may have signed the message
 * @throws DoctorError if the text is not a message of this provider, or if a setting is missing
 */
export function consult(code: string, text: string, settings: Settings, extra?: NamedSecret): string {
  const doctor = Object.hasOwn(doctors, code) ? doctors[code] : undefined
  if (!doctor) throw new DoctorError(`no provider ${code}`)
  const examination = doctor.examine(readMessage(text), settings)
  const secrets = [...secretsOf(code, settings), ...(extra ? [extra] : [])]
  return `${code}: ${reportOn(extra ? withKey(examination, extra) : examination, secrets)}`
}

function withKey(examination: Examination, { name, value }: NamedSecret): Examination {
  const { scheme } = examination
  const key = publicHalf(value)
  if (!key || scheme.kind !== 'rsa') return examination
  return { ...examination, scheme: { ...scheme, keys: [...scheme.keys, { name, key }] } }
}

/** All secrets in the settings. A field that the schema does not know counts as a secret. */
function secretsOf(code: string, settings: Settings): NamedSecret[] {
  const schema = findProvider(code)?.settings as
    | { shape?: Record<string, Parameters<typeof isSecretField>[0]> }
    | undefined
  return Object.entries(settings).flatMap(([name, value]) => {
    const field = schema?.shape?.[name]
    return typeof value === 'string' && (!field || isSecretField(field)) ? [{ name, value }] : []
  })
}
