// Every result that OpenMidas can report: one table. The result codes are the document's; inner codes that it does not
// list are ours and begin with "mc-", which no code of Midas's own does (402-1-2-1, 100-…).

/** 支付回调参数: the document's own numbers. */
export type PayCode = 0 | -1 | -2 | -3 | -4

/** 错误回调参数 of signContract: the document's own numbers. */
export type SignCode = -1 | -3 | -101

/** Every result code: of `pay` and of `signContract`. */
export type ResultCode = PayCode | SignCode

/**
 * The key of the sentence that the user sees: in `results` of the app's messages.ts after pay, in `signing` of its
 * contractMessages.ts after signContract. Neither innerCode nor resultMsg is ever shown.
 */
export type UserMessage = `${ResultCode}` | '402-1-2-1' | '402-1-2-2'

/**
 * What the caller does next.
 * - `askServer`: show "confirming" and read the order from your own server; only that says whether it was paid
 * - `offerAgain`: nothing was paid or signed by this call; let the user try again, or choose another way
 * - `wait`: money may have moved; ask your own server, and don't offer to pay again until it has answered
 * - `fixCode`: the call was wrong; the user can do nothing, log innerCode and mend the app or its settings
 * - `updateWeChat`: tell the user how to update WeChat; nothing was sent
 * - `showContract`: this person has signed this already; show that contract
 */
export type CallerAction = 'askServer' | 'offerAgain' | 'wait' | 'fixCode' | 'updateWeChat' | 'showContract'

/** One way in which a call can end. */
export interface Result<Code extends ResultCode = ResultCode> {
  resultCode: Code
  innerCode: string
  /** who defined innerCode; resultCode is always the document's */
  source: 'document' | 'ours'
  /** for developers and logs; it is the resultMsg where nobody else gave a text */
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

/** Every way in which a call can end, by our name for it. Look a row up by its `innerCode`. */
export const results = {
  succeeded: ours(0, 'mc-0-1', 'the payment sheet reported success'),

  // Nothing can be paid before the sheet is open, or signed before the jump: every failure up to there is certain.
  hostUnreachable: ours(-1, 'mc-1-1', 'no answer from the Midas host in time; nothing was opened'),
  hostUnreadable: ours(-1, 'mc-1-2', 'the Midas host answered something else than parameters'),
  hostRefused: ours(-1, 'mc-1-3', 'the Midas host refused'),
  sheetMissing: ours(-1, 'mc-1-4', 'this client has no payment sheet'),
  sheetRefused: ours(-1, 'mc-1-5', 'WeChat refused the payment and named a reason for which nothing was paid'),
  signingFailed: ours(-1, 'mc-1-6', 'openMidasConfig.signing rejected, or gave nothing in time'),
  signingUnreadable: ours(-1, 'mc-1-7', 'openMidasConfig.signing gave something else than parameters'),
  clientTooOld: documented(
    '402-1-2-1',
    'updateWeChat',
    'no way to sign here: WeChat is older than Android 6.5.10, iOS 6.5.9',
  ),
  jumpFailed: documented('402-1-2-2', 'offerAgain', 'the page where contracts are signed did not open'),

  cancelled: ours(-2, 'mc-2-1', 'the user closed the payment sheet'),

  notInitialised: ours(-3, 'mc-3-1', 'init was not called before'),
  badEnvironment: ours(-3, 'mc-3-2', 'init was called with something else than "release" or "test"'),
  badPayInfo: ours(-3, 'mc-3-3', 'payInfo is neither data=…&sign=… nor the JSON of JSAPI parameters'),
  badMetadata: ours(-3, 'mc-3-4', 'appMetadata is not key=value of at most 255 characters'),
  noHost: ours(-3, 'mc-3-5', 'openMidasConfig has no host for this environment'),
  badSignParams: ours(-3, 'mc-3-6', 'params of signContract lacks appId or userId, or one is no text'),

  // The sheet was open, or the number was paid already: only the server can know.
  sheetUnknown: ours(-4, 'mc-4-1', 'the sheet ended with a text that does not say whether money was taken'),
  sheetBroke: ours(-4, 'mc-4-2', 'opening the sheet threw an error; whether it opened is not known'),
  alreadyPaid: ours(-4, 'mc-4-3', 'the Midas host says that this number was paid before'),

  alreadySigned: ours(-101, 'mc-101-1', 'this person has signed this before'),
} as const satisfies Record<string, Result>

type NamesOf<Code> = {
  [Name in keyof typeof results]: (typeof results)[Name]['resultCode'] extends Code ? Name : never
}[keyof typeof results]

export type PayResultName = NamesOf<PayCode>
export type SignResultName = NamesOf<SignCode>
