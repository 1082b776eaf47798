// Parses the arguments of `signContract` and a server's signing parameters. Rejects anything that is not clearly valid.
// Uses no network.
import type { SignParams, SignTarget } from './config'
import { isRecord } from './payInfo'

const isText = (value: unknown): value is string => typeof value === 'string' && value.trim() !== ''

/** Whether the argument of `signContract` names an app and a user. */
export const isSignParams = (params: unknown): params is SignParams =>
  isRecord(params) && isText(params.appId) && isText(params.userId)

/**
 * Reads the signing target (appId, path and extraData) from a server's answer. Other fields are dropped.
 * @returns undefined when wx.navigateToMiniProgram might not accept the target
 */
export function readSignTarget(value: unknown): SignTarget | undefined {
  if (!isRecord(value)) return undefined
  const { appId, path, extraData } = value
  if (!isText(appId) || typeof path !== 'string' || !isRecord(extraData)) return undefined
  // WeChat's signing page refuses fields of another type and missing fields, because the signature covers all fields.
  const fields = Object.entries(extraData)
  if (fields.length === 0 || !fields.every(([, field]) => isText(field) || Number.isSafeInteger(field)))
    return undefined
  return { appId, path, extraData: extraData as SignTarget['extraData'] }
}
