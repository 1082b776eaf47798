// How fast the timer works off contracts that are all due at once: functions, SDK, emulator and twin together.
import {
  applyContractNews,
  type Contract,
  placeContract,
  requestSerial,
} from '../../cloudfunctions/shared/domain/contract'
import { orderNoFrom } from '../../cloudfunctions/shared/domain/order'
import { wechatpay } from '../../cloudfunctions/shared/providers/wechatpay'
import { type Plan, termsOf } from '../../cloudfunctions/shared/store/plans'
import type { LocalCloud } from '../localCloud'
import { round } from './measure'

const hourMs = 3_600_000
const minuteMs = 60_000

/**
 * Lets so many first charges fall due in one minute.
 * @returns charges taken by WeChat each second, and round trips for each; the result's notice costs four more
 */
export async function measureContracts(cloud: LocalCloud, size: number) {
  const { emulator } = cloud
  const [plan] = emulator.database.find('plans', { where: { _id: 'tea-monthly' } })
  const settings = wechatpay.settings.parse(cloud.settings.get('wechatpay')?.fields)
  const { contracts } = wechatpay.create(settings, () => Promise.reject(new Error('not for calls')))
  if (!plan || !contracts) throw new Error('the sandbox has no plan')
  // Charges are taken by day only.
  await emulator.clock.advance(msUntilNoon(emulator.clock.now()))
  for (let serial = 0; serial < size; serial++) {
    const signed = sign(cloud, contracts.sign, plan as unknown as Plan, serial)
    emulator.database.insert('contracts', signed as unknown as Record<string, unknown>)
  }
  const trips = emulator.roundTrips()
  const startedAt = performance.now()
  let charged = 0
  for (let run = 0; run < 10 && charged < size; run++) {
    // To the next whole minute, when the trigger fires, and not as far as the results.
    await emulator.clock.advance(minuteMs - (emulator.clock.now() % minuteMs))
    charged = emulator.database.count('orders', { 'contract.period': '0' })
  }
  const seconds = (performance.now() - startedAt) / 1_000
  return {
    charged,
    contractsPerSecond: round(charged / seconds),
    roundTripsPerCharge: round((emulator.roundTrips() - trips) / charged),
  }
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
  return applyContractNews(opened, { outcome: 'signed', theirNo, at: now }, now, false).contract
}
