// OpenMidas for mini-programs. Both ways of the document work:
// `var OpenMidas = require('./openmidas/index')` and `import { OpenMidas } from './openmidas/index'`.
import { createOpenMidas } from './core'
import { miniprogramPlatform } from './platforms/miniprogram'

export const OpenMidas = createOpenMidas(miniprogramPlatform)
export const { init, pay, once } = OpenMidas

export { openMidasConfig } from './config'
export type { OpenMidasApi, PayCallback } from './core'
export { type CallerAction, type Result, type ResultCode, results, type UserMessage } from './result'
