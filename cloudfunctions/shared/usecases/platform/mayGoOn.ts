import type { Made } from '../../domain/orders/orderShape'
import type { EnabledProvider } from './context'

/**
 * Whether a payment or contract that was begun with other settings may continue with these settings: only if both
 * certainly belong to the same merchant. If the other settings were ended by staff, or are newer than these, we do not
 * know their merchant.
 */
export const mayGoOn = ({ definition, own }: EnabledProvider, { provider, generation = 1 }: Made): boolean =>
  provider === definition.code && own?.has(generation) !== false

/**
 * Which provider and which generation of settings a payment or contract is begun with, in the form in which we store
 * it.
 */
export const madeWith = ({ definition, generation }: EnabledProvider): Made => ({
  provider: definition.code,
  ...(generation !== undefined && { generation }),
})
