// Reads what `signContract` is given, and what a server answers to it. Strict, like payInfo.ts. Knows no network.
import type { SignParams, SignTarget } from './config'
import { isRecord } from './payInfo'

const isText = (value: unknown): value is string => typeof value === 'string' && value.trim() !== ''

/** Whether `signContract` was given an app and a user. */
export const isSignParams = (params: unknown): params is SignParams =>
  isRecord(params) && isText(params.appId) && isText(params.userId)

/**
 * Reads where to sign, from a server's answer.
 * @returns undefined: not surely what wx.navigateToMiniProgram can be given. Fields beside these three are left behind
 */
export function readSignTarget(value: unknown): SignTarget | undefined {
  if (!isRecord(value)) return undefined
  const { appId, path, extraData } = value
  if (!isText(appId) || typeof path !== 'string' || !isRecord(extraData)) return undefined
  // The page refuses fields of other types, and ones that are missing: a signature covers them all.
  const fields = Object.entries(extraData)
  if (fields.length === 0 || !fields.every(([, field]) => isText(field) || Number.isSafeInteger(field)))
    return undefined
  return { appId, path, extraData: extraData as SignTarget['extraData'] }
}
