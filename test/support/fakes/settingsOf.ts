// Makes the providers of a context from a list. All providers are enabled, and each has only one generation of
// settings.
import type { Context, EnabledProvider } from '../../../cloudfunctions/shared/usecases/platform/context'

export const settingsOf = (
  enabled: readonly EnabledProvider[],
): Pick<Context, 'providers' | 'provider' | 'kept' | 'sources' | 'sourceOf' | 'providerNames'> => {
  const sources = (code: string) => enabled.filter(({ definition }) => definition.code === code)
  return {
    providers: async () => enabled,
    provider: async (code) => sources(code)[0],
    kept: async () => enabled,
    sources: async (code) => sources(code),
    sourceOf: async ({ provider }) => sources(provider)[0],
    providerNames: new Map(enabled.map(({ definition: { code, names, fields } }) => [code, { ...names, fields }])),
  }
}
