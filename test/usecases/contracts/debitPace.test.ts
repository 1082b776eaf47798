// Tests how fast the timer sends debits. WeChat Pay accepts 150 debits per second from one merchant
// (docs/provider-facts.md 6.5).
import { openContract } from '../../../cloudfunctions/shared/usecases/contracts/openContract'
import { workDueContracts } from '../../../cloudfunctions/shared/usecases/due/workDueContracts'
import { beijing, type Club, monthly, openClub } from '../../support/club'
import { StillTime } from '../../support/fakes/stillTime'

const contracts = 320
// 95 % of the timer's own pace of 130 debits a second.
const wantedPerSecond = 123
const secondMs = 1_000

let signed = 0

/** Many people sign at the same time, so that the first charges of all contracts are due. */
async function signAll(club: Club): Promise<void> {
  for (let index = 0; index < contracts; index++) {
    const ctx = club.as(`shopper-${signed++}`)
    const contractNo = club.newNumber()
    await openContract(ctx, { contractNo, plan: 'monthly' })
    club.papay.sign(contractNo, monthly.template, ctx.openid, club.now)
    await club.notifySigned(contractNo)
  }
}

const mostInOneSecond = (times: readonly number[]): number =>
  Math.max(...times.map((from) => times.filter((at) => at >= from && at < from + secondMs).length))

/** A database in which each write and search takes some time, on the clock of the test. */
function slowDatabase({ db }: Club, takes: <T>(collection: string, work: () => Promise<T>) => Promise<T>): Club['db'] {
  return {
    ...db,
    insert: (name, one) => takes(name, () => db.insert(name, one)),
    insertAll: (name, all) => takes(name, () => db.insertAll(name, all)),
    change: (name, ...rest) => takes(name, () => db.change(name, ...rest)),
    find: (name, what) => takes(name, () => db.find(name, what)),
  }
}

it('the worst second stays below the limit, also when many charges waited for one slow insert', async () => {
  const club = openClub(beijing('2026-01-31T10:00:00'))
  await signAll(club)
  const time = new StillTime()
  const sentAt: number[] = []
  club.papay.onDebit = () => void sentAt.push(time.at)
  let insertMs = secondMs
  const db = slowDatabase(club, async (collection, work) => {
    if (collection !== 'orders') return work()
    const ms = insertMs
    insertMs = 1
    await time.pause(ms)
    return work()
  })
  const ctx = { ...club.ctx, db, pause: time.pause, elapsed: () => time.at }
  await time.spend(() => workDueContracts(ctx, () => true))
  expect(sentAt).toHaveLength(contracts)
  expect(mostInOneSecond(sentAt)).toBeLessThanOrEqual(130)
})

it('uses nearly the whole limit while each step takes its time', async () => {
  const club = openClub(beijing('2026-01-31T10:00:00'))
  for (let times = 0; times < 3; times++) await signAll(club)
  const time = new StillTime()
  const sentAt: number[] = []
  club.papay.onDebit = () => void sentAt.push(time.at)
  const db = slowDatabase(club, async (_, work) => {
    await time.pause(12 + (sentAt.length % 17))
    return work()
  })
  const ctx = { ...club.ctx, db, pause: time.pause, elapsed: () => time.at }
  await time.spend(() => workDueContracts(ctx, () => true))
  expect(sentAt).toHaveLength(3 * contracts)
  const seconds = ((sentAt.at(-1) ?? 0) - (sentAt[0] ?? 0)) / secondMs
  expect(sentAt.length / seconds).toBeGreaterThan(wantedPerSecond)
  expect(mostInOneSecond(sentAt)).toBeLessThanOrEqual(130)
})

/** A test shop with contracts whose first charges are all due. The test moves its clock. */
async function dueClub() {
  const club = openClub(beijing('2026-01-31T10:00:00'))
  await signAll(club)
  const time = new StillTime()
  const sentAt: number[] = []
  club.papay.onDebit = () => void sentAt.push(time.at)
  const startedAt = club.now
  const ctx = { ...club.ctx, now: () => startedAt + time.at, pause: time.pause, elapsed: () => time.at }
  return { club, time, sentAt, run: (hasTime = () => true) => workDueContracts(ctx, hasTime) }
}

it('two overlapping runs of the timer stay below the limit together', async () => {
  const { club, time, sentAt, run } = await dueClub()
  await time.spend(() => Promise.all([run(), run()]))
  expect(new Set(sentAt).size).toBeGreaterThan(1)
  expect(sentAt).toHaveLength(contracts)
  expect(mostInOneSecond(sentAt)).toBeLessThan(150)
  expect(club.logged.some((text) => text.includes('debitsElsewhere'))).toBe(true)
})

it('a killed run keeps the turn for a minute; the next run then charges the others', async () => {
  const { club, time, sentAt, run } = await dueClub()
  await club.db.insert('jobs', {
    _id: 'debitTurn',
    version: 1,
    kind: 'debitTurn',
    holder: 'killed',
    until: club.now + 60_000,
  } as never)
  await time.spend(() => run())
  expect(sentAt).toEqual([])
  await time.spend(() => time.pause(57 * secondMs))
  await time.spend(() => run())
  expect(sentAt).toHaveLength(contracts)
})

it('a turn that a clock an hour ahead has written stops nobody', async () => {
  const { club, time, sentAt, run } = await dueClub()
  const turn = { _id: 'debitTurn', version: 1, kind: 'debitTurn', holder: 'killed', until: club.now + 3_660_000 }
  await club.db.insert('jobs', turn as never)
  await time.spend(() => run())
  expect(sentAt).toHaveLength(contracts)
})

it.each(['find', 'take'] as const)('a run whose database failed (%s) gives the turn back', async (failing) => {
  const { club, time, sentAt, run } = await dueClub()
  const { find, insert } = club.db
  club.db.insert = async (collection, document) => {
    await insert(collection, document)
    if (collection !== 'jobs') return
    if (failing === 'find') club.db.find = async () => Promise.reject(new Error('no answer'))
    else throw new Error('reply lost')
  }
  await time.spend(() => run().catch(() => undefined))
  Object.assign(club.db, { find, insert })
  await time.spend(() => run())
  expect(sentAt).toHaveLength(contracts)
})

it('a run that ended leaves the turn to the next one', async () => {
  const { time, sentAt, run } = await dueClub()
  let finds = 0
  await time.spend(() => run(() => ++finds < 60))
  const first = sentAt.length
  expect(first).toBeGreaterThan(0)
  expect(first).toBeLessThan(contracts)
  await time.spend(() => run())
  expect(sentAt).toHaveLength(contracts)
})
