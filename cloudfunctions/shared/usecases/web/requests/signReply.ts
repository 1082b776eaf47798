// Our replies carry the headers of Standard Webhooks, which the document's clients ignore: a newer one can tell that a
// reply is ours and whole.
import type { PayDomain } from '../../../domain/requests/payDomain'
import type { HttpAnswer } from '../../../providers/provider'
import { hmacHex } from '../../../providers/signing'
import { openDomainSecrets } from '../../../store/domains'
import { newToken } from '../../../store/settings'
import { secretInUse } from '../../platform/domainSignature'
import type { PayContext } from './context'

export function signReply(ctx: PayContext, domain: PayDomain, answer: HttpAnswer): HttpAnswer {
  const secrets = openDomainSecrets(ctx.secrets, domain)
  if (!secrets) return answer
  const id = `reply_${newToken()}`
  const at = String(Math.floor(ctx.now() / 1_000))
  const digest = hmacHex(secretInUse(domain, secrets), `${id}.${at}.${answer.body}`)
  const signature = `v1,${Buffer.from(digest, 'hex').toString('base64')}`
  const headers = { 'webhook-id': id, 'webhook-timestamp': at, 'webhook-signature': signature }
  return { ...answer, headers: { ...answer.headers, ...headers } }
}
