// A shop in memory with webhook endpoints. Events are really signed and sent, to receivers on this machine.
import type { Delivery } from '../../cloudfunctions/shared/domain/telling/delivery'
import type { Endpoint } from '../../cloudfunctions/shared/domain/telling/endpoint'
import { createOutgoing } from '../../cloudfunctions/shared/runtime/outgoing'
import { createWebhooks } from '../../cloudfunctions/shared/runtime/webhooks'
import { type Sealer, sealerFor } from '../../cloudfunctions/shared/store/settings'
import { workDeliveries } from '../../cloudfunctions/shared/usecases/due/workDeliveries'
import { workOutbox } from '../../cloudfunctions/shared/usecases/due/workOutbox'
import type { EnabledProvider, ShopperContext } from '../../cloudfunctions/shared/usecases/platform/context'
import { openShop, type Shop } from './shop'

const keys = [Buffer.alloc(32, 7)] as const

export interface TellingShop extends Shop {
  /** adds an endpoint. @returns the endpoint's id and secret */
  addEndpoint(url: string, fields?: Partial<Endpoint>): { id: string; secret: string }
  endpoint(id: string): Endpoint
  deliveries(): Delivery[]
  /** makes another function instance, with empty memory */
  instance(): ShopperContext
  /** encrypts and decrypts the endpoints' secrets */
  sealer: Sealer
  /** runs the timer's deliveries once */
  tellDue(ctx?: ShopperContext): Promise<{ worked: number; failed: number }>
}

/** @param others the providers that the shop has besides the fake one */
export function openTellingShop(...others: EnabledProvider[]): TellingShop {
  const shop = openShop(...others)
  const sealer = sealerFor('webhook secret', keys)
  const instance = (): ShopperContext => ({
    ...shop.ctx,
    webhooks: createWebhooks({ db: shop.db, sealer, now: shop.ctx.now }, createOutgoing({ isLocal: true })),
  })
  const ctx = instance()
  let count = 0
  return {
    ...shop,
    ctx,
    sealer,
    instance,
    addEndpoint(url, fields = {}) {
      const { secret, sealed } = ctx.webhooks.newSecret()
      count += 1
      const id = `endpoint${count}`
      shop.db.put<Endpoint>('endpoints', {
        _id: id,
        version: 1,
        domain: null,
        url,
        note: '',
        state: 'on',
        offBecause: null,
        createdAt: count,
        secret: sealed,
        nextSecret: null,
        failingSince: null,
        isSlow: false,
        okAt: null,
        ...fields,
      })
      return { id, secret }
    },
    endpoint: (id) => shop.db.all<Endpoint>('endpoints').find(({ _id }) => _id === id) as Endpoint,
    deliveries: () => shop.db.all<Delivery>('deliveries'),
    async tellDue(of = ctx) {
      await workOutbox(of, () => true)
      return workDeliveries(of, () => true)
    },
  }
}
