// A mini-program's environment for tests of OpenMidas: runs the built entry file with WeChat's globals and no others.
import { resolve } from 'node:path'
import { runInNewContext } from 'node:vm'
import { buildSync } from 'esbuild'
import type { OpenMidasConfig } from '../../miniprogram/openmidas/config'
import type { OpenMidasApi } from '../../miniprogram/openmidas/core'

export interface RequestOption {
  url: string
  data: unknown
  method: string
  timeout: number
  success(reply: { statusCode: number; data: unknown }): void
  fail(failure: { errMsg: string }): void
}

export interface SheetOption {
  timeStamp: string
  package: string
  success(answer?: object): void
  fail(failure: object): void
  complete(answer: object): void
}

export interface JumpOption {
  appId: string
  path: string
  extraData: Record<string, unknown>
  success(answer?: object): void
  fail(failure: { errMsg: string }): void
}

export interface FakeWx {
  request(option: RequestOption): void
  requestPayment?(option: SheetOption): void
  navigateToMiniProgram?(option: JumpOption): void
  getDeviceInfo?(): { platform: string }
  getAppBaseInfo?(): { version: string }
  getSystemInfoSync?(): { platform: string; version: string }
}

export interface Sdk extends OpenMidasApi {
  OpenMidas: OpenMidasApi
  openMidasConfig: OpenMidasConfig
}

/** The entry file bundled into one script, as a release build contains it. */
export const bundled: string = (() => {
  const { outputFiles } = buildSync({
    entryPoints: [resolve(__dirname, '../../miniprogram/openmidas/index.ts')],
    bundle: true,
    minify: true,
    write: false,
    format: 'cjs',
    target: 'es2020',
  })
  return outputFiles[0]?.text ?? ''
})()

/**
 * Loads OpenMidas as `require('./openmidas/index')` does in a mini-program with this `wx`.
 * @param uncaught gets the errors that the app's own callbacks throw, as App.onError would
 */
export function requireOpenMidas(wx: FakeWx, uncaught?: (error: unknown) => void): Sdk {
  const module = { exports: {} as Sdk }
  const later = (run: (value?: unknown) => void, ms: number, value?: unknown) =>
    setTimeout(() => {
      try {
        run(value)
      } catch (error) {
        if (!uncaught) throw error
        uncaught(error)
      }
    }, ms)
  runInNewContext(bundled, { module, exports: module.exports, wx, setTimeout: later, clearTimeout })
  return module.exports
}
