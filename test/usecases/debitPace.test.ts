// Tests how fast the timer sends debits. WeChat Pay accepts 150 debits per second from one merchant
// (docs/provider-facts.md 6.5).
import { openContract } from '../../cloudfunctions/shared/usecases/contracts/openContract'
import { workDueContracts } from '../../cloudfunctions/shared/usecases/due/workDueContracts'
import { beijing, type Club, monthly, openClub } from '../support/club'
import { StillTime } from '../support/stillTime'

const contracts = 320
const secondMs = 1_000

/** Many people sign at the same time, so that the first charges of all contracts are due. */
async function signAll(club: Club): Promise<void> {
  for (let index = 0; index < contracts; index++) {
    const ctx = club.as(`shopper-${index}`)
    const contractNo = club.newNumber()
    await openContract(ctx, { contractNo, plan: 'monthly' })
    club.papay.sign(contractNo, monthly.template, ctx.openid, club.now)
    await club.notifySigned(contractNo)
  }
}

const mostInOneSecond = (times: readonly number[]): number =>
  Math.max(...times.map((from) => times.filter((at) => at >= from && at < from + secondMs).length))

it('the worst second stays below the limit, also when many charges waited for one slow insert', async () => {
  const club = openClub(beijing('2026-01-31T10:00:00'))
  await signAll(club)
  const time = new StillTime()
  const sentAt: number[] = []
  club.papay.onDebit = () => void sentAt.push(time.at)
  let insertMs = secondMs
  const takesTime = async <T>(work: () => Promise<T>): Promise<T> => {
    const ms = insertMs
    insertMs = 1
    await time.pause(ms)
    return work()
  }
  const db = {
    ...club.db,
    insert: (...args: Parameters<typeof club.db.insert>) => takesTime(() => club.db.insert(...args)),
    insertAll: (...args: Parameters<typeof club.db.insertAll>) => takesTime(() => club.db.insertAll(...args)),
  }
  const ctx = { ...club.ctx, db, pause: time.pause, elapsed: () => time.at }
  await time.spend(() => workDueContracts(ctx, () => true))
  expect(sentAt).toHaveLength(contracts)
  const most = mostInOneSecond(sentAt)
  expect(most).toBeLessThan(150)
  // The slow insert delayed some charges, and their debits were then sent together with others. The busiest second
  // therefore has more debits than the usual pace.
  expect(most).toBeGreaterThan(120)
})
