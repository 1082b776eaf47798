import type { Made } from '../../domain/orders/orderShape'
import type { EnabledProvider } from './context'

/**
 * Whether something that was begun with other settings may go on with these: only if its merchant is surely the same.
 * Of a generation that was ended, or that is newer than these settings, nobody here knows the merchant.
 */
export const mayGoOn = ({ definition, own }: EnabledProvider, { provider, generation = 1 }: Made): boolean =>
  provider === definition.code && own?.has(generation) !== false

/** The settings with which something begins, as it is stored. */
export const madeWith = ({ definition, generation }: EnabledProvider): Made => ({
  provider: definition.code,
  ...(generation !== undefined && { generation }),
})
