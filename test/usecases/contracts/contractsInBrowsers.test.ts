// Tests how a shopper signs contracts in a browser: who may sign, how often, and under which app WeChat is queried
// about the contracts.
import type { PaymentRef } from '../../../cloudfunctions/shared/providers/provider'
import { openContract } from '../../../cloudfunctions/shared/usecases/contracts/openContract'
import type { ShopperContext } from '../../../cloudfunctions/shared/usecases/platform/context'
import { beijing, type Club, hour, monthly, openClub } from '../../support/club'

const start = beijing('2026-01-31T10:00:00')
const official = { app: 'wxOfficial', place: 'wechat' as const }

const inWechat = (club: Club, openid: string): ShopperContext => ({ ...club.as(openid), ...official })
const open = (club: Club, ctx: ShopperContext, contractNo = club.newNumber()) =>
  openContract(ctx, { contractNo, plan: 'monthly' })

describe('in WeChat’s browser', () => {
  it.each([
    ['who is not signed in', { app: 'browser' }],
    ['whose app is unknown', {}],
  ])('a person %s signs nothing, and no contract is stored', async (_, app) => {
    const club = openClub(start)
    const ctx = { ...club.as('someone'), place: 'wechat' as const, ...app }
    await expect(open(club, ctx)).rejects.toMatchObject({ code: 'Unsupported' })
    expect(club.db.all('contracts')).toEqual([])
    await expect(open(club, inWechat(club, 'someone'))).resolves.toMatchObject({ signing: { path: '' } })
  })

  it('debits are asked about and closed under the app of the signing', async () => {
    const club = openClub(start)
    const asked: (string | undefined)[] = []
    const { provider } = club.papay.enabled
    const { query } = provider
    Object.assign(provider, {
      query: (payment: PaymentRef) => {
        asked.push(payment.debitApp)
        return query(payment)
      },
    })
    const ctx = inWechat(club, 'official-a')
    const contractNo = club.newNumber()
    await open(club, ctx, contractNo)
    club.papay.sign(contractNo, monthly.template, ctx.openid, club.now)
    await club.notifySigned(contractNo)
    await club.until(club.now + hour)
    expect(club.contract(contractNo)).toMatchObject({ charges: [{ state: 'paid' }] })
    expect(asked.length).toBeGreaterThan(0)
    expect(new Set(asked)).toEqual(new Set(['wxOfficial']))
  })
})

describe('signings without a result', () => {
  const limited = (limits: object): Club => {
    const club = openClub(start, [monthly, { ...monthly, _id: 'other' }])
    Object.assign(club.settings.limits, limits)
    return club
  }

  it('of one person are as many as open orders may be, over all plans; the same number is never refused', async () => {
    const club = limited({ openOrders: 3 })
    const first = club.newNumber()
    await open(club, club.ctx, first)
    await open(club, club.ctx)
    await openContract(club.ctx, { contractNo: club.newNumber(), plan: 'other' })
    await expect(open(club, club.ctx)).rejects.toMatchObject({ code: 'Conflict', limit: 'openOrders' })
    await expect(open(club, club.ctx, first)).resolves.toMatchObject({ contract: { contractNo: first } })
    await open(club, club.as('shopper-b'))
    expect(club.db.all('contracts')).toHaveLength(4)
    // Nobody signed these contracts, so the signings fail, and the person may begin new ones.
    await club.until(club.now + hour)
    await open(club, club.ctx)
  })

  it('of browsers without a sign-in are limited by their network address, with each new cookie', async () => {
    const club = limited({ ordersPerAddress: 2 })
    const browser = (openid: string, addressMark: string): ShopperContext => ({
      ...club.as(openid),
      app: 'browser',
      place: 'mobile',
      addressMark,
    })
    for (const cookie of ['a', 'b']) await open(club, browser(cookie, 'home'))
    await expect(open(club, browser('c', 'home'))).rejects.toMatchObject({ limit: 'ordersPerAddress' })
    await open(club, browser('c', 'office'))
    expect(club.db.all('contracts')).toHaveLength(3)
  })
})
