// The functions of Midas's document, for a browser. The dialog is a separate script that loads on demand, so that this
// script stays small.
import { isRecord } from '../../payInfo'
import type { Environment, OpenMidasApi, PayCallback } from './api'
import { webResults } from './codes'
import { openMidasConfig } from './config'
import { contractPage, type Ended, isAddress, jump } from './host'
import { takeLeft } from './left'
import { type Job, pay, type RunInDialog } from './pay'

type Answer = Parameters<PayCallback>
type Chosen = Environment | 'notInitialised' | 'badEnvironment'
type Listeners = (() => void)[]

const later = (run: () => void): unknown => setTimeout(run, 0)

const isText = (value: unknown): boolean => typeof value === 'string' && value.trim() !== ''

const isChosen = (env: Chosen): env is Environment => env === 'release' || env === 'test'

/** @param loadDialog loads the dialog's script when a payment first needs the dialog */
export function createOpenMidas(loadDialog: () => Promise<RunInDialog>): OpenMidasApi {
  let chosen: Chosen = 'notInitialised'
  let isBusy = false
  let signListeners: Listeners = []
  let payListeners: PayCallback[] = []
  /** results of continued payments for which the page has not registered a listener yet */
  let unheard: Answer[] = []

  const hear = () => {
    if (payListeners.length === 0 || unheard.length === 0) return
    for (const listener of payListeners) for (const answer of unheard) later(() => listener(...answer))
    payListeners = []
    unheard = []
  }

  const run = async (job: Job, appMetadata: unknown): Promise<Ended> => {
    if (!isChosen(chosen)) return { name: chosen }
    if (isBusy) return { name: 'busy' }
    isBusy = true
    const ended = await pay(job, appMetadata, chosen, loadDialog)
    isBusy = false
    return ended
  }

  const begin = async (job: Job, appMetadata: unknown, callback?: PayCallback): Promise<void> => {
    const { name, text, callbackUrl } = await run(job, appMetadata)
    const [resultCode, innerCode, meaning] = webResults[name]
    const answer: Answer = [resultCode, innerCode, text || meaning, job.metadata]
    if (callback) later(() => callback(...answer))
    else if (job.redirects && callbackUrl) location.href = withResult(callbackUrl, answer)
    else {
      unheard.push(answer)
      hear()
    }
  }

  return {
    init(env) {
      chosen = isChosen(env) ? env : 'badEnvironment'
      // Wait one task before continuing a stored payment. If the page calls `pay` right after `init`, that call
      // continues the stored payment.
      later(() => {
        const left = isBusy ? undefined : takeLeft(chosen)
        if (left) begin({ ...left, left }, left.metadata)
      })
    },
    pay(payInfo: string, callback?: PayCallback | string, appMetadata?: string) {
      const metadata = (typeof callback === 'string' ? callback : appMetadata) ?? undefined
      const own = typeof callback === 'function' ? callback : undefined
      begin({ payInfo, metadata: String(metadata ?? ''), redirects: !own }, metadata, own)
    },
    signContract(params, errorCallback) {
      signListeners = []
      sign(params, chosen, signListeners).then((failed) => {
        if (!failed || typeof errorCallback !== 'function') return
        const [resultCode, innerCode, meaning] = webResults[failed.name]
        later(() => errorCallback(resultCode as -1 | -3, innerCode, failed.text || meaning))
      })
    },
    once(event: string, listener: PayCallback & (() => void)) {
      if (event === 'signContractDone') signListeners.push(listener)
      if (event === 'payDone') payListeners.push(listener)
      hear()
    },
  }
}

/** Opens the page for signing. @returns why the page did not open; undefined when it is opening */
async function sign(params: unknown, env: Chosen, listeners: Listeners): Promise<Ended | undefined> {
  if (!isChosen(env)) return { name: env }
  if (!isRecord(params)) return { name: 'badSignParams' }
  const { appId, userId, channel, redirectUrl } = params
  if (!isText(appId) || !isText(userId) || channel !== 'wechat' || !isAddress(redirectUrl))
    return { name: 'badSignParams' }
  const host = openMidasConfig.hosts[env]
  if (!host) return { name: 'noHost' }
  const page = await contractPage(host, { appId, userId, channel, redirectUrl })
  if (typeof page !== 'string') return page
  // Call the listeners that the page registered after signContract. Each runs in its own task, so that an exception in
  // one stops neither the others nor the jump.
  for (const listener of listeners) later(listener)
  later(() => jump(page, 'no-referrer-when-downgrade'))
  return undefined
}

/** Adds the result to the query of the web callback address. The address keeps its own query and fragment. */
function withResult(address: string, [resultCode, innerCode, resultMsg, appMetadata]: Answer): string {
  const [head = '', ...fragment] = address.split('#')
  const query = Object.entries({ resultCode, innerCode, resultMsg, appMetadata })
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join('&')
  return [head + (head.includes('?') ? '&' : '?') + query, ...fragment].join('#')
}
