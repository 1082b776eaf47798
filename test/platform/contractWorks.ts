// Adds contracts to a random history: people sign contracts, end them and pay missed charges by hand at WeChat's fake
// server. WeChat's notifications arrive late, twice or in the wrong order. The timer makes the charges, as in the shop.
import { placeContract } from '../../cloudfunctions/shared/domain/contract'
import { type Contract, openCharge } from '../../cloudfunctions/shared/domain/contractShape'
import type { ContractReport, Notice } from '../../cloudfunctions/shared/providers/provider'
import { payOrder } from '../../cloudfunctions/shared/usecases/orders/payOrder'
import type { ShopperContext } from '../../cloudfunctions/shared/usecases/platform/context'
import { receiveNotice } from '../../cloudfunctions/shared/usecases/settle/receiveNotice'
import type { Random } from '../simulation/random'
import { createFakePapay, type FakePapay } from '../support/fakes/fakePapay'
import { createFakeProvider } from '../support/fakes/fakeProvider'
import { payMain } from '../support/shop'
import type { TellingShop } from '../support/tellingShop'
import { monthlyTerms } from '../support/terms'

const contractsMost = 2

export interface Club {
  shop: TellingShop
  random: Random
  papay: FakePapay
  /** the numbers of the contracts */
  contracts: string[]
  /** all that WeChat has reported about contracts so far; WeChat may repeat any of these reports */
  reports: { contractNo: string; report: ContractReport }[]
}

type Work = (ctx: ShopperContext) => Promise<unknown>

export function createPapay(): FakePapay {
  const papay = createFakePapay(createFakeProvider().provider)
  const { template, debitRule: rule, period, amountKind: kind, ceilingFen: fen } = monthlyTerms
  papay.templates.set(template, { rule, period, amount: { kind, fen } })
  return papay
}

/**
 * Opens the contracts. The shop tries no charge a second time: after one failure a charge counts as missed. So even a
 * short history contains missed charges.
 */
export function openContracts({ shop, random, contracts }: Club): void {
  shop.settings.retryDays = []
  shop.settings.graceDays = random.pick([0, 7, 7])
  for (let count = 0; count < contractsMost; count++) {
    const contractNo = `2026070111000${count}contrac${count}`
    const opening = { contractNo, openid: `o${count}`, provider: 'papay', terms: monthlyTerms, displayName: '' }
    shop.db.put<Contract>('contracts', placeContract({ ...opening, now: shop.ctx.now() }))
    contracts.push(contractNo)
  }
}

/**
 * Sets how WeChat answers from now on.
 * @param isCalm true: no call gets lost any more, and every wallet has enough money
 */
export function setWeather({ random, papay }: Pick<Club, 'random' | 'papay'>, isCalm: () => boolean): void {
  papay.line = () => (!isCalm() && random.happens(0.1) ? random.pick(['down', 'lost'] as const) : 'fine')
  papay.word = () =>
    !isCalm() && random.happens(0.5) ? random.pick(['NOTENOUGH', 'ACCOUNTERROR'] as const) : 'SUCCESS'
}

const tell = (ctx: ShopperContext, notice: Notice) =>
  receiveNotice(ctx, 'papay', {
    method: 'POST',
    path: '/notify/papay',
    query: {},
    headers: { sign: 'good' },
    body: Buffer.from(JSON.stringify(notice)),
  })

/** A subscriber signs or ends a contract at WeChat. WeChat then notifies us of this change or of an earlier change. */
export function signOrEnd({ shop, random, papay, contracts, reports }: Club): Work {
  const contractNo = random.pick(contracts)
  const { openid } = shop.db.peek<Contract>('contracts', contractNo) as Contract
  if (random.happens(0.75)) papay.sign(contractNo, monthlyTerms.template, openid, shop.ctx.now())
  else papay.terminate(contractNo, shop.ctx.now())
  reports.push({ contractNo, report: papay.signNotice(contractNo) })
  const told = random.happens(0.7) ? reports[reports.length - 1] : random.pick(reports)
  return (ctx) => tell(ctx, { about: 'contract', ...(told as (typeof reports)[number]) })
}

/** WeChat notifies us of the result of a debit. */
export function tellDebit({ shop, random, papay }: Club): Work {
  const debit = papay.taken.length > 0 ? random.pick(papay.taken) : undefined
  if (!debit) return async () => undefined
  const paymentNo = debit.out_trade_no
  const report = papay.debitReport(paymentNo, shop.ctx.now())
  return (ctx) => tell(ctx, { about: 'payment', paymentNo, report })
}

/** A subscriber pays a missed charge by hand. */
export function payMissed({ shop, random, contracts }: Club): Work {
  const contract = shop.db.peek<Contract>('contracts', random.pick(contracts)) as Contract
  const charge = openCharge(contract)
  if (charge?.state !== 'pastDue') return async () => undefined
  return async (ctx) => {
    const { paymentNo } = await payOrder({ ...ctx, openid: contract.openid }, payMain(charge.orderNo))
    shop.fake.pay(paymentNo)
    const news = { paymentNo, outcome: 'paid', amountFen: charge.amountFen, currency: 'CNY' }
    const request = { method: 'POST', path: '/notify/fake', query: {}, headers: { sign: 'good' } }
    await receiveNotice(ctx, 'fake', { ...request, body: Buffer.from(JSON.stringify(news)) })
  }
}
