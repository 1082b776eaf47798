// What a subscriber can do with contracts: choose a plan, sign it on WeChat's page, read, list and end. Whether
// something was signed, the server says: what WeChat hands back only chooses the sentence until then.
import type { ContractResults, ContractView, PlanView } from '../../cloudfunctions/shared/api/contracts'
import { openMidasConfig, type SignTarget } from '../openmidas/config'
import { OpenMidas } from '../openmidas/index'
import { ownAppId } from '../settings'
import { callFunction, codeOf, type FailureCode } from './cloud'
import { knowsTime, learnTime, newNumber } from './serverTime'

/** WeChat's own mini-program for signing; app.json declares it too. */
const signingAppId = 'wxbd687630cd02ce1d'
// 小程序纯签约: App.onShow with this scene when another mini-program hands back.
const backFromMiniProgram = 1038

/** What WeChat's page handed back: yes, no, that this person had signed before, or nothing (the arrow back, another way into the app). */
export type ReturnWord = 'signed' | 'refused' | 'already' | 'left'

/** Why nothing opened, as OpenMidas says it. */
export type SigningProblem = '-1' | '-3' | '-101' | '402-1-2-1' | '402-1-2-2'

export type SignEnd =
  | { end: 'back'; contractNo: string; word: ReturnWord }
  /** `failure` when the server gave no parameters; `contractNo` once there is a contract (−101: the one that exists) */
  | { end: SigningProblem; contractNo: string | undefined; failure: FailureCode | undefined }

/** What can be subscribed to. */
export async function plans(): Promise<PlanView[]> {
  const data = await callFunction('contract', 'plans', {}, { repeats: true })
  learnTime(data.now)
  return data.plans
}

const pendingKey = 'pendingContracts'

// One number for each plan, as long as its signing may go on: leaving WeChat's page and trying again is one contract.
function pendingContracts(): Record<string, unknown> {
  const stored: unknown = wx.getStorageSync(pendingKey)
  return typeof stored === 'object' && stored !== null ? { ...stored } : {}
}

function pendingNo(plan: string): string | undefined {
  const contractNo = pendingContracts()[plan]
  return typeof contractNo === 'string' ? contractNo : undefined
}

function newNo(plan: string): string {
  const contractNo = newNumber()
  wx.setStorageSync(pendingKey, { ...pendingContracts(), [plan]: contractNo })
  return contractNo
}

function forgetNo(plan: string): void {
  const { [plan]: _done, ...others } = pendingContracts()
  wx.setStorageSync(pendingKey, others)
}

/**
 * Opens a contract of this plan, or goes on with the one whose signing was begun: the number is stored before it is
 * sent, so calling again (a second tap, a lost reply, a restart) gives the same contract.
 */
async function openFor(plan: string): Promise<ContractResults['open']> {
  if (!knowsTime()) await plans()
  const first = await unlessTaken(place(pendingNo(plan) ?? newNo(plan), plan))
  // A signing of long ago that has expired, or a contract that has ended, is not what this person wants now.
  const isOver = first?.signing === null && (first.contract.state === 'failed' || first.contract.state === 'ended')
  const opened = first && !isOver ? first : await place(newNo(plan), plan)
  if (opened.signing === null) forgetNo(plan)
  return opened
}

async function place(contractNo: string, plan: string): Promise<ContractResults['open']> {
  const opened = await callFunction('contract', 'open', { contractNo, plan }, { repeats: true })
  learnTime(opened.contract.now)
  return opened
}

// Conflict: the number belongs to something else, or its signing is over.
async function unlessTaken(opened: Promise<ContractResults['open']>): Promise<ContractResults['open'] | undefined> {
  try {
    return await opened
  } catch (error) {
    if (codeOf(error) === 'Conflict') return undefined
    throw error
  }
}

type OwnParameters = () => Promise<SignTarget | null>

/** Signing takes its parameters from our own function, for WeChat's contracts on the merchant's own number. */
export function openContracts(): void {
  openMidasConfig.signing = ({ own }) => (own as OwnParameters)()
}

const journeyKey = 'signingJourney'

// Who waits on this page for the way back; a restart forgets it, and only the stored number is left.
let waiting: ((end: SignEnd) => void) | undefined

/**
 * Goes to WeChat's page to sign, and waits for the way back.
 * @param wish a plan, and the contract to go on with if there is one
 * @param whenLeaving called when the page is about to open
 */
export function signContract(
  { plan, contractNo: known }: { plan: string; contractNo?: string },
  whenLeaving: () => void,
): Promise<SignEnd> {
  return new Promise((resolve) => {
    let contractNo = known
    let failure: FailureCode | undefined
    const own: OwnParameters = async () => {
      try {
        const opened = await (known === undefined ? openFor(plan) : place(known, plan))
        contractNo = opened.contract.contractNo
        return opened.signing
      } catch (error) {
        failure = codeOf(error)
        throw error
      }
    }
    // Midas's host would want these two. Our own function knows by itself whose app it is and who calls.
    OpenMidas.signContract({ appId: ownAppId() || 'own', userId: 'caller', own }, (resultCode, innerCode) => {
      waiting = undefined
      wx.removeStorageSync(journeyKey)
      const end = innerCode === '402-1-2-1' || innerCode === '402-1-2-2' ? innerCode : (`${resultCode}` as const)
      resolve({ end, contractNo, failure })
    })
    OpenMidas.once('signContractDone', () => {
      wx.setStorageSync(journeyKey, contractNo)
      waiting = resolve
      whenLeaving()
    })
  })
}

interface Shown {
  scene?: number
  referrerInfo?: { appId?: string; extraData?: unknown }
}

/** App.onShow: the way back from WeChat's page, whatever it handed over. It always ends on a page that asks the server. */
export function appShown(shown: Shown): void {
  const contractNo: unknown = wx.getStorageSync(journeyKey)
  if (typeof contractNo !== 'string' || contractNo === '') return
  wx.removeStorageSync(journeyKey)
  const word = wordOf(shown)
  const heard = waiting
  waiting = undefined
  if (heard) heard({ end: 'back', contractNo, word })
  // The app was ended meanwhile: nobody waits any more, but this person still comes from there.
  else if (isFromSigning(shown)) wx.navigateTo({ url: contractUrl(contractNo, word), fail: () => undefined })
}

const isFromSigning = ({ scene, referrerInfo }: Shown): boolean =>
  scene === backFromMiniProgram && referrerInfo?.appId === signingAppId

function wordOf(shown: Shown): ReturnWord {
  const extraData = isFromSigning(shown) ? shown.referrerInfo?.extraData : undefined
  const { return_code: code, return_msg: why } = (extraData ?? {}) as { return_code?: unknown; return_msg?: unknown }
  if (code === 'SUCCESS') return 'signed'
  if (code !== 'FAIL') return 'left'
  return typeof why === 'string' && /已签约|重复签约/.test(why) ? 'already' : 'refused'
}

/** The page of a contract; `word` is what WeChat's page said. */
export const contractUrl = (contractNo: string, word?: ReturnWord): string =>
  `/pages/contract/index?contractNo=${contractNo}${word === undefined ? '' : `&word=${word}`}`

/** One contract. */
export const readContract = (contractNo: string): Promise<ContractView> => read(contractNo, false)

/** One contract, after the server asked WeChat while its signing is open. Tried once: who waits asks again. */
export const refreshContract = (contractNo: string): Promise<ContractView> => read(contractNo, true)

async function read(contractNo: string, refresh: boolean): Promise<ContractView> {
  const input = { contractNo, ...(refresh && { refresh }) }
  const { contract } = await callFunction('contract', 'read', input, { repeats: !refresh })
  return learnt(contract)
}

/** A page of my contracts, newest first. */
export const listContracts = (cursor: string | null, limit: number): Promise<ContractResults['list']> =>
  callFunction('contract', 'list', { limit, ...(cursor !== null && { cursor }) }, { repeats: true })

/** Stops it: nothing more is charged from the answer on. */
export async function endContract(contractNo: string): Promise<ContractView> {
  const { contract } = await callFunction('contract', 'end', { contractNo }, { repeats: true })
  return learnt(contract)
}

function learnt(contract: ContractView): ContractView {
  learnTime(contract.now)
  return contract
}
