// The list of the fake servers, one line each.
import { jubao } from './jubao'
import { midas } from './midas'
import { paymax } from './paymax'
import { SandboxError, type Twin } from './twin'
import { unified } from './unified'
import { virtualpay } from './virtualpay'
import { wechatpay } from './wechatpay'
import { wisecashier } from './wisecashier'

export const twins: readonly Twin[] = [midas, jubao, paymax, wisecashier, unified, wechatpay, virtualpay]

/** The fake server of a provider. @throws SandboxError if the provider has none */
export function twinOf(provider: string): Twin {
  const twin = twins.find((one) => one.provider === provider)
  if (!twin) throw new SandboxError(`there is no fake server of ${JSON.stringify(provider)}`)
  return twin
}
