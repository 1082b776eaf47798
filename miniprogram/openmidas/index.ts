// OpenMidas for mini-programs. Both ways of the document work:
// `var OpenMidas = require('./openmidas/index')` and `import { OpenMidas } from './openmidas/index'`.
import { createOpenMidas } from './core'
import { miniprogramPlatform } from './platforms/miniprogram'

export const OpenMidas = createOpenMidas(miniprogramPlatform)
export const { init, pay, signContract, once } = OpenMidas

export { openMidasConfig, type SignParams, type SignTarget } from './config'
export type { OpenMidasApi, PayCallback, SignErrorCallback } from './core'
export { type CallerAction, type Result, type ResultCode, results, type UserMessage } from './result'
