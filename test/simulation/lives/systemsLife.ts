// A simulated life about an order of which other systems of the merchant hear. Staff add an endpoint, switch it off and
// on, replace its secret and send deliveries again. A connected system asks for an order of its own, several times at
// once, and hears of the payment at its `bgUrl`.
import type { Order } from '../../../cloudfunctions/shared/domain/orders/orderShape'
import { browserApp } from '../../../cloudfunctions/shared/domain/person'
import type { PayDomain } from '../../../cloudfunctions/shared/domain/requests/payDomain'
import { type PayRequest, sealDomainSecret } from '../../../cloudfunctions/shared/store/domains'
import { payOrder } from '../../../cloudfunctions/shared/usecases/orders/payOrder'
import { audited } from '../../../cloudfunctions/shared/usecases/staff/audited'
import { resendAsStaff } from '../../../cloudfunctions/shared/usecases/staff/manageDeliveries'
import { changeEndpointAsStaff } from '../../../cloudfunctions/shared/usecases/staff/manageEndpoints'
import type { PayContext } from '../../../cloudfunctions/shared/usecases/web/requests/context'
import { placeRequest } from '../../../cloudfunctions/shared/usecases/web/requests/placeRequest'
import type { Random } from '../random'
import { type AnyContext, secrets } from '../shop'
import { raceSecret, Systems } from '../systems'
import type { WorldOptions } from '../world'
import { ContractLife } from './contractLife'
import { earliest, type Heard, hour, minute, ordersDueAt } from './life'
import { OrderLife } from './orderLife'

const changeEndpoint = audited('changeEndpoint', changeEndpointAsStaff)
const resend = audited('resend', resendAsStaff)

const names = ['books', 'stock', 'club'] as const

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
  private readonly systems: Systems

  constructor(options: WorldOptions) {
    super(options)
    const { world, shop, random } = this
    this.systems = new Systems(world, shop, this.liveUntil)
    for (const name of names.slice(0, 1 + random.below(names.length))) this.systems.begin(name)
    this.actor('staff of the endpoints', 0.5, (own) => this.manageEndpoints(own))
    this.actor('race', 0.4, (own) => this.race(own))
  }

  protected override timerWork(ctx: AnyContext, hasTime: () => boolean): Promise<unknown> {
    const orders = this.hasWork(ordersDueAt(this.shop)) && super.timerWork(ctx, hasTime)
    return Promise.allSettled([orders, this.hasWork(this.systems.dueAt()) && this.systems.work(ctx, hasTime)])
  }

  // The timer starts in the constructor of the base class, before there are any systems.
  override dueAt(): number | null {
    return earliest(ordersDueAt(this.shop), (this.systems as Systems | undefined)?.dueAt() ?? null)
  }

  override checkMore(): void {
    this.systems.check(this.isCalm && !this.timerStopped)
    const { world, shop } = this
    const made = shop.store.all<Order>('orders').filter(({ domain }) => domain !== undefined)
    if (made.length > 1) world.fail('one request makes one order', made.map(({ _id }) => _id).join(', '))
  }

  private async manageEndpoints(random: Random): Promise<void> {
    const { world, shop, orderNo, systems } = this
    const name = 'staff'
    const change = async (what: string, input: Parameters<typeof changeEndpoint>[1]) => {
      let secret: string | undefined
      await this.act(name, what, async (key) => {
        const heard = await this.runAsStaff('changeEndpoint', name, key, (ctx) => changeEndpoint(ctx, input))
        if (heard.ok) secret = heard.value.secret ?? undefined
      })
      return secret
    }
    const deeds = 1 + random.below(3)
    for (let nth = 1; nth <= deeds; nth++) {
      await world.sleep(random.below(random.pick([minute, 20 * minute, hour])))
      const id = random.pick(names)
      const deed = random.pick(['add', 'off', 'secret', 'resend', 'resend one'])
      if (deed === 'add' && !systems.endpoint('till')) {
        const till = systems.add('till')
        till.learn(await change(`adds an endpoint, ${nth}`, { add: { id: 'till', url: till.url, note: '' } }))
      } else if (deed === 'off' && systems.endpoint(id)) {
        await change(`switches ${id} off, ${nth}`, { switchOff: id })
        await world.sleep(random.below(hour))
        if (random.happens(0.7)) await change(`switches ${id} on, ${nth}`, { switchOn: id })
      } else if (deed === 'secret' && systems.endpoint(id)) await this.replaceSecret(id, nth, random, change)
      else if (deed === 'resend' && shop.store.all('deliveries').length > 0)
        await this.act(name, `sends the deliveries again, ${nth}`, (key) =>
          this.runAsStaff('resend', name, key, (ctx) => resend(ctx, { which: { orderNo } })),
        )
      else if (deed === 'resend one') {
        const [first] = shop.store.all('deliveries')
        if (first)
          await this.act(name, `sends a delivery again, ${nth}`, (key) =>
            this.runAsStaff('resend', name, key, (ctx) => resend(ctx, { which: { id: first._id } })),
          )
      }
    }
  }

  /** The other system moves to the new secret before the old one ends, as docs/webhooks.md says. */
  private async replaceSecret(
    id: string,
    nth: number,
    random: Random,
    change: (what: string, input: Parameters<typeof changeEndpoint>[1]) => Promise<string | undefined>,
  ): Promise<void> {
    const { world, systems } = this
    // The page offers no third secret.
    if (systems.endpoint(id)?.nextSecret !== null) return
    const secret = await change(`replaces the secret of ${id}, ${nth}`, { newSecret: id })
    if (secret === undefined) return
    await world.sleep(random.below(20 * minute))
    systems.system(id)?.learn(secret)
    await world.sleep(random.below(20 * minute))
    await change(`ends the old secret of ${id}, ${nth}`, { endOldSecret: id })
  }

  private async race(random: Random): Promise<void> {
    const { world, shop } = this
    const bgUrl = this.systems.beginRace(race)
    const signed = { requestKey: 'entry-1', info: '半程马拉松', money: '2500', currencyType: 'CNY', bgUrl }
    const ask = (key: string, money = signed.money) =>
      this.run('order', key, '', (ctx) =>
        placeRequest(asPayContext(ctx), { domain: race, signed: { ...signed, money }, payType: undefined, openid: '' }),
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

// Making the order of a request needs the shop's context and the place of the browser, and nothing else of `web`.
const asPayContext = (ctx: AnyContext): PayContext => ({ ...ctx, place: 'pc' }) as unknown as PayContext

/** A simulated life about a contract of whose events other systems hear. */
export class ContractSystemsLife extends ContractLife {
  private readonly systems: Systems

  constructor(options: WorldOptions) {
    super(options)
    this.systems = new Systems(this.world, this.shop, this.liveUntil)
    for (const name of names.slice(0, 1 + this.random.below(2))) this.systems.begin(name)
  }

  protected override timerWork(ctx: AnyContext, hasTime: () => boolean): Promise<unknown> {
    const contracts = super.timerWork(ctx, hasTime)
    return Promise.allSettled([contracts, this.hasWork(this.systems.dueAt()) && this.systems.work(ctx, hasTime)])
  }

  override dueAt(): number | null {
    return earliest(super.dueAt(), (this.systems as Systems | undefined)?.dueAt() ?? null)
  }

  override checkMore(): void {
    super.checkMore()
    this.systems.check(this.isCalm && !this.timerStopped)
  }
}
