// A subscriber's actions on contracts: choose a plan, sign on WeChat's page, read, list and end. The server decides
// whether a contract is signed; the signing page's result only selects the sentence shown until then.
import type { ContractResults, ContractView, PlanView } from '../../cloudfunctions/shared/api/contracts'
import { openMidasConfig, type SignTarget } from '../openmidas/config'
import { OpenMidas } from '../openmidas/index'
import { backFromMiniProgram, journeyKey, signingAppId } from '../rules/signing'
import { ownAppId } from '../settings'
import { callFunction, codeOf, type FailureCode } from './cloud'
import { knowsTime, learnTime, newNumber } from './serverTime'

/**
 * The result from WeChat's signing page. signed: the user agreed. refused: the user declined. already: the user had
 * signed before. left: no result, because the user tapped back or entered the app another way.
 */
export type ReturnWord = 'signed' | 'refused' | 'already' | 'left'

/** Why the signing page did not open, as a result code or inner code of OpenMidas. */
export type SigningProblem = '-1' | '-3' | '-101' | '402-1-2-1' | '402-1-2-2'

export type SignEnd =
  | { end: 'back'; contractNo: string; word: ReturnWord }
  /**
   * `failure`: the error code if our server gave no signing parameters. `contractNo`: the contract, once one exists;
   * with −101 the contract that this user has already signed.
   */
  | { end: SigningProblem; contractNo: string | undefined; failure: FailureCode | undefined }

let templates: readonly string[] = []

/** The message templates about charges, from the last answer of the action `plans`. */
export const chargeMessages = (): readonly string[] => templates

/** The plans that a shopper can subscribe to. */
export async function plans(): Promise<PlanView[]> {
  const data = await callFunction('contract', 'plans', {}, { repeats: true })
  learnTime(data.now)
  // An older server does not send the field `messages`.
  templates = data.messages ?? []
  return data.plans
}

const pendingKey = 'pendingContracts'

// Stores one contract number for each plan while its signing is unfinished. A user who leaves WeChat's signing page and
// tries again continues the same contract.
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
 * Opens a contract of this plan. If the user has already started to sign one, continues that contract. The number is
 * stored before the request is sent, so a second call (second tap, lost reply, restart) returns the same contract.
 */
async function openFor(plan: string): Promise<ContractResults['open']> {
  if (!knowsTime()) await plans()
  const first = await unlessTaken(place(pendingNo(plan) ?? newNo(plan), plan))
  // If the stored number belongs to an expired signing or an ended contract, the user wants a new contract.
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

// The code Conflict means that the number belongs to another contract, or that the signing of this contract is over. In
// both cases there is no contract to continue.
async function unlessTaken(opened: Promise<ContractResults['open']>): Promise<ContractResults['open'] | undefined> {
  try {
    return await opened
  } catch (error) {
    if (codeOf(error) === 'Conflict') return undefined
    throw error
  }
}

type OwnParameters = () => Promise<SignTarget | null>

/**
 * Lets OpenMidas take signing parameters from our own cloud function, for contracts on the merchant's own WeChat Pay
 * account.
 */
export function openContracts(): void {
  openMidasConfig.signing = ({ own }) => (own as OwnParameters)()
}

// The page that waits for the user's return from WeChat's signing page. A restart of the app loses this function; only
// the stored contract number remains.
let waiting: ((end: SignEnd) => void) | undefined

/**
 * Opens WeChat's signing page and waits until the user returns.
 * @param wish a plan, and the contract to continue if there is one
 * @param whenLeaving called just before the signing page opens
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
    // Midas's host would need appId and userId. Our own cloud function knows the app and the user from the call itself.
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

/**
 * Called from App.onShow: handles the return from WeChat's signing page, whatever its result. The user always ends on a
 * page that asks the server.
 */
export function appShown(shown: Shown): void {
  const contractNo: unknown = wx.getStorageSync(journeyKey)
  if (typeof contractNo !== 'string' || contractNo === '') return
  wx.removeStorageSync(journeyKey)
  const word = wordOf(shown)
  const heard = waiting
  waiting = undefined
  if (heard) heard({ end: 'back', contractNo, word })
  // WeChat ended the app during signing, so no page waits for the result. Open the contract's page instead.
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

/** URL of a contract's page; `word` is the signing page's result. */
export const contractUrl = (contractNo: string, word?: ReturnWord): string =>
  `/pages/contract/index?contractNo=${contractNo}${word === undefined ? '' : `&word=${word}`}`

/** Reads one contract. */
export const readContract = (contractNo: string): Promise<ContractView> => read(contractNo, false)

/** Reads one contract; while signing is open, the server first asks WeChat. Not retried, because the caller polls. */
export const refreshContract = (contractNo: string): Promise<ContractView> => read(contractNo, true)

async function read(contractNo: string, refresh: boolean): Promise<ContractView> {
  const input = { contractNo, ...(refresh && { refresh }) }
  const { contract } = await callFunction('contract', 'read', input, { repeats: !refresh })
  return learnt(contract)
}

/** One page of the caller's contracts, newest first. */
export const listContracts = (cursor: string | null, limit: number): Promise<ContractResults['list']> =>
  callFunction('contract', 'list', { limit, ...(cursor !== null && { cursor }) }, { repeats: true })

/** Ends the contract. Once the server has answered, nothing more is charged. */
export async function endContract(contractNo: string): Promise<ContractView> {
  const { contract } = await callFunction('contract', 'end', { contractNo }, { repeats: true })
  return learnt(contract)
}

function learnt(contract: ContractView): ContractView {
  learnTime(contract.now)
  return contract
}
