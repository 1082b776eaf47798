// Generations of a provider's settings: the kept ones, and the one with which an open payment or contract is finished.
import type { Made } from '../domain/orders/orderShape'
import { accountOf, type Http, type ProviderDefinition } from '../providers/provider'
import type { OpenSetting } from '../store/settings'
import type { EnabledProvider } from '../usecases/platform/context'
import { type HearVerdict, heardHttp } from './keyCases'
import { parseSettings } from './settingsSchema'

export interface Source extends EnabledProvider {
  generation: number
  /** identifies the merchant at the provider: equal texts mean the same merchant */
  account: string
  /** numbers of dropped generations of the same merchant */
  was: readonly number[]
}

interface KeptGeneration {
  generation: number
  fields: unknown
  /** numbers of dropped generations of the same merchant: these settings continue their payments */
  was: readonly number[]
  /** null: the current generation */
  replacedAt: number | null
}

/** The generations that are kept and not ended, the newest first. */
export function keptGenerations(setting: OpenSetting): readonly KeptGeneration[] {
  const { generation: current = 1, fields, was = [], older = [], ended = [] } = setting
  return [{ generation: current, fields, was, replacedAt: null }, ...older]
    .filter(({ generation }) => !ended.includes(generation))
    .map(({ was = [], ...one }) => ({ ...one, was }))
}

/**
 * Makes a provider from each kept generation, the newest first.
 * @param onRefused is called for generations that are incomplete or unreadable, which are then left out
 */
export function openGenerations(
  definition: ProviderDefinition,
  setting: OpenSetting | undefined,
  http: Http,
  { onRefused, hear }: { onRefused: (error: unknown) => void; hear?: HearVerdict | undefined },
): readonly Source[] {
  if (setting?.fields === undefined) return []
  const sources = keptGenerations(setting).flatMap(({ generation, fields, was }): Source[] => {
    try {
      const line = hear ? heardHttp(http, definition, generation, hear) : http
      const provider = definition.create(parseSettings(definition.code, definition.settings, fields), line)
      return [{ definition, provider, generation, account: accountOf(definition, fields), was }]
    } catch (error) {
      onRefused(error)
      return []
    }
  })
  const numbersOf = (list: readonly Source[]) => new Set(list.flatMap(({ generation, was }) => [generation, ...was]))
  return sources.map((source) => ({
    ...source,
    foreign: numbersOf(sources.filter(({ account }) => account !== source.account)),
    own: numbersOf(sources.filter(({ account }) => account === source.account)),
  }))
}

/**
 * Finds the settings with which a payment or contract is continued: the newest generation of its merchant. Undefined if
 * its generation is not kept: it is newer than these settings, was ended, or cannot be opened. Then no call may be
 * sent, because the other generations may belong to another merchant.
 */
export function sourceFor(kept: readonly Source[], { generation = 1 }: Made): Source | undefined {
  const own = kept.find((one) => one.generation === generation || one.was.includes(generation))
  return own && kept.find(({ account }) => account === own.account)
}
