// Checks the arguments of `pay` in a browser, and runs the payment in the way that fits the place: inside WeChat, on a
// phone or on a computer.
import { isAppMetadata, parseJson, parsePayInfo } from '../../payInfo'
import type { Environment } from './api'
import { openSheet } from './bridge'
import { openMidasConfig } from './config'
import { type Ended, exchange, type Place, readRecord, type Wanted } from './host'
import { forget, type LeftPayment, leave, takeLeft } from './left'

/** Runs a payment in the dialog. Never rejects. */
export type RunInDialog = (wanted: Wanted) => Promise<Ended>

export interface Job {
  payInfo: string
  metadata: string
  /** true: the result goes to the web callback address at the end; false: to a callback */
  redirects: boolean
  /** the stored payment to continue, if the user left an earlier page */
  left?: LeftPayment
}

const placeOf = (userAgent: string): Place => {
  if (/MicroMessenger/i.test(userAgent)) return 'wechat'
  return /Mobile|Android|iPhone|iPad|iPod/i.test(userAgent) ? 'mobile' : 'pc'
}

/**
 * Runs a payment. Never rejects.
 * @param appMetadata the page's argument, not checked yet
 * @param loadDialog loads the dialog's script
 */
export async function pay(
  { payInfo, metadata, redirects, left: taken }: Job,
  appMetadata: unknown,
  env: Environment,
  loadDialog: () => Promise<RunInDialog>,
): Promise<Ended> {
  const parsed = parsePayInfo(payInfo)
  if (!parsed) return { name: 'badPayInfo' }
  if (!isAppMetadata(appMetadata)) return { name: 'badMetadata' }
  if ((window as { __wxjs_environment?: string }).__wxjs_environment === 'miniprogram') return { name: 'inMiniProgram' }
  const place = placeOf(navigator.userAgent)
  if (parsed.kind === 'jsapi') {
    const { appId } = parseJson(payInfo) as { appId?: unknown }
    return place === 'wechat' ? openSheet({ appId, ...parsed.parameters }) : { name: 'sheetMissing' }
  }
  const { hosts, records } = openMidasConfig
  const [host, record] = [hosts[env], records[env]]
  if (!host || !record) return { name: 'noHost' }
  const left = taken ?? takeLeft(env, payInfo)
  const wanted = { payInfo, metadata, redirects, env, host, record, place, left }
  if (place === 'wechat' && !left) return payInWeChat(wanted)
  try {
    return await (await loadDialog())(wanted)
  } catch {
    return { name: 'dialogMissing' }
  }
}

/** Pays inside WeChat. WeChat shows its own payment sheet, so this page opens no dialog. */
async function payInWeChat(wanted: Wanted): Promise<Ended> {
  const { host, record, payInfo } = wanted
  const opened = await exchange(host, { payInfo, place: 'wechat', back: location.href })
  const { no } = opened
  const recorded = no ? await readRecord(record, { paymentNo: no, payInfo, ask: false }) : undefined
  const callbackUrl = recorded?.callbackUrl
  if (recorded?.state === 'paid') return { name: 'succeeded', callbackUrl }
  if (recorded?.state === 'ended') return { name: 'ended', callbackUrl }
  if ('failure' in opened) return { name: opened.failure, text: opened.text, callbackUrl }
  // WeChat may reload the page while its sheet is open. Store the payment, so that the reloaded page can continue it.
  leave(wanted, no ?? '')
  const ended = await openSheet(opened.jsapi ?? {})
  forget(payInfo)
  return { ...ended, callbackUrl }
}
