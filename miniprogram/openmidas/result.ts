// The table of every result that OpenMidas can report. The result codes are those of Midas's document. Inner codes that
// the document does not list are ours and begin with "mc-". Midas's own codes (402-1-2-1, 100-…) never begin with
// "mc-".
import { commonResults } from './codes'

/** Result codes of `pay`, as numbered in Midas's document (支付回调参数). */
export type PayCode = 0 | -1 | -2 | -3 | -4

/** Result codes of signContract, as numbered in Midas's document (错误回调参数). */
export type SignCode = -1 | -3 | -101

/** Every result code of `pay` and of `signContract`. */
export type ResultCode = PayCode | SignCode

/**
 * Key of the sentence that the user sees: in `results` of the app's messages.ts after pay, in `signing` of its
 * contractMessages.ts after signContract. innerCode and resultMsg are never shown.
 */
export type UserMessage = `${ResultCode}` | '402-1-2-1' | '402-1-2-2'

/**
 * What the calling app should do next.
 * - `askServer`: show "confirming" and read the order from your own server; only the server knows whether it was paid
 * - `offerAgain`: this call paid or signed nothing; let the user try again or choose another method
 * - `wait`: money may have moved; ask your own server, and do not offer to pay again before the server has answered
 * - `fixCode`: the call was wrong and the user can do nothing; log innerCode and fix the app or its settings
 * - `updateWeChat`: tell the user to update WeChat; nothing was sent
 * - `showContract`: this person has already signed; show the existing contract
 */
export type CallerAction = 'askServer' | 'offerAgain' | 'wait' | 'fixCode' | 'updateWeChat' | 'showContract'

/** One of the ways in which a call can end. */
export interface Result<Code extends ResultCode = ResultCode> {
  resultCode: Code
  innerCode: string
  /** Who defined innerCode: Midas's document or this SDK. resultCode always comes from the document. */
  source: 'document' | 'ours'
  /** Explanation for developers and logs. Used as resultMsg when neither WeChat nor a server gave a text. */
  meaning: string
  user: UserMessage
  caller: CallerAction
}

const callers = {
  '0': 'askServer',
  '-1': 'offerAgain',
  '-2': 'offerAgain',
  '-3': 'fixCode',
  '-4': 'wait',
  '-101': 'showContract',
} as const satisfies Record<`${ResultCode}`, CallerAction>

const ours = <Code extends ResultCode>(resultCode: Code, innerCode: string, meaning: string): Result<Code> => ({
  resultCode,
  innerCode,
  source: 'ours',
  meaning,
  user: `${resultCode}`,
  caller: callers[`${resultCode}`],
})

const documented = (innerCode: '402-1-2-1' | '402-1-2-2', caller: CallerAction, meaning: string): Result<-1> => ({
  resultCode: -1,
  innerCode,
  source: 'document',
  meaning,
  user: innerCode,
  caller,
})

/** All ways in which a call can end, by our name for them. Callers find a row by its `innerCode`. */
export const results = {
  succeeded: ours(...commonResults.succeeded),

  // Nothing is paid before the sheet opens or signed before the jump, so every failure up to that point is certain.
  hostUnreachable: ours(...commonResults.hostUnreachable),
  hostUnreadable: ours(...commonResults.hostUnreadable),
  hostRefused: ours(...commonResults.hostRefused),
  sheetMissing: ours(...commonResults.sheetMissing),
  sheetRefused: ours(...commonResults.sheetRefused),
  signingFailed: ours(-1, 'mc-1-6', 'openMidasConfig.signing rejected, or gave nothing in time'),
  signingUnreadable: ours(-1, 'mc-1-7', 'openMidasConfig.signing gave something else than parameters'),
  clientTooOld: documented(
    '402-1-2-1',
    'updateWeChat',
    'no way to sign here: WeChat is older than Android 6.5.10, iOS 6.5.9',
  ),
  jumpFailed: documented('402-1-2-2', 'offerAgain', 'the page where contracts are signed did not open'),

  cancelled: ours(...commonResults.cancelled),

  notInitialised: ours(...commonResults.notInitialised),
  badEnvironment: ours(...commonResults.badEnvironment),
  badPayInfo: ours(...commonResults.badPayInfo),
  badMetadata: ours(...commonResults.badMetadata),
  noHost: ours(...commonResults.noHost),
  badSignParams: ours(-3, 'mc-3-6', 'params of signContract lacks appId or userId, or one is no text'),

  // The sheet was open, or the payment number was already paid. In both cases only the server knows the result.
  sheetUnknown: ours(...commonResults.sheetUnknown),
  sheetBroke: ours(...commonResults.sheetBroke),
  alreadyPaid: ours(...commonResults.alreadyPaid),

  alreadySigned: ours(-101, 'mc-101-1', 'this person has signed this before'),
} as const satisfies Record<string, Result>

type NamesOf<Code> = {
  [Name in keyof typeof results]: (typeof results)[Name]['resultCode'] extends Code ? Name : never
}[keyof typeof results]

export type PayResultName = NamesOf<PayCode>
export type SignResultName = NamesOf<SignCode>
