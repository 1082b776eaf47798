// Signs our replies with the headers of Standard Webhooks. A client can check with them that a reply is complete and
// ours; old clients of the Unified platform's document ignore them.
import type { PayDomain } from '../../../domain/requests/payDomain'
import type { HttpAnswer } from '../../../providers/provider'
import { hmacBase64 } from '../../../providers/signing'
import { openDomainSecrets } from '../../../store/domains'
import { newToken } from '../../../store/settings'
import { secretInUse } from '../../platform/domainSignature'
import { webhookHeaders } from '../../platform/webhookHeaders'
import type { PayContext } from './context'

export function signReply(ctx: PayContext, domain: PayDomain, answer: HttpAnswer): HttpAnswer {
  const secrets = openDomainSecrets(ctx.secrets, domain)
  if (!secrets) return answer
  const key = Buffer.from(secretInUse(domain, secrets))
  const reply = { id: `reply_${newToken()}`, at: ctx.now(), body: answer.body }
  const headers = webhookHeaders(reply, (text) => `v1,${hmacBase64(key, text)}`)
  return { ...answer, headers: { ...answer.headers, ...headers } }
}
