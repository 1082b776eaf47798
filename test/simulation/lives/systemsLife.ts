// Simulated lives in which we report events to other systems of the merchant. Staff add an endpoint, switch it off and
// on, replace its secret and send deliveries again. A connected system sends the same request for an order several times
// at once. We report the payment of that order to the system's `bgUrl`.
import type { Order } from '../../../cloudfunctions/shared/domain/orders/orderShape'
import { browserApp } from '../../../cloudfunctions/shared/domain/person'
import type { PayDomain } from '../../../cloudfunctions/shared/domain/requests/payDomain'
import { type PayRequest, sealDomainSecret } from '../../../cloudfunctions/shared/store/domains'
import { payOrder } from '../../../cloudfunctions/shared/usecases/orders/payOrder'
import { audited } from '../../../cloudfunctions/shared/usecases/staff/audited'
import { resendAsStaff } from '../../../cloudfunctions/shared/usecases/staff/manageDeliveries'
import { changeEndpointAsStaff } from '../../../cloudfunctions/shared/usecases/staff/manageEndpoints'
import { placeRequest } from '../../../cloudfunctions/shared/usecases/web/requests/placeRequest'
import type { Random } from '../random'
import { secrets } from '../shop'
import { raceSecret, Systems } from '../systems'
import type { WorldOptions } from '../world'
import { ContractLife } from './contractLife'
import { type Heard, hour, minute } from './life'
import { OrderLife } from './orderLife'

const changeEndpoint = audited('changeEndpoint', changeEndpointAsStaff)
const resend = audited('resend', resendAsStaff)

const names = ['books', 'stock', 'club'] as const
const staff = 'staff'

const race: PayDomain = {
  _id: 'race',
  version: 1,
  name: 'race',
  state: 'open',
  secret: sealDomainSecret(secrets, 'race', raceSecret),
  nextSecret: null,
  usesNext: false,
  signature: 'values',
  origins: [],
  hosts: [],
  channels: ['Wechat'],
  rates: [''],
  requestChannels: [''],
  bareOpenid: false,
  createdAt: 0,
}

export class SystemsLife extends OrderLife {
  protected override readonly systems: Systems

  constructor(options: WorldOptions) {
    super(options)
    const { world, shop, random } = this
    this.systems = new Systems(world, shop, this.liveUntil)
    for (const name of names.slice(0, 1 + random.below(names.length))) this.systems.begin(name)
    this.actor('staff of the endpoints', 0.5, (own) => this.manageEndpoints(own))
    this.actor('race', 0.4, (own) => this.race(own))
  }

  override checkMore(): void {
    const { world, shop } = this
    const made = shop.store.all<Order>('orders').filter(({ domain }) => domain !== undefined)
    if (made.length > 1) world.fail('one request makes one order', made.map(({ _id }) => _id).join(', '))
  }

  private async manageEndpoints(random: Random): Promise<void> {
    const { world, shop, orderNo, systems } = this
    const deeds = 1 + random.below(3)
    for (let nth = 1; nth <= deeds; nth++) {
      await world.sleep(random.below(random.pick([minute, 20 * minute, hour])))
      const id = random.pick(names)
      const deed = random.pick(['add', 'off', 'secret', 'resend', 'resend one'])
      if (deed === 'add' && !systems.endpoint('till')) {
        const till = systems.add('till')
        till.learn(await this.change(`adds an endpoint, ${nth}`, { add: { id: 'till', url: till.url, note: '' } }))
      } else if (deed === 'off' && systems.endpoint(id)) {
        await this.change(`switches ${id} off, ${nth}`, { switchOff: id })
        await world.sleep(random.below(hour))
        if (random.happens(0.7)) await this.change(`switches ${id} on, ${nth}`, { switchOn: id })
      } else if (deed === 'secret' && systems.endpoint(id)) await this.replaceSecret(id, nth, random)
      else if (deed === 'resend') await this.resend(`sends the deliveries again, ${nth}`, { orderNo })
      else if (deed === 'resend one') {
        const id = shop.store.all('deliveries')[0]?._id ?? ''
        await this.resend(`sends a delivery again, ${nth}`, { id })
      }
    }
  }

  /** Lets staff change an endpoint. @returns the new secret, if there is one and staff hear of it */
  private async change(what: string, input: Parameters<typeof changeEndpoint>[1]): Promise<string | undefined> {
    let secret: string | undefined
    await this.act(staff, what, async (key) => {
      const heard = await this.runAsStaff('changeEndpoint', staff, key, (ctx) => changeEndpoint(ctx, input))
      if (heard.ok) secret = heard.value.secret ?? undefined
    })
    return secret
  }

  private async resend(what: string, which: Parameters<typeof resend>[1]['which']): Promise<void> {
    if (this.shop.store.all('deliveries').length === 0) return
    await this.act(staff, what, (key) => this.runAsStaff('resend', staff, key, (ctx) => resend(ctx, { which })))
  }

  /** The other system moves to the new secret before the old one ends, as docs/webhooks.md says. */
  private async replaceSecret(id: string, nth: number, random: Random): Promise<void> {
    const { world, systems } = this
    // The page offers no third secret.
    if (systems.endpoint(id)?.nextSecret !== null) return
    const secret = await this.change(`replaces the secret of ${id}, ${nth}`, { newSecret: id })
    if (secret === undefined) return
    await world.sleep(random.below(20 * minute))
    systems.system(id)?.learn(secret)
    await world.sleep(random.below(20 * minute))
    await this.change(`ends the old secret of ${id}, ${nth}`, { endOldSecret: id })
  }

  private async race(random: Random): Promise<void> {
    const { world, shop } = this
    const bgUrl = this.systems.beginRace(race)
    const signed = { requestKey: 'entry-1', info: '半程马拉松', money: '2500', currencyType: 'CNY', bgUrl }
    const ask = (key: string, money = signed.money) =>
      this.run('order', key, '', (ctx) =>
        placeRequest(
          { ...ctx, place: 'pc' },
          { domain: race, signed: { ...signed, money }, payType: undefined, openid: '' },
        ),
      )
    const check = (heard: Heard<Order>) => {
      const request = shop.store.peek<PayRequest>('requests', 'race:entry-1')
      if (heard.ok && heard.value._id !== request?.orderNo)
        world.fail('one request makes one order', `${heard.value._id}, and ${request?.orderNo} is stored`)
    }
    await world.sleep(random.below(20 * minute))
    for (let tries = 1; tries <= 3; tries++) {
      await this.act('race', `asks for its order, ${tries}`, async (key) => {
        const heard = await Promise.all(random.happens(0.5) ? [ask(key), ask(`${key}b`)] : [ask(key)])
        for (const one of heard) check(one)
        if (heard.length > 1) world.reached.add('request sent twice at once')
      })
      await world.sleep(random.below(random.pick([200, 30_000])))
    }
    const order = shop.store.all<Order>('orders').find(({ domain }) => domain !== undefined)
    if (!order) return
    await this.act('race', 'asks with another amount', async (key) => {
      const heard = await ask(key, '1')
      if (heard.ok) world.fail('a request with other fields is refused', order._id)
    })
    await this.act('race', 'sends its runner to pay', async (key) => {
      const { openid, _id: orderNo } = order
      const heard = await this.run('order', key, openid, (ctx) =>
        payOrder({ ...ctx, app: browserApp }, { orderNo, provider: 'alpha', channel: 'main' }),
      )
      if (!heard.ok) return
      const { paymentNo } = heard.value
      world.after(random.below(10 * minute), () => {
        if (world.may(`${key} sheet`)) shop.bankWith('alpha', paymentNo)?.pay(paymentNo)
      })
    })
  }
}

/** A simulated life about a contract of whose events other systems hear. */
export class ContractSystemsLife extends ContractLife {
  protected override readonly systems: Systems

  constructor(options: WorldOptions) {
    super(options)
    this.systems = new Systems(this.world, this.shop, this.liveUntil)
    for (const name of names.slice(0, 1 + this.random.below(2))) this.systems.begin(name)
  }
}
