// One visit: a message as text, the settings of its provider, and the report.
import { findProvider } from '../../cloudfunctions/shared/providers'
import { isSecretField } from '../../cloudfunctions/shared/providers/signing'
import { doctors } from '.'
import type { NamedSecret } from './causes'
import { DoctorError, type Examination, type Settings } from './doctor'
import { publicHalf } from './keys'
import { readMessage } from './message'
import { reportOn } from './report'

/**
 * The report on one message.
 * @param extra one more key or secret that may have been used
 * @throws DoctorError when it is none of this provider's messages, or a setting is missing
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

/** Every text among the settings that must not be shown; what the schema does not know counts as one. */
function secretsOf(code: string, settings: Settings): NamedSecret[] {
  const schema = findProvider(code)?.settings as
    | { shape?: Record<string, Parameters<typeof isSecretField>[0]> }
    | undefined
  return Object.entries(settings).flatMap(([name, value]) => {
    const field = schema?.shape?.[name]
    return typeof value === 'string' && (!field || isSecretField(field)) ? [{ name, value }] : []
  })
}
