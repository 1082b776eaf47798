// Random lives of contracts, each from a seed. People sign, leave, pay and end; WeChat fails, loses or repeats
// messages; the timer stops; the process dies at any write. Then all failures end, and the test compares our records
// with WeChat's. `SEED=n` before jest runs one life and prints it.
import { openCharge } from '../../cloudfunctions/shared/domain/contractShape'
import { periodStart } from '../../cloudfunctions/shared/domain/period'
import type { Plan } from '../../cloudfunctions/shared/store/plans'
import { openContract } from '../../cloudfunctions/shared/usecases/contracts/openContract'
import { endOwnContract, readOwnContract } from '../../cloudfunctions/shared/usecases/contracts/ownContracts'
import { readOwnOrder } from '../../cloudfunctions/shared/usecases/orders/ownOrders'
import { payOrder } from '../../cloudfunctions/shared/usecases/orders/payOrder'
import type { PeriodUnit } from '../../miniprogram/rules/terms'
import type { DebitWord } from '../../tools/sandbox/twin'
import { Random } from '../simulation/random'
import { beijing, type Club, day, hour, minute, monthly, openClub } from './club'

const randomOf = (seed: number): Random => new Random((seed * 2_654_435_761) >>> 0)

const lengths: Record<PeriodUnit, number> = { day, week: 7 * day, month: 31 * day, quarter: 92 * day, year: 366 * day }

function planOf(random: Random): Plan {
  const debitRule = random.pick(['preNotice', 'notice24h'] as const)
  const units: PeriodUnit[] =
    debitRule === 'preNotice' ? ['week', 'month', 'quarter', 'year'] : ['day', 'week', 'month', 'year']
  const ceiling = random.happens(0.3)
  return {
    ...monthly,
    debitRule,
    period: random.happens(0.5) ? 'month' : random.pick(units),
    trialDays: random.happens(0.3) ? 1 + random.below(20) : 0,
    windowDays: debitRule === 'preNotice' && random.happens(0.4) ? random.pick([1, 2, 3] as const) : null,
    amountKind: ceiling ? 'ceiling' : 'fixed',
    ceilingFen: ceiling ? 5_000 : 3_800,
    firstAmountFen: ceiling && random.happens(0.5) ? random.pick([100, 4_900]) : null,
  }
}

// Starts on the last day of a month or year, on a leap day, or on any other day, at any hour.
function startOf(random: Random): number {
  const days = ['2026-01-31', '2027-12-31', '2028-02-29', '2026-08-31', '2026-11-30', '2027-02-28', '2028-01-30']
  const base = random.happens(0.5)
    ? beijing(`${random.pick(days)}T00:00:00`)
    : beijing('2026-01-01T00:00:00') + random.below(1_100) * day
  return base + random.below(86_400) * 1_000
}

class Life {
  readonly told: string[] = []
  readonly club: Club
  readonly random: Random
  readonly plan: Plan
  readonly contractNos: string[] = []
  private readonly owed: { what: 'debit' | 'contract'; no: string; at: number }[] = []
  private faults = 0.04
  private wallet: DebitWord = 'SUCCESS'

  constructor(readonly seed: number) {
    this.random = randomOf(seed)
    this.plan = planOf(this.random)
    this.club = openClub(startOf(this.random), [this.plan], true)
    const { db, papay } = this.club
    papay.skewMs = this.random.happens(0.4) ? (this.random.below(11) - 5) * minute : 0
    let deadUntil = 0
    db.luck = (write) => {
      if (write < deadUntil) return 'notSent'
      if (!this.random.happens(this.faults)) return 'fine'
      // Simulate the death of the process: after one of the next writes, all writes fail until the timer's next run.
      if (this.random.happens(0.5)) deadUntil = write + 1 + this.random.below(6)
      return this.random.pick(['lostReply', 'notSent'])
    }
    papay.line = () => (this.random.happens(this.faults) ? this.random.pick(['down', 'lost']) : 'fine')
    papay.word = () => this.wallet
    papay.onDebit = ({ contractNo }, amountFen) => this.onDebit(contractNo, amountFen)
  }

  private tell(what: string) {
    this.told.push(`${new Date(this.club.now + 8 * hour).toISOString().slice(0, 19)} ${what}`)
  }

  // The rule that a debit broke. The test reports it at the end of the life. If this code threw an error inside of the
  // fake provider, the error would look like a failure of the provider.
  private brokenRule: string | undefined

  private onDebit(contractNo: string, amountFen: number) {
    const contract = this.club.contract(contractNo)
    if (contract.state !== 'active' || contract.ending !== null) this.brokenRule = 'a debit after the end'
    const announced = contract.announcement
    if (announced?.sentAt && !announced.isSpent && amountFen > announced.amountFen)
      this.brokenRule = 'above the announced amount'
    if (amountFen > this.plan.ceilingFen) this.brokenRule = 'above the ceiling'
    this.tell(`debit ${amountFen}`)
  }

  fail(why: string): never {
    throw new Error(`${why}\nseed ${this.seed}, ${JSON.stringify(this.plan)}\n${this.told.join('\n')}`)
  }

  private async attempt(work: () => Promise<unknown>) {
    await work().catch(() => undefined)
  }

  /** A person opens the plan, and signs, refuses or leaves WeChat's page. */
  private async sign() {
    const { club, random } = this
    const contractNo = club.newNumber()
    const opened = await openContract(club.ctx, { contractNo, plan: 'monthly' }).catch(() => undefined)
    if (opened?.signing === null || !club.contract(contractNo)) return
    this.contractNos.push(contractNo)
    if (random.happens(0.12)) return this.tell('left without signing')
    club.now += random.happens(0.9) ? random.below(10 * minute) : random.below(3 * hour)
    const signed = club.papay.sign(contractNo, this.plan.template, 'shopper-a', club.now)
    this.tell(`signed ${contractNo} ${'code' in signed ? signed.code : ''}`)
    this.owe('contract', contractNo, club.now)
    if (random.happens(0.5)) await this.attempt(() => readOwnContract(club.ctx, { contractNo, refresh: true }))
  }

  // Plans a notification: at once, late, twice or never.
  private owe(what: 'debit' | 'contract', no: string, at: number) {
    const { random } = this
    if (random.happens(0.12)) return
    this.owed.push({ what, no, at: random.happens(0.8) ? at : at + random.below(3 * day) })
    if (random.happens(0.15)) this.owed.push({ what, no, at: at + random.below(day) })
  }

  private async deliver() {
    const { club } = this
    const due = this.owed.filter(({ at }) => at <= club.now)
    for (const one of due) {
      const thanked = await (one.what === 'debit' ? club.notifyDebit(one.no) : club.notifySigned(one.no))
      if (thanked) this.owed.splice(this.owed.indexOf(one), 1)
      else one.at += 10 * minute
    }
  }

  private taken = 0
  private async tick() {
    const { club, random } = this
    this.wallet = random.happens(0.75)
      ? 'SUCCESS'
      : random.pick(['NOTENOUGH', 'NOTENOUGH', 'ACCOUNTERROR', 'RULELIMIT', 'BANKERROR', 'SYSTEMERROR'] as const)
    if (this.faults === 0) this.wallet = 'SUCCESS'
    await club.tick()
    for (const debit of club.papay.taken.slice(this.taken))
      this.owe('debit', debit.out_trade_no, debit.resultAt - club.papay.skewMs)
    this.taken = club.papay.taken.length
    await this.deliver()
  }

  private next(): number {
    const times = [this.club.nextDueAt(), ...this.owed.map(({ at }) => at)].filter((at) => at !== null)
    return Math.max(times.length === 0 ? this.club.now + day : Math.min(...times), this.club.now + minute)
  }

  private async person() {
    const { club, random } = this
    const contractNo = this.contractNos.at(-1)
    const contract = contractNo === undefined ? undefined : club.contract(contractNo)
    if (!contract || random.happens(0.2)) return this.sign()
    const act = random.below(6)
    if (act === 0) {
      this.tell('ends here')
      return this.attempt(() => endOwnContract(club.ctx, { contractNo: contract._id }))
    }
    if (act === 1) {
      this.tell('ends in WeChat')
      club.papay.terminate(contract._id, club.now)
      return this.owe('contract', contract._id, club.now)
    }
    if (act === 2) return this.sign()
    if (act === 3) return this.attempt(() => readOwnContract(club.ctx, { contractNo: contract._id, refresh: true }))
    const charge = openCharge(contract)
    if (!charge || charge.tries === 0) return
    await this.payByHand(charge.orderNo)
  }

  private async payByHand(orderNo: string) {
    const { club, random } = this
    const prepared = await payOrder(club.ctx, { orderNo, provider: 'fake', channel: 'main' }).catch(() => undefined)
    if (!prepared) return
    this.tell(`by hand ${prepared.paymentNo}`)
    if (random.happens(0.3)) return
    club.hand.pay(prepared.paymentNo)
    if (random.happens(0.7)) await this.attempt(() => readOwnOrder(club.ctx, { orderNo, refresh: true }))
  }

  async run() {
    const { club, random } = this
    await this.sign()
    const until = club.now + Math.min(lengths[this.plan.period] * (1 + random.below(3)), 400 * day)
    for (let steps = 0; steps < 14 && club.now < until; steps++) {
      if (random.happens(0.1)) await this.person()
      // Sometimes the timer stops for minutes or weeks.
      club.now = this.next() + (random.happens(0.08) ? random.below(20 * day) : 0)
      await this.tick()
    }
    await this.recover()
    this.check()
  }

  /** Ends all failures. From now on all due work must be done. */
  private async recover() {
    const { club } = this
    this.tell('recovers')
    this.faults = 0
    this.owed.length = 0
    // Catching up is slow, because WeChat's limits allow two successful debits per period with a day between them.
    const begunAt = club.now
    const until = begunAt + Math.min(lengths[this.plan.period], 40 * day) + 10 * day
    const taken = club.papay.taken.length
    let steps = 0
    for (; steps < 120; steps++) {
      const dueAt = club.nextDueAt()
      if (dueAt === null || dueAt > until) break
      club.now = Math.max(dueAt, club.now + minute)
      await this.tick()
    }
    if (steps === 120) this.fail('busy without an end')
    club.now = Math.max(club.now, until)
    const live = this.contractNos
      .map((no) => club.contract(no))
      .find(({ state, ending }) => state === 'active' && !ending)
    if (!live || club.papay.taken.length > taken) return
    const owedAt = periodStart(live.anchorAt ?? 0, live.terms.period, openCharge(live)?.period ?? live.nextPeriod)
    if (owedAt < begunAt && lengths[this.plan.period] <= 40 * day) this.fail('a due period was not charged')
  }

  private check() {
    const { club } = this
    if (this.brokenRule !== undefined) this.fail(this.brokenRule)
    if (club.papay.broken.length > 0) this.fail(`against the rules: ${JSON.stringify(club.papay.broken)}`)
    for (const contractNo of this.contractNos) this.checkContract(contractNo)
    const live = this.contractNos.filter((no) => ['active', 'pastDue'].includes(club.contract(no).state))
    if (live.length > 1) this.fail('two contracts of one plan')
  }

  private checkContract(contractNo: string) {
    const { club } = this
    const contract = club.contract(contractNo)
    const orders = club.db.peekAll<
      ReturnType<Club['contract']> & { contract?: { contractNo: string; period: string } }
    >('orders')
    const paid = new Map<string, number>()
    for (const { _id, contract: owner } of orders) {
      if (owner?.contractNo !== contractNo) continue
      const debits = club.papay.taken.filter(({ out_trade_no }) => out_trade_no.startsWith(_id))
      const successes = debits.filter(
        ({ out_trade_no }) => club.papay.debitReport(out_trade_no, club.now).outcome === 'paid',
      )
      const byHand = [...club.hand.ledger].filter(([no, { state }]) => no.startsWith(_id) && state === 'paid')
      paid.set(owner.period, (paid.get(owner.period) ?? 0) + successes.length + byHand.length)
    }
    for (const [period, times] of paid) if (times > 1) this.fail(`period ${period} was paid ${times} times`)
    contract.charges.forEach((charge, index) => {
      if (charge.period !== index) this.fail(`period ${index} was forgotten`)
      const money = paid.get(String(charge.period)) ?? 0
      // Leave out a charge whose debit is in progress, because WeChat may know the result before our record does.
      if (charge.state !== 'charging' && (charge.state === 'paid') !== (money === 1))
        this.fail(`period ${index} is ${charge.state}, paid ${money} times`)
      if (charge.state === 'paid' && !charge.byHand && (charge.paidAt ?? 0) < charge.startsAt - 6 * minute)
        this.fail(`period ${index} was charged before it began`)
      if (charge.state === 'dropped' && contract.state !== 'ended') this.fail(`period ${index} was dropped`)
    })
    if (contract.state === 'signing') this.fail('still signing')
    if (contract.ending !== null) this.fail('WeChat was never told of the end')
    const isThere = club.papay.signNotice(contractNo).outcome
    if (contract.state === 'active' && isThere !== 'signed' && contract.dueAt === null) this.fail('waits for nothing')
    if (contract.state === 'ended' && isThere === 'signed') this.fail('ended here only')
    if (contract.state !== 'active') return
    const { period } = contract.terms
    const owedAt = periodStart(contract.anchorAt ?? 0, period, openCharge(contract)?.period ?? contract.nextPeriod)
    // Only WeChat's limits and time windows may still delay a charge. The charge must be planned for a future time.
    const latestAt = Math.max(owedAt, club.now) + lengths[period] + 12 * day
    if (contract.dueAt === null || contract.dueAt < club.now || contract.dueAt > latestAt)
      this.fail('nothing is planned')
  }
}

const only = process.env.SEED

/** Runs the lives of these seeds. @throws with the whole story of the first life in which a rule was broken */
export async function liveLives(seeds: Iterable<number>): Promise<{ charged: number }> {
  const { setTimeout } = globalThis
  // The code waits between two tries of a write. Fire all timers at once, because the waiting would take most of the
  // test's time.
  globalThis.setTimeout = ((work: () => void) => setImmediate(work)) as never
  try {
    let charged = 0
    for (const seed of only ? [Number(only)] : seeds) {
      const life = new Life(seed)
      await life.run()
      charged += life.club.papay.taken.length
      if (only) console.log(life.told.join('\n'))
    }
    return { charged }
  } finally {
    globalThis.setTimeout = setTimeout
  }
}
