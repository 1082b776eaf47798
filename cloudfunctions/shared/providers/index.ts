// The list of all providers. No other file names a provider, so whoever adds a provider adds one line to this list.
import { jubao } from './jubao'
import { midas } from './midas'
import { paymax } from './paymax'
import { accountOf, type ProviderDefinition, type ProviderTexts } from './provider'
import { unified } from './unified'
import { virtualpay } from './virtualpay'
import { wechatpay } from './wechatpay'
import { wisecashier } from './wisecashier'

export const providers: readonly ProviderDefinition[] = [
  midas,
  jubao,
  paymax,
  wisecashier,
  unified,
  wechatpay,
  virtualpay,
]

const providersByCode = new Map(providers.map((provider) => [provider.code, provider]))

/** For each provider's code: the names of the provider and of its settings. */
export const providerNames: ReadonlyMap<string, ProviderTexts> = new Map(
  providers.map(({ code, names, fields }) => [code, { ...names, fields }]),
)

/** Finds the provider with this code; undefined for any other text, also for `constructor` and `__proto__`. */
export const findProvider = (code: string): ProviderDefinition | undefined => providersByCode.get(code)

/**
 * Whether two versions of a provider's settings belong to the same merchant; always true for the shop's own settings.
 */
export const isSameAccount =
  (code: string) =>
  (one: unknown, other: unknown): boolean => {
    const definition = findProvider(code)
    return definition === undefined || accountOf(definition, one) === accountOf(definition, other)
  }
