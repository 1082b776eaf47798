import type { Made } from '../../domain/orders/orderShape'
import type { EnabledProvider } from './context'

/**
 * Whether a payment or contract that was begun with one generation of settings may continue with the given settings:
 * only if both certainly belong to the same merchant. We do not know the merchant of a generation that staff have
 * ended, or that is newer than the given settings.
 */
export const mayGoOn = ({ definition, own }: EnabledProvider, { provider, generation = 1 }: Made): boolean =>
  provider === definition.code && own?.has(generation) !== false

/**
 * A payment or contract keeps the provider and the generation of settings with which it was begun. Returns these two in
 * the form in which we store them.
 */
export const madeWith = ({ definition, generation }: EnabledProvider): Made => ({
  provider: definition.code,
  ...(generation !== undefined && { generation }),
})
