// Webhook delivery for tests in which no connected system receives events.
import type { Webhooks } from '../../../cloudfunctions/shared/usecases/platform/context'

export const noWebhooks: Webhooks = {
  endpoints: async () => [],
  note: () => undefined,
  newSecret: () => ({ secret: 'whsec_c2VjcmV0', sealed: 'sealed' }),
  sign: () => '',
  refusalOf: () => undefined,
  call: async () => ({ status: null, text: '', failure: 'unreachable' }),
}
