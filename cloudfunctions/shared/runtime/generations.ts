// Generations of a provider's settings: which of them are kept, and under which one something that was begun goes on.
import type { Made } from '../domain/orders/orderShape'
import { accountOf, type Http, type ProviderDefinition } from '../providers/provider'
import type { OpenSetting } from '../store/settings'
import type { EnabledProvider } from '../usecases/platform/context'
import { type HearVerdict, heardHttp } from './keyCases'
import { parseSettings } from './settingsSchema'

export interface Source extends EnabledProvider {
  generation: number
  /** the merchant at the provider, as a text that is equal for the same one */
  account: string
  /** earlier generations of the same merchant that were dropped */
  was: readonly number[]
}

/**
 * Opens every generation that is kept, the newest first.
 * @param onRefused hears of half-filled or unreadable ones, which are then left out
 */
export function openGenerations(
  definition: ProviderDefinition,
  setting: OpenSetting | undefined,
  http: Http,
  { onRefused, hear }: { onRefused: (error: unknown) => void; hear?: HearVerdict | undefined },
): readonly Source[] {
  if (setting?.fields === undefined) return []
  const { generation: current = 1, fields, was = [], older = [], ended = [] } = setting
  const all = [{ generation: current, fields, was }, ...older].filter(({ generation }) => !ended.includes(generation))
  const sources = all.flatMap(({ generation, fields, was = [] }): Source[] => {
    try {
      const line = hear ? heardHttp(http, definition, generation, hear) : http
      const provider = definition.create(parseSettings(definition.code, definition.settings, fields), line)
      return [{ definition, provider, generation, account: accountOf(definition, fields), was }]
    } catch (error) {
      onRefused(error)
      return []
    }
  })
  return sources.map((source) => ({
    ...source,
    foreign: new Set(
      sources.flatMap(({ account, generation, was }) => (account !== source.account ? [generation, ...was] : [])),
    ),
  }))
}

/**
 * The settings under which something goes on: the newest of the merchant that it was made with. A generation that is not
 * among these is newer than they are, was ended, or cannot be opened: nothing may go to what may be another merchant.
 */
export function sourceFor(kept: readonly Source[], { generation = 1 }: Made): Source | undefined {
  const own = kept.find((one) => one.generation === generation || one.was.includes(generation))
  return own && kept.find(({ account }) => account === own.account)
}
