// Bench: measures how fast the timer charges contracts that are all due at once. Uses the real functions, the SDK, the
// emulator and the fake server.

import { spawnSync } from 'node:child_process'
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { applyContractNews, placeContract, requestSerial } from '../../cloudfunctions/shared/domain/contract'
import type { Contract } from '../../cloudfunctions/shared/domain/contractShape'
import { orderNoFrom } from '../../cloudfunctions/shared/domain/orders/orderNo'
import { wechatpay } from '../../cloudfunctions/shared/providers/wechatpay'
import { type Plan, termsOf } from '../../cloudfunctions/shared/store/plans'
import { hourMs } from '../../miniprogram/rules/beijing'
import type { TraceEvent } from '../../packages/cloudbase-emulator/src'
import type { LocalCloud } from '../localCloud'
import { round } from './measure'

const root = resolve(__dirname, '../..')
// The constant of workDueContracts.ts, as it stands in the bundle.
const paceInCode = 'perSecond=130'
const minuteMs = 60_000
const killAfterMs = 5_000
// The killed process had taken at most this many contracts (inParallel of workQueue.ts). They must wait for the end of
// their lease, so the rate does not include them.
const mostTaken = 20
// A longer pause between two debits lies between two runs of the timer.
const betweenRunsMs = 1_000

/** Notes when each debit arrives at the fake server. `onTrace` belongs into the options of the local cloud. */
export function watchDebits() {
  const arrivedAt: number[] = []
  return {
    onTrace({ to, what }: TraceEvent): void {
      if (to === 'wechatpay' && what === 'pappayapply') arrivedAt.push(performance.now())
    },
    /**
     * Debits per second while the timer sends debits, without the time between its runs, when the fake server sends its
     * notices; and the most debits in any second.
     */
    figures() {
      const gaps = arrivedAt.slice(1).map((at, index) => at - (arrivedAt[index] ?? at))
      const sendingMs = gaps.filter((ms) => ms < betweenRunsMs).reduce((all, ms) => all + ms, 0)
      let from = 0
      let most = 0
      for (const [index, at] of arrivedAt.entries()) {
        while (at - (arrivedAt[from] ?? at) >= 1_000) from++
        most = Math.max(most, index - from + 1)
      }
      return { debitsPerSecond: round((gaps.length / sendingMs) * 1_000), mostDebitsInOneSecond: most }
    },
  }
}

/**
 * Makes many first charges due in one minute, and kills the timer's process in the middle.
 * @returns charges per second, without the charges that the killed process had taken; the number of charges that it had
 * taken; and the database round trips of each charge: for the debit, for its notice, and for copying the result into
 * the contract
 */
export async function measureContracts(cloud: LocalCloud, size: number) {
  const { emulator } = cloud
  const [plan] = emulator.database.find('plans', { where: { _id: 'tea-monthly' } })
  const settings = wechatpay.settings.parse(cloud.settings.get('wechatpay')?.fields)
  const { contracts } = wechatpay.create(settings, () => Promise.reject(new Error('not for calls')))
  if (!plan || !contracts) throw new Error('the sandbox has no plan')
  // The timer sends charges only during the day, so move the clock to noon.
  await emulator.clock.advance(msUntilNoon(emulator.clock.now()))
  for (let serial = 0; serial < size; serial++) {
    const signed = sign(cloud, contracts.sign, plan as unknown as Plan, serial)
    emulator.database.insert('contracts', signed as unknown as Record<string, unknown>)
  }
  // Put a broken contract first into the queue. The timer must nevertheless charge the other contracts.
  emulator.database.insert('contracts', {
    _id: 'broken',
    version: 1,
    state: 'active',
    dueAt: 1,
    tries: 0,
    charges: null,
  })
  const trips = emulator.roundTrips()
  const killing = setTimeout(killTimer, killAfterMs)
  const count = () => emulator.database.count('orders', { 'contract.period': '0' })
  const startedAt = performance.now()
  const secondsSoFar = () => (performance.now() - startedAt) / 1_000
  let ready = { seconds: 0, charges: 0 }
  let runs = 0
  for (let debited = 0; runs < 20 && debited < size; runs++) {
    // Advance to the next whole minute, when the timer runs.
    await emulator.clock.advance(minuteMs - (emulator.clock.now() % minuteMs))
    debited = count()
    console.log(`  ${debited} of ${size} contracts charged, ${round(secondsSoFar())} s`)
    if (ready.charges < size - mostTaken) ready = { seconds: secondsSoFar(), charges: debited }
  }
  clearTimeout(killing)
  for (let run = 0; run < 240 && paidCharges(emulator) < size; run++) await emulator.clock.advance(minuteMs)
  const paid = emulator.database.find('orders', { where: { 'contract.period': '0', state: 'paid' } })
  return {
    contracts: size,
    chargedOnce: paid.filter(({ payments }) => (payments as { state: string }[]).filter(isPaid).length === 1).length,
    followed: paidCharges(emulator),
    timerRuns: runs,
    chargedAfterLease: size - ready.charges,
    contractsPerSecond: round(ready.charges / ready.seconds),
    roundTripsPerCharge: round((emulator.roundTrips() - trips) / size),
  }
}

/**
 * Copies the built functions, with a timer that does not keep WeChat's limit of debits a second. So the bench measures
 * what our own code can do. @returns the folder of the copy
 */
export function functionsWithoutPace(folder: string): string {
  const functionsDir = join(folder, 'cloudfunctions')
  cpSync(join(root, 'dist/cloudfunctions'), functionsDir, { recursive: true })
  const timer = join(functionsDir, 'timer/index.js')
  const [before, after, ...more] = readFileSync(timer, 'utf8').split(paceInCode)
  if (before === undefined || after === undefined || more.length > 0) throw new Error(`no ${paceInCode} in the timer`)
  writeFileSync(timer, `${before}perSecond=1e6${after}`)
  return functionsDir
}

const isPaid = ({ state }: { state: string }): boolean => state === 'paid'

const paidCharges = ({ database }: LocalCloud['emulator']): number =>
  database.find('contracts', { where: { state: 'active' } }).filter(({ charges }) => {
    const [first] = (charges ?? []) as { state: string }[]
    return first !== undefined && isPaid(first)
  }).length

function killTimer(): void {
  const found = spawnSync('pgrep', ['-P', String(process.pid), '-f', 'timer/index.js'], { encoding: 'utf8' })
  for (const pid of found.stdout.split(/\s+/).filter(Boolean)) process.kill(Number(pid), 'SIGKILL')
  console.log(`  killed the timer's process${found.stdout === '' ? ': there was none' : ''}`)
}

const msUntilNoon = (now: number): number => {
  const sinceNoon = (now - 4 * hourMs) % (24 * hourMs)
  return 24 * hourMs - sinceNoon
}

function sign(
  { emulator, sandbox }: LocalCloud,
  signing: NonNullable<ReturnType<typeof wechatpay.create>['contracts']>['sign'],
  plan: Plan,
  serial: number,
): Contract {
  const now = emulator.clock.now()
  const contractNo = orderNoFrom(now, serial.toString(36).padStart(8, '0'))
  const openid = `bench-${serial}`
  const opening = { contractNo, openid, provider: plan.provider, terms: termsOf(plan), displayName: '', now }
  const opened = placeContract(opening)
  const { extraData } = signing({
    contractNo,
    theirNo: null,
    template: plan.template,
    now,
    serial: requestSerial(opened),
    displayName: '',
    openid,
    noticeUrl: 'http://127.0.0.1/notify/wechatpay',
  })
  const theirNo = sandbox.sign(extraData, openid, 'notice-never').referrerInfo?.extraData?.contract_id
  if (theirNo === undefined) throw new Error('the sandbox did not sign')
  return applyContractNews(opened, { outcome: 'signed', theirNo, at: now }, now, null).contract
}
