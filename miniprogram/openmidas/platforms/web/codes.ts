// All results of OpenMidas in a browser: the results that a mini-program can have, too, and the results that only a
// browser can have.
import { commonResults } from '../../codes'

export const webResults = {
  ...commonResults,
  ended: [-1, 'mc-1-8', 'the payment had failed or its order was closed'],
  inMiniProgram: [-1, 'mc-1-9', 'the page is inside a mini-program, where only the mini-program can pay'],
  busy: [-1, 'mc-1-10', 'another payment is open on this page'],
  dialogMissing: [-1, 'mc-1-11', 'the script of the dialog could not be loaded; nothing was opened'],
  badSignParams: [-3, 'mc-3-6', 'params of signContract lacks appId, userId, channel wechat or an http(s) redirectUrl'],
  left: [-4, 'mc-4-4', 'the user closed the dialog after the payment page had been opened'],
  timedOut: [-4, 'mc-4-5', 'no result within two hours'],
} as const

export type WebResult = keyof typeof webResults
