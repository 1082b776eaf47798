// The registry of providers: one line each. Nothing else names a provider.
import { jubao } from './jubao'
import { midas } from './midas'
import { paymax } from './paymax'
import type { ProviderDefinition } from './provider'
import { unified } from './unified'
import { wechatpay } from './wechatpay'
import { wisecashier } from './wisecashier'

export const providers: readonly ProviderDefinition[] = [midas, jubao, paymax, wisecashier, unified, wechatpay]

const providersByCode = new Map(providers.map((provider) => [provider.code, provider]))

/** The provider with a code; undefined for every other word, `constructor` and `__proto__` included. */
export const findProvider = (code: string): ProviderDefinition | undefined => providersByCode.get(code)
