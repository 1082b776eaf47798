// The migrations of stored documents, the oldest first. A migration may meet documents that it has already changed, and
// documents that the previous code wrote meanwhile. It must not remove a field that the previous code still reads.
import type { Contract } from '../../../cloudfunctions/shared/domain/contractShape'
import { derivedOf } from '../../../cloudfunctions/shared/domain/orders/order'
import type { Order } from '../../../cloudfunctions/shared/domain/orders/orderShape'
import { contractShape, isSound, orderShape } from '../../../cloudfunctions/shared/domain/shapes'
import type { Document } from '../../../cloudfunctions/shared/store/database'

export interface Step {
  collection: string
  /** @returns the same object if nothing changes; undefined if the document is broken and must stay as it is */
  change(document: Document): Document | undefined
}

export interface Migration {
  /** number of the schema that the documents have after this migration */
  to: number
  /** what the migration changes, in words for the person who deploys */
  what: string
  steps: readonly Step[]
}

const step = <T extends Document>(
  collection: string,
  isWhole: (document: unknown) => boolean,
  fieldsOf: (document: T) => Partial<T>,
): Step => ({
  collection,
  change(document) {
    if (!isWhole(document)) return undefined
    const fields = fieldsOf(document as T)
    const names = Object.keys(fields) as (keyof T)[]
    const isThere = (name: keyof T) => JSON.stringify((document as T)[name]) === JSON.stringify(fields[name])
    return names.every(isThere) ? document : { ...document, ...fields, version: document.version + 1 }
  },
})

export const migrations: readonly Migration[] = [
  {
    to: 2,
    what: 'orders get queues of their own for refunds and payments, and name the settings that they still need; contracts name theirs',
    steps: [
      step<Order>(
        'orders',
        (one) => isSound(one, orderShape),
        (order) => ({
          ...derivedOf(order),
          shipSince: order.shipSince ?? null,
        }),
      ),
      step<Contract>(
        'contracts',
        (one) => isSound(one, contractShape),
        ({ generation = 1 }) => ({ generation }),
      ),
    ],
  },
]
