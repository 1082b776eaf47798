// Every result that OpenMidas can report: one table. The result codes are the document's; it lists no inner codes for
// payments, so those are ours and begin with "mc-", which no code of Midas's own does (402-1-2-1, 100-…).

/** 支付回调参数: the document's own numbers. */
export type ResultCode = 0 | -1 | -2 | -3 | -4

/** The sentence in the app's messages.ts that the user sees. Neither innerCode nor resultMsg is ever shown. */
export type UserMessage = `results.${ResultCode}`

/**
 * What the caller does next.
 * - `askServer`: show "confirming" and read the order from your own server; only that says whether it was paid
 * - `offerAgain`: nothing was paid by this call; let the user pay again, or choose another way
 * - `wait`: money may have moved; ask your own server, and don't offer to pay again until it has answered
 * - `fixCode`: the call was wrong; the user can do nothing, log innerCode and mend the app or its settings
 */
export type CallerAction = 'askServer' | 'offerAgain' | 'wait' | 'fixCode'

export interface Result {
  resultCode: ResultCode
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
} as const satisfies Record<`${ResultCode}`, CallerAction>

const ours = (resultCode: ResultCode, innerCode: string, meaning: string): Result => ({
  resultCode,
  innerCode,
  source: 'ours',
  meaning,
  user: `results.${resultCode}`,
  caller: callers[`${resultCode}`],
})

export const results = {
  succeeded: ours(0, 'mc-0-1', 'the payment sheet reported success'),

  // Nothing can be paid before the sheet is open, so every failure up to there is certain.
  hostUnreachable: ours(-1, 'mc-1-1', 'no answer from the Midas host in time; the sheet was not opened'),
  hostUnreadable: ours(-1, 'mc-1-2', 'the Midas host answered something else than JSAPI parameters'),
  hostRefused: ours(-1, 'mc-1-3', 'the Midas host refused this payInfo'),
  sheetMissing: ours(-1, 'mc-1-4', 'this client has no payment sheet'),
  sheetRefused: ours(-1, 'mc-1-5', 'WeChat refused the payment and named a reason for which nothing was paid'),

  cancelled: ours(-2, 'mc-2-1', 'the user closed the payment sheet'),

  notInitialised: ours(-3, 'mc-3-1', 'init was not called before'),
  badEnvironment: ours(-3, 'mc-3-2', 'init was called with something else than "release" or "test"'),
  badPayInfo: ours(-3, 'mc-3-3', 'payInfo is neither data=…&sign=… nor the JSON of JSAPI parameters'),
  badMetadata: ours(-3, 'mc-3-4', 'appMetadata is not key=value of at most 255 characters'),
  noHost: ours(-3, 'mc-3-5', 'openMidasConfig has no host for this environment'),

  // The sheet was open, or the number was paid already: only the server can know.
  sheetUnknown: ours(-4, 'mc-4-1', 'the sheet ended with a text that does not say whether money was taken'),
  sheetBroke: ours(-4, 'mc-4-2', 'opening the sheet threw an error; whether it opened is not known'),
  alreadyPaid: ours(-4, 'mc-4-3', 'the Midas host says that this number was paid before'),
} as const satisfies Record<string, Result>

export type ResultName = keyof typeof results
