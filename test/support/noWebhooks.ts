// The way to other systems for tests in which there are none.
import type { Webhooks } from '../../cloudfunctions/shared/usecases/platform/context'

export const noWebhooks: Webhooks = {
  endpoints: async () => [],
  note: () => undefined,
  newSecret: () => ({ secret: '', sealed: '' }),
  sign: () => '',
  refusalOf: () => undefined,
  call: async () => ({ status: null, text: '', failure: 'unreachable' }),
}
